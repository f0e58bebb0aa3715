"""The published files: every key taken, one clear error for every way they can be wrong, and the same numbers after."""

import dataclasses
import json
import pickle
from pathlib import Path

import open_clip
import pytest
import torch
from timm.models.convnext import ConvNeXt, checkpoint_filter_fn
from transformers import LlamaForCausalLM

from leo_agent.cli import main
from policies.base import PolicyContext, make_policy
from policies.errors import InputError
from policies.leo import presets, published
from policies.leo.checkpoint import fingerprint, from_pretrained, own_tensors, save_pretrained
from policies.leo.config import ClipTextConfig
from policies.leo.importing import PublishedFiles, import_published
from policies.leo.parameters import empty_model
from policies.leo.presets import preset
from policies.leo.tensor_files import open_tensors
from tests.policies import published_files as made
from tests.policies import tiny

CLIP = ClipTextConfig(width=32, num_heads=2, num_layers=2, output_dim=24)


def sizes() -> made.Sizes:
    return dataclasses.replace(made.SMALL, vocab=tiny.tokenizer().vocab_size)


@pytest.fixture
def files(tmp_path) -> PublishedFiles:
    """Small files of the published structure."""
    paths = PublishedFiles(
        tmp_path / "vicuna", tmp_path / "sft_noact.pth", tmp_path / "points.pth", tmp_path / "open_clip.bin"
    )
    made.write_language_model(paths.language_model, sizes(), tiny.tokenizer().model)
    torch.save(made.random_tensors(made.leo_shapes(sizes()), seed=1), paths.leo)
    torch.save(made.random_tensors(made.point_shapes(sizes()), seed=2), paths.points)
    torch.save(made.random_tensors(made.open_clip_shapes(sizes(), 16, 1, vocab=50), seed=3), paths.image)
    return paths


def test_full_size_lists_of_keys():
    """523 tensors of 49,433,491 elements; names and shapes are those of our own model, each exactly once."""
    leo, points = made.leo_shapes(made.FULL), made.point_shapes(made.FULL)
    assert (len(leo), made.elements(leo)) == (523, 49_433_491)
    assert sum("lora_" in name for name in leo) == 448
    assert sum(name.startswith("pcd_encoder.") for name in leo) == 71
    model = empty_model(preset("leo-vicuna-7b"))
    expected = {name: tuple(tensor.shape) for name, tensor in own_tensors(model).items()}
    remaining = {name: shape for name, shape in expected.items() if name not in leo}
    file = Path("full.pth")
    rope = made.stored(made.llama_shapes(made.FULL))
    rope = {name: each for name, each in rope.items() if "inv_freq" not in name}
    matched = [
        published.match_leo(file, made.stored(leo), model),
        published.match_language_model(Path("vicuna"), rope, model, remaining),
        published.match_points(file, made.stored(points), expected),
        published.match_image(file, made.stored(made.open_clip_shapes(made.FULL, 640, 12)), expected),
    ]
    taken = [name for each in matched for name in each.tensors]
    assert sorted(taken) == sorted(expected)
    assert all(each.tensors[name].shape == expected[name] for each in matched for name in each.tensors)
    print(f"{len(taken)} tensors of 4 files")


def test_keys_of_open_clips_files_are_those_of_open_clip():
    for name, mine in (
        ("convnext_base_w", made.open_clip_shapes(made.FULL, 640, 12)),
        ("RN50", made.clip_text_shapes(512, 12, 1024)),
    ):
        with torch.device("meta"):
            theirs = open_clip.CLIP(**open_clip.get_model_config(name)).state_dict()
        shapes = {key: tuple(tensor.shape) for key, tensor in theirs.items()}
        if name == "RN50":
            shapes = {key: shape for key, shape in shapes.items() if not key.startswith("visual.")}
        assert mine == shapes


def test_full_size_text_guidance():
    model = empty_model(presets.variant(preset("leo-vicuna-7b"), tuned_image=True, text_guidance=True))
    expected = {name: tuple(tensor.shape) for name, tensor in own_tensors(model).items()}
    clip = made.stored(made.clip_text_shapes(512, 12, 1024) | {"visual.conv1.weight": (32, 3, 3, 3)})
    matched = published.match_clip(Path("rn50.bin"), clip, expected)
    assert sorted(matched.tensors) == sorted(name for name in expected if name.startswith("clip_model."))
    trained = made.leo_shapes(made.FULL) | {"clip_proj.weight": (4096, 1024), "clip_proj.bias": (4096,)}
    tower = made.image_tower_shapes(made.FULL) | {"head.fc.weight": (640, 1024), "head.fc.bias": (640,)}
    trained |= {f"img_encoder.backbone.model.{name}": shape for name, shape in tower.items()}
    assert made.elements(trained) == 141_854_355
    published.match_leo(Path("tuned.pth"), made.stored(trained), model)


