"""The objects that one episode shows: all of the scene or those seen so far, as they are or as noisy proposals."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.navigation.objects.proposals import ProposalNoise, ProposalPlan
from leo_agent.envs.navigation.objects.seen_objects import MAX_DEPTH_M, SeenObjects
from leo_agent.envs.objects import ObjectSet

SOURCES = ("scene", "seen")
PROPOSALS = ("ground-truth", "noisy")


@dataclass(frozen=True)
class ObjectOptions:
    """Which objects an episode shows."""

    objects: str = (
        "scene"  # the whole surface of every instance from the start; "seen": what depth images showed so far
    )
    proposals: str = "ground-truth"  # or "noisy", as a detector would find them
    noise: ProposalNoise = field(default_factory=ProposalNoise)  # of "noisy" proposals
    seen_range_m: tuple[float, float] = (0.0, MAX_DEPTH_M)  # of the depth that "seen" objects are fused from

    def __post_init__(self) -> None:
        check_choice("objects", self.objects, SOURCES)
        check_choice("proposals", self.proposals, PROPOSALS)


class EpisodeObjects:
    """The object set of each step of one episode; `key` (scene and episode) decides, with the seed, about noise."""

    def __init__(self, scene: ObjectSet, options: ObjectOptions, intrinsics: Intrinsics, key: str) -> None:
        self._plan: ProposalPlan | None = None
        if options.proposals == "noisy":
            if not len(scene):
                raise InputError(f"proposals: found 'noisy', but the scene of {key} has no instances to be proposed")
            rng = np.random.default_rng([options.noise.seed, zlib.crc32(key.encode())])
            self._plan = ProposalPlan(scene, options.noise, rng)
        self._seen: SeenObjects | None = None
        if options.objects == "seen":
            categories = dict(zip(scene.ids.tolist(), scene.categories, strict=True))
            self._seen = SeenObjects(intrinsics, scene.points.shape[1], categories, options.seen_range_m)
        self._source = scene if self._seen is None else self._seen.objects
        self.current = self._source if self._plan is None else self._plan.apply(self._source)

    @property
    def need_frames(self) -> bool:
        """Whether `see` changes anything."""
        return self._seen is not None

    def see(self, frame: Mapping[str, NDArray[Any]], T_world_camera: NDArray[np.float64]) -> None:
        """Takes in a frame of the simulator; `current` stays the very same set where it shows nothing new."""
        if self._seen is None:
            return
        self._seen.see(frame, T_world_camera)
        if self._seen.objects is not self._source:
            self._source = self._seen.objects
            self.current = self._source if self._plan is None else self._plan.apply(self._source)

    def ids_of(self, instance: int) -> list[int]:
        """The ids that an instance of the scene has, or will have once it is seen, in `current`."""
        return [instance] if self._plan is None else self._plan.ids_of(instance)
