"""The task packing-objects-seq: CLIPort's packing-google-objects-seq with our own household objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.procedural.objects import Shape
from leo_agent.envs.procedural.objects.household import SEEN_KINDS, UNSEEN_KINDS, household
from leo_agent.envs.tabletop.layout.colors import names_unseen
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.layout.task import Task
from leo_agent.envs.tabletop.packing.layouts import sequence_layout
from leo_agent.envs.tabletop.packing.split import Part
from leo_agent.envs.tabletop.tasks import register_task


@register_task("packing-objects-seq", tags=("sequence", "unseen-objects"), expert_score=0.999)
@dataclass(frozen=True, kw_only=True)
class PackingObjectsSeq(Task):
    """Pack household objects into a box one after the other: packing-google-objects-seq with objects made by code.

    Task:
        An open brown box and 4 to 9 household objects, as long as the parts of its inside, stand on the table. At most
        all but one of them are to be packed, each named in turn.

    Randomisation:
        The box's sides, 20 to 35 cm, the cuts of its inside, which objects, all places and yaws, how many are to be
        packed. The kinds that the split "unseen" names in val and test occur nowhere else.

    Success:
        What of the named object's points lies in the box earns its share; one action an object and one more.

    Language:
        "pack the {name} in the brown box"
    """

    max_episode_steps: ClassVar[int] = 9

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, parts, names, places and how many to pack, in this order."""
        return sequence_layout(rng, UNSEEN_KINDS if names_unseen(split, mode) else SEEN_KINDS, _shape)


def _shape(kind: str, part: Part) -> Shape:
    return household(name=kind, longest_side_m=part.longest_side_m)
