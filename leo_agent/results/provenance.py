"""What a run must record so that it can be run again: versions, commit, machine, policy."""

import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leo_agent import __version__
from leo_agent.contract.measures import Measure
from leo_agent.results.measures import measures_to_json

SCHEMA_VERSION = 1
PACKAGES = (
    *("numpy", "numba", "pybullet", "gymnasium", "trimesh", "torch", "torchvision", "transformers", "peft", "timm"),
    *("open_clip_torch", "sentencepiece", "safetensors", "pyarrow", "av"),
)
# The same module from another distribution, where the first has no wheels (setup.py says where).
OTHER_DISTRIBUTIONS = {"pybullet": "pybullet-arm64"}


def package_versions() -> dict[str, str | None]:
    """Installed versions of what decides about results; None where not installed."""
    versions = {name: distribution_version(name) for name in PACKAGES}
    for name, other in OTHER_DISTRIBUTIONS.items():
        if versions[name] is None and (version := distribution_version(other)) is not None:
            versions[name] = f"{version} of {other}"
    return versions


def distribution_version(distribution: str) -> str | None:
    """Of what is installed; None where it is not."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def git_commit() -> str | None:
    """Commit of this checkout, with `+changes` if files differ from it; None outside a checkout."""
    home = Path(__file__).resolve().parents[2]
    if not (home / ".git").exists():
        return None
    try:
        commit = _git(home, "rev-parse", "HEAD")
        changed = _git(home, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}+changes" if changed else commit


def _git(home: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=home, capture_output=True, text=True, timeout=20, check=True)
    return done.stdout.strip()


def describe_session(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the episodes of this process run on: options of the run, versions, commit, machine, command."""
    return {
        "options": dict(options),
        "leo_agent": __version__,
        "git_commit": git_commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": {"machine": platform.machine(), "cores": os.cpu_count()},
        "packages": package_versions(),
        "command": sys.argv,
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def describe_run(
    environment: Mapping[str, Any], renderer: str, measures: Sequence[Measure], session: Mapping[str, Any]
) -> dict[str, Any]:
    """The part of config.json that describes a run without defining its results.

    Args:
        environment: the resolved arguments of the environment.
        renderer: what drew its images.
        measures: what it measures, so that tables know how to show it.
        session: see `describe_session`.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        **session,
        "environment": dict(environment),
        "renderer": renderer,
        "measures": measures_to_json(measures),
    }
