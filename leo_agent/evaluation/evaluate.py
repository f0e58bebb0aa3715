"""Asks a policy all texts of a split, writes its answers as they come, and scores them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from leo_agent.contract.checks import check_choice, check_whole
from leo_agent.contract.errors import InputError
from leo_agent.contract.files import hash_files
from leo_agent.contract.interrupts import termination_interrupts
from leo_agent.data.items import TextItem
from leo_agent.data.scenes import item_scene
from leo_agent.data.sets.base import SPLITS, find_set, is_there, locate, set_names
from leo_agent.episodes.run_folder import SUMMARY_FILE, write_json
from leo_agent.evaluation.answers_folder import AnswersFolder, read_answers
from leo_agent.evaluation.floors import FLOORS, Floor
from leo_agent.evaluation.page import write_page
from leo_agent.evaluation.scoring import scores
from leo_agent.policies.leo.answering.agent import LeoAgent, Query
from leo_agent.policies.leo.answering.text_decoding import TextDecoding
from leo_agent.policies.leo.answering.view import AgentPose, AgentView
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.text.question_prompts import text_prompt
from leo_agent.policies.leo.weights.checkpoint import resolve
from leo_agent.results.provenance import package_versions

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class EvaluationConfig:
    """What is asked, and how."""

    policy: str  # folder or hub id of LEO's weights, or the name of one of FLOORS
    data: Path  # folder with sets of texts and their scans
    tasks: tuple[str, ...] = ()  # names of sets; none: all that are there
    split: str = "val"
    limit: int = 0  # of each set only so many texts, spread evenly; 0: all
    batch_size: int = 16  # texts that are answered together
    beams: int = 5  # of the search, as published
    max_tokens: int = 255  # of the longest answer
    repetition_penalty: float | None = None  # None: as the model's configuration says
    is_blind: bool = False  # whether no objects are shown: the floor that words alone reach
    skip_broken: bool = False  # whether broken entries are counted and left out
    device: str = "auto"

    def __post_init__(self) -> None:
        check_choice("split", self.split, SPLITS)
        check_whole("limit", self.limit, 0)
        check_whole("batch_size", self.batch_size, 1, 4096)


def evaluate(config: EvaluationConfig, out: Path) -> dict[str, dict[str, Any]]:
    """Answers what the folder does not hold yet, and writes summary.json and report.html.

    Args:
        config: what is asked.
        out: a new folder, or one of the same evaluation, which is gone on with.

    Returns:
        Scores as `scoring.scores` has them.

    Raises:
        InputError: policy or data do not fit, or the folder holds something else.
        OutputError: the folder cannot be written.
    """
    names = config.tasks or tuple(name for name in set_names() if _has(name, config))
    if not names:
        raise InputError(f"data: {config.data} has the split {config.split} of none of {', '.join(set_names())}")
    items = {name: _items(name, config) for name in names}
    answerer: _Floors | _Leo = _Floors(config) if config.policy in FLOORS else _Leo(config)
    identity = {
        "policy": answerer.identity,
        "data": {name: hash_files(_files(name, config)) for name in names},
        "split": config.split,
        "limit": config.limit,
        "decoding": {"beams": config.beams, "max_tokens": config.max_tokens, "penalty": config.repetition_penalty},
        "blind": config.is_blind,
    }
    description = {"policy": str(config.policy), "folder": str(config.data), "versions": package_versions()}
    with termination_interrupts(), AnswersFolder(out, identity, description) as folder:
        waiting = [(name, item) for name in names for item in items[name] if (name, item.id) not in folder.finished]
        total = sum(map(len, items.values()))
        with tqdm(total=total, initial=total - len(waiting), unit="text", desc="evaluate") as bar:
            for batch in _batches(waiting, config.batch_size):
                for (name, item), answer in zip(batch, answerer.answers(batch), strict=True):
                    folder.append(_line(name, item, answer))
                bar.update(len(batch))
    lines = read_answers(out)
    found = scores(lines)
    write_json(out / SUMMARY_FILE, {"sets": found})
    by_scan = {item.scan: item for name in names for item in items[name]}
    write_page(out, lines, found, lambda scan: item_scene(config.data, by_scan[scan]))
    return found


class _Floors:
    """One of FLOORS for each set."""

    def __init__(self, config: EvaluationConfig) -> None:
        self.identity, self._data = config.policy, config.data
        self._floors: dict[str, Floor] = {}

    def answers(self, batch: Sequence[tuple[str, TextItem]]) -> list[str]:
        for name, _ in batch:
            if name not in self._floors:
                self._floors[name] = FLOORS[self.identity](self._data, name)
        return [self._floors[name].answer(item) for name, item in batch]


class _Leo:
    """LEO's weights."""

    def __init__(self, config: EvaluationConfig) -> None:
        weights = resolve(config.policy)
        self.identity = hash_files(sorted(Path(weights).glob("*.safetensors")))
        self._agent, self._scenes = LeoAgent.from_pretrained(weights, config.device), _Scenes(config)
        self._decoding = TextDecoding(
            beams=config.beams, max_tokens=config.max_tokens, repetition_penalty=config.repetition_penalty
        )

    def answers(self, batch: Sequence[tuple[str, TextItem]]) -> list[str]:
        return self._agent.answer([self._scenes.query(item) for _, item in batch], self._decoding)


