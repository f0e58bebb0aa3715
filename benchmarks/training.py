"""Samples a second of training, beside the former commit a40254c and a plain loop of transformers and peft.

Run: python benchmarks/training.py DATA [--old CHECKOUT] [--smollm2 FOLDER] [--batch-size 48] [--turns 3]. DATA are
demonstrations of navigation from 100 procedural houses, which the former commit reads, too (it wrote them: `leo-agent
scenes make --count 125 --episodes 2`, then `leo-agent collect` with the options of make train-nano); CHECKOUT is a
working tree of the former commit; FOLDER what `leo-agent weights import --config leo-smollm2` wrote. Each side trains
in a process of its own, by its own command's way from the data to the optimiser, and they go on in turns. The plain
loop gets sequences of the lengths that ours had.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hardware import hardware
from peers.turns import Comparison, Side, compare, program

from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.policies.leo.config.config import LanguageModelConfig
from leo_agent.policies.leo.config.presets import preset

ROOT = Path(__file__).resolve().parents[1]
WANTED = {"former commit": 5.0, "plain loop": 2.5}
MANY = 10**6  # steps: the benchmark ends before
SMOLLM2 = "leo-smollm2"


def ours(data: str, out: Path, batch_size: int, init: str | None) -> Side:
    """The recipe of acting, on navigation alone."""
    settings: dict[str, Any] = {
        "recipe": "act",
        "data": [data],
        "steps": MANY,
        "batch_size": batch_size,
        "save_every": MANY,
        "curriculum_share": 0.0,
        "threads": os.cpu_count(),
    }
    if init is not None:
        settings["init"] = init
    return Side("ours", [sys.executable, program("gated_training.py"), str(ROOT), str(out), json.dumps(settings)])


def former(checkout: Path, data: str, out: Path, batch_size: int) -> Side:
    """The former commit with the options of its `make train-nano`."""
    options = {
        "data": [data],
        "preset": "leo-nano",
        "stage": "full",
        "steps": MANY,
        "batch_size": batch_size,
        "weight_decay": 0.02,
        "bin_smoothing_sigma": 2.0,
        "history_dropout": 0.5,
        "curriculum_share": 0.0,
        "precision": "float32",
        "save_every": MANY,
        "threads": os.cpu_count(),
    }
    command = [sys.executable, program("gated_training.py"), str(checkout), str(out), json.dumps(options)]
    return Side("former commit", command)


def plain(config: LanguageModelConfig, rank: int, batches: list[Any], settings_file: Path) -> Side:
    """The plain loop of that language model."""
    model = {
        "vocab_size": config.vocab_size + config.extra_rows,
        "hidden_size": config.hidden_size,
        "num_hidden_layers": config.num_layers,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.key_value_heads,
        "intermediate_size": config.intermediate_size,
        "max_position_embeddings": config.max_positions,
        "rope_theta": config.rope_theta,
        "tie_word_embeddings": config.tied_output,
    }
    settings = {"model": model, "rank": rank, "threads": os.cpu_count(), "batches": batches}
    settings_file.write_text(json.dumps(settings))
    return Side("plain loop", [sys.executable, program("plain_training.py"), str(settings_file)])


def tell(name: str, other: str, found: Comparison, batch_size: int) -> None:
    """One line of the table."""
    own, their = found.ours_per_s * batch_size, found.theirs_per_s * batch_size
    print(f"{name:14} {own:7.1f} samples/s, {other} {their:.1f}: {found.text}, wanted {WANTED[other]:g}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder of the demonstrations")
    parser.add_argument("--old", type=Path, help="working tree of the former commit (default: not compared)")
    parser.add_argument("--smollm2", help="folder of an imported leo-smollm2 (default: not measured)")
    parser.add_argument("--batch-size", type=int, default=48)
    parser.add_argument("--smollm2-batch-size", type=int, default=8)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of a turn of the slower side")
    args = parser.parse_args()
    print(hardware())
    sizes = {"leo-nano": args.batch_size, SMOLLM2: args.smollm2_batch_size}
    models = [("leo-nano", None)] + ([(SMOLLM2, args.smollm2)] if args.smollm2 else [])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, init in models:
            config = preset(name)
            own = ours(args.data, folder / f"ours-{name}", sizes[name], init)
            first_pass = math.ceil(Dataset(args.data).num_frames / sizes[name])
            seconds = own.ask("work", first=0, count=first_pass)
            rate = first_pass * sizes[name] / seconds
            print(f"{name}: first pass {rate:.1f} samples/s, features not kept yet are computed", flush=True)
            batches = own.ask("lengths")[-8:]
            rank = 0 if init is None else config.lora.rank
            sides = [plain(config.language_model, rank, batches, folder / "plain.json")]
            if init is None and args.old:
                sides.append(former(args.old, args.data, folder / "former", sizes[name]))
            prefix, lengths, _ = batches[-1]
            print(f"{name}: batches of {sizes[name]}, {prefix} + {sum(lengths) / len(lengths):.0f} tokens a sample")
            for side in sides:
                tell(name, side.name, compare(own, side, 2, args.seconds, args.turns), sizes[name])
                side.close()
            own.close()


if __name__ == "__main__":
    main()
