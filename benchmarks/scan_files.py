"""Scan-like scenes as files that any simulator reads: a textured .glb, and the navmesh of the house beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from leo_agent.envs.rendering import Mesh


def write_scan(mesh: Mesh, navmesh: Path, folder: Path, name: str) -> str:
    """Write NAME.glb, NAME.stage_config.json and NAME.navmesh; the scene's name for a simulator that looks there."""
    folder.mkdir(parents=True, exist_ok=True)
    assert mesh.face_textures is not None
    scene = trimesh.Scene()
    for row, texture in enumerate(mesh.textures):
        part = _part(mesh, mesh.face_textures == row, texture.pixels)
        if len(part.faces):
            scene.add_geometry(part, geom_name=f"texture_{row}")
    (folder / f"{name}.glb").write_bytes(scene.export(file_type="glb", include_normals=False))
    shutil.copyfile(navmesh, folder / f"{name}.navmesh")
    # Without a word on its axes habitat-sim takes a stage to stand along +Z: the house would lie on its side.
    stage = {"render_asset": f"{name}.glb", "up": [0, 1, 0], "front": [0, 0, -1]}
    (folder / f"{name}.stage_config.json").write_text(json.dumps(stage))
    return f"{name}.glb"


def _part(mesh: Mesh, chosen: NDArray[np.bool_], pixels: NDArray[np.uint8]) -> trimesh.Trimesh:
    """The faces of one texture, in as few vertices as their texture coordinates leave."""
    assert mesh.texcoords is not None
    corners = np.column_stack(
        [mesh.vertices[mesh.faces[chosen]].reshape(-1, 3), mesh.texcoords[chosen].reshape(-1, 2)]
    ).astype(np.float32)
    _, first, rows = np.unique(corners.view([("", np.float32)] * 5).reshape(-1), return_index=True, return_inverse=True)
    vertices = corners[first]
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.fromarray(pixels), metallicFactor=0.0, roughnessFactor=1.0
    )
    # trimesh counts v upwards from the lower edge, glTF and Mesh downwards from the upper
    texcoords = np.column_stack([vertices[:, 3], 1.0 - vertices[:, 4]])
    visual = trimesh.visual.TextureVisuals(uv=texcoords, material=material)
    return trimesh.Trimesh(vertices[:, :3], rows.reshape(-1, 3), visual=visual, process=False)
