"""Published files that are wrong: one clear error each, and nothing in them is ever run."""

import dataclasses
import json
import pickle
from pathlib import Path

import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.weights.importing import import_released
from tests.policies.leo import released_files as made
from tests.policies.leo.released_files import small_sizes


def change(path: Path, **changes: object) -> None:
    """Sets tensors of a file; None takes one out. Dots in names are written __."""
    tensors = torch.load(path, weights_only=True)
    for name, value in changes.items():
        tensors.pop(name.replace("__", "."), None)
        if value is not None:
            tensors[name.replace("__", ".")] = value
    torch.save(tensors, path)


@pytest.mark.parametrize(
    ("which", "changes", "message"),
    [
        ("leo", {"pcd_proj__bias": None}, r"sft_noact\.pth: .* pcd_proj\.bias \(48,\) is missing"),
        ("leo", {"clip_proj__bias": torch.ones(3)}, r"clip_proj\.bias \(3,\) belongs to no part of the model"),
        ("leo", {"img_proj__bias": torch.ones(3)}, r"img_proj\.bias is \(3,\), expected \(48,\)"),
        ("points", {"fc__weight": torch.ones(2, 2)}, r"points\.pth: .* fc\.weight is \(2, 2\), expected \(24, 24\)"),
        ("points", {"cls_head__weight": torch.ones(2)}, r"cls_head\.weight \(2,\) belongs to no part"),
        ("points", {"fc__bias": torch.ones(24, dtype=torch.int64)}, r"fc\.bias holds torch\.int64, expected"),
        ("image", {"visual__trunk__stem__0__bias": None}, r"open_clip\.bin: .* stem\.0\.bias \(4,\) is missing"),
        ("image", {"visual__extra": torch.ones(1)}, r"visual\.extra \(1,\) belongs to no part"),
        ("image", {"something": torch.ones(1)}, r"something \(1,\) belongs to no part"),
        ("points", {"fc__bias": torch.full((24,), torch.nan)}, r"fc\.bias holds NaN or infinity, expected numbers"),
        (
            "points",
            {"fc__bias": torch.ones(24).to_sparse()},
            r"'fc\.bias' is torch\.sparse_coo on cpu, expected",
        ),
        (
            "points",
            {"fc__bias": torch.ones(24, device="meta")},
            r"'fc\.bias' is torch\.strided on meta, expected",
        ),
    ],
)
def test_wrong_tensors_are_named(files, tmp_path, which, changes, message):
    change(getattr(files, which), **changes)
    with pytest.raises(InputError, match=message) as error:
        import_released(made.config_of(small_sizes()), files, tmp_path / "leo")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "leo").exists()
    assert not list(tmp_path.glob(".leo*"))  # nothing half-written


class Harmful:
    def __reduce__(self):
        return (open, ("harm.txt", "w"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps(Harmful()), "not a state dict of torch"),
        (b"<html>not found</html>", "not a state dict of torch"),
        (b"", "not a state dict of torch"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not a state dict of torch"),
    ],
    ids=["harmful", "page", "empty", "pointer"],
)
def test_files_that_are_no_weights(files, tmp_path, content, message, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files.leo.write_bytes(content)
    with pytest.raises(InputError, match=message):
        import_released(made.config_of(small_sizes()), files, tmp_path / "leo")
    assert not Path("harm.txt").exists()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([torch.ones(1)], "holds a list, expected a state dict"),
        (torch.ones(1), "holds a Tensor, expected a state dict"),
        ({"model": {"fc.weight": torch.ones(1)}}, "'model' is a dict, expected a state dict"),
        ({3: torch.ones(1)}, "3 is a Tensor, expected a state dict"),
        ({"x": Harmful()}, "not a state dict of torch"),
    ],
)
def test_pickles_of_something_else(files, tmp_path, value, message, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(value, files.points)
    with pytest.raises(InputError, match=message):
        import_released(made.config_of(small_sizes()), files, tmp_path / "leo")
    assert not Path("harm.txt").exists()


def test_truncated_and_missing_files(files, tmp_path):
    whole = files.leo.read_bytes()
    for share in (0.01, 0.1, 0.25, 0.5, 0.75, 0.99):
        files.leo.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError, match="not a state dict of torch"):
            import_released(made.config_of(small_sizes()), files, tmp_path / "leo")
    files.leo.unlink()
    with pytest.raises(InputError, match=r"sft_noact\.pth: no such file"):
        import_released(made.config_of(small_sizes()), files, tmp_path / "leo")
    assert not (tmp_path / "leo").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_size": 64}, "hidden_size: found 64, expected 48"),
        ({"model_type": "opt"}, "model_type: found 'opt', expected 'llama'"),
        ({"rope_theta": 5e5}, "rope_theta: found 500000.0, expected 10000.0"),
        ({"num_key_value_heads": 1}, "num_key_value_heads: found 1, expected 3"),
    ],
)
def test_another_language_model(files, tmp_path, changes, message):
    path = files.language_model / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(InputError, match=message):
        import_released(made.config_of(small_sizes()), files, tmp_path / "leo")


