"""Checkpoint folders: bit-for-bit round trips, and one clear error for every way they can be wrong."""

import dataclasses
import json
from pathlib import Path

import huggingface_hub
import peft
import pytest
import torch
from safetensors.torch import load_file, save_file

import leo_agent.policies.leo
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.config.presets import PRESETS, preset
from leo_agent.policies.leo.model.language_model import build_decoder
from leo_agent.policies.leo.text.sentence_piece_tokenizer import train_tokenizer
from leo_agent.policies.leo.weights.checkpoint import (
    fingerprint,
    from_pretrained,
    new_model,
    read_config,
    save_pretrained,
)
from leo_agent.policies.loading import make_policy
from tests.policies.leo import tiny

SHIPPED_FINGERPRINT = "71669ef3cd40994a"


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
    policy = make_policy(str(folder), tiny.context("navigation"))
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


def test_shards_hold_the_same_and_replace_a_whole_file(folder, tmp_path):
    model, tokenizer = from_pretrained(folder)
    save_pretrained(model, tokenizer, folder, shard_bytes=100_000)
    shards = sorted(each.name for each in folder.glob("model-*.safetensors"))
    assert len(shards) > 2
    assert shards[0] == f"model-00001-of-{len(shards):05}.safetensors"
    assert not (folder / "model.safetensors").exists()
    again, _ = from_pretrained(folder)
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in again.state_dict().items())
    (folder / shards[1]).unlink()
    with pytest.raises(InputError, match=f"{shards[1]}: no such file"):
        from_pretrained(folder)
    save_pretrained(model, tokenizer, folder)
    assert sorted(each.name for each in folder.iterdir()) == [
        "LICENSE",
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "config.json",
        "model.safetensors",
        "tokenizer.model",
    ]


def test_a_folder_may_be_written_over_by_what_was_read_from_it(folder):
    model, tokenizer = from_pretrained(folder)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    (folder / "model.safetensors").write_bytes(b"")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    save_pretrained(model, tokenizer, folder)
    assert all(torch.equal(tensor, before[name]) for name, tensor in from_pretrained(folder)[0].state_dict().items())


def test_peft_reads_the_adapters(folder):
    saved, _ = from_pretrained(folder)
    for name, parameter in saved.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(len(name)))
    save_pretrained(saved, tiny.tokenizer(), folder)
    plain = build_decoder(saved.config.language_model)
    with torch.no_grad():
        for name, parameter in plain.named_parameters():
            parameter.copy_(find_parameter(saved.llm_model, name))
    ids = torch.tensor([[1, 50, 60, 70]])
    read = peft.PeftModel.from_pretrained(plain, str(folder))
    assert torch.allclose(read(input_ids=ids).logits, saved.llm_model(input_ids=ids).logits, atol=1e-5)
    with read.disable_adapter():
        assert not torch.allclose(read(input_ids=ids).logits, saved.llm_model(input_ids=ids).logits, atol=1e-2)


def find_parameter(wrapped: torch.nn.Module, name: str) -> torch.Tensor:
    """The base weight of that plain name in a model that peft wrapped."""
    owner, _, leaf = name.rpartition(".")
    module = wrapped.get_base_model().get_submodule(owner)
    return getattr(getattr(module, "base_layer", module), leaf)


def test_shipped_weights_are_of_the_former_format_and_still_read():
    folder = Path(leo_agent.policies.leo.__file__).with_name("pretrained") / "leo-nano"
    config, actions = read_config(folder / "config.json")
    assert config == preset("leo-nano")
    assert config.spatial.object_center == "box_center"
    assert actions is None
    assert fingerprint(folder) == SHIPPED_FINGERPRINT


def test_former_format_with_the_adapters_among_the_weights(folder):
    saved, _ = from_pretrained(folder)
    save_file({name: tensor.contiguous() for name, tensor in saved.state_dict().items()}, folder / "model.safetensors")
    (folder / "adapter_model.safetensors").unlink()
    description = json.loads((folder / "config.json").read_text())
    del description["model"]["clip_text"], description["model"]["language_model"]["architecture"]
    del description["model"]["legacy"], description["model"]["spatial"]["object_center"], description["actions"]
    description |= {"format": "leo-1", "weights": "float32"}
    (folder / "config.json").write_text(json.dumps(description))
    read, _ = from_pretrained(folder)
    assert all(torch.equal(tensor, saved.state_dict()[name]) for name, tensor in read.state_dict().items())
    assert read.config == saved.config


