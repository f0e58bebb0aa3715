"""The task packing-google-objects-seq: CLIPort's packing-(seen|unseen)-google-objects-seq."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.packing.layouts import sequence_layout
from leo_agent.envs.tabletop.packing.scanned import ScannedTask
from leo_agent.envs.tabletop.tasks import register_task


@register_task(
    "packing-google-objects-seq",
    tags=("cliport", "leo-table5", "sequence", "unseen-objects"),
    needs_assets=True,
    expert_score=0.97,
)
@dataclass(frozen=True, kw_only=True)
class PackingGoogleObjectsSeq(ScannedTask):
    """Pack scanned objects into a box one after the other: CLIPort's packing-google-objects-seq (arXiv 2109.12098).

    Task:
        An open brown box and 4 to 9 scanned household objects stand on the table, upright and apart, where the
        original drops them nearly upside down and may let them overlap. At most all but one of them are to be packed,
        each named in turn. The objects come from the folder `assets`.

    Randomisation:
        The box's sides, 20 to 35 cm, the cuts of its inside, to which the objects are scaled, which objects, all
        places and yaws, how many are to be packed. Objects are drawn from all 56 in the split "seen"; of the split
        "unseen" from 37 in training and from the other 19 in val and test.

    Success:
        What of the named object's points lies in the box earns its share; one action an object and one more.

    Language:
        "pack the {name} in the brown box"
    """

    max_episode_steps: ClassVar[int] = 9

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, parts, names, places and how many to pack, in this order."""
        return sequence_layout(rng, self.objects.names(split, mode), self.objects.shape)
