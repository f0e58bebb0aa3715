"""LEO's own parameters drawn from a seed: those that are published, as LEO's code starts them."""

import dataclasses
import math

import pytest
import torch

from leo_agent.cli import main
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config import presets
from leo_agent.policies.leo.config.presets import preset, variant
from leo_agent.policies.leo.model.parameters import empty_model
from leo_agent.policies.leo.weights.checkpoint import fingerprint, from_pretrained
from leo_agent.policies.leo.weights.fresh import Fresh, fresh_parameters
from leo_agent.policies.leo.weights.importing import import_released
from leo_agent.policies.loading import make_policy
from tests.policies.leo import released_files as made
from tests.policies.leo import tiny
from tests.policies.leo.released_files import small_sizes


@pytest.fixture(scope="module")
def drawn() -> dict[str, torch.Tensor]:
    return fresh_parameters(empty_model(preset("leo-vicuna-7b")), 0)


def test_names_and_shapes_are_the_published_ones(drawn):
    assert {name: tuple(each.shape) for name, each in drawn.items()} == made.leo_shapes(made.FULL)
    assert {each.dtype for each in drawn.values()} == {torch.float32}
    both = variant(preset("leo-vicuna-7b"), tuned_image=True, text_guidance=True)
    more = fresh_parameters(empty_model(both), 0)
    assert more.keys() - drawn.keys() == {"clip_proj.weight", "clip_proj.bias"}


def test_values_are_those_of_the_published_code(drawn):
    """Standard deviation, largest magnitude and mean of every kind of tensor; of a uniform one the bound."""
    for name, tensor in drawn.items():
        leaf = name.rpartition(".")[2]
        layer = name.removeprefix("pcd_encoder.")
        spatial = layer.startswith(("spatial_encoder", "loc_layers"))
        if ".lora_B." in name or (spatial and leaf == "bias"):
            assert not tensor.any(), name
        elif layer == "anchor_size" or "norm" in name or layer == "loc_layers.0.1.weight":
            assert (tensor == 1).all(), name
        elif spatial or layer == "anchor_feat":
            assert_normal(tensor, 0.02, name)
        elif layer == "obj_type_embed.weight":
            assert_normal(tensor, 1.0, name)
        else:
            weight = drawn[name.replace(".bias", ".weight")]
            assert_uniform(tensor, 1 / math.sqrt(weight.shape[1]), name)


def assert_normal(tensor: torch.Tensor, std: float, name: str) -> None:
    error = 5 / math.sqrt(tensor.numel())
    assert abs(tensor.std().item() / std - 1) < error, name
    assert abs(tensor.mean().item()) < error * std, name
    assert tensor.abs().max() > 2 * std, name


def assert_uniform(tensor: torch.Tensor, bound: float, name: str) -> None:
    """Kaiming-uniform with a = sqrt(5) is U(-1 / sqrt(n), 1 / sqrt(n)) for n inputs, as torch's linear layers are."""
    assert tensor.abs().max() <= bound, name
    assert tensor.abs().max() > 0.95 * bound, name
    assert abs(tensor.std().item() / (bound / math.sqrt(3)) - 1) < 5 / math.sqrt(tensor.numel()), name


def test_the_seed_decides(drawn):
    state = torch.random.get_rng_state()
    model = empty_model(made.config_of(small_sizes()))
    first, again, other = (fresh_parameters(model, seed) for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    same = [name for name, tensor in first.items() if torch.equal(tensor, other[name])]
    assert all((first[name] == first[name].flatten()[0]).all() for name in same)
    assert len({tuple(each.flatten()[:4].tolist()) for name, each in drawn.items() if ".lora_A." in name}) == 224


def test_command_draws_and_the_policy_acts(files, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(presets.PRESETS, "leo-made", made.config_of(small_sizes()))
    given = [f"--llm={files.language_model}", f"--points={files.points}", f"--image={files.image}"]
    arguments = ["weights", "import", "--config=leo-made", *given]
    for seed, name in ((0, "zero"), (0, "again"), (1, "one")):
        assert main([*arguments, f"--fresh={seed}", f"--out={tmp_path / name}"]) == 0
    printed = capsys.readouterr().out
    parts = {line.split("  ")[0] for line in printed.splitlines() if line.endswith("fresh, seed 0")}
    assert parts == {"adapters (LoRA)", "image projection", "spatial transformer", "object projection"}
    assert "note: fresh, seed 0: 103 tensors of LEO's own have seen no training" in printed
    assert fingerprint(tmp_path / "zero") == fingerprint(tmp_path / "again") != fingerprint(tmp_path / "one")
    model, _ = from_pretrained(tmp_path / "zero")
    drawn = fresh_parameters(empty_model(made.config_of(small_sizes())), 0)
    loaded = {name: each for name, each in model.named_parameters() if each.requires_grad}
    assert drawn.keys() == loaded.keys()
    assert all(torch.equal(each, loaded[name]) for name, each in drawn.items())
    policy = make_policy(str(tmp_path / "zero"), tiny.context("navigation"))
    assert len(policy.act([tiny.observation("navigation", 1)], ["find a chair"])) == 1


def test_a_tuned_image_encoder_starts_from_its_published_weights(files, tmp_path):
    config = made.config_of(small_sizes(), tuned_image=True)
    import_released(config, dataclasses.replace(files, leo=Fresh(0)), tmp_path / "leo")
    model, _ = from_pretrained(tmp_path / "leo")
    stem = model.img_encoder.backbone.model.stem[0].weight
    assert stem.requires_grad
    assert torch.equal(stem, torch.load(files.image, weights_only=True)["visual.trunk.stem.0.weight"])
    with pytest.raises(InputError, match="image: missing; the configuration needs this file"):
        import_released(config, dataclasses.replace(files, leo=Fresh(0), image=None), tmp_path / "other")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "one of the arguments --leo --fresh is required"),
        (["--leo=a.pth", "--fresh=0"], "argument --fresh: not allowed with argument --leo"),
        (["--fresh=-1"], "fresh: found -1, expected a seed from 0 to"),
        (["--fresh=99999999999999999999"], "fresh: found 99999999999999999999, expected a seed from 0 to"),
        (["--fresh=x"], "argument --fresh: invalid int value: 'x'"),
        (["--fresh=0", "--config=leo-nano"], "fresh: all of leo-nano is trained from scratch, by `leo-agent train"),
    ],
)
def test_wrong_options(files, tmp_path, capsys, options, message):
    given = [f"--llm={files.language_model}", f"--points={files.points}", f"--out={tmp_path / 'leo'}"]
    assert main(["weights", "import", *given, *options]) == 2
    complaint = capsys.readouterr().err.strip()
    assert message in complaint
    assert "\n" not in complaint
