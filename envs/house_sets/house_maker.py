"""Makes one house from its seed: draws it until it can be walked, bakes its navmesh, finds goals, writes its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leo_agent.envs.house_sets.episodes import DrawnEpisode, draw_episodes
from leo_agent.envs.house_sets.facts import facts
from leo_agent.envs.house_sets.files import (
    content_file,
    gzip_bytes,
    house_name,
    house_paths,
    instances,
    json_bytes,
    scene_instance,
    split_of,
    stage_config,
)
from leo_agent.envs.house_sets.folder import write_file, writing
from leo_agent.envs.house_sets.goals import HouseGoal, find_goals, main_island
from leo_agent.envs.navmesh import NavMesh, NavMeshFile, compute_navmesh
from leo_agent.envs.navmesh.file_writer import navmesh_bytes
from leo_agent.envs.procedural.houses.glb_writer import render_glb, semantic_glb
from leo_agent.envs.procedural.houses.house import House, HouseMesh, build_mesh, draw_house
from leo_agent.envs.procedural.houses.plan import walls_of

_LEAST_CATEGORIES = 10
_ATTEMPTS = 20


@dataclass(frozen=True, eq=False)
class MadeHouse:
    """Everything about a house that its files hold."""

    house: House  # its rooms and their furniture
    mesh: HouseMesh  # of all of it
    navmesh: NavMeshFile  # baked for ObjectNav's agent
    goals: list[HouseGoal]  # what can be asked for
    episodes: list[DrawnEpisode]


def make_house(seed: int, number: int, episodes: int, aside: Path) -> None:
    """Writes all files of house `number` of a seed into one folder of its name in `aside`.

    Raises:
        InputError: they cannot be written.
    """
    name = house_name(number)
    contents = house_files(generate_house(seed, number, episodes), seed, number)
    folder = aside / name
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for kind, path in house_paths(name, split_of(number)).items():
        write_file(folder / path.name, contents[kind])


def house_files(made: MadeHouse, seed: int, number: int) -> dict[str, bytes]:
    """The content of the files of house `number` of a seed, by the names that they have in `house_paths`."""
    name = house_name(number)
    return {
        "render": render_glb(made.mesh, _texture_seed(seed, number)),
        "semantic": semantic_glb(made.mesh),
        "instances": json_bytes(instances(made.house)),
        "facts": json_bytes(facts(made.house)),
        "navmesh": navmesh_bytes(made.navmesh),
        "stage": json_bytes(stage_config(name)),
        "content": gzip_bytes(content_file(name, made.goals, made.episodes)),
        "scene": json_bytes(scene_instance(name)),
    }


def generate_house(seed: int, number: int, episodes: int) -> MadeHouse:
    """House `number` of a seed: the first draw in which every room can be walked to and enough can be asked for."""
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([seed, number, attempt])
        house = draw_house(rng)
        mesh = build_mesh(house)
        file = compute_navmesh(mesh.vertices, mesh.faces)
        navmesh = NavMesh(file)
        island = main_island(navmesh, door_points(house))
        if island is None:
            continue
        goals = find_goals(house, mesh, navmesh, island)
        if len({goal.category for goal in goals}) < _LEAST_CATEGORIES:
            continue
        drawn = draw_episodes(navmesh, island, goals, episodes, rng)
        if drawn:
            return MadeHouse(house, mesh, file, goals, drawn)
    raise RuntimeError(f"house {number} of seed {seed}: none of {_ATTEMPTS} draws can be walked through")


def door_points(house: House) -> list[tuple[float, float]]:
    """A point (x, z) inside each room 0.4 m before each of its doors."""
    return [
        wall.point((hole.start + hole.end) / 2.0, 0.4)
        for room in house.plan.rooms
        for wall in walls_of(house.plan, room)
        for hole in wall.holes
        if hole.opening.kind in ("door", "passage")
    ]


def _texture_seed(seed: int, number: int) -> int:
    """Textures differ from house to house."""
    return (seed * 100_003 + number) % 2**31