class _Scenes:
    """Reads the scene of a text; those of one scan come together, so that the last one is kept."""

    def __init__(self, config: EvaluationConfig) -> None:
        self._config = config
        self._key: tuple[str, str] | None = None
        self._scene = _empty("")

    def query(self, item: TextItem) -> Query:
        """What is asked, about the scene or about nothing."""
        if (item.family, item.scan) != self._key:
            self._scene, self._key = item_scene(self._config.data, item), (item.family, item.scan)
        prompt = text_prompt(item.task, item.text, item.situation, item.history)
        position = item.position
        if item.object_id is not None:
            position = tuple(self._scene.box_centers[self._scene.row(item.object_id)].tolist())
        pose = AgentPose(np.array(position), np.array(item.rotation))
        if self._config.is_blind:
            return Query(AgentView(_empty(item.scan), pose), prompt)
        return Query(AgentView(self._scene, pose), prompt, item.object_id, item.relevant)


def _empty(name: str) -> ObjectScene:
    return ObjectScene(name, (), np.zeros(0, np.int64), ())


def _has(name: str, config: EvaluationConfig) -> bool:
    return bool(find_set(name).files(config.split)) and is_there(find_set(name), config.data, config.split)


def _files(name: str, config: EvaluationConfig) -> list[Path]:
    found = (locate(config.data, relative) for relative in find_set(name).files(config.split))
    return [path for path in found if path is not None]


def _items(name: str, config: EvaluationConfig) -> list[TextItem]:
    """The texts of a set in the order of their scans, so that a scene is read once."""
    broken: list[InputError] = []

    def skip(error: InputError) -> None:
        if not config.skip_broken:
            raise error
        broken.append(error)

    items = list(find_set(name).read(config.data, config.split, skip))
    if broken:
        LOG.warning("%s: %d broken entries are left out, first: %s", name, len(broken), broken[0])
    if config.limit and len(items) > config.limit:
        items = [items[number * len(items) // config.limit] for number in range(config.limit)]
    return sorted(items, key=lambda item: (item.family, item.scan))


def _batches(waiting: Sequence[tuple[str, TextItem]], size: int) -> Iterator[list[tuple[str, TextItem]]]:
    for start in range(0, len(waiting), size):
        yield list(waiting[start : start + size])


def _line(name: str, item: TextItem, answer: str) -> dict[str, Any]:
    return {
        "set": name,
        "id": item.id,
        "scan": item.scan,
        "task": item.task,
        "object_id": item.object_id,
        "situation": item.situation,
        "text": item.text,
        "history": [list(turn) for turn in item.history],
        "references": list(item.answers),
        "answer": answer,
    }