def test_a_folder_of_the_language_model_with_faults(files, tmp_path):
    config = made.config_of(small_sizes())
    index = files.language_model / "pytorch_model.bin.index.json"
    weight_map = json.loads(index.read_text())["weight_map"]
    rope, norm = "model.layers.0.self_attn.rotary_emb.inv_freq", "model.norm.weight"
    for name, value, message in (
        (rope, torch.ones(8), "inv_freq differs from the frequencies of rope_theta"),
        (norm, None, rf"index\.json: lists {norm}, but pytorch_model-.* does not hold it"),
        (norm, torch.ones(5), r"vicuna: .* model\.norm\.weight is \(5,\), expected \(48,\)"),
        ("model.extra", torch.ones(5), r"vicuna: .* model\.extra \(5,\) belongs to no part of the model"),
    ):
        shard = files.language_model / weight_map.get(name, weight_map[norm])
        whole = shard.read_bytes()
        change(shard, **{name.replace(".", "__"): value})
        with pytest.raises(InputError, match=message):
            import_released(config, files, tmp_path / "leo")
        shard.write_bytes(whole)
    shard = files.language_model / "pytorch_model-00002-of-00002.bin"
    shard.unlink()
    with pytest.raises(InputError, match=r"pytorch_model-00002-of-00002\.bin: no such file"):
        import_released(config, files, tmp_path / "leo")
    index.write_text('{"weight_map": {"a": "../../secret.bin"}}')
    with pytest.raises(InputError, match="expected names of files beside it"):
        import_released(config, files, tmp_path / "leo")
    index.unlink()
    with pytest.raises(InputError, match=r"holds no weights; expected one of model\.safetensors"):
        import_released(config, files, tmp_path / "leo")


def test_a_tokenizer_of_another_size(files, tmp_path):
    config = made.config_of(dataclasses.replace(small_sizes(), vocab=2000))
    with pytest.raises(InputError, match="the action ids would disagree"):
        import_released(config, files, tmp_path / "leo")


def test_a_place_that_cannot_be_written(files):
    with pytest.raises(InputError, match=r"/proc/nowhere/leo: cannot be written \(.+\); choose another folder"):
        import_released(made.config_of(small_sizes()), files, Path("/proc/nowhere/leo"))


def test_places_of_every_kind(files, tmp_path, monkeypatch):
    kept = tmp_path / ".leo.part"
    kept.mkdir()
    (kept / "precious.txt").write_text("mine")
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    for out in (Path("."), tmp_path / "link", tmp_path / "new" / "leo"):
        import_released(made.config_of(small_sizes()), files, out)
        assert (out.resolve() / "config.json").is_file()
    assert (kept / "precious.txt").read_text() == "mine"
    assert sorted(each.name for each in tmp_path.glob(".*")) == [".leo.part"]
