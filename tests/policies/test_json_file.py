"""JSON beside weights and scenes: whatever is wrong is one line that names the file and what belongs there."""

from pathlib import Path

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.policies.json_file import read_json
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.weights.checkpoint import read_config
from leo_agent.policies.leo.weights.released import check_language_model_config
from leo_agent.policies.leo.weights.tensor_files import open_tensors

DEEP = "[" * 100_000  # Python's reader gives up with a RecursionError


def test_a_value_is_read(tmp_path):
    (tmp_path / "a.json").write_text('{"ä": [1, null]}', encoding="utf-8")
    assert read_json(tmp_path / "a.json", "an object") == {"ä": [1, None]}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.json", r"none\.json: missing; expected a list$"),
        ("folder.json", r"folder\.json: cannot be read \(Is a directory\); expected a list$"),
        ("cut.json", r"cut\.json: not JSON \(Expecting .*\); expected a list$"),
        ("bytes.json", r"bytes\.json: not JSON \(.*\); expected a list$"),
        ("deep.json", r"deep\.json: not JSON \(.*\); expected a list$"),
    ],
)
def test_wrong_files_are_reported_in_one_line(tmp_path, name, message):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "cut.json").write_text("[1,")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    (tmp_path / "deep.json").write_text(DEEP)
    with pytest.raises(InputError, match=message) as caught:
        read_json(tmp_path / name, "a list")
    assert "\n" not in str(caught.value)


def language_model(folder: Path) -> None:
    check_language_model_config(folder, preset("leo-vicuna-7b").language_model)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("config.json", lambda folder: read_config(folder / "config.json")),
        ("config.json", language_model),
        ("model.safetensors.index.json", lambda folder: open_tensors(folder / "model.safetensors.index.json")),
    ],
)
def test_readers_of_weights_survive_deep_nesting(tmp_path, name, read):
    (tmp_path / name).write_text(DEEP)
    with pytest.raises(InputError, match="not JSON"):
        read(tmp_path)
