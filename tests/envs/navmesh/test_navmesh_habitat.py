"""The same geometry baked by habitat-sim and by us, and files written by us read by habitat-sim, where it is installed.

Scenes have floors one above the other, stairs, ramps and furniture at random places.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from leo_agent.envs.navmesh import NavMesh, compute_navmesh, read_navmesh, write_navmesh
from leo_agent.envs.navmesh.file_writer import navmesh_bytes
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene
from tests.envs.glb_writer import GlbWriter
from tests.envs.navmesh.shapes import flat, storeys, winding_corridor
from tests.envs.navmesh.test_navmesh_baking import box, ramp, stairs, together

habitat_sim = pytest.importorskip("habitat_sim", reason="compares with the real habitat-sim")

CONFIG = "buildings.scene_dataset_config.json"
LARGER = (flat(10, 10), flat(40, 40), flat(100, 100), flat(600, 3), storeys(24, 2, 80), winding_corridor(60))
SCENES = 60 + len(LARGER)


def random_building(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A floor of 10 x 8 m, a gallery of a height that its stairs reach, a ramp, and boxes anywhere."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(8, 18))
    rise, run = rng.uniform(0.1, 0.19), rng.uniform(0.2, 0.35)
    top = count * rise
    landing = 1.0 + count * run
    parts = [
        box((0, -0.1, 0), (12.03, 0, 8.07)),
        stairs(1.0, count, rise, run, rng.uniform(0.8, 1.6)),
        box((landing, top - 0.12, 0), (landing + rng.uniform(2, 4), top, rng.uniform(3, 6))),
        ramp(rng.uniform(6, 8), rng.uniform(2, 4), rng.uniform(0.3, 2.5), rng.uniform(1, 2)),
    ]
    for _ in range(int(rng.integers(4, 14))):
        low = rng.uniform((0, 0, 2), (11, 0.6, 7))
        parts.append(box(tuple(low), tuple(low + rng.uniform(0.05, 1.8, 3))))
    return together(*parts)


@pytest.mark.slow
def test_random_buildings_and_larger_floors_are_baked_to_the_same_bytes(tmp_path: Path) -> None:
    areas, same = [], []
    # Stored as it stands: what habitat-sim turns has rounding in it.
    attributes = {"up": [0, 1, 0], "front": [0, 0, -1]}
    stages = {"paths": {".glb": ["*.glb"]}, "default_attributes": attributes}
    (tmp_path / CONFIG).write_text(json.dumps({"stages": stages}))
    real = make_simulator("habitat", SimulatorConfig(tmp_path, CONFIG, 32, 24))
    for seed in range(SCENES):
        name = f"building_{seed}"
        vertices, faces = random_building(seed) if seed < SCENES - len(LARGER) else LARGER[seed - SCENES]
        writer = GlbWriter()
        writer.mesh(vertices, faces, writer.material((0.5, 0.5, 0.5, 1)))
        writer.save(tmp_path / f"{name}.glb")
        real.load_scene(f"{name}.glb")
        pathfinder = real._simulator.pathfinder
        assert pathfinder.save_nav_mesh(str(tmp_path / f"theirs_{seed}.navmesh"))
        mesh = load_scene(find_scene(tmp_path, f"{name}.glb", CONFIG), num_points=1).mesh
        ours = compute_navmesh(mesh.vertices, mesh.faces)
        theirs = read_navmesh(tmp_path / f"theirs_{seed}.navmesh")
        same.append(navmesh_bytes(ours) == (tmp_path / f"theirs_{seed}.navmesh").read_bytes())
        areas.append((NavMesh(ours).navigable_area(), NavMesh(theirs).navigable_area()))

        write_navmesh(ours, tmp_path / f"ours_{seed}.navmesh")
        assert pathfinder.load_nav_mesh(str(tmp_path / f"ours_{seed}.navmesh"))
        assert pathfinder.navigable_area == pytest.approx(NavMesh(ours).navigable_area(), rel=1e-5)
        check_ways(NavMesh(ours), pathfinder, seed)
    real.close()
    difference = max(abs(ours - theirs) / theirs for ours, theirs in areas)
    print(f"{sum(same)} of {SCENES} files are equal in every byte; areas differ by at most {difference:.2%}")
    assert difference < 0.02
    assert all(same)


def check_ways(navmesh: NavMesh, pathfinder: "habitat_sim.PathFinder", seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(20):
        start, end = navmesh.random_navigable_point(rng), navmesh.random_navigable_point(rng)
        path = habitat_sim.ShortestPath()
        path.requested_start, path.requested_end = start, end
        pathfinder.find_path(path)
        assert navmesh.geodesic_distance(start, [end]) == pytest.approx(path.geodesic_distance, abs=1e-3)
