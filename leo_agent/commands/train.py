"""Train a LEO policy by a recipe: on demonstrations, by imitation of the expert's actions, and on texts."""

import argparse
import dataclasses
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.interrupts import termination_interrupts
from leo_agent.train.recipes.flat import STAGE_KEYS, STAGE_KINDS, flat_recipe
from leo_agent.train.recipes.reading import parse_settings, read_recipe, recipe_names, with_settings
from leo_agent.train.recipes.recipe import NEW_MODEL, Recipe, Stage
from leo_agent.train.run_files import check_folder

_DEFAULTS = {
    field.name: field.default
    for kind in (Recipe, Stage)
    for field in dataclasses.fields(kind)
    if field.default is not dataclasses.MISSING
}
_NUMBERS = (
    ("--steps", int, "number of optimiser steps"),
    ("--batch-size", int, "samples a step, over all datasets"),
    ("--accumulation", int, "micro-batches a step: less memory at the same batch size"),
    ("--learning-rate", float, "peak learning rate"),
    ("--warmup-steps", int, "steps of linear warm-up"),
    ("--weight-decay", float, "decoupled weight decay"),
    ("--clip-norm", float, "limit of the gradient's global norm"),
    ("--bin-smoothing-sigma", float, "width of the target over neighbouring position and yaw bins, in bins"),
    (
        "--curriculum-share",
        float,
        "share of the steps in which scenes grow from few objects to all, 0 to 1",
    ),
    ("--history-dropout", float, "share of the samples that are shown without their past actions, 0 to 1"),
    ("--validation-share", float, "share of the episodes held out, 0 to 0.5"),
    ("--save-every", int, "steps between savings of the policy and of the state to resume from"),
    ("--threads", int, "CPU threads, 0 = one a core"),
    ("--seed", int, "seed of initial weights, order and augmentation"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--recipe",
        metavar="NAME|FILE",
        help=f"{', '.join(recipe_names())}, or a YAML file; other options then take the place of its values "
        "(default: one stage of what the options say)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a value of the recipe, such as steps=40, tasks.tabletop=0.3 or stages.act.learning_rate=1e-4; may be "
        "repeated (default: none)",
    )
    parser.add_argument(
        "--data",
        action="append",
        metavar="DIR",
        help="dataset of 'leo-agent collect', or folder with texts.jsonl; may be repeated (default: the recipe's; "
        "there must be one)",
    )
    parser.add_argument(
        "--weights",
        type=float,
        nargs="+",
        metavar="X",
        help="share of the samples that comes from each --data, in their order (default: equal shares)",
    )
    parser.add_argument(
        "--out",
        required=True,
        metavar="DIR",
        help="folder of the run; the same command goes on where a run was stopped; the policy is in DIR/policy "
        "(required)",
    )
    parser.add_argument("--preset", help=f"configuration of a new model (default: {NEW_MODEL}; not with --init)")
    parser.add_argument(
        "--init", metavar="DIR", help="policy, or folder of a run, to begin from (default: a new model)"
    )
    parser.add_argument(
        "--stage",
        choices=STAGE_KINDS,
        help="'full' trains the language model's own weights, 'lora' freezes them and trains its adapters; not with "
        "--recipe (default: full)",
    )
    for name, kind, text in _NUMBERS:
        default = _DEFAULTS[name[2:].replace("-", "_")]
        parser.add_argument(name, type=kind, help=f"{text} (default: {default}, or the recipe's)")
    _add_switches(parser)


def _add_switches(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-mirror",
        dest="mirror",
        action="store_const",
        const=False,
        help="no mirrored navigation samples (default: mirrored half of the time)",
    )
    parser.add_argument(
        "--rotate",
        action="store_const",
        const=True,
        help="navigation samples turned by a random multiple of 90 degrees about the world's vertical axis, objects "
        "and agent together; tabletop samples never are (default: not turned)",
    )
    parser.add_argument(
        "--legacy",
        nargs="+",
        metavar="NAME",
        help="published behaviours to train with: all, or some of positions, bos, distance_scale (default: none)",
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "float32", "bfloat16"),
        help="of matrix products; weights stay float32 (default: auto, which is bfloat16 on a GPU and float32 on a "
        "CPU)",
    )
    parser.add_argument("--device", help="auto (CUDA if any), cpu, cuda, cuda:N (default: auto)")


def run(args: argparse.Namespace) -> str:
    recipe = recipe_of(args)
    check_folder(args.out)
    from leo_agent.train.session import train  # torch takes seconds

    with termination_interrupts():
        return train(recipe, args.out)


def recipe_of(args: argparse.Namespace) -> Recipe:
    """What the options ask for."""
    names = {each.name for each in dataclasses.fields(Recipe)} | set(STAGE_KEYS)
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(args).items()
        if name in names and name not in ("name", "stages") and value is not None
    }
    settings = parse_settings(args.set)
    if args.recipe is None:
        return with_settings(flat_recipe(args.stage or "full", **given), settings)
    if args.stage is not None:
        raise InputError(f"stage: found {args.stage} with recipe={args.recipe!r}, which says itself what is trained")
    return read_recipe(args.recipe, given | settings)
