"""Demonstrations on disk, as the samples the LEO model is trained on."""

import dataclasses
import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.json_file import parse_json
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.schema import (
    ACTION,
    EXPERT_ACTION,
    OBJECT_BOXES,
    OBJECT_IDS,
    OBJECTS,
    STATE,
)
from leo_agent.policies.leo.batches.batch import LeoSample
from leo_agent.policies.leo.embodiments.base import Percept
from leo_agent.policies.leo.embodiments.lookup import leo_embodiment
from leo_agent.policies.leo.scenes.locations import object_locations
from leo_agent.train.samples.augmentation import Mirror, turn
from leo_agent.train.samples.cloud_store import stored_clouds
from leo_agent.train.samples.episode_buffer import EpisodeBuffer
from leo_agent.train.samples.episode_reader import COLUMNS, EpisodeReader, Frames
from leo_agent.train.samples.frozen_features import ImageFeatures, cloud_table
from leo_agent.train.samples.order import EpisodeFrames, block_order, house_numbers
from leo_agent.train.samples.source import PLAIN, Showing, SourceOptions

LOG = logging.getLogger(__name__)
BUFFER_BYTES = 512 * 2**20  # of frames in memory
# Frames of a block, see `block_order`: two blocks are in memory at a time, that which is drawn from and the next. 4096
# are 64 batches of 64, in which time the next block's videos are decoded.
BLOCK_FRAMES = 4096
KEPT_VALIDATION_SAMPLES = 1024
_ORDER = 2  # what a generator is for, beside the seed, see `mixture`


