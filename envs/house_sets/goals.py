"""The goals of a house and where an agent may stop for them: view points from which the object is seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.envs.camera import Intrinsics, pose_matrix
from leo_agent.envs.navmesh import NavMesh
from leo_agent.envs.procedural.houses.house import House, HouseMesh
from leo_agent.envs.rendering import Mesh, RenderScene

# Matterport3D's 21 categories of the ObjectNav task: task id, and id in its annotation (mpcat40).
CATEGORIES: dict[str, tuple[int, int]] = {
    "chair": (0, 3), "table": (1, 5), "picture": (2, 6), "cabinet": (3, 7), "cushion": (4, 8), "sofa": (5, 10),
    "bed": (6, 11), "chest_of_drawers": (7, 13), "plant": (8, 14), "sink": (9, 15), "toilet": (10, 18),
    "stool": (11, 19), "towel": (12, 20), "tv_monitor": (13, 22), "shower": (14, 23), "bathtub": (15, 25),
    "counter": (16, 26), "fireplace": (17, 27), "gym_equipment": (18, 33), "seating": (19, 34), "clothes": (20, 38),
}  # fmt: skip
_GRID_M = 0.2
# Habitat's generator looks for view points up to 1 m from the object's box.
_REACH_M = 1.0
_LEAST_SHARE = 0.01  # of the picture that the object fills
# Ids are counted in pictures a quarter as high as the task's.
_WIDTH, _HEIGHT = 128, 96


@dataclass(frozen=True, eq=False)
class ViewPoint:
    """Where an agent's base may stop for an object."""

    position: NDArray[np.float64]  # (3,), metres
    yaw_rad: float  # the heading towards the object
    share: float  # of the picture that the object fills


@dataclass(frozen=True, eq=False)
class HouseGoal:
    """An object that can be asked for."""

    object_id: int
    category: str
    room: str  # its kind
    box: NDArray[np.float64]  # (2, 3) lowest and highest corner, metres, world frame
    view_points: tuple[ViewPoint, ...]


def find_goals(house: House, mesh: HouseMesh, navmesh: NavMesh, island: int) -> list[HouseGoal]:
    """The objects of the task's categories that are seen from somewhere on an island of the navmesh."""
    whole = _mesh_of_ids(mesh)
    corners = whole.vertices[whole.faces]
    lows, highs = corners.min(axis=1), corners.max(axis=1)
    floor = navigable_grid(navmesh, island)
    goals = []
    for number, piece in enumerate(house.pieces):
        if piece.category not in CATEGORIES:
            continue
        box = piece.model.bounds
        away = np.maximum(np.maximum(box[0] - floor, floor - box[1]), 0.0)
        near = floor[np.hypot(away[:, 0], away[:, 2]) <= _REACH_M]
        # Only what is in the box around object and cameras can be between them.
        around = np.array([_REACH_M, 3.0, _REACH_M])
        between = (lows <= box[1] + around).all(axis=1) & (highs >= box[0] - around).all(axis=1)
        scene = RenderScene(threads=1)
        scene.add(_part_of(whole, between))
        view_points = _seen_from(scene, near, box, number + 1)
        if view_points:
            goals.append(HouseGoal(number + 1, piece.category, piece.room, box, view_points))
    return goals


def main_island(navmesh: NavMesh, floor_points: Sequence[tuple[float, float]]) -> int | None:
    """The island that all of some floor points (x, z) lie on; None if they lie on several or none."""
    islands = {navmesh.island((x, 0.1, z)) if _on_floor(navmesh, x, z) else -1 for x, z in floor_points}
    return islands.pop() if len(islands) == 1 and -1 not in islands else None


def _on_floor(navmesh: NavMesh, x: float, z: float) -> bool:
    return navmesh.is_navigable((x, 0.1, z), max_y_delta=0.15)


def navigable_grid(navmesh: NavMesh, island: int) -> NDArray[np.float64]:
    """Points (N, 3) of an island on a grid of 0.2 m, at the height of the navmesh."""
    (x0, _, z0), (x1, _, z1) = navmesh.bounds.astype(float)
    points = []
    for x in np.arange(x0 + _GRID_M / 2.0, x1, _GRID_M):
        for z in np.arange(z0 + _GRID_M / 2.0, z1, _GRID_M):
            if _on_floor(navmesh, x, z) and navmesh.island((x, 0.1, z)) == island:
                points.append((x, float(navmesh.snap_point((x, 0.1, z))[1]), z))
    return np.array(points).reshape(-1, 3)


def _mesh_of_ids(mesh: HouseMesh) -> Mesh:
    ids = mesh.object_ids[mesh.faces[:, 0]].astype(np.int32)
    return Mesh(mesh.vertices, mesh.faces, np.zeros((len(mesh.faces), 3), np.uint8), ids, np.ones(len(ids), np.bool_))


def _part_of(mesh: Mesh, faces: NDArray[np.bool_]) -> Mesh:
    """The chosen faces of a mesh of ids."""
    front_only = None if mesh.front_only is None else mesh.front_only[faces]
    return Mesh(mesh.vertices, mesh.faces[faces], mesh.colors[faces], mesh.ids[faces], front_only)


def _seen_from(
    scene: RenderScene, points: NDArray[np.float64], box: NDArray[np.float64], object_id: int
) -> tuple[ViewPoint, ...]:
    """The points from which the task's camera sees enough of an object when it is turned and tilted towards it."""
    body = NavigationEmbodiment()
    intrinsics = Intrinsics.from_hfov(_WIDTH, _HEIGHT, body.hfov_deg)
    middle = box.mean(axis=0)
    found = []
    for point in points:
        dx, dy, dz = middle - point - np.array([0.0, body.camera_height_m, 0.0])
        yaw = math.atan2(-dx, -dz)
        # The camera tilts in steps: the one nearest to the direction of the object's middle.
        step = math.radians(body.tilt_angle_deg)
        tilt = step * max(-1, min(1, round(math.atan2(dy, math.hypot(dx, dz)) / step)))
        base = pose_matrix(point, (0.0, math.sin(yaw / 2.0), 0.0, math.cos(yaw / 2.0)))
        camera = pose_matrix((0.0, body.camera_height_m, 0.0), (math.sin(tilt / 2.0), 0.0, 0.0, math.cos(tilt / 2.0)))
        share = float((scene.render(intrinsics, base @ camera).segmentation == object_id).mean())
        if share >= _LEAST_SHARE:
            found.append(ViewPoint(point, yaw, share))
    return tuple(found)
