"""Demonstrations in memory, as the samples the LEO model is trained on."""

import dataclasses
import logging
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.json_file import parse_json
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.schema import (
    ACTION,
    EXPERT_ACTION,
    IMAGE_COLUMNS,
    OBJECT_BOXES,
    OBJECT_IDS,
    OBJECTS,
    STATE,
)
from leo_agent.policies.leo.batches.batch import LeoSample
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.embodiments.base import Percept
from leo_agent.policies.leo.embodiments.lookup import leo_embodiment
from leo_agent.policies.leo.model.image_encoder import resize_image
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.locations import centroids, object_locations
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.train.augmentation import Mirror, turn

LOG = logging.getLogger(__name__)
COLUMNS = (ACTION, EXPERT_ACTION, OBJECTS, OBJECT_BOXES, OBJECT_IDS, STATE)


class Demonstrations:
    """One dataset folder: its frames as samples, split by episode into training and validation.

    The label of a frame is the expert's action; the history in its prompt is what was executed before.

    Args:
        folder: of the dataset, in the LeRobot v3 layout.
        config: of the model that the samples are for.
        tokenizer: of that model.
        mirror: whether training samples are mirrored half of the time. Those of the tabletop never are: their actions
            are in the table's frame.
        rotate: whether training samples are turned by a random number of quarter turns; those of the tabletop never.
        validation_share: share of the episodes held out, 0 to 0.5.

    Attributes:
        name: of the folder.
        embodiment: the one that the actions belong to.
        num_episodes: of both parts.
        train_rows: (n,) int64 frame numbers.
        validation_rows: (n,) int64 frame numbers of the episodes held out.
        clouds: (C, num_points, 6) float16 prepared clouds, read-only. Rows of training samples may name a mirrored or
            turned copy, which MovableClouds makes.

    Raises:
        InputError: the folder is not a dataset with object clouds, images and expert actions.
    """

    def __init__(
        self,
        folder: str | Path,
        config: LeoConfig,
        tokenizer: LeoTokenizer,
        *,
        mirror: bool,
        rotate: bool = False,
        validation_share: float,
    ) -> None:
        dataset = Dataset(folder)
        self.name = dataset.path.name
        missing = [name for name in COLUMNS if name not in dataset.features]
        if not dataset.image_keys:
            missing.append("observation.images.*")
        if missing:
            found = "has no object clouds" if OBJECTS in missing else "cannot be trained on"
            raise InputError(
                f"{folder}: {found}: the columns {', '.join(missing)} are missing, which 'leo-agent collect' records"
            )
        if not dataset.num_frames:
            raise InputError(f"{folder}: holds no frames, expected at least one demonstration")
        clouds = dataset.clouds
        self.embodiment = dataset.embodiment
        self.num_episodes = dataset.num_episodes
        self._leo = leo_embodiment(self.embodiment)
        self._config, self._tokenizer = config, tokenizer
        self._dataset = dataset
        self._columns = dataset.frames()
        self._images = self._read_images()
        self._actions = self._read_actions(ACTION)
        self._labels = self._read_actions(EXPERT_ACTION)
        self.train_rows, self.validation_rows = self._split(validation_share)
        self.clouds = prepare_clouds(
            clouds.points(np.arange(len(clouds))),
            config.points,
            up_axis=self.embodiment.up_axis,
            dtype=np.float16,
        )
        self.clouds.flags.writeable = False
        self._centroids = centroids(clouds.xyz)
        swaps = self._leo.mirror_swaps
        self._mirror = Mirror(tokenizer, swaps) if mirror and swaps is not None else None
        self._rotate = rotate and swaps is not None

    def sample(self, row: int, with_history: bool = True) -> LeoSample:
        """The decision of one frame, its past actions in the prompt or none; object rows point into `clouds`."""
        columns = self._columns
        state = columns[STATE][row]
        position, rotation = self._leo.agent_pose({"agent_position": state[:3], "agent_rotation": state[3:]})
        percept = Percept(
            object_rows=columns[OBJECTS][row],
            object_locations=self._locations(row),
            image=self._images[row],
            agent_position=position,
            agent_rotation=rotation,
        )
        steps = self._config.history_steps
        past = self._actions[max(self._episode_start[row], row - steps) : row] if with_history else []
        instruction = self._dataset.tasks[int(columns["task_index"][row])]
        return self._leo.sample(
            self._tokenizer, percept, instruction, past, answer=self._labels[row], history_steps=steps
        )

    def training_sample(
        self, row: int, rng: np.random.Generator, others_share: float = 1.0, history_dropout: float = 0.0
    ) -> LeoSample:
        """The same with its objects in random order (their place must mean nothing), mirrored and turned at random.

        Args:
            row: frame number.
            rng: draws order, mirroring and turn.
            others_share: keep the objects that the decision is about and this share of the others.
            history_dropout: probability that no past actions are shown.
        """
        sample = self.sample(row, with_history=history_dropout == 0 or rng.random() >= history_dropout)
        order = rng.permutation(np.flatnonzero(sample.object_rows >= 0))
        if others_share < 1:
            meant = self._meant(order, sample, row)
            others = order[~meant][: round(others_share * np.count_nonzero(~meant))]
            order = rng.permutation(np.concatenate([order[meant], others]))
        sample = dataclasses.replace(
            sample, object_rows=sample.object_rows[order], object_locations=sample.object_locations[order]
        )
        if self._mirror is not None and rng.random() < 0.5:
            sample = self._mirror(sample)
        return turn(sample, int(rng.integers(4))) if self._rotate else sample

    def _locations(self, row: int) -> np.ndarray:
        """(n, 6) centre and extents of a frame's objects, as acting computes them from observations."""
        objects = self._columns[OBJECTS][row]
        given = objects >= 0
        means = np.zeros((len(objects), 3), np.float32)
        means[given] = self._centroids[objects[given]]
        boxes = self._columns[OBJECT_BOXES][row].reshape(-1, 6)
        return object_locations(boxes, means, self._config.spatial.object_center)

    def _meant(self, slots: np.ndarray, sample: LeoSample, row: int) -> np.ndarray:
        """(n,) bool: which slots the decision is about, see `LeoEmbodiment.objects_meant`."""
        ids = self._columns[OBJECT_IDS][row][slots]
        action = self.embodiment.from_vector(self._columns[EXPERT_ACTION][row])
        goal_ids = self._goal_ids[self._episode_of[row]]
        return self._leo.objects_meant(
            sample.object_locations[slots], ids, action, ids.tolist() if goal_ids is None else goal_ids
        )

    @cached_property
    def _goal_ids(self) -> list[list[int] | None]:
        """Ids of the goal's instances in every episode; None where that is lost, as LeRobot's tools lose it."""
        texts = [episode.row.get("leo/description") for episode in self._dataset.episodes]
        lost = sum(text is None for text in texts)
        if lost:
            LOG.warning("%s: %d episodes do not say which objects are the goal; all are kept", self.name, lost)
        return [None if text is None else self._goal_ids_in(text) for text in texts]

    def _goal_ids_in(self, description: str) -> list[int]:
        where = f"{self._dataset.path}: leo/description"
        described = parse_json(str(description).encode("utf-8", "replace"), where)
        found = described.get("goal_object_ids", []) if isinstance(described, dict) else None
        if not isinstance(found, list) or not all(isinstance(each, int) for each in found):
            raise InputError(f"{where}: found {shown(described)}, expected an object with a list of goal_object_ids")
        return found

    @cached_property
    def _episode_of(self) -> np.ndarray:
        """Episode number of each frame."""
        return self._columns["episode_index"].astype(np.int64)

    @cached_property
    def _episode_start(self) -> np.ndarray:
        """First frame of each frame's episode."""
        starts: np.ndarray = np.array([episode.start for episode in self._dataset.episodes])[self._episode_of]
        return starts

    def _read_actions(self, column: str) -> list[tuple[int, ...]]:
        """Action indices of each frame's action."""
        vectors = self._columns[column].reshape(self._dataset.num_frames, -1)
        return [self._leo.encode(self.embodiment.from_vector(vector)) for vector in vectors]

    def _read_images(self) -> np.ndarray:
        size = self._config.image.size_px
        images = np.zeros((self._dataset.num_frames, size, size, 3), np.uint8)
        key = IMAGE_COLUMNS[self.embodiment.image_key]
        if key not in self._dataset.image_keys:
            key = self._dataset.image_keys[0]
        with tqdm(total=self._dataset.num_frames, desc=f"images of {self.name}", unit="frame") as progress:
            for index, frames in self._dataset.iter_images(key):
                start = self._dataset.episodes[index].start
                for offset, frame in enumerate(frames):
                    images[start + offset] = resize_image(frame, size)
                progress.update(len(frames))
        return images

    def _split(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Every k-th episode is for validation, so that the split does not depend on a seed."""
        every = round(1 / share) if share > 0 else 0
        train: list[np.ndarray] = []
        validation: list[np.ndarray] = []
        for episode in self._dataset.episodes:
            held_out = every and episode.index % every == every - 1
            (validation if held_out else train).append(np.arange(episode.start, episode.stop))
        empty = np.empty(0, dtype=np.int64)
        return np.concatenate([empty, *train]), np.concatenate([empty, *validation])
