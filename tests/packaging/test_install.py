"""What an installation asks for, says of itself, and leaves behind."""

import email
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.packaging.installing import Python, build, copy_sources, make_python, run

# Runs a compiled function, and imports the others.
USE = """
import numpy as np
from leo_agent.envs.tabletop.observation import maps
maps._merge(np.zeros((1, 4, 4), np.float32), np.zeros((1, 4, 4, 3), np.uint8))
from leo_agent.envs.navmesh import NavMesh
import leo_agent.envs.rendering, leo_agent.policies, leo_agent.episodes, leo_agent.envs.scenes.loading
"""
LINUX = {"platform_system": "Linux", "platform_machine": "x86_64"}
PLATFORMS = [
    LINUX,
    {"platform_system": "Linux", "platform_machine": "aarch64"},
    {"platform_system": "Darwin", "platform_machine": "arm64"},
    {"platform_system": "Darwin", "platform_machine": "x86_64"},
    {"platform_system": "Windows", "platform_machine": "AMD64"},
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return build("wheel", copy_sources(folder / "source"), folder / "dist")


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda each: "-".join(each.values()))
def test_exactly_one_pybullet_is_asked_for_and_the_one_with_wheels(metadata, platform, python):
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist")]
    environment = {**platform, "python_version": python, "extra": ""}
    chosen = [
        each.name
        for each in requirements
        if each.name.startswith("pybullet") and (each.marker is None or each.marker.evaluate(environment))
    ]
    assert chosen == (["pybullet"] if platform == LINUX and python == "3.11" else ["pybullet-arm64"])


def test_it_says_what_it_is(metadata):
    assert metadata["Requires-Python"] == ">=3.11"
    classifiers = metadata.get_all("Classifier")
    assert {f"Programming Language :: Python :: {each}" for each in ("3.11", "3.12", "3.13")} <= set(classifiers)
    assert "Typing :: Typed" in classifiers
    assert {"LICENSE", "NOTICE"} <= set(metadata.get_all("License-File"))
    assert "MIT" in (metadata["License-Expression"] or metadata["License"])
    assert "ObjectNav" in metadata["Keywords"]


def test_uninstalling_leaves_nothing(wheel, tmp_path):
    """After compiled functions ran: numba's files lie in the user's cache folder."""
    python: Python = make_python(tmp_path / "python")
    before = set(python.folder.rglob("*"))
    python.install(str(wheel))
    (tmp_path / "home").mkdir()
    run(python.executable, "-c", USE, cwd=tmp_path / "home")
    assert not [path for path in python.folder.rglob("*") if path.suffix in (".nbi", ".nbc")]
    assert list((tmp_path / "home" / ".cache" / "leo_agent" / "kernels").rglob("*.nbc"))
    run(python.executable, "-m", "pip", "uninstall", "--yes", "--quiet", "leo-agent")
    assert set(python.folder.rglob("*")) == before
