"""JSON beside weights: whatever is wrong is one line that names the file and what belongs there."""

from pathlib import Path

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.weights.checkpoint import read_config
from leo_agent.policies.leo.weights.released import check_language_model_config
from leo_agent.policies.leo.weights.tensor_files import open_tensors

DEEP = "[" * 100_000  # Python's reader gives up with a RecursionError


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
