"""What an agent walks on in a scene: the settings that its navmesh must have, and the triangles to bake it from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.navmesh import OBJECTNAV_SETTINGS, NavMeshSettings
from leo_agent.envs.scenes.loading import LoadedScene
from leo_agent.envs.scenes.stage_files import SceneFiles


def wanted_settings(files: SceneFiles, own: NavMeshSettings | None) -> NavMeshSettings:
    """habitat-lab's ObjectNav settings for a scene.

    With static objects where the scene's own navmesh has them; where it has no navmesh, if there are any, as in
    habitat-lab's configurations of HSSD and ProcTHOR: else the agent would walk through the furniture.

    Args:
        files: of the scene.
        own: the settings of its navmesh file, None if it has none.
    """
    static = any(item.is_static for item in files.objects) if own is None else own.include_static_objects
    return replace(OBJECTNAV_SETTINGS, include_static_objects=static)


def floor_triangles(
    files: SceneFiles, loaded: LoadedScene, settings: NavMeshSettings
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Vertices (V, 3) and faces (F, 3) that habitat-sim bakes: the stage's, and the static objects' if wanted."""
    mesh = loaded.mesh
    is_static = settings.include_static_objects & np.array([item.is_static for item in files.objects], bool)
    # Row -1, the stage, takes the last entry.
    taken = np.append(is_static, True)[loaded.face_objects]
    if taken.all():
        return mesh.vertices, mesh.faces
    # The grid begins at the lowest vertex: none of what is left out may move it.
    rows, faces = np.unique(mesh.faces[taken], return_inverse=True)
    return mesh.vertices[rows], faces.reshape(-1, 3).astype(np.int32)
