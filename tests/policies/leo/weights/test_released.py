"""The released files: every key taken, one clear error for every way they can be wrong, and the same numbers after."""

import dataclasses
from pathlib import Path

import open_clip
import pytest
import torch
from timm.models.convnext import ConvNeXt, checkpoint_filter_fn
from transformers import LlamaForCausalLM

from leo_agent.cli import main
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config import presets
from leo_agent.policies.leo.config.config import ClipTextConfig
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.model.parameters import empty_model
from leo_agent.policies.leo.text.legacy_text import PIECES
from leo_agent.policies.leo.text.sentence_piece_tokenizer import SentencePieceTokenizer
from leo_agent.policies.leo.weights import released
from leo_agent.policies.leo.weights.action_map import LLAMA_PIECES, action_map
from leo_agent.policies.leo.weights.checkpoint import fingerprint, from_pretrained, own_tensors, save_pretrained
from leo_agent.policies.leo.weights.importing import import_released
from leo_agent.policies.leo.weights.tensor_files import open_tensors
from leo_agent.policies.loading import make_policy
from tests.policies.leo import released_files as made
from tests.policies.leo import tiny
from tests.policies.leo.llama_pieces import llama_like
from tests.policies.leo.released_files import small_sizes

CLIP = ClipTextConfig(width=32, num_heads=2, num_layers=2, output_dim=24)


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
    matched = released.match_clip(Path("rn50.bin"), clip, expected)
    assert sorted(matched.tensors) == sorted(name for name in expected if name.startswith("clip_model."))
    trained = made.leo_shapes(made.FULL) | {"clip_proj.weight": (4096, 1024), "clip_proj.bias": (4096,)}
    tower = made.image_tower_shapes(made.FULL) | {"head.fc.weight": (640, 1024), "head.fc.bias": (640,)}
    trained |= {f"img_encoder.backbone.model.{name}": shape for name, shape in tower.items()}
    assert made.elements(trained) == 141_854_355
    released.match_leo(Path("tuned.pth"), made.stored(trained), model)


def test_import_keeps_every_value(files, tmp_path):
    config = made.config_of(small_sizes())
    parts, notes = import_released(config, files, tmp_path / "leo", shard_bytes=100_000)
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
    noted = "\n".join(notes)
    for words in ("[PAD]", "rotation frequencies", "has no head.fc.bias", "text encoder are not LEO's"):
        assert words in noted


def test_imported_folder_round_trips_bit_for_bit(files, tmp_path):
    import_released(made.config_of(small_sizes()), files, tmp_path / "leo")
    model, tokenizer = from_pretrained(tmp_path / "leo")
    save_pretrained(model, tokenizer, tmp_path / "again")
    assert fingerprint(tmp_path / "again") == fingerprint(tmp_path / "leo")


def test_the_same_numbers_as_other_loaders(files, tmp_path):
    """The language model as transformers reads the folder, the image encoder as timm reads open_clip's file."""
    import_released(made.config_of(small_sizes()), files, tmp_path / "leo")
    model, _ = from_pretrained(tmp_path / "leo", language_model_dtype=torch.float32)
    theirs = LlamaForCausalLM.from_pretrained(files.language_model, dtype=torch.float32).eval()
    ids = torch.tensor([[1, 50, 90, 400, 7]])
    with model.llm_model.disable_adapter():
        logits = model.llm_model(input_ids=ids).logits[..., : small_sizes().vocab]
    assert torch.allclose(logits, theirs(input_ids=ids).logits, atol=1e-5)
    assert not torch.allclose(model.llm_model(input_ids=ids).logits[..., : small_sizes().vocab], logits, atol=1e-3)
    timm = ConvNeXt(
        depths=small_sizes().image_depths,
        dims=small_sizes().image_dims,
        num_classes=small_sizes().image_head,
    ).eval()
    timm.load_state_dict(checkpoint_filter_fn(torch.load(files.image, weights_only=True), timm))
    pixels = torch.randint(0, 255, (2, 64, 64, 3), dtype=torch.uint8)
    normalised = (pixels.permute(0, 3, 1, 2).float() - model.img_encoder.mean) / model.img_encoder.std
    assert torch.allclose(model.img_encoder(pixels), timm.forward_features(normalised).mean(dim=(2, 3)), atol=1e-5)


