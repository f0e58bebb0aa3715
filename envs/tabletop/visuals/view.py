"""What can be seen: table, arm and objects as the renderer draws them, and a pleasant place to see them from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh
from leo_agent.envs.rendering import Frame, Mesh, RenderScene
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.physics.kinematics import link_frames
from leo_agent.envs.tabletop.visuals.arm_model import link_meshes
from leo_agent.envs.tabletop.visuals.cameras import PosedCamera, look_at
from leo_agent.envs.tabletop.workspace import BOUNDS

BACKGROUND_RGB = (238, 240, 243)
LIGHT_DIRECTION = (0.25, -0.35, 1.0)
TABLE_RGB = (51, 51, 51)
BENCH_RGB = (196, 178, 152)
TABLE_SEGMENT = 1000
ROBOT_SEGMENT = 1001

PICTURE_POSITION_M = (1.4, -0.85, 1.15)
PICTURE_TARGET_M = (0.36, -0.02, 0.2)
PICTURE_HFOV_DEG = 50.0


class TabletopView:
    """Table, arm and objects before any camera.

    Segmentation ids are the object ids, TABLE_SEGMENT and ROBOT_SEGMENT; 0 is the background.
    """

    def __init__(self, bench: bool = False) -> None:
        self._scene = RenderScene(background=BACKGROUND_RGB, light_direction=np.array(LIGHT_DIRECTION))
        if bench:
            self._scene.add(_bench_mesh())
        self._scene.add(_table_mesh())
        self._arm = [self._scene.add(mesh) for mesh in link_meshes(ROBOT_SEGMENT, "suction")]
        self._tool = "suction"
        self._objects: dict[int, int] = {}

    def reset(self, bodies: Sequence[Body], tool: str = "suction") -> None:
        """Show these objects in place of those before, and the arm with the tool."""
        if tool != self._tool:
            self._scene.remove(self._arm.pop())
            self._arm.append(self._scene.add(link_meshes(ROBOT_SEGMENT, tool)[-1]))
            self._tool = tool
        for handle in self._objects.values():
            self._scene.remove(handle)
        self._objects = {body.object_id: self._scene.add(body_mesh(body), body.pose.matrix()) for body in bodies}

    def update(self, poses: Mapping[int, Pose], joints_rad: ArrayLike) -> None:
        """Move the objects (object id -> pose) and the arm."""
        for object_id, pose in poses.items():
            self._scene.set_pose(self._objects[object_id], pose.matrix())
        for handle, frame in zip(self._arm, link_frames(joints_rad), strict=True):
            self._scene.set_pose(handle, frame)

    def render(self, camera: PosedCamera) -> Frame:
        return self._scene.render(camera.intrinsics, camera.T_world_camera)


def picture_camera(width: int, height: int) -> PosedCamera:
    """A view from the right of the table over the workspace to the arm."""
    lens = Intrinsics.from_hfov(width, height, PICTURE_HFOV_DEG)
    return PosedCamera("picture", lens, look_at(PICTURE_POSITION_M, PICTURE_TARGET_M))


def _colored(vertices: NDArray[np.float32], faces: NDArray[np.int32], rgb: Sequence[int], segment_id: int) -> Mesh:
    colors = np.tile(np.array(rgb, np.uint8), (len(faces), 1))
    return Mesh(vertices, faces, colors, np.full(len(faces), segment_id, np.int32))


def body_mesh(body: Body) -> Mesh:
    """What a body looks like, in its frame, with its object id."""
    shape = body.shape
    ids = np.full(len(shape.faces), body.object_id, np.int32)
    if shape.texture is None:
        return Mesh(shape.vertices, shape.faces, body.face_colors, ids)
    return Mesh(
        shape.vertices, shape.faces, body.face_colors, ids, texcoords=shape.texcoords,
        face_textures=np.zeros(len(shape.faces), np.int32), textures=(shape.texture,),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _table_mesh() -> Mesh:
    (x0, x1), (y0, y1) = BOUNDS[:2]
    vertices = np.array([[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0]], np.float32)
    return _colored(vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32), TABLE_RGB, TABLE_SEGMENT)


@lru_cache(maxsize=1)
def _bench_mesh() -> Mesh:
    vertices, faces = box_mesh((0.6, 0.7, 0.03), center=(0.32, 0.0, -0.035))
    return _colored(vertices, faces, BENCH_RGB, TABLE_SEGMENT)
