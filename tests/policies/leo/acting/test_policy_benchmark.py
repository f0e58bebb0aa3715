"""The benchmark of acting runs at small sizes; its figures mean nothing here."""

import dataclasses
import importlib.util
import re
import sys
from pathlib import Path

import pytest

from tests.policies.leo import tiny

BENCHMARKS = Path(__file__).parents[4] / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("policy_benchmark", BENCHMARKS / "policy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("frozen", [False, True])
def test_it_prints_each_figure_beside_its_limit(bench, frozen, monkeypatch, capsys):
    name = "leo-nano"
    if frozen:
        name = "leo-opt-1.3b"
        decoder = dataclasses.replace(tiny.config().language_model, vocab_size=32000, trainable=False)
        monkeypatch.setattr(
            sys.modules["made_up"], "preset", lambda _: dataclasses.replace(tiny.config(), language_model=decoder)
        )
    argv = ["policy.py", "--config", name, "--device", "cpu", "--seconds", "0.01", "--batch", "1", "2"]
    monkeypatch.setattr(sys, "argv", argv)
    bench.main()
    printed = capsys.readouterr().out
    assert "answers as the plain way: True" in printed
    for world in ("navigation", "tabletop"):
        for batch in (1, 2):
            assert re.search(rf"{world} +batch +{batch}: +[\d.]+ ms, +[\d.]+ actions/s; generate with 5 beams", printed)
    assert ("limit 30 ms on one core" in printed) == (not frozen)
    assert re.search(r"decode, batch 1: -?[\d.]+ GB/s, -?\d+% of the copy", printed)
    assert re.search(r"prefill, batch 16: [\d.]+ TFLOP/s, \d+% of the product", printed)
