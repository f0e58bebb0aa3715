"""How a name, a folder of weights, a hub id or an import path becomes a policy."""

import inspect
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.json_file import read_json
from leo_agent.contract.policy import Policy, PolicyContext, as_policy
from leo_agent.contract.user_modules import error_with_line, import_user_module
from leo_agent.policies import hub
from leo_agent.policies.registry import (
    PolicyFactory,
    WeightsFamily,
    check_no_device,
    check_options,
    registered_policies,
    weights_families,
)

CONFIG_FILE = "config.json"  # what every folder of weights has
LONGEST_NAME = 1024


def make_policy(name_or_path: str, context: PolicyContext) -> Policy:
    """The policy of a name, a path or an import path.

    Args:
        name_or_path: a registered name; a folder that holds a config.json, or a hub id, of a registered family of
            weights; `module:Class`, a class built from a PolicyContext or from nothing; or `module:NAME_OR_PATH`,
            what the module registers when it is imported.
        context: what it is built from.

    Raises:
        InputError: it is none of them (those that exist are listed), has an unknown option, or the code of a module
            failed (with the line).
    """
    named = registered_policies()
    if name_or_path in named:
        check_options(name_or_path, context.options, named[name_or_path].options)
        if not named[name_or_path].has_device:
            check_no_device(f"policy {name_or_path!r}", context.device)
        return as_policy(named[name_or_path].factory(context), f"policy {name_or_path!r}")
    if len(name_or_path) > LONGEST_NAME:
        raise InputError(f"policy: a name of {len(name_or_path)} characters, expected at most {LONGEST_NAME}")
    if holds_weights(name_or_path):
        family = family_of(name_or_path)
        check_options(name_or_path, context.options, family.options)
        return as_policy(family.load(name_or_path, context), f"policy {name_or_path!r}")
    if ":" in name_or_path:
        return as_policy(_from_module(name_or_path, context), f"policy {name_or_path!r}")
    if Path(name_or_path).is_dir():
        raise InputError(f"policy folder {name_or_path}: {CONFIG_FILE} is missing; expected a folder of weights")
    raise InputError(
        f"policy: found {name_or_path!r}, expected one of {', '.join(named)}, a folder that holds {CONFIG_FILE}, "
        "owner/name on the Hugging Face hub, or module:Class"
    )


def holds_weights(name_or_path: str) -> bool:
    """Whether it is a folder with a config.json, or has the form of a hub id."""
    return (Path(name_or_path) / CONFIG_FILE).is_file() or hub.is_hub_id(name_or_path)


def family_of(folder_or_hub_id: str) -> WeightsFamily:
    """The family that the weights belong to, by their config.json.

    Raises:
        InputError: none recognises them (the families are listed), or the file cannot be read.
    """
    path = hub.resolve(folder_or_hub_id, [CONFIG_FILE]) / CONFIG_FILE
    config = read_json(path, "the configuration of a policy's weights")
    families = weights_families()
    if isinstance(config, dict):
        for family in families:
            if family.recognises(config):
                return family
    found = f"format {shown(config.get('format'))}" if isinstance(config, dict) else type(config).__name__
    known = ", ".join(family.name for family in families)
    raise InputError(f"{path}: found {found}, which no family of weights recognises; the families are {known}")


def _from_module(path: str, context: PolicyContext) -> Any:
    """What the class of `module:Class` builds, or what the module has registered under the name after the colon."""
    module_name, _, name = path.partition(":")
    module = import_user_module(module_name, f"policy {path!r}")
    factory = getattr(module, name, None)
    if callable(factory):
        return _build(factory, path, context)
    if name in registered_policies() or (name and holds_weights(name)):
        return make_policy(name, context)
    found = sorted(each for each in vars(module) if not each.startswith("_"))
    raise InputError(f"policy {path!r}: {module_name} has no class {name!r}; it has {', '.join(found)}")


def _build(factory: PolicyFactory, path: str, context: PolicyContext) -> Any:
    try:
        if inspect.signature(factory).parameters:
            return factory(context)
        check_options(path, context.options, ())
        check_no_device(f"policy {path!r}, built from nothing,", context.device)
        return factory()  # type: ignore[call-arg]
    except InputError:
        raise
    except Exception as error:  # a user's code may raise anything
        raise InputError(
            f"policy {path!r}: {path.partition(':')[2]}(context) failed: {error_with_line(error)}; "
            "expected a class that is built from one PolicyContext, or from nothing"
        ) from error
