"""A folder of scanned objects for tests: boxes under the names of CLIPort's objects, or the real set.

LEO_GOOGLE_OBJECTS names a folder with the real ones; tests that need them are skipped without it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from leo_agent.envs.procedural.objects.scanned.names import HELD_OUT_NAMES, TRAINING_NAMES

NAMES = TRAINING_NAMES + HELD_OUT_NAMES
REAL_SET = os.environ.get("LEO_GOOGLE_OBJECTS")
QUADS = ((1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4))


def box_obj(width: float, depth: float, height: float) -> str:
    """An OBJ file of a box that stands on z = 0, off the middle, metres."""
    corners = [(x, y, z) for x in (0, width) for y in (0, depth) for z in (0, height)]
    lines = ["# a box", "mtllib model.mtl", *(f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in corners)]
    lines += ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1", "usemtl material_0"]
    for a, b, c, d in QUADS:
        lines += [f"f {a}/1 {b}/2 {c}/3", f"f {a}/1 {c}/3 {d}/4"]
    return "\n".join(lines) + "\n"


def write_set(folder: Path, names: Iterable[str] = NAMES, meshes: str = "meshes") -> Path:
    """Boxes of different sizes under these names; returns the folder."""
    place = folder / meshes
    place.mkdir(parents=True)
    for k, name in enumerate(names):
        text = box_obj(0.1 + 0.01 * (k % 7), 0.06 + 0.01 * (k % 5), 0.04 + 0.01 * (k % 3))
        (place / f"{name.replace(' ', '_')}.obj").write_text(text)
    return folder
