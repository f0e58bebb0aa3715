"""Whether two runs are one: what must be the same for a folder to be resumed, and what its sessions ran on."""

import json
from collections.abc import Mapping
from typing import Any

CODE, ATTRIBUTES, DATA = "code", "attributes", "data"
# Entries whose names are compared as far as both runs have them: attributes that a run itself changes are taken out,
# and a run of more episodes reads more scenes.
_IN_COMMON = (ATTRIBUTES, DATA)
# What a session is told by in a folder of an earlier version, which recorded the last one alone.
_SESSION_KEYS = ("leo_agent", "git_commit", "python", "platform", "packages", "started", "command")


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What defines one run and not the other, each in words; none where the one may resume the other.

    Args:
        old: the identity that a folder holds. What it does not know of its code, since it was begun by an earlier
            version, cannot differ.
        new: that of the run that is to be resumed.
    """
    changes = []
    for key in sorted({*old, *new}):
        before, now = old.get(key), new.get(key)
        if before == now or (key == CODE and key not in old):
            continue
        if key in (CODE, *_IN_COMMON) and isinstance(before, dict | None) and isinstance(now, dict | None):
            before, now = before or {}, now or {}
            names = before.keys() & now.keys() if key in _IN_COMMON else before.keys() | now.keys()
            pairs = {f"{key}: {name}": (before.get(name), now.get(name)) for name in sorted(names)}
        else:
            pairs = {key: (before, now)}
        changes += [
            f"{name} was {json.dumps(was)}, is {json.dumps(value)}"
            for name, (was, value) in pairs.items()
            if was != value
        ]
    return changes


def joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The identity of a run that is resumed: what the new one knows more of the data, but no more attributes."""
    result = dict(new)
    if isinstance(old.get(DATA), dict):
        result[DATA] = {**old[DATA], **new.get(DATA, {})}
    if isinstance(old.get(ATTRIBUTES), dict):
        result[ATTRIBUTES] = dict(old[ATTRIBUTES])
    return result


def sessions_of(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sessions that a config.json lists; of an earlier version, which kept the last one alone, that one."""
    listed = config.get("sessions")
    if isinstance(listed, list):
        return [each for each in listed if isinstance(each, dict) and isinstance(each.get("first_line"), int)]
    return [{"first_line": 0, **{key: config[key] for key in _SESSION_KEYS if key in config}}]


def changed_versions(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The versions that differ between two sessions, each in words such as "numpy 1.26.4, now 2.1.0"."""
    versions = []
    for session in (before, now):
        packages = session.get("packages")
        named = {key: session.get(key) for key in ("leo_agent", "git_commit", "python")}
        versions.append({**named, **(packages if isinstance(packages, dict) else {})})
    old, new = versions
    return [f"{name} {old[name]}, now {new[name]}" for name in old if name in new and old[name] != new[name]]
