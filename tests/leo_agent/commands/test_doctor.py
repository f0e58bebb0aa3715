"""The doctor tells what it finds and never fails."""

import builtins
import importlib.util

from leo_agent import cli
from leo_agent.doctor import examine


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
