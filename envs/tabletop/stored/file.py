"""Scenes stored as JSON: objects where they are, what is asked of them, and how far that has come."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import parse_json, read_json_object
from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.goals import Goal, PoseGoal, ZoneGoal
from leo_agent.envs.tabletop.layout.layout import TOOL_NAMES, Body, Layout
from leo_agent.envs.tabletop.layout.task import WEIGHT_TOLERANCE
from leo_agent.envs.tabletop.observation.spaces import INSTRUCTION_CHARACTERS, INSTRUCTION_LENGTH
from leo_agent.envs.tabletop.stored.codec import decoded, encoded, refuse
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

VERSION = 1
MAX_FILE_BYTES = 50_000_000
MAX_BODIES = 500  # segmentation ids from 1000 on are the table's and the arm's
MAX_STEPS = 100_000
MAX_OBJECT_SIDE_M = 2.0
REACH_M = 10.0  # no object and no target lies farther from the robot's base
LOWEST_M = TABLE_TOP_M - 0.01  # a body whose frame is lower would be under the table
UNIT_TOLERANCE = 1e-3  # quaternions that are off by more are refused
EXACT_TOLERANCE = 1e-9  # those that are off by less stay as they are


@dataclass(frozen=True)
class StoredScene:
    """A scene that an episode can start from."""

    layout: Layout
    task: str | None = None  # the one whose environment wrote it; None fits every environment
    seed: int = 0  # of the points of the object clouds
    goals_reached: int = 0  # so many of the first goals
    score: float = 0.0  # what has been earned
    at_rest: bool = False  # nothing moves before the first action; else physics settles what was put down


def scene_to_json(scene: StoredScene) -> dict[str, Any]:
    """The scene as values of JSON.

    Raises:
        InputError: no recipe makes one of its shapes.
    """
    return {"version": VERSION, **encoded(scene)}


def read_scene(source: Mapping[str, Any] | str | Path) -> StoredScene:
    """The scene of such a dictionary, or of the JSON text of one, or of a .json file that holds one.

    Raises:
        InputError: it is none; the message names the file and the place in it.
    """
    place = "scene"
    if isinstance(source, str) and source.startswith("{"):  # as `info["episode_info"]["scene"]` has it
        source = parse_json(source.encode("utf-8", "surrogatepass"), place, "a stored scene")
    if not isinstance(source, Mapping):
        if not isinstance(source, (str, Path)) or not str(source).endswith(".json"):
            refuse(place, source, "a dictionary as scene() gives it, or the path of a .json file")
        place = f"scene {source}"
        try:
            source = read_json_object(source, "a stored scene", MAX_FILE_BYTES)
        except InputError as error:
            raise InputError(f"scene {error}") from error
    if source.get("version") != VERSION or isinstance(source.get("version"), bool):
        refuse(f"{place}: version", source.get("version"), str(VERSION))
    rest = {name: value for name, value in source.items() if name != "version"}
    scene: StoredScene = decoded(rest, StoredScene, place)
    return replace(scene, layout=_checked(scene, place))


def _checked(scene: StoredScene, place: str) -> Layout:
    """The layout with unit quaternions, if it is one that an episode can have."""
    layout = scene.layout
    _check_bodies(layout, f"{place}.layout.bodies")
    if not layout.goals:
        refuse(f"{place}.layout.goals", layout.goals, "at least one goal")
    if len(layout.instructions) != len(layout.goals):
        refuse(f"{place}.layout.instructions", layout.instructions, f"one for each of {len(layout.goals)} goals")
    for text in (*layout.instructions, layout.completed_instruction):
        if not 0 < len(text) <= INSTRUCTION_LENGTH or set(text) - set(INSTRUCTION_CHARACTERS):
            wanted = f"1 to {INSTRUCTION_LENGTH} letters, digits, blanks and .,'-"
            refuse(f"{place}.layout.instructions", text, wanted)
    if not 1 <= layout.max_steps <= MAX_STEPS:
        refuse(f"{place}.layout.max_steps", layout.max_steps, f"1 to {MAX_STEPS}")
    if not 1e-4 <= layout.contact_margin_m <= 0.1:
        refuse(f"{place}.layout.contact_margin_m", layout.contact_margin_m, "1e-4 to 0.1 m")
    if layout.tool not in TOOL_NAMES:
        refuse(f"{place}.layout.tool", layout.tool, f"one of {', '.join(TOOL_NAMES)}")
    if layout.tool == "spatula" and not all(isinstance(goal, ZoneGoal) for goal in layout.goals):
        refuse(f"{place}.layout.tool", layout.tool, "suction: a spatula takes goals of the kind zone only")
    if scene.goals_reached > len(layout.goals):
        refuse(f"{place}.goals_reached", scene.goals_reached, f"at most the {len(layout.goals)} goals")
    if not 0 <= scene.score <= 1 + WEIGHT_TOLERANCE:
        refuse(f"{place}.score", scene.score, "0 to 1")
    bodies = tuple(
        replace(body, pose=_unit(body.pose, f"{place}.layout.bodies[{k}].pose")) for k, body in enumerate(layout.bodies)
    )
    goals = tuple(_checked_goal(goal, layout, f"{place}.layout.goals[{k}]") for k, goal in enumerate(layout.goals))
    total = sum(goal.weight for goal in goals)
    if not 0 < total <= 1 + WEIGHT_TOLERANCE:
        refuse(f"{place}.layout.goals", total, "weights whose sum is above 0 and at most 1")
    return replace(layout, bodies=bodies, goals=goals)


def _check_bodies(layout: Layout, place: str) -> None:
    if not 1 <= len(layout.bodies) <= MAX_BODIES:
        refuse(place, f"{len(layout.bodies)} objects", f"1 to {MAX_BODIES}")
    for k, body in enumerate(layout.bodies):
        here = f"{place}[{k}]"
        if body.object_id != k + 1:
            refuse(f"{here}.object_id", body.object_id, f"{k + 1}: ids are 1, 2, … in the order of the list")
        if body.color is not None and body.color not in PALETTE:
            refuse(f"{here}.color", body.color, f"one of {', '.join(PALETTE)}")
        if not 0 <= body.mass_kg <= 1000 or (body.mass_kg == 0 and not body.fixed):
            refuse(f"{here}.mass_kg", body.mass_kg, "above 0 and at most 1000, 0 only of what is fixed")
        for name in ("friction", "rolling_friction"):
            if not 0 <= getattr(body, name) <= 1000:
                refuse(f"{here}.{name}", getattr(body, name), "0 to 1000")
        if body.pose.position[2] < LOWEST_M:
            refuse(f"{here}.pose.position", body.pose.position, f"a height of {LOWEST_M:g} m or more, on the table")
        _check_shape(body, f"{here}.shape")


def _check_shape(body: Body, place: str) -> None:
    shape = body.shape
    sides = np.array([*shape.size, *shape.placement_size], np.float64)
    whole = np.isfinite(shape.vertices).all() and np.isfinite(sides).all() and len(shape.faces) > 0
    if not whole or (sides < 0).any() or not 0 < sides.max() <= MAX_OBJECT_SIDE_M:
        refuse(place, dict(shape.recipe), f"an object with sides of 0 to {MAX_OBJECT_SIDE_M} m")


def _unit(pose: Pose, place: str) -> Pose:
    if max(abs(value) for value in pose.position) > REACH_M:
        refuse(f"{place}.position", pose.position, f"metres between -{REACH_M:g} and {REACH_M:g}")
    length = math.hypot(*pose.rotation)
    if abs(length - 1) <= EXACT_TOLERANCE:
        return pose
    if abs(length - 1) > UNIT_TOLERANCE:
        refuse(f"{place}.rotation", pose.rotation, "a unit quaternion x, y, z, w")
    x, y, z, w = (value / length for value in pose.rotation)
    return Pose(pose.position, (x, y, z, w))


def _checked_goal(goal: Goal, layout: Layout, place: str) -> Goal:
    known = {body.object_id for body in layout.bodies}
    if not goal.objects or len(set(goal.objects)) != len(goal.objects) or set(goal.objects) - known:
        refuse(f"{place}.objects", goal.objects, f"different ids of the {len(known)} objects")
    shape = f"{len(goal.objects)} rows of {len(goal.targets)}, the number of targets"
    if not goal.targets or len(goal.matches) != len(goal.objects):
        refuse(f"{place}.matches", f"{len(goal.matches)} rows", shape)
    if any(len(row) != len(goal.targets) or not any(row) for row in goal.matches):
        refuse(f"{place}.matches", Counter(map(len, goal.matches)), f"{shape}, each with a true one")
    if not 0 < goal.weight <= 1:
        refuse(f"{place}.weight", goal.weight, "above 0 and at most 1")
    targets = tuple(_unit(pose, f"{place}.targets[{k}]") for k, pose in enumerate(goal.targets))
    if isinstance(goal, PoseGoal):
        _check_tolerances(goal, place)
        originals = goal.cliport_targets
        if originals is None:
            return replace(goal, targets=targets)
        if len(originals) != len(targets):
            refuse(f"{place}.cliport_targets", f"{len(originals)} poses", f"{len(targets)}, as many as targets")
        units = tuple(_unit(pose, f"{place}.cliport_targets[{k}]") for k, pose in enumerate(originals))
        return replace(goal, targets=targets, cliport_targets=units)
    assert isinstance(goal, ZoneGoal)
    for name, rule in {"rule": goal.rule, "cliport": goal.cliport}.items():
        if rule is not None and any(len(rule.points.get(object_id, ())) == 0 for object_id in goal.objects):
            refuse(f"{place}.{name}.points", sorted(rule.points), f"points of each of the objects {goal.objects}")
        if rule is not None and min(rule.size_m) <= 0:
            refuse(f"{place}.{name}.size_m", rule.size_m, "two positive lengths")
    return replace(goal, targets=targets, zone=_unit(goal.zone, f"{place}.zone"))


def _check_tolerances(goal: PoseGoal, place: str) -> None:
    if len(goal.symmetries_rad) != len(goal.objects) or min(goal.symmetries_rad) < 0:
        refuse(f"{place}.symmetries_rad", goal.symmetries_rad, f"{len(goal.objects)} angles, 0 or more")
    if not (goal.position_tolerance_m > 0 and goal.rotation_tolerance_rad > 0):
        found = (goal.position_tolerance_m, goal.rotation_tolerance_rad)
        refuse(f"{place}: tolerances", found, "positive numbers")
