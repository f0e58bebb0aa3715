"""Pack scanned objects into a box, one after the other: CLIPort's packing-(seen|unseen)-google-objects-seq.

An open brown box, 20 to 35 cm a side, and four to nine scanned household objects stand on the table; at most all but
one of them are to be packed, each named in turn. What of the named object lies in the box earns its share. The objects
come from a folder that the user has (--assets): all 56 in the split "seen"; of the split "unseen" 37 in training and
the other 19 in val and test.
"""

from __future__ import annotations

import numpy as np
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.packing.scanned import ScannedObjects
from leo_agent.envs.tabletop.packing.sequence import sequence_layout
from leo_agent.envs.tabletop.tasks import register_task


@register_task("packing-google-objects-seq", needs_assets=True)
class PackingGoogleObjectsSeq:
    """Counts, sizes, scales, names and language of the task of CLIPort (arXiv 2109.12098).

    The objects lie upright and apart, where the original drops them nearly upside down and may let them overlap.
    """

    def __init__(self, assets: str | None) -> None:
        self._objects = ScannedObjects(assets)

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draw box, parts, names, places and how many to pack, in this order."""
        return sequence_layout(rng, self._objects.names(split, mode), self._objects.shape)
