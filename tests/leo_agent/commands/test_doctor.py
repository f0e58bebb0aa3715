"""The doctor tells what it finds and never fails."""

import builtins
import importlib.metadata
import importlib.util

from leo_agent import cli
from leo_agent.doctor import examine
from leo_agent.envs.cache_folder import VARIABLE


def test_it_tells_versions_devices_and_backends(capsys):
    assert cli.main(["doctor"]) == 0
    printed = capsys.readouterr().out
    for what in ("python", "numpy", "cuda", "renderer", "physics", "video", "habitat-sim", "policies", "write access"):
        assert f"\n{what}" in printed


def test_missing_and_broken_libraries_are_findings(monkeypatch):
    true_import, true_find = builtins.__import__, importlib.util.find_spec

    def failing(name, *arguments, **keywords):
        if name in ("torch", "av", "pybullet", "numba"):
            raise OSError(f"lib{name}.so: wrong ELF class")
        return true_import(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", failing)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "habitat_sim" else true_find(name))
    found = dict(examine())
    assert found["cuda"].startswith("does not work: OSError: libtorch.so")
    assert found["video"].startswith("does not work")
    assert "environment-habitat.yml" in found["habitat-sim"]


def installed(monkeypatch, **versions):
    """As if of PyBullet's distributions these were installed."""
    true_version = importlib.metadata.version

    def version(name):
        if not name.startswith("pybullet"):
            return true_version(name)
        if name.replace("-", "_") in versions:
            return versions[name.replace("-", "_")]
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_either_distribution_of_pybullet_is_named(monkeypatch):
    installed(monkeypatch, pybullet_arm64="3.2.8")
    assert dict(examine())["pybullet"] == "3.2.8 of pybullet-arm64"
    installed(monkeypatch, pybullet="3.2.7")
    assert dict(examine())["pybullet"] == "3.2.7"
    installed(monkeypatch)
    assert dict(examine())["pybullet"].startswith("missing: pip install pybullet (or pybullet-arm64")


def test_both_distributions_of_pybullet_are_a_finding(monkeypatch):
    installed(monkeypatch, pybullet="3.2.7", pybullet_arm64="3.2.8")
    assert dict(examine())["physics"].startswith("pybullet and pybullet-arm64 overwrite each other")


def test_the_cache_folder_is_looked_at(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "not" / "yet"))
    assert f"cache folder {tmp_path / 'not' / 'yet'}: writable" in dict(examine())["write access"]
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "cache"))
    assert f"cache: NOT writable, {VARIABLE} names another" in dict(examine())["write access"]
