"""Answers in words about scenes of objects, from a folder with `texts.jsonl` and the scenes that its lines name.

A line: {"task": "question", "scene": "scene0000_00.pth", "text": "How many chairs?", "answer": "Four."}, and
where they belong to the task `situation`, `history` (pairs of what the user said and the agent answered) and
`object_id`; see `question_prompts.text_prompt`. Scenes are what `read_scene` reads, relative to the folder; the
lines of every k-th scene are held out, as the recipe's `validation_share` says.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import hash_files, read_file, short_hash
from leo_agent.contract.json_file import parse_json
from leo_agent.policies.leo.batches.action_mask import NO_ACTIONS
from leo_agent.policies.leo.batches.batch import LeoSample
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.scenes.scene_files import read_scene
from leo_agent.policies.leo.text.question_prompts import TEXT_TASKS, TextPrompt, check_text, text_prompt
from leo_agent.train.samples.frozen_features import cloud_table
from leo_agent.train.samples.source import PLAIN, Showing, Source, SourceOptions, random_order
from leo_agent.train.tasks.base import TrainingTask, register_task

FILE = "texts.jsonl"
MAX_ANSWER_TOKENS = 256  # with EOS, as in LEO's code
_KEYS = {"task", "scene", "text", "answer", "situation", "history", "object_id"}


def holds_texts(folder: Path) -> bool:
    """Whether a folder is of this layout."""
    return (folder / FILE).is_file()


class _Texts(TrainingTask):
    def is_in(self, folder: Path) -> bool:
        return holds_texts(folder) and any(line["task"] == self.name for line in read_lines(folder))

    def source(self, folder: Path, options: SourceOptions) -> Source:
        return TextSource(folder, self.name, options)

    def digest(self, folder: Path) -> str:
        """Of the lines, and of the files of their scenes."""
        names = {line["scene"] for line in read_lines(folder)}
        scenes = [folder / name for name in sorted(names)]
        files = [path for each in scenes for path in (sorted(each.rglob("*")) if each.is_dir() else [each])]
        return hash_files([folder / FILE, *(path for path in files if not path.is_dir())])


for _name in TEXT_TASKS:
    register_task(_name)(type(_name.title().replace("-", ""), (_Texts,), {"__module__": __name__}))


def read_lines(folder: Path) -> list[dict[str, Any]]:
    """The lines of a folder's file, checked one by one.

    Raises:
        InputError: names the file, the line and what is wrong with it.
    """
    path = folder / FILE
    lines = []
    for number, content in enumerate(read_file(path, "lines of JSON").splitlines(), start=1):
        if content.strip():
            where = f"{path}: line {number}"
            line = parse_json(content, where, "an object")
            _check_line(line, where)
            lines.append(line)
    return lines


def _check_line(line: Any, where: str) -> None:
    if not isinstance(line, dict):
        raise InputError(f"{where}: found {shown(line)}, expected an object")
    unknown = sorted(set(line) - _KEYS)
    if unknown:
        raise InputError(f"{where}: unknown key {shown(unknown[0])}, expected some of {', '.join(sorted(_KEYS))}")
    if line.get("task") not in TEXT_TASKS:
        raise InputError(f"{where}: task: found {shown(line.get('task'))}, expected one of {', '.join(TEXT_TASKS)}")
    for key in ("scene", "answer"):
        if not isinstance(line.get(key), str) or not line[key].strip():
            raise InputError(f"{where}: {key}: found {shown(line.get(key))}, expected text")
    check_text(f"{where}: answer", line["answer"])
    try:
        _prompt(line)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _prompt(line: Mapping[str, Any]) -> TextPrompt:
    history = [tuple(turn) if isinstance(turn, list) else turn for turn in line.get("history", ())]
    return text_prompt(line["task"], line.get("text", ""), line.get("situation", ""), history)


class TextSource:
    """The lines of one task in a folder, as samples; scenes are held in memory."""

    def __init__(self, folder: Path, task: str, options: SourceOptions) -> None:
        lines = [line for line in read_lines(folder) if line["task"] == task]
        self.name, self.task = folder.name, task
        self._config, self._tokenizer = options.model.config, options.tokenizer
        self._scenes = {name: read_scene(folder / name) for name in dict.fromkeys(line["scene"] for line in lines)}
        counts = np.cumsum([0, *(len(scene) for scene in self._scenes.values())])
        self._first_row = dict(zip(self._scenes, counts.tolist(), strict=False))
        clouds = np.concatenate([self._prepared(scene) for scene in self._scenes.values()])
        self.clouds = cloud_table(clouds, short_hash(clouds.tobytes()), options)
        every = round(1 / options.validation_share) if options.validation_share else 0
        held_out = {name for number, name in enumerate(self._scenes) if every and number % every == every - 1}
        self._train = [line for line in lines if line["scene"] not in held_out]
        self._validation = [line for line in lines if line["scene"] in held_out]
        self.num_train, self.num_validation, self.num_episodes = len(self._train), len(self._validation), len(lines)

    def order(self, epoch: int, seed: int) -> NDArray[np.int64]:
        return random_order(self.num_train, epoch, seed)

    def prepare(self, rows: NDArray[np.int64]) -> None:
        """All is in memory."""

    def training_sample(self, row: int, rng: np.random.Generator, showing: Showing = PLAIN) -> LeoSample:
        """The line's sample, its objects in random order, the one that it is about first; all of them are shown."""
        return self._sample(self._train[row], rng)

    def validation_sample(self, number: int) -> LeoSample:
        return self._sample(self._validation[number], None)

    def _prepared(self, scene: ObjectScene) -> NDArray[np.floating]:
        config = self._config.points
        return prepare_clouds(scene.clouds(config.num_points), config, scene.up_axis, np.float16)

    def _sample(self, line: Mapping[str, Any], rng: np.random.Generator | None) -> LeoSample:
        scene, prompt = self._scenes[line["scene"]], _prompt(line)
        rows = np.arange(len(scene)) if rng is None else rng.permutation(len(scene))
        position = np.zeros(3, np.float32)
        if (target := line.get("object_id")) is not None:
            about = scene.row(target)
            rows = np.concatenate([[about], rows[rows != about]])
            position = scene.box_centers[about]
        rows = rows[: self._config.max_objects]
        answer = [*self._tokenizer.encode_beginning(line["answer"]), self._tokenizer.eos_id][:MAX_ANSWER_TOKENS]
        return LeoSample(
            up_axis=scene.up_axis,
            object_rows=self._first_row[line["scene"]] + rows,
            object_locations=scene.locations(self._config.spatial.object_center)[rows],
            agent_position=position,
            agent_rotation=np.array([0.0, 0.0, 0.0, 1.0], np.float32),
            image=None,
            prompt_ids=self._tokenizer.encode_turns(prompt.turns),
            goal_ids=(),
            action_mask=NO_ACTIONS,
            answer_ids=answer,
            situation=prompt.situation,
            instruction=prompt.text,
        )
