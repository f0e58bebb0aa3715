"""Whatever lies in the place of a file of a weights folder: read, or refused in one line, at once."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.weights import checkpoint, tensor_files
from tests.hostile_files import PUT, damage, outcome
from tests.policies.leo import tiny

FILES = ("config.json", "model.safetensors", "adapter_config.json", "adapter_model.safetensors", "tokenizer.model")
INDEX = "model.safetensors.index.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("weights") / "whole"
    checkpoint.save_pretrained(tiny.model(), tiny.tokenizer(), folder)
    return folder


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("put", PUT)
def test_what_is_no_such_file_is_refused(whole, tmp_path, name, put):
    copy = shutil.copytree(whole, tmp_path / "copy")
    put(copy / name)
    message = outcome(lambda: checkpoint.from_pretrained(copy))
    assert str(copy) in message


@pytest.mark.parametrize("name", FILES)
def test_damage_is_read_or_refused_in_a_line_that_names_the_folder(whole, tmp_path, name):
    rng = np.random.default_rng(len(name))
    messages = []
    for _ in range(6):
        copy = shutil.copytree(whole, tmp_path / "copy", dirs_exist_ok=True)
        damage(copy / name, rng)
        messages.append(outcome(lambda copy=copy: checkpoint.from_pretrained(copy)))
    assert any(messages)
    assert all(str(copy) in message for message in messages if message)


@pytest.mark.parametrize("file", ["/etc/passwd", "../whole/model.safetensors", "", ".", 3, None, ["x"]])
def test_shards_lie_beside_their_index(tmp_path, file):

    (tmp_path / INDEX).write_text(json.dumps({"weight_map": {"a": file}}))
    with pytest.raises(InputError, match=INDEX.replace(".", r"\.") if file not in ("", ".") else str(tmp_path)):
        tensor_files.open_tensors(tmp_path / INDEX)


def test_a_tensor_that_cannot_be_given_is_named(tmp_path):
    tensor_files.write_tensors(tmp_path, "model", iter({"a": torch.zeros(4)}.items()))
    stored = tensor_files.open_tensors(tmp_path / "model.safetensors")["a"]
    file = stored.read.args[0]

    class Damaged:
        def get_tensor(self, name):
            raise tensor_files.SafetensorError(f"no {name}\nhere")

    assert torch.equal(tensor_files._read_safetensor(file, stored.path, "a"), torch.zeros(4))
    for name, source in (("b", file), ("a", Damaged())):
        with pytest.raises(InputError, match=rf"model\.safetensors: {name} cannot be read") as caught:
            tensor_files._read_safetensor(source, stored.path, name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", INDEX])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="found a named pipe, expected a file of weights"):
        tensor_files.open_tensors(tmp_path / name)


def test_state_dicts(tmp_path):
    rng, messages, stored = np.random.default_rng(0), [], tmp_path / "model.bin"
    for _ in range(40):
        torch.save({"a": torch.zeros(3, 4), "b": torch.ones(7)}, stored)
        damage(stored, rng)
        messages.append(outcome(lambda: [each.read() for each in tensor_files.open_tensors(stored).values()]))
    assert any(messages)
    assert all(str(stored) in message for message in messages if message)


def test_a_tokenizer_whose_pieces_are_no_text(whole, tmp_path):
    copy = shutil.copytree(whole, tmp_path / "copy")
    content = (copy / "tokenizer.model").read_bytes()
    place = content.index("▁find".encode()) + len("▁".encode())
    (copy / "tokenizer.model").write_bytes(content[:place] + b"\xec" + content[place + 1 :])
    assert "tokenizer.model: has pieces that are no text" in outcome(lambda: checkpoint.from_pretrained(copy))


def test_a_number_out_of_range_names_the_file(whole, tmp_path):
    copy = shutil.copytree(whole, tmp_path / "copy")
    text = (copy / "config.json").read_text()
    (copy / "config.json").write_text(text.replace('"num_points": 64', '"num_points": -1'))
    message = outcome(lambda: checkpoint.from_pretrained(copy))
    assert f"{copy / 'config.json'}: model.points.num_points: found -1" in message