def test_command_imports_and_the_policy_acts(files, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(presets.PRESETS, "leo-made", made.config_of(small_sizes()))
    out = tmp_path / "leo"
    options = [f"--llm={files.language_model}", f"--leo={files.leo}", f"--points={files.points}"]
    arguments = ["weights", "import", "--config", "leo-made", *options, f"--image={files.image}", f"--out={out}"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "sft_noact.pth" in printed
    assert "pytorch_model-00001-of-00002.bin" in printed
    for world, instruction in (("navigation", "find a chair"), ("tabletop", "put the red block in a bowl")):
        policy = make_policy(str(out), tiny.context(world))
        assert len(policy.act([tiny.observation(world, 1)], [instruction])) == 1
    assert main(arguments) == 2
    assert "exists already, expected a new or empty folder" in capsys.readouterr().err
    assert main(["weights", "describe", str(out)]) == 0
    assert "adapters (LoRA)" in capsys.readouterr().out


def test_other_layouts_of_the_same_weights(files, tmp_path):
    """A folder with pytorch_model.bin, timm's own names, and files of a torch that wrote no zip archives."""
    import_released(made.config_of(small_sizes()), files, tmp_path / "leo")
    best = tmp_path / "best.pth"
    best.mkdir()
    (best / "pytorch_model.bin").write_bytes(files.leo.read_bytes())
    timm = made.random_tensors(made.open_clip_shapes(small_sizes(), 16, 1, vocab=50), seed=3)
    timm = {name.removeprefix("visual.trunk."): each for name, each in timm.items() if name.startswith("visual.")}
    timm["head.fc.weight"] = timm.pop("visual.head.proj.weight")
    timm["head.fc.bias"] = torch.zeros(small_sizes().image_head)
    torch.save(timm, tmp_path / "timm.bin", _use_new_zipfile_serialization=False)
    other = dataclasses.replace(files, leo=best, image=tmp_path / "timm.bin")
    import_released(made.config_of(small_sizes()), other, tmp_path / "other")
    assert fingerprint(tmp_path / "other") == fingerprint(tmp_path / "leo")


def test_text_guidance_and_a_tuned_image_encoder(files, tmp_path):
    config = made.config_of(small_sizes(), clip_text=CLIP, tuned_image=True)
    shapes = made.leo_shapes(small_sizes()) | {
        "clip_proj.weight": (small_sizes().width, 24),
        "clip_proj.bias": (small_sizes().width,),
    }
    tower = made.image_tower_shapes(small_sizes()) | {"head.fc.weight": (12, 16), "head.fc.bias": (12,)}
    shapes |= {f"img_encoder.backbone.model.{name}": shape for name, shape in tower.items()}
    torch.save(made.random_tensors(shapes), files.leo)
    clip = tmp_path / "rn50.bin"
    torch.save(made.random_tensors(made.clip_text_shapes(32, 2, 24) | {"visual.conv1.weight": (4, 3, 3, 3)}), clip)
    with pytest.raises(InputError, match=r"^clip: missing; the configuration needs this file"):
        import_released(config, dataclasses.replace(files, image=None), tmp_path / "leo")
    with pytest.raises(InputError, match=r"^image: .*open_clip\.bin holds nothing that is needed"):
        import_released(config, dataclasses.replace(files, clip=clip), tmp_path / "leo")
    import_released(config, dataclasses.replace(files, image=None, clip=clip), tmp_path / "leo")
    model, _ = from_pretrained(tmp_path / "leo")
    assert torch.equal(model.clip_model.ln_final.weight, torch.load(clip, weights_only=True)["ln_final.weight"])
    assert model.clip_proj.weight.requires_grad
    assert all(each.requires_grad for each in model.img_encoder.parameters())


def test_the_action_map_of_llamas_tokenizer():
    """Ids of the published map, and that only LLaMA's own last pieces have its hash."""
    map_of_llama = action_map(SentencePieceTokenizer(llama_like(PIECES)))
    assert map_of_llama["pieces"] == LLAMA_PIECES
    assert list(map_of_llama["navigation"].values()) == list(range(31999, 31991, -1))
    assert (map_of_llama["u"], map_of_llama["v"]) == ([31991, 31672], [31671, 31512])
    assert map_of_llama["yaw"] == [31511, 31476]
    swapped = [PIECES[1], PIECES[0], *PIECES[2:]]
    assert action_map(SentencePieceTokenizer(llama_like(swapped)))["pieces"] != LLAMA_PIECES


def test_another_tokenizer_of_llamas_size_is_not_imported(files, tmp_path):
    config = made.config_of(dataclasses.replace(small_sizes(), vocab=32000))
    (files.language_model / "tokenizer.model").write_bytes(llama_like(["?" + each for each in PIECES]))
    with pytest.raises(InputError, match="it is not the tokenizer of LLaMA and Vicuna"):
        import_released(config, files, tmp_path / "leo")
