"""Pack household objects into a box, one after the other: CLIPort's packing-*-google-objects-seq with our own objects.

An open brown box, 20 to 35 cm a side, and four to nine household objects stand on the table; at most all but one of
them are to be packed, each named in turn. What of the named object lies in the box earns its share. The kinds that the
split "unseen" names in val and test occur nowhere else.
"""

from __future__ import annotations

import numpy as np
from leo_agent.envs.procedural.objects import Shape
from leo_agent.envs.procedural.objects.household import SEEN_KINDS, UNSEEN_KINDS, household
from leo_agent.envs.tabletop.layout.colors import names_unseen
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.packing.sequence import sequence_layout
from leo_agent.envs.tabletop.packing.split import Part
from leo_agent.envs.tabletop.tasks import register_task


@register_task("packing-objects-seq")
class PackingObjectsSeq:
    """Counts, sizes and language of the task of CLIPort (arXiv 2109.12098); an object is as long as its part."""

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, parts, names, places and how many to pack, in this order."""
        return sequence_layout(rng, UNSEEN_KINDS if names_unseen(split, mode) else SEEN_KINDS, _shape)


def _shape(kind: str, part: Part) -> Shape:
    return household(name=kind, longest_side_m=part.longest_side_m)
