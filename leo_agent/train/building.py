"""The model of a run: a new one or one to continue from, and which of its parts a stage trains."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from leo_agent.contract.errors import InputError
from leo_agent.policies import hub
from leo_agent.policies.leo.config.presets import configured, preset
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.parameters import ADAPTERS, part_of
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.weights.checkpoint import fingerprint, from_pretrained, new_model, own_tensors
from leo_agent.policies.leo.weights.tensor_files import open_tensors
from leo_agent.policies.leo_family import PRETRAINED
from leo_agent.train.engine.checkpoints import TRAINED, newest_checkpoint
from leo_agent.train.recipes.recipe import PARTS, Part, Recipe, Stage, TakenParts
from leo_agent.train.run_files import POLICY_FOLDER, policy_to_continue
from leo_agent.train.tasks.base import chosen_sources

LOG = logging.getLogger(__name__)
MOST_LINES = 20_000  # that a tokenizer is trained on; more change its pieces little


def build_model(recipe: Recipe) -> tuple[LeoModel, LeoTokenizer]:
    """The model that a run begins with, and its tokenizer.

    Raises:
        InputError: there is no such preset, policy or option.
    """
    model, tokenizer = _begun(recipe)
    model.recomputes_activations = recipe.activation_checkpointing
    return model, tokenizer


def _begun(recipe: Recipe) -> tuple[LeoModel, LeoTokenizer]:
    if recipe.init is not None:
        init = _folder_of(policy_to_continue(recipe.init))
        model, tokenizer = from_pretrained(init, legacy=recipe.legacy or None)
        if not hub.is_hub_id(init):
            _unround(model, Path(init))
        return model, tokenizer
    assert recipe.preset is not None  # Recipe names one where there is no policy to continue from
    config = configured(preset(recipe.preset), recipe.model_options)
    model, tokenizer = new_model(config, recipe.seed, recipe.legacy, _lines(recipe))
    if recipe.take is not None:
        _take(model, recipe.take)
    return model, tokenizer


def _lines(recipe: Recipe) -> list[str]:
    """Distinct lines of the texts that a new model is trained on, at most MOST_LINES of them, spread evenly."""
    wanted = [name for stage in recipe.stages for name in stage.tasks]
    chosen = chosen_sources(recipe.data, list(dict.fromkeys(wanted)), 0)
    lines = list(dict.fromkeys(line for folder, task in chosen for line in task.lines(Path(folder)) if line))
    return lines[:: -(-len(lines) // MOST_LINES) or 1]


def origins(recipe: Recipe) -> dict[str, str]:
    """Fingerprints of the policies that a run begins with, by their names."""
    names = [recipe.init] if recipe.init else [recipe.take.policy] if recipe.take else []
    return {name: fingerprint(_folder_of(policy_to_continue(name))) for name in names}


def choose_parts(model: LeoModel, stage: Stage) -> None:
    """Leaves trainable what the stage trains, as far as the model's configuration has it trained.

    Raises:
        InputError: nothing is left, or a part is asked for that the model lacks.
    """
    frozen = _frozen_parts(model, stage)
    config = model.config
    for name, each in model.named_parameters():
        part = _part(name)
        configured_trained = {"image_encoder": config.image.trainable, "point_encoder": config.points.trainable}
        each.requires_grad_(part in PARTS and part not in frozen and configured_trained.get(part, True))
    model.img_encoder.trainable = config.image.trainable and "image_encoder" not in frozen
    model.pcd_encoder.obj_encoder.trainable = config.points.trainable and "point_encoder" not in frozen
    if not any(each.requires_grad for each in model.parameters()):
        raise InputError(f"stages.{stage.name}.frozen: leaves nothing of the model to be trained")


def frozen_encoders(model: LeoModel) -> frozenset[str]:
    """The encoders that stay as they are, once a stage has chosen its parts."""
    found = {"image_encoder": model.img_encoder.trainable, "point_encoder": model.pcd_encoder.obj_encoder.trainable}
    return frozenset(name for name, trained in found.items() if not trained)


def trained_tensors(model: LeoModel, stages: tuple[Stage, ...]) -> dict[str, Tensor]:
    """Parameters, and statistics beside them, of all parts that any stage trains: what a checkpoint holds."""
    names: set[str] = set()
    for stage in stages:
        choose_parts(model, stage)
        trained = {_part(name) for name, each in model.named_parameters() if each.requires_grad}
        names |= {name for name in own_tensors(model) if _part(name) in trained}
    return {name: each for name, each in own_tensors(model).items() if name in names}


@contextmanager
def idle_adapters_skipped(model: LeoModel) -> Iterator[None]:
    """While adapters that add nothing (B = 0) are not trained, they are not computed.

    Adapters that were trained before stay on: their part belongs to what the model says.
    """
    adapters = {name: each for name, each in model.named_parameters() if ".lora_" in name}
    trained = any(each.requires_grad for each in adapters.values())
    adds_nothing = all(not each.any() for name, each in adapters.items() if "lora_B" in name)
    skipped = bool(adapters) and not trained and adds_nothing
    if skipped:
        model.use_adapters(False)
    try:
        yield
    finally:
        if skipped:
            model.use_adapters(True)


def _frozen_parts(model: LeoModel, stage: Stage) -> set[Part]:
    frozen: set[Part] = set(stage.frozen)
    is_released = not model.config.language_model.trainable
    has_adapters = any(".lora_" in name for name, _ in model.named_parameters())
    where = f"stages.{stage.name}.frozen"
    if not frozen & {"language_model", "adapters"}:
        frozen.add("language_model" if is_released else "adapters")
    if is_released and "language_model" not in frozen:
        raise InputError(f"{where}: expected language_model among them: this model builds on a released one")
    if "language_model" in frozen and "adapters" not in frozen and not has_adapters:
        raise InputError(f"{where}: found language_model, but this model's configuration has no adapters (rank 0)")
    return frozen


def _part(name: str) -> str:
    """As recipes call it."""
    part = part_of(name)
    return "adapters" if part == ADAPTERS else part.replace(" ", "_")


def _take(model: LeoModel, taken: TakenParts) -> None:
    """Copies parts of a policy into a new model.

    Raises:
        InputError: they are of other shapes there.
    """
    source, _ = from_pretrained(_folder_of(policy_to_continue(taken.policy)))
    theirs, ours = own_tensors(source), own_tensors(model)
    for name, each in ours.items():
        if _part(name) not in taken.parts:
            continue
        if name not in theirs or theirs[name].shape != each.shape:
            raise InputError(f"take: {_part(name)} of {taken.policy} has other shapes than this model's ({name})")
        with torch.no_grad():
            each.copy_(theirs[name])


def _folder_of(name: str) -> str:
    """The folder of a policy that comes with the package, by its name; all else as it is."""
    shipped = PRETRAINED / name
    return str(shipped) if "/" not in name and shipped.is_dir() and not Path(name).is_dir() else name


def _unround(model: LeoModel, policy: Path) -> None:
    """Gives a model that was read from a run's policy the weights that it was rounded from, where they are kept.

    AdamW's late steps are smaller than float16 resolves. They are used only if they round to the policy's in every
    bit: a policy that was moved elsewhere, or replaced, has none.
    """
    checkpoint = newest_checkpoint(policy.parent) if policy.name == POLICY_FOLDER else None
    if checkpoint is None:
        return
    kept = {name: stored.read() for name, stored in open_tensors(checkpoint / TRAINED).items()}
    tensors = own_tensors(model)
    if not all(name in tensors and _rounds_to(each, tensors[name]) for name, each in kept.items()):
        LOG.warning("%s: not of the policy beside it, whose rounded weights are used", checkpoint)
        return
    with torch.no_grad():
        for name, each in kept.items():
            tensors[name].copy_(each)
    LOG.info("%s: training goes on from these weights, in float32", checkpoint)


def _rounds_to(kept: Tensor, rounded: Tensor) -> bool:
    if kept.shape != rounded.shape:
        return False
    same = torch.equal(kept, rounded)  # statistics are stored as they are
    return same or torch.equal(kept.to(torch.float16).to(rounded.dtype), rounded)
