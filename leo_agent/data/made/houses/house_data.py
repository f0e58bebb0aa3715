"""The data of one house: its scans, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import writing
from leo_agent.data.made.asked import MadeText
from leo_agent.data.made.houses.house_texts import house_texts, object_uid
from leo_agent.data.made.houses.truth import read_truth, to_scan
from leo_agent.data.made.scans import POINTS_AN_OBJECT, write_object, write_scan
from leo_agent.data.made.words import noun
from leo_agent.envs.house_sets.files import CONFIG_NAME, house_paths
from leo_agent.envs.navmesh import NavMesh
from leo_agent.envs.objects import ObjectSet
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene


def make_house_data(houses: Path, name: str, split: str, seed: int, out: Path) -> dict[str, list[MadeText]]:
    """Writes a house's scans; returns its texts by set."""
    truth = read_truth(houses, name, split)
    navmesh = NavMesh.load(houses / house_paths(name, split)["navmesh"])
    texts = house_texts(truth, navmesh, seed, split == "train")
    objects = _objects(houses, name)
    things = {thing.id: thing for thing in truth.things}
    if missing := sorted(things.keys() - set(objects.ids.tolist())):
        raise InputError(f"houses: {name}: object {missing[0]} has no surface, expected all {len(things)} to have one")
    clouds = _in_scan_frame(objects.points)
    with writing(out):
        write_scan(out, name, objects.ids, clouds, {number: noun(thing.kind) for number, thing in things.items()})
        alone = {text.item.scan for text in texts["cap3d"]}
        for number, points in zip(objects.ids.tolist(), clouds, strict=True):
            if (uid := object_uid(truth, things[number])) in alone:
                write_object(out, uid, points)
    return texts


def _objects(houses: Path, name: str) -> ObjectSet:
    """The objects of a house with points of their surfaces, world frame.

    Raises:
        InputError: a file of the house is missing or damaged.
    """
    return load_scene(find_scene(houses, f"scenes/{name}.scene_instance.json", CONFIG_NAME), POINTS_AN_OBJECT).objects


def _in_scan_frame(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points (..., 6) of houses, xyz and rgb, with z up."""
    return np.concatenate([to_scan(points[..., :3]).astype(np.float32), points[..., 3:]], axis=-1)