def test_import_keeps_every_value(files, tmp_path):
    config = made.config_of(sizes())
    parts, notes = import_published(config, files, tmp_path / "leo", shard_bytes=100_000)
    assert len(list((tmp_path / "leo").glob("model-*-of-*.safetensors"))) > 2
    model, tokenizer = from_pretrained(tmp_path / "leo")
    ours = own_tensors(model)
    assert sum(each.tensors for each in parts) == len(ours)
    leo = torch.load(files.leo, weights_only=True)
    assert all(torch.equal(ours[name], tensor) for name, tensor in leo.items())
    points = torch.load(files.points, weights_only=True)
    assert all(torch.equal(ours[f"pcd_encoder.obj_encoder.pcd_net.{name}"], each) for name, each in points.items())
    shards = [open_tensors(path) for path in files.language_model.glob("*.bin")]
    plain = {name: stored.read() for shard in shards for name, stored in shard.items()}
    base = "llm_model.base_model.model.model."
    down = ours[f"{base}layers.1.mlp.down_proj.base_layer.weight"]
    assert down.dtype == torch.float16
    assert torch.equal(down, plain["model.layers.1.mlp.down_proj.weight"])
    embedding = ours[f"{base}embed_tokens.weight"]
    assert torch.equal(embedding[:-1], plain["model.embed_tokens.weight"])
    assert not embedding[-1].any()
    assert tokenizer.model == tiny.tokenizer().model
    assert {each.part for each in parts} == {
        "language model",
        "adapters (LoRA)",
        "image encoder",
        "image projection",
        "point encoder",
        "spatial transformer",
        "object projection",
    }
    assert [each.sources for each in parts if each.part == "point encoder"] == [(files.points,)]
    told = "\n".join(notes)
    for words in ("[PAD]", "rotation frequencies", "has no head.fc.bias", "text encoder are not LEO's"):
        assert words in told


def test_imported_folder_round_trips_bit_for_bit(files, tmp_path):
    import_published(made.config_of(sizes()), files, tmp_path / "leo")
    model, tokenizer = from_pretrained(tmp_path / "leo")
    save_pretrained(model, tokenizer, tmp_path / "again")
    assert fingerprint(tmp_path / "again") == fingerprint(tmp_path / "leo")


def test_the_same_numbers_as_other_loaders(files, tmp_path):
    """The language model as transformers reads the folder, the image encoder as timm reads open_clip's file."""
    import_published(made.config_of(sizes()), files, tmp_path / "leo")
    model, _ = from_pretrained(tmp_path / "leo", language_model_dtype=torch.float32)
    theirs = LlamaForCausalLM.from_pretrained(files.language_model, dtype=torch.float32).eval()
    ids = torch.tensor([[1, 50, 90, 400, 7]])
    with model.llm_model.disable_adapter():
        logits = model.llm_model(input_ids=ids).logits[..., : sizes().vocab]
    assert torch.allclose(logits, theirs(input_ids=ids).logits, atol=1e-5)
    assert not torch.allclose(model.llm_model(input_ids=ids).logits[..., : sizes().vocab], logits, atol=1e-3)
    timm = ConvNeXt(depths=sizes().image_depths, dims=sizes().image_dims, num_classes=sizes().image_head).eval()
    timm.load_state_dict(checkpoint_filter_fn(torch.load(files.image, weights_only=True), timm))
    pixels = torch.randint(0, 255, (2, 64, 64, 3), dtype=torch.uint8)
    normalised = (pixels.permute(0, 3, 1, 2).float() - model.img_encoder.mean) / model.img_encoder.std
    assert torch.allclose(model.img_encoder(pixels), timm.forward_features(normalised).mean(dim=(2, 3)), atol=1e-5)