@pytest.mark.parametrize(("trainable", "center"), [(True, "box_center"), (False, "centroid")])
def test_a_format_that_does_not_name_the_centre_of_objects_means_the_one_of_its_training(folder, trainable, center):
    description = json.loads((folder / "config.json").read_text())
    assert description["format"] == "leo-5"
    assert description["model"]["spatial"].pop("object_center") == "box_center"
    description["model"]["language_model"]["trainable"] = trainable
    (folder / "config.json").write_text(json.dumps(description))
    with pytest.raises(InputError, match=r"model\.spatial: missing key 'object_center'"):
        read_config(folder / "config.json")
    (folder / "config.json").write_text(json.dumps(description | {"format": "leo-2"}))
    config, actions = read_config(folder / "config.json")
    assert config.spatial.object_center == center
    assert actions == description["actions"]


def test_a_format_of_today_says_which_centre(folder):
    edit_config(folder, spatial={"object_center": "centroid"})
    assert read_config(folder / "config.json")[0].spatial.object_center == "centroid"
    edit_config(folder, spatial={"object_center": "middle"})
    with pytest.raises(InputError, match="object_center: found 'middle', expected one of centroid, box_center"):
        read_config(folder / "config.json")


def test_another_tokenizer_of_the_same_size_is_refused(folder):
    model = (folder / "tokenizer.model").read_bytes()
    (folder / "tokenizer.model").write_bytes(model.replace(b"<u_7>", b"<u_X>"))
    with pytest.raises(InputError, match=r"disagrees with the action map of config\.json in 'pieces'"):
        from_pretrained(folder)
    (folder / "tokenizer.model").write_bytes(model)
    description = json.loads((folder / "config.json").read_text())
    description["actions"]["navigation"]["stop"] -= 1
    (folder / "config.json").write_text(json.dumps(description))
    with pytest.raises(InputError, match=r"disagrees with the action map of config\.json in 'navigation'"):
        from_pretrained(folder)


def test_hub_ids_are_downloaded_and_folders_are_not(folder, monkeypatch):
    asked = []
    patterns = []

    def download(name, allow_patterns, **_):
        patterns.extend(allow_patterns)
        return asked.append(name) or str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert from_pretrained("someone/leo-tiny")[0].config == tiny.config()
    assert asked == ["someone/leo-tiny"]
    for path in folder.iterdir():  # the author's card and licence, too: they are saved and pushed again with the rest
        assert any(path.match(pattern) for pattern in patterns), path.name
    monkeypatch.chdir(folder.parent.parent)
    from_pretrained(f"{folder.parent.name}/{folder.name}")
    assert len(asked) == 1

    def offline(*_, **__):
        raise huggingface_hub.errors.LocalEntryNotFoundError("no connection")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(InputError, match=r"nobody/nothing: no such folder, and .* the hub: no connection"):
        from_pretrained("nobody/nothing")


def test_random_weights_do_not_stand_in_for_released_ones():
    with pytest.raises(InputError, match=r"leo-opt-.* builds on a released language model"):
        new_model("leo-opt-1.3b", seed=0)


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    description = json.loads(path.read_text())
    for name, value in changes.items():
        own = description["model"].get(name)
        whole = {**own, **value} if isinstance(value, dict) and value and isinstance(own, dict) else value
        description["model"][name] = whole
    path.write_text(json.dumps(description))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"surprise": 1}, "unknown key 'surprise'"),
        ({"max_objects": "many"}, r"model\.max_objects: found 'many', expected int"),
        ({"lora": {}}, r"model\.lora: missing key 'alpha'"),
        ({"points": 3}, r"model\.points: found int, expected an object"),
        ({"max_objects": -1}, r"max_objects: found -1, expected 1 to"),
        ({"max_prompt_tokens": 0}, r"max_prompt_tokens: found 0, expected 1 to"),
        ({"history_steps": -1}, r"history_steps: found -1, expected 0 to"),
        ({"language_model": {"num_heads": 7}}, r"language_model\.num_heads: found 7, expected a divisor of 48"),
        ({"language_model": {"hidden_size": 0}}, r"language_model\.hidden_size: found 0, expected 1 to"),
        ({"language_model": {"max_positions": -5}}, r"language_model\.max_positions: found -5"),
        ({"lora": {"targets": ["nope"]}}, r"lora\.targets: found nope, expected some of q_proj, k_proj"),
        ({"lora": {"targets": []}}, r"lora\.targets: found none"),
        ({"lora": {"rank": -1}}, r"lora\.rank: found -1"),
        ({"image": {"mean": [1.0]}}, r"image\.mean: found 1 numbers, expected one of each colour"),
        ({"image": {"dims": [4, 8]}}, r"image\.depths and image\.dims: found 4 and 2 stages, expected 4 of each"),
        ({"image": {"dims": [], "depths": []}}, r"image\.depths and image\.dims: found 0 and 0 stages"),
        ({"image": {"dims": [4, 8, -8, 8]}}, r"image\.dims\[2\]: found -8"),
        ({"image": {"std": [0, 0, 0]}}, r"image\.std\[0\]: found 0\.0"),
        ({"image": {"mean": [float("nan"), 0, 0]}}, r"image\.mean\[0\]: found nan"),
        ({"spatial": {"min_wavelength_m": 0}}, r"spatial\.min_wavelength_m: found 0\.0"),
        ({"spatial": {"max_wavelength_m": 0}}, r"spatial\.max_wavelength_m: found 0\.0"),
        ({"spatial": {"dropout": 2}}, r"spatial\.dropout: found 2\.0"),
        ({"language_model": {"rope_theta": 0}}, r"language_model\.rope_theta: found 0\.0"),
        ({"language_model": {"rms_norm_eps": -1}}, r"language_model\.rms_norm_eps: found -1\.0"),
        ({"language_model": {"num_heads": 16}}, r"language_model\.num_heads: found 16, expected heads of even size"),
        ({"lora": {"alpha": -1}}, r"lora\.alpha: found -1"),
        ({"points": {"stages": []}}, r"points\.stages: expected at least one"),
        ({"image": {"size_px": 0}}, r"image\.size_px: found 0"),
        ({"points": {"num_points": 0}}, r"points\.num_points: found 0"),
        ({"legacy": {"bos": 1}}, r"model\.legacy\.bos: found 1, expected bool"),
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
    with pytest.raises(InputError, match="format is 'other', expected one of leo-5, leo-4, leo-3, leo-2, leo-1"):
        from_pretrained(folder)


