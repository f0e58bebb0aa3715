"""Checkpoint folders: bit-for-bit round trips, and one clear error for every way they can be wrong."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from policies.base import PolicyContext, make_policy
from policies.errors import InputError
from policies.leo.checkpoint import fingerprint, from_pretrained, save_pretrained
from policies.leo.config import LeoConfig, preset
from policies.leo.tokenizer import train_tokenizer
from tests.policies import tiny


@pytest.fixture
def folder(tmp_path) -> Path:
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "leo")
    return tmp_path / "leo"


def test_round_trip_is_bit_for_bit(folder, tmp_path):
    model, tokenizer = from_pretrained(folder)
    original = tiny.model().state_dict()
    assert all(torch.equal(tensor, original[name]) for name, tensor in model.state_dict().items())
    assert tokenizer.model == tiny.tokenizer().model
    assert model.config == tiny.config()
    save_pretrained(model, tokenizer, tmp_path / "again")
    assert fingerprint(tmp_path / "again") == fingerprint(folder)


def test_half_precision_round_trip(tmp_path):
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "half", weights="float16")
    model, tokenizer = from_pretrained(tmp_path / "half")
    assert {each.dtype for each in model.parameters()} == {torch.float32}
    save_pretrained(model, tokenizer, tmp_path / "again", weights="float16")
    assert fingerprint(tmp_path / "again") == fingerprint(tmp_path / "half")


def test_make_policy_reads_the_folder(folder):
    policy = make_policy(str(folder), PolicyContext(device="cpu"))
    assert policy.name == "leo-tiny"
    assert policy.fingerprint() == fingerprint(folder)
    assert len(policy.act([tiny.observation("navigation", 1)], ["find a chair"])) == 1


def test_tensors_of_another_config_are_named_with_both_shapes(folder):
    tensors = load_file(folder / "model.safetensors")
    tensors["pcd_proj.weight"] = torch.zeros(3, 4)
    del tensors["img_proj.bias"]
    tensors["left_over"] = torch.zeros(2)
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(InputError) as error:
        from_pretrained(folder)
    message = str(error.value)
    assert "pcd_proj.weight is (3, 4), expected (48, 32)" in message
    assert "img_proj.bias (48,) is missing" in message
    assert "left_over (2,) belongs to no part of the model" in message
    assert "\n" not in message


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    description = json.loads(path.read_text())
    description["model"].update(changes)
    path.write_text(json.dumps(description))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"surprise": 1}, "unknown key 'surprise'"),
        ({"max_objects": "many"}, r"model\.max_objects: found 'many', expected int"),
        ({"lora": {}}, r"model\.lora: missing key 'alpha'"),
        ({"points": 3}, r"model\.points: found int, expected an object"),
    ],
)
def test_wrong_config(folder, changes, message):
    edit_config(folder, **changes)
    with pytest.raises(InputError, match=message):
        from_pretrained(folder)


def test_damaged_and_missing_files(folder):
    (folder / "model.safetensors").write_bytes(b"not weights at all")
    with pytest.raises(InputError, match="not a readable safetensors file"):
        from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match="missing; expected the weights"):
        from_pretrained(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        from_pretrained(folder)
    (folder / "config.json").write_text('{"format": "other"}')
    with pytest.raises(InputError, match="format is 'other', expected 'leo-1'"):
        from_pretrained(folder)


def test_tokenizer_of_another_size(folder):
    other = train_tokenizer(["one two three"] * 3, 300)
    (folder / "tokenizer.model").write_bytes(other.model)
    with pytest.raises(InputError, match="the action ids would disagree"):
        from_pretrained(folder)


@pytest.mark.parametrize("name", ["leo-nano", "leo-vicuna-7b"])
def test_configurations_survive_json(name):
    config = preset(name)
    assert LeoConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(InputError, match="frame: found 'sideways', expected one of world, agent"):
        LeoConfig.from_dict(
            {**config.to_dict(), "spatial": {**dataclasses.asdict(config.spatial), "frame": "sideways"}}
        )


def test_unknown_preset():
    with pytest.raises(
        InputError, match="unknown LEO configuration 'leo-huge'; expected one of leo-vicuna-7b, leo-nano"
    ):
        preset("leo-huge")


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["clear_way_m", "stop_threshold"])
def test_limits_of_decoding_are_checked(name, value):
    with pytest.raises(InputError, match=f"{name}: found {value}, expected 0 or more"):
        dataclasses.replace(preset("leo-nano"), **{name: value})
