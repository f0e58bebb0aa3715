"""Reports what this machine has for leo_agent, and how to get what it lacks; never fails for want of something."""

import importlib
import importlib.util
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from leo_agent.envs.cache_folder import VARIABLE, cache_folder
from leo_agent.results.provenance import OTHER_DISTRIBUTIONS, distribution_version, git_commit, package_versions

_HABITAT_HINT = (
    "not installed; optional. It is not on PyPI: conda env create -f environment-habitat.yml, "
    "or build github.com/facebookresearch/habitat-sim; the embedded simulator needs nothing"
)


def examine() -> list[list[str]]:
    """(what, found) of everything that is looked at."""
    from leo_agent import __version__

    rows = [["leo_agent", f"{__version__}, commit {git_commit() or 'unknown'}"]]
    rows.append(["python", f"{platform.python_version()} at {sys.executable}"])
    rows.append(["platform", platform.platform()])
    rows.append(["processor", f"{_processor()}, {_usable_cores()} of {os.cpu_count()} cores usable"])
    rows += [[name, version or _how_to_get(name)] for name, version in package_versions().items()]
    checks: dict[str, Callable[[], str]] = {
        "cuda": _cuda,
        "renderer": _software_renderer,
        "physics": _physics,
        "video": _video,
        "habitat-sim": _habitat,
        "environments": _environments,
        "policies": _policies,
        "write access": _write_access,
    }
    return rows + [[name, _answer(check)] for name, check in checks.items()]


def _answer(check: Callable[[], str]) -> str:
    """One check's finding; a library that breaks on this machine is a finding, too."""
    try:
        return check()
    except Exception as problem:  # noqa: BLE001 - whatever a broken installation raises is what is to be reported
        return f"does not work: {type(problem).__name__}: {' '.join(str(problem).split())}"


def _how_to_get(distribution: str) -> str:
    other = OTHER_DISTRIBUTIONS.get(distribution)
    return f"missing: pip install {distribution}" + (f" (or {other}, where that has no wheel)" if other else "")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cuda() -> str:
    import torch

    if not torch.cuda.is_available():
        built = f"torch {torch.__version__} built for CUDA {torch.version.cuda}"
        return f"no CUDA device ({built}); policies run on the CPU"
    devices = []
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        devices.append(f"{torch.cuda.get_device_name(index)}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free")
    return "; ".join(devices) + f"; CUDA {torch.version.cuda}"


def _software_renderer() -> str:
    import numba

    from leo_agent.envs.rendering.threads import default_threads

    return f"software rasterizer (numba {numba.__version__}, {default_threads()} threads), no GPU needed"


def _physics() -> str:
    from leo_agent.envs.tabletop.physics.bullet import pybullet

    both = [name for name in ("pybullet", OTHER_DISTRIBUTIONS["pybullet"]) if distribution_version(name)]
    if len(both) > 1:  # whichever came last is imported, and an uninstall of either takes the files of both
        return f"{' and '.join(both)} overwrite each other: uninstall both, then install leo-agent again"
    client = pybullet.connect(pybullet.DIRECT)
    try:
        return f"PyBullet, API version {pybullet.getAPIVersion(client)}"
    finally:
        pybullet.disconnect(client)


def _video() -> str:
    import av

    av.codec.Codec("libx264", "w")
    return f"H.264 through PyAV {av.__version__}"


def _habitat() -> str:
    if importlib.util.find_spec("habitat_sim") is None:
        return _HABITAT_HINT
    return f"habitat-sim {importlib.import_module('habitat_sim').__version__}"


def _environments() -> str:
    from leo_agent import envs

    return ", ".join(envs.env_ids())


def _policies() -> str:
    from leo_agent.policies.registry import policy_names

    return ", ".join(policy_names())


def _write_access() -> str:
    folders = {
        "working folder": (Path.cwd(), "write elsewhere"),
        "temporary folder": (Path(tempfile.gettempdir()), "write elsewhere"),
        "cache folder": (cache_folder(), f"{VARIABLE} names another; compiled code is made anew in each process"),
    }
    return "; ".join(
        f"{name} {folder}: {'writable' if _is_writable(folder) else f'NOT writable, {advice}'}"
        for name, (folder, advice) in folders.items()
    )


def _is_writable(folder: Path) -> bool:
    """Whether it can be written into, or be made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK)
