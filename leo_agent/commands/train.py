"""Train a LEO policy on demonstrations, by imitation of the expert's actions."""

import argparse
import dataclasses

from leo_agent.interrupts import termination_interrupts
from leo_agent.train.config import NEW_MODEL, TrainConfig
from leo_agent.train.run_files import new_folder

_DEFAULTS = {
    field.name: field.default for field in dataclasses.fields(TrainConfig) if field.default is not dataclasses.MISSING
}
_NUMBERS = (
    ("--steps", int, "number of optimiser steps"),
    ("--batch-size", int, "samples a step, over all datasets"),
    ("--accumulation", int, "micro-batches a step: less memory at the same batch size, of which it is a divisor"),
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
    ("--save-every", int, "steps between savings of the policy"),
    ("--threads", int, "CPU threads, 0 = one a core"),
    ("--seed", int, "seed of initial weights, order and augmentation"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        action="append",
        required=True,
        metavar="DIR",
        help="dataset of 'leo-agent collect'; may be repeated (required)",
    )
    parser.add_argument(
        "--weights",
        type=float,
        nargs="+",
        metavar="X",
        help="share of every batch that comes from each --data, in their order (default: equal shares)",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="new folder of the run; the policy is in DIR/policy (required)"
    )
    parser.add_argument("--preset", help=f"configuration of a new model (default: {NEW_MODEL}; not with --init)")
    parser.add_argument(
        "--init", metavar="DIR", help="policy, or folder of a run, to continue from (default: a new model)"
    )
    parser.add_argument(
        "--stage",
        choices=("full", "lora"),
        default=_DEFAULTS["stage"],
        help="'full' trains the language model's own weights, 'lora' freezes them and trains its adapters",
    )
    for name, kind, text in _NUMBERS:
        parser.add_argument(name, type=kind, default=_DEFAULTS[name[2:].replace("-", "_")], help=text)
    _add_switches(parser)


def _add_switches(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-mirror",
        dest="mirror",
        action="store_false",
        help="no mirrored navigation samples (default: mirrored half of the time)",
    )
    parser.add_argument(
        "--rotate",
        action="store_true",
        help="navigation samples turned by a random multiple of 90 degrees about the world's vertical axis, objects "
        "and agent together; tabletop samples never are (default: not turned)",
    )
    parser.add_argument(
        "--legacy",
        nargs="+",
        default=(),
        metavar="NAME",
        help="published behaviours to train with: all, or some of positions, bos, distance_scale (default: none)",
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default=_DEFAULTS["precision"],
        help="of matrix products; weights stay float32",
    )
    parser.add_argument("--device", default=_DEFAULTS["device"], help="auto (CUDA if any), cpu, cuda, cuda:N")


def run(args: argparse.Namespace) -> str:
    names = {field.name for field in dataclasses.fields(TrainConfig)}
    values = {name: value for name, value in vars(args).items() if name in names}
    values["data"], values["weights"] = tuple(args.data), tuple(args.weights or ())
    values["legacy"] = tuple(args.legacy)
    config = TrainConfig(**values)
    new_folder(config.out)
    from leo_agent.train.session import train  # torch takes seconds

    with termination_interrupts():
        return train(config)