class Demonstrations:
    """One dataset folder: its frames as samples, split by episode into training and validation.

    The label of a frame is the expert's action; the history in its prompt is what was executed before. Samples of the
    tabletop are never mirrored or turned: their actions are in the table's frame.

    What is held in memory does not grow with the data, but for some hundred bytes an episode and 16 a frame.

    Args:
        folder: of the dataset, in the LeRobot v3 layout.
        options: how it is read, and by what model.

    Attributes:
        embodiment: the one that the actions belong to.
        train_rows: (n,) int64 frame numbers.
        validation_rows: (n,) int64 frame numbers of the episodes held out.
        clouds: what rows of clouds stand for, see `cloud_table`. Rows of training samples may name a mirrored or
            turned copy.

    Raises:
        InputError: the folder is not a dataset with object clouds, images and expert actions.
        OutputError: the cache folder cannot be written.
    """

    def __init__(self, folder: str | Path, options: SourceOptions) -> None:
        config = options.model.config
        self._dataset = dataset = _checked_dataset(folder)
        self.name, self.embodiment, self.num_episodes = dataset.path.name, dataset.embodiment, dataset.num_episodes
        self._leo = leo_embodiment(self.embodiment)
        self.task = self.embodiment.name
        self._config, self._tokenizer = config, options.tokenizer
        swaps = self._leo.mirror_swaps
        self._mirror = Mirror(options.tokenizer, swaps) if options.mirror and swaps is not None else None
        self._rotate = options.rotate and swaps is not None
        stored = stored_clouds(dataset, config.points)
        self._centroids = stored.centroids
        self.clouds = cloud_table(stored.clouds, dataset.digest, options)
        self._starts = np.array([episode.start for episode in dataset.episodes], dtype=np.int64)
        self._houses = house_numbers([episode.row.get("leo/scene") for episode in dataset.episodes])
        self.train_rows, self.validation_rows = self._split(options.validation_share)
        self.num_train, self.num_validation = len(self.train_rows), len(self.validation_rows)
        self._reader = EpisodeReader(dataset, config.image.size_px)
        self._features: ImageFeatures | None = None
        if "image_encoder" in options.frozen:
            ends, encoder = np.append(self._starts, dataset.num_frames), options.model.img_encoder
            mirror = self._mirror is not None
            self._features = ImageFeatures(dataset.digest, ends, self._reader.images, encoder, mirror)
        self._buffer = EpisodeBuffer(self._load, BUFFER_BYTES)
        self._validation: dict[int, LeoSample] = {}

    def order(self, epoch: int, seed: int) -> NDArray[np.int64]:
        """(num_train,) every number of a training sample once; neighbours are of a few houses, see `block_order`."""
        episodes = self._episodes_of(self.train_rows)
        first = np.flatnonzero(np.diff(episodes, prepend=-1))
        lengths = np.diff(first, append=len(episodes))
        frames = EpisodeFrames(first, lengths, self._houses[episodes[first]])
        image_bytes = 3 * self._config.image.size_px**2
        block_frames = min(BLOCK_FRAMES, max(1, BUFFER_BYTES // 2 // image_bytes))
        return block_order(frames, block_frames, np.random.default_rng([seed, _ORDER, epoch]))

    def prepare(self, rows: NDArray[np.int64]) -> None:
        """Names the training samples that come next, in order, in place of those named before; none: loading ends."""
        episodes, first = np.unique(self._episodes_of(self.train_rows[rows]), return_index=True)
        self._buffer.want(episodes[np.argsort(first)].tolist())

    def sample(self, row: int, with_history: bool = True) -> LeoSample:
        """The decision of one frame, its past actions in the prompt or none; object rows point into `clouds`."""
        episode = int(self._episodes_of(row))
        return self._sample(self._buffer.get(episode), row - int(self._starts[episode]), with_history)

    def training_sample(self, row: int, rng: np.random.Generator, showing: Showing = PLAIN) -> LeoSample:
        """A frame's sample, as it is shown once: objects in random order, mirrored and turned at random.

        The place of an object in the sequence must mean nothing. All samples of a step that are of one house are
        mirrored and turned alike, which leaves one copy of each of its clouds to be encoded.

        Args:
            row: number of the training sample.
            rng: draws order, mirroring and turn.
            showing: how it is shown.
        """
        frame, dropout, share = int(self.train_rows[row]), showing.history_dropout, showing.others_share
        sample = self.sample(frame, with_history=dropout == 0 or rng.random() >= dropout)
        order = rng.permutation(np.flatnonzero(sample.object_rows >= 0))
        if share < 1:
            meant = self._meant(order, sample, frame)
            others = order[~meant][: round(share * np.count_nonzero(~meant))]
            order = rng.permutation(np.concatenate([order[meant], others]))
        sample = dataclasses.replace(
            sample, object_rows=sample.object_rows[order], object_locations=sample.object_locations[order]
        )
        if showing.step_seed is not None:
            rng = np.random.default_rng([*showing.step_seed, int(self._houses[self._episodes_of(frame)])])
        if self._mirror is not None and rng.random() < 0.5:
            sample = self._mirror(sample)
        return turn(sample, int(rng.integers(4))) if self._rotate else sample

    def validation_sample(self, number: int) -> LeoSample:
        """A frame that is held out; those that were asked for are kept. Fast in ascending order."""
        if number not in self._validation:
            row = int(self.validation_rows[number])
            episode = int(self._episodes_of(row))
            offset = row - int(self._starts[episode])
            sample = self._sample(self._reader.up_to(episode, offset), offset, with_history=True)
            if len(self._validation) >= KEPT_VALIDATION_SAMPLES:
                return sample
            self._validation[number] = sample
        return self._validation[number]

    def _load(self, episode: int, after: Sequence[int]) -> Frames:
        return self._reader.load(episode, after, self._features)

    def _sample(self, frames: Frames, offset: int, with_history: bool) -> LeoSample:
        columns = frames.columns
        state, objects = columns[STATE][offset], columns[OBJECTS][offset]
        position, rotation = self._leo.agent_pose({"agent_position": state[:3], "agent_rotation": state[3:]})
        percept = Percept(
            object_rows=objects,
            object_locations=self._locations(objects, columns[OBJECT_BOXES][offset].reshape(-1, 6)),
            image=None if frames.images is None else frames.images[offset],
            agent_position=position,
            agent_rotation=rotation,
        )
        steps = self._config.history_steps
        past = columns[ACTION][max(0, offset - steps) : offset if with_history else 0]
        sample = self._leo.sample(
            self._tokenizer,
            percept,
            self._dataset.tasks[int(columns["task_index"][offset])],
            [self._encoded(action) for action in past],
            answer=self._encoded(columns[EXPERT_ACTION][offset]),
            history_steps=steps,
        )
        features = frames.image_features
        return sample if features is None else dataclasses.replace(sample, image_features=features[offset])

    def _episodes_of(self, rows: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Number of the episode of each frame."""
        return np.searchsorted(self._starts, rows, side="right") - 1

    def _encoded(self, vector: NDArray[np.generic]) -> tuple[int, ...]:
        """Action indices of an action as it is stored."""
        return self._leo.encode(self.embodiment.from_vector(np.reshape(vector, -1)))

    def _locations(self, objects: NDArray[np.int64], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 6) centre and extents of a frame's objects, as acting computes them from observations."""
        given = objects >= 0
        means = np.zeros((len(objects), 3), np.float32)
        means[given] = self._centroids[objects[given]]
        return object_locations(boxes, means, self._config.spatial.object_center)

    def _meant(self, slots: NDArray[np.int64], sample: LeoSample, row: int) -> NDArray[np.bool_]:
        """(n,) bool: which slots the decision is about, see `LeoEmbodiment.objects_meant`."""
        episode = int(self._episodes_of(row))
        columns, offset = self._buffer.get(episode).columns, row - int(self._starts[episode])
        ids = columns[OBJECT_IDS][offset][slots]
        action = self.embodiment.from_vector(columns[EXPERT_ACTION][offset].reshape(-1))
        goal_ids = self._goal_ids[episode]
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


def _checked_dataset(folder: str | Path) -> Dataset:
    """A dataset with all columns that training needs."""
    dataset = Dataset(folder)
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
    return dataset
