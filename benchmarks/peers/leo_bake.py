"""Ours in `baking.py`: `python leo_bake.py SCENE.npz OUT.navmesh` bakes once and says how long it took, in JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from memory import peak_mb

from leo_agent.envs.navmesh import compute_navmesh, write_navmesh

WAVES = np.stack(np.meshgrid(np.arange(12.0), np.arange(12.0), indexing="ij"), axis=-1)


def compile_all() -> None:
    """Bake a small bumpy floor, so that no kernel is compiled in the time that counts."""
    x, z = WAVES[..., 0], WAVES[..., 1]
    corners = np.stack([x, 0.3 * np.sin(x) * np.cos(z), z], axis=-1).reshape(-1, 3)
    rows = np.arange(144).reshape(12, 12)
    a, b, c, d = (part.ravel() for part in (rows[:-1, :-1], rows[:-1, 1:], rows[1:, 1:], rows[1:, :-1]))
    compute_navmesh(corners, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]))


def main() -> None:
    scene, out = sys.argv[1:]
    compile_all()
    with np.load(scene) as stored:
        vertices, faces = stored["vertices"], stored["faces"]
    start = time.perf_counter()
    navmesh = compute_navmesh(vertices, faces)
    seconds = time.perf_counter() - start
    write_navmesh(navmesh, Path(out))
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