def test_tokenizer_of_another_size(folder):
    other = train_tokenizer(["one two three"] * 3, 300)
    (folder / "tokenizer.model").write_bytes(other.model)
    with pytest.raises(InputError, match="the action ids would disagree"):
        from_pretrained(folder)


@pytest.mark.parametrize("name", PRESETS)
def test_configurations_survive_json(name):
    config = preset(name)
    assert LeoConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(InputError, match="frame: found 'sideways', expected one of world, agent"):
        LeoConfig.from_dict(
            {**config.to_dict(), "spatial": {**dataclasses.asdict(config.spatial), "frame": "sideways"}}
        )


def test_unknown_preset():
    names = ", ".join(PRESETS)
    with pytest.raises(InputError, match=f"unknown LEO configuration 'leo-huge'; expected one of {names}"):
        preset("leo-huge")


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["clear_way_m", "stop_threshold"])
def test_limits_of_decoding_are_checked(name, value):
    with pytest.raises(InputError, match=f"{name}: found {value}, expected 0 to 1000"):
        dataclasses.replace(preset("leo-nano"), **{name: value})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.unlink(), "no such file, expected the settings of the adapters beside it"),
        (lambda path: path.write_text("{}"), r"r: found None, but config\.json says 4"),
        (lambda path: path.write_text("[]"), r"found \[\], expected the settings of the adapters beside it"),
        (lambda path: path.write_text('{"r": 4, "lora_alpha": 8}'), r"lora_alpha: found 8, but config\.json says 4"),
    ],
)
def test_adapters_that_contradict_the_configuration(folder, change, message):
    change(folder / "adapter_config.json")
    with pytest.raises(InputError, match=rf"adapter_config\.json: {message}"):
        from_pretrained(folder)


@pytest.mark.parametrize(
    ("stage", "changes", "message"),
    [
        (0, {"num_centroids": 0}, "num_centroids: found 0, expected 1 to 64"),
        (1, {"num_centroids": 9}, "num_centroids: found 9, expected 1 to 8"),
        (0, {"num_neighbours": 0}, "num_neighbours: found 0"),
        (0, {"radius": -1}, r"radius: found -1\.0, expected a number above 0"),
        (0, {"channels": []}, "channels: found none"),
        (0, {"channels": [0]}, r"channels\[0\]: found 0"),
    ],
)
def test_stages_of_the_point_encoder_that_cannot_be(folder, stage, changes, message):
    stages = [dataclasses.asdict(each) for each in tiny.config().points.stages]
    stages[stage] |= changes
    edit_config(folder, points={"stages": stages})
    with pytest.raises(InputError, match=rf"points\.stages\[{stage}\]\.{message}"):
        from_pretrained(folder)


def test_json_too_deep_is_no_configuration(folder):
    (folder / "config.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="not JSON"):
        from_pretrained(folder)


def test_a_format_without_words_as_goals_has_ordered_goals_and_none_for_texts(folder):
    description = json.loads((folder / "config.json").read_text())
    for key in ("word_positions", "text_goals"):
        del description["model"]["spatial"][key]
    (folder / "config.json").write_text(json.dumps(description))
    with pytest.raises(InputError, match=r"model\.spatial: missing key 'text_goals'"):
        read_config(folder / "config.json")
    (folder / "config.json").write_text(json.dumps(description | {"format": "leo-4"}))
    spatial = read_config(folder / "config.json")[0].spatial
    assert (spatial.word_positions, spatial.text_goals) == (True, False)
