"""Demonstrations on disk, read for a model, and batches of them."""

from pathlib import Path
from typing import Any

from leo_agent.episodes.demonstrations.writer import DatasetWriter
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.train.samples.demonstrations import Demonstrations
from leo_agent.train.samples.mixture import Draws, Mixture
from leo_agent.train.samples.source import Source, SourceOptions
from tests.episodes.demonstrations import record
from tests.policies.leo import tiny


def recorded(folder: Path, episodes: int = 3, tabletop: bool = False, length: int = 4) -> Path:
    """A small dataset."""
    for order in range(episodes):
        record(folder, order, length, tabletop)
    DatasetWriter(folder).close()
    return folder


def read(
    folder: Path, model: LeoModel | None = None, tokenizer: LeoTokenizer | None = None, **options: Any
) -> Demonstrations:
    """Its samples, as they are and all of them for training, unless the options say otherwise."""
    options = {"mirror": False, "validation_share": 0.0, **options}
    model, tokenizer = model or tiny.model(), tokenizer or tiny.tokenizer()
    return Demonstrations(folder, SourceOptions(model=model, tokenizer=tokenizer, **options))


def mixture(
    sources: list[Source],
    weights: tuple[float, ...] = (1.0,),
    model: LeoModel | None = None,
    tokenizer: LeoTokenizer | None = None,
    **draws: Any,
) -> Mixture:
    """Batches of 8 over 5 steps, unless the draws say otherwise."""
    config, tokenizer = (model.config if model else tiny.config()), tokenizer or tiny.tokenizer()
    return Mixture(sources, weights, config, tokenizer, Draws(**{"batch_size": 8, "steps": 5, "seed": 0, **draws}))