def test_command_imports_and_the_policy_acts(files, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(presets.PRESETS, "leo-made", made.config_of(sizes()))
    out = tmp_path / "leo"
    options = [f"--llm={files.language_model}", f"--leo={files.leo}", f"--points={files.points}"]
    arguments = ["weights", "import", "--config", "leo-made", *options, f"--image={files.image}", f"--out={out}"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "sft_noact.pth" in printed
    assert "pytorch_model-00001-of-00002.bin" in printed
    policy = make_policy(str(out), PolicyContext(device="cpu"))
    for world, instruction in (("navigation", "find a chair"), ("tabletop", "put the red block in a bowl")):
        policy.reset([0])
        assert len(policy.act([tiny.observation(world, 1)], [instruction])) == 1
    assert main(arguments) == 2
    assert "exists already, expected a new or empty folder" in capsys.readouterr().err
    assert main(["weights", "describe", str(out)]) == 0
    assert "adapters (LoRA)" in capsys.readouterr().out


def test_other_layouts_of_the_same_weights(files, tmp_path):
    """A folder with pytorch_model.bin, timm's own names, and files of a torch that wrote no zip archives."""
    import_published(made.config_of(sizes()), files, tmp_path / "leo")
    best = tmp_path / "best.pth"
    best.mkdir()
    (best / "pytorch_model.bin").write_bytes(files.leo.read_bytes())
    timm = made.random_tensors(made.open_clip_shapes(sizes(), 16, 1, vocab=50), seed=3)
    timm = {name.removeprefix("visual.trunk."): each for name, each in timm.items() if name.startswith("visual.")}
    timm["head.fc.weight"] = timm.pop("visual.head.proj.weight")
    timm["head.fc.bias"] = torch.zeros(sizes().image_head)
    torch.save(timm, tmp_path / "timm.bin", _use_new_zipfile_serialization=False)
    other = dataclasses.replace(files, leo=best, image=tmp_path / "timm.bin")
    import_published(made.config_of(sizes()), other, tmp_path / "other")
    assert fingerprint(tmp_path / "other") == fingerprint(tmp_path / "leo")


def test_text_guidance_and_a_tuned_image_encoder(files, tmp_path):
    config = made.config_of(sizes(), clip_text=CLIP, tuned_image=True)
    shapes = made.leo_shapes(sizes()) | {"clip_proj.weight": (sizes().width, 24), "clip_proj.bias": (sizes().width,)}
    tower = made.image_tower_shapes(sizes()) | {"head.fc.weight": (12, 16), "head.fc.bias": (12,)}
    shapes |= {f"img_encoder.backbone.model.{name}": shape for name, shape in tower.items()}
    torch.save(made.random_tensors(shapes), files.leo)
    clip = tmp_path / "rn50.bin"
    torch.save(made.random_tensors(made.clip_text_shapes(32, 2, 24) | {"visual.conv1.weight": (4, 3, 3, 3)}), clip)
    with pytest.raises(InputError, match=r"--clip: missing; the configuration needs this file"):
        import_published(config, dataclasses.replace(files, image=None), tmp_path / "leo")
    with pytest.raises(InputError, match=r"--image: .*open_clip\.bin holds nothing that is needed"):
        import_published(config, dataclasses.replace(files, clip=clip), tmp_path / "leo")
    import_published(config, dataclasses.replace(files, image=None, clip=clip), tmp_path / "leo")
    model, _ = from_pretrained(tmp_path / "leo")
    assert torch.equal(model.clip_model.ln_final.weight, torch.load(clip, weights_only=True)["ln_final.weight"])
    assert model.clip_proj.weight.requires_grad
    assert all(each.requires_grad for each in model.img_encoder.parameters())


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
    ],
)
def test_wrong_tensors_are_named(files, tmp_path, which, changes, message):
    change(getattr(files, which), **changes)
    with pytest.raises(InputError, match=message) as error:
        import_published(made.config_of(sizes()), files, tmp_path / "leo")
    assert "\n" not in str(error.value)


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
        import_published(made.config_of(sizes()), files, tmp_path / "leo")
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
        import_published(made.config_of(sizes()), files, tmp_path / "leo")
    assert not Path("harm.txt").exists()


def test_truncated_and_missing_files(files, tmp_path):
    whole = files.leo.read_bytes()
    files.leo.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="not a state dict of torch"):
        import_published(made.config_of(sizes()), files, tmp_path / "leo")
    files.leo.unlink()
    with pytest.raises(InputError, match=r"sft_noact\.pth: missing"):
        import_published(made.config_of(sizes()), files, tmp_path / "leo")
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
        import_published(made.config_of(sizes()), files, tmp_path / "leo")


def test_a_folder_of_the_language_model_with_faults(files, tmp_path):
    config = made.config_of(sizes())
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
            import_published(config, files, tmp_path / "leo")
        shard.write_bytes(whole)
    shard = files.language_model / "pytorch_model-00002-of-00002.bin"
    shard.unlink()
    with pytest.raises(InputError, match=r"pytorch_model-00002-of-00002\.bin: missing"):
        import_published(config, files, tmp_path / "leo")
    index.write_text('{"weight_map": {"a": "../../secret.bin"}}')
    with pytest.raises(InputError, match="expected names of files beside it"):
        import_published(config, files, tmp_path / "leo")
    index.unlink()
    with pytest.raises(InputError, match=r"holds no weights; expected one of model\.safetensors"):
        import_published(config, files, tmp_path / "leo")


def test_a_tokenizer_of_another_size(files, tmp_path):
    config = made.config_of(dataclasses.replace(sizes(), vocab=2000))
    with pytest.raises(InputError, match="the action ids would disagree"):
        import_published(config, files, tmp_path / "leo")
