"""Weights that are not numbers are refused: on saving, and on loading by whatever reads them."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from leo_agent.cli import main
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.weights.checkpoint import fingerprint, from_pretrained, save_pretrained
from leo_agent.policies.leo.weights.tensor_files import check_finite
from leo_agent.policies.loading import make_policy
from tests.policies.leo import tiny

VALUES = [float("nan"), float("inf"), float("-inf")]


@pytest.fixture
def folder(tmp_path) -> Path:
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "leo")
    return tmp_path / "leo"


def spoil(path: Path, name: str, value: float) -> None:
    tensors = load_file(path)
    tensors[name].view(-1)[-1] = value
    save_file(tensors, path)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_one_value_among_many_is_found(value, dtype):
    tensor = torch.randn(1000, 7).to(dtype)
    check_finite("file", "name", tensor)
    tensor[123, 4] = value
    with pytest.raises(InputError, match="file: name: 1 of 7000 values are not finite, expected numbers"):
        check_finite("file", "name", tensor)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_numbers_of_8_bits_are_looked_at_too(dtype):
    numbers = torch.ones(20)
    check_finite("file", "name", numbers.to(dtype))
    numbers[3] = float("nan")
    with pytest.raises(InputError, match="file: name: 1 of 20 values are not finite"):
        check_finite("file", "name", numbers.to(dtype))


def test_the_largest_numbers_nothing_and_whole_numbers_pass():
    check_finite("file", "name", torch.full((9,), torch.finfo(torch.float32).max))
    check_finite("file", "name", torch.empty(0))
    check_finite("file", "name", torch.tensor([2**40]))


@pytest.mark.parametrize("value", VALUES)
def test_such_weights_are_not_saved_and_the_former_stand(folder, value):
    before = fingerprint(folder)
    model = tiny.model()
    with torch.no_grad():
        model.img_proj.bias[0] = value
    with pytest.raises(InputError, match=r"img_proj\.bias: 1 of 48 values are not finite"):
        save_pretrained(model, tiny.tokenizer(), folder, shard_bytes=100_000)
    assert fingerprint(folder) == before
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("model.safetensors", "img_proj.bias"),
        ("adapter_model.safetensors", "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"),
    ],
)
def test_such_weights_are_refused_by_all_who_read_them(folder, file, name, capsys):
    spoil(folder / file, name, float("nan"))
    for read in (
        lambda: from_pretrained(folder),
        lambda: LeoAgent.from_pretrained(folder, device="cpu"),
        lambda: make_policy(str(folder), tiny.context("navigation")),
    ):
        with pytest.raises(InputError, match=rf"{file}: .*{name.removesuffix('.weight')}.* not finite"):
            read()
    houses = "tests/data/habitat_houses/objectnav/val"
    out = str(folder.parent / "run")
    command = ["rollout", "--env", "leo/ObjectNav-v0", "--dataset", houses, "--policy", str(folder), "--out", out]
    assert main([*command, "--episodes", "1", "--device", "cpu"]) == 2
    (complaint,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert f"{file}: " in complaint
