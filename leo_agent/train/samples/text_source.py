"""Answers in words about scenes of objects, as samples; scenes are held in memory as prepared clouds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.embodiment import UpAxis
from leo_agent.contract.errors import InputError
from leo_agent.contract.files import short_hash
from leo_agent.data.items import TextItem
from leo_agent.policies.leo.batches.action_mask import NO_ACTIONS
from leo_agent.policies.leo.batches.batch import LeoSample
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.text.question_prompts import text_prompt
from leo_agent.train.samples.frozen_features import cloud_table
from leo_agent.train.samples.source import PLAIN, Showing, SourceOptions, random_order

MAX_ANSWER_TOKENS = 256  # with EOS, as in LEO's code


@dataclass(frozen=True, eq=False)
class _Scene:
    """What samples need of a scene beside its clouds."""

    first_row: int  # of its objects among the source's clouds
    rows: dict[int, int]  # of the objects by their ids, from 0
    locations: NDArray[np.float32]  # (K, 6)
    centers: NDArray[np.float32]  # (K, 3) of the boxes
    up_axis: UpAxis


class TextSource:
    """The texts of one task in one dataset.

    Args:
        name: of the dataset.
        task: of training.
        train: the texts to learn from.
        validation: those that are held out.
        scene_of: reads the scene of a text; asked once a scan.
        options: how samples are made, and for what model.

    Raises:
        InputError: a text is about an object that its scan has not.
    """

    def __init__(
        self,
        name: str,
        task: str,
        train: Sequence[TextItem],
        validation: Sequence[TextItem],
        scene_of: Callable[[TextItem], ObjectScene],
        options: SourceOptions,
    ) -> None:
        self.name, self.task = name, task
        self._config, self._tokenizer = options.model.config, options.tokenizer
        self._train, self._validation = train, validation
        self._is_annotated = any(item.relevant for item in train)  # with the objects that a text is about
        self._scenes: dict[tuple[str, str], _Scene] = {}
        self._num_objects = 0
        clouds: list[NDArray[np.floating]] = []
        for item in (*train, *validation):
            if (item.family, item.scan) not in self._scenes:
                self._scenes[item.family, item.scan] = self._add(scene_of(item), clouds)
            self._check(item)
        joined = np.concatenate(clouds) if clouds else np.zeros((0, self._config.points.num_points, 6), np.float16)
        self.clouds = cloud_table(joined, short_hash(joined.tobytes()), options)
        self.num_train, self.num_validation = len(train), len(validation)
        self.num_episodes = self.num_train + self.num_validation

    def order(self, epoch: int, seed: int) -> NDArray[np.int64]:
        return random_order(self.num_train, epoch, seed)

    def prepare(self, rows: NDArray[np.int64]) -> None:
        """All is in memory."""

    def training_sample(self, row: int, rng: np.random.Generator, showing: Showing = PLAIN) -> LeoSample:
        """The text with one of its answers, its objects in random order, the one that it is about first.

        Of more objects than the model has slots those stay that the annotation names; so they do where only a share of
        the others is to be shown, which holds for sets that have annotations.
        """
        item = self._train[row]
        share = showing.others_share if self._is_annotated else 1.0
        return self.sample(item, item.answers[int(rng.integers(len(item.answers)))], rng, share)

    def validation_sample(self, number: int) -> LeoSample:
        item = self._validation[number]
        return self.sample(item, item.answers[0], None)

    def sample(
        self, item: TextItem, answer: str, rng: np.random.Generator | None, others_share: float = 1.0
    ) -> LeoSample:
        """One text; without a generator its objects stand in the order of the scene."""
        scene = self._scenes[item.family, item.scan]
        prompt = text_prompt(item.task, item.text, item.situation, item.history)
        rows = self._shown(item, scene, rng, others_share)
        position = np.array(item.position, np.float32)
        if item.object_id is not None:
            position = scene.centers[scene.rows[item.object_id]]
        ids = [*self._tokenizer.encode_beginning(answer), self._tokenizer.eos_id][:MAX_ANSWER_TOKENS]
        return LeoSample(
            up_axis=scene.up_axis,
            object_rows=scene.first_row + rows,
            object_locations=scene.locations[rows],
            agent_position=position,
            agent_rotation=np.array(item.rotation, np.float32),
            image=None,
            prompt_ids=self._tokenizer.encode_turns(prompt.turns),
            goal_ids=self._tokenizer.encode(prompt.goal) if self._config.spatial.text_goals else (),
            action_mask=NO_ACTIONS,
            answer_ids=ids,
            situation=prompt.situation,
            instruction=prompt.text,
        )

    def _shown(
        self, item: TextItem, scene: _Scene, rng: np.random.Generator | None, others_share: float
    ) -> NDArray[np.int64]:
        """Rows of the scene's objects that are shown, in their order."""
        count = len(scene.rows)
        named = [scene.rows[number] for number in item.relevant if number in scene.rows]
        others = np.setdiff1d(np.arange(count), named)
        if rng is not None:
            others = rng.permutation(others)[: round(others_share * len(others))]
        chosen = np.concatenate([np.array(named, np.int64), others])[: self._config.max_objects]
        chosen = np.sort(chosen) if rng is None else rng.permutation(chosen)
        if item.object_id is None:
            return chosen
        about = scene.rows[item.object_id]
        return np.concatenate([[about], chosen[chosen != about]])[: self._config.max_objects]

    def _add(self, scene: ObjectScene, clouds: list[NDArray[np.floating]]) -> _Scene:
        config = self._config.points
        first = self._num_objects
        self._num_objects += len(scene)
        clouds.append(prepare_clouds(scene.clouds(config.num_points), config, scene.up_axis, np.float16))
        rows = {int(number): row for row, number in enumerate(scene.ids)}
        locations = scene.locations(self._config.spatial.object_center)
        return _Scene(first, rows, locations, scene.box_centers, scene.up_axis)

    def _check(self, item: TextItem) -> None:
        rows = self._scenes[item.family, item.scan].rows
        if item.object_id is not None and item.object_id not in rows:
            raise InputError(f"{self.name}: {self.task}: {item.id}: {item.scan} has no object {item.object_id}")
