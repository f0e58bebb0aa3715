"""Small trainings for tests: a tiny policy, a few demonstrations of each world, texts, and what a run leaves."""

import json
from pathlib import Path
from typing import Any

from leo_agent.policies.leo.weights.checkpoint import save_pretrained
from leo_agent.train.recipes.flat import flat_recipe
from leo_agent.train.recipes.recipe import Recipe
from tests.leo_agent.train.samples.sources import recorded
from tests.policies.leo import tiny


def start(folder: Path) -> Path:
    """The folder with datasets called walks and bowls, and a policy whose spatial transformer has dropout."""
    for name in ("walks", "bowls"):
        recorded(folder / name, tabletop=name == "bowls")
    save_pretrained(tiny.model(), tiny.tokenizer(), folder / "policy")
    return folder


def recipe(start: Path, **changes: Any) -> Recipe:
    """Four steps on both datasets."""
    values = {
        "data": (str(start / "walks"), str(start / "bowls")),
        "init": str(start / "policy"),
        "steps": 4,
        "batch_size": 4,
        "save_every": 1,
        "log_every": 1,
        "warmup_steps": 0,
        "learning_rate": 1e-4,
        "device": "cpu",
        "threads": 1,
    }
    return flat_recipe(**{**values, **changes})


def lines(run: Path) -> list[dict[str, Any]]:
    """Of its log, without what was measured of its pace."""
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "pace"} for row in rows]


def kept(run: Path) -> dict[str, bytes]:
    """Every file of a run that is the same in every run of its recipe, by its name."""
    timed = {"log.jsonl", "config.json", ".lock"}
    files = {str(path.relative_to(run)): path for path in run.rglob("*") if path.is_file() and path.name not in timed}
    files |= {name: run / name for name in files if "policy" in name}
    states = {name: json.loads(path.read_bytes()) for name, path in files.items() if name.endswith("state.json")}
    for state in states.values():
        state.pop("log_bytes")  # the pace in it has as many digits as it has
    read = {name: path.read_bytes() for name, path in files.items() if name not in states}
    return {**read, **{name: json.dumps(state).encode() for name, state in states.items()}}
