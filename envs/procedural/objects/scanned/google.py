"""CLIPort's Google Scanned Objects, read from a folder that the user has."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leo_agent.contract.errors import InputError, reason
from leo_agent.contract.files import check_file
from leo_agent.envs.procedural.objects.meshes.hulls import convex_hull, hull_points
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.scanned.names import HELD_OUT_NAMES, TRAINING_NAMES
from leo_agent.envs.procedural.objects.scanned.obj_file import ObjMesh, read_obj
from leo_agent.envs.procedural.objects.shape import Shape
from leo_agent.envs.rendering import Texture

HOW_TO_GET = (
    "a folder with CLIPort's Google Scanned Objects as meshes/<name>.obj (vima_bench/tasks/assets/google of "
    "github.com/vimalabs/VIMABench) or google/meshes_fixed/<name>.obj (google.zip of github.com/cliport/cliport)"
)
MESH_FOLDERS = ("meshes", "google/meshes_fixed", "meshes_fixed")
TEXTURE_FOLDERS = ("textures", "google/textures")
MAX_TEXTURE_SIDE = 512  # an object fills about 100 pixels of a view
MAX_IMAGE_PIXELS = 2**27
FILES_KEPT = 64
FLAT_COLORS = {"black": (44, 44, 48), "grey": PALETTE["gray"], "silver": (192, 192, 198), **PALETTE}


def mesh_path(folder: str, name: str) -> Path | None:
    """The file of an object, of which spaces in the name are underscores; None if the folder has none."""
    return _first_file(folder, MESH_FOLDERS, f"{name.replace(' ', '_')}.obj")


def available_names(folder: str | None, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that the folder has a mesh of.

    Raises:
        InputError: there is no folder, or none of them is in it.
    """
    if folder is None:
        raise InputError(f"assets: found none, expected {HOW_TO_GET}")
    if not _is_folder(folder):
        raise InputError(f"assets: found no folder {folder}, expected {HOW_TO_GET}")
    found = tuple(name for name in names if mesh_path(folder, name) is not None)
    if not found:
        raise InputError(f"assets: found none of the objects in {folder}, expected {HOW_TO_GET}")
    return found


def scanned_files(folder: str | Path) -> list[Path]:
    """The meshes and pictures of CLIPort's objects that the folder has."""
    stems = [name.replace(" ", "_") for name in TRAINING_NAMES + HELD_OUT_NAMES]
    meshes = [_first_file(str(folder), MESH_FOLDERS, f"{stem}.obj") for stem in stems]
    pictures = [_first_file(str(folder), TEXTURE_FOLDERS, f"{stem}.png") for stem in stems]
    return [path for path in (*meshes, *pictures) if path is not None]


@register_shape("google")
def google(folder: str, name: str, scale: float) -> Shape:
    """An object of the folder at `scale` times its real size, centred on its bounding box; it collides as its hull.

    Without a texture file it has one colour, which its name mentions, else gray.

    Raises:
        InputError: the file is missing or broken.
        ValueError: the name is none of the set's, or the scale is out of range.
    """
    if name not in TRAINING_NAMES + HELD_OUT_NAMES:
        raise ValueError(f"expected the name of one of CLIPort's objects, found {name!r}")
    if not 0.01 <= scale <= 10:
        raise ValueError(f"expected a scale from 0.01 to 10, found {scale}")
    path = mesh_path(folder, name)
    if path is None:
        raise InputError(f"assets: found no {name.replace(' ', '_')}.obj in {folder}, expected {HOW_TO_GET}")
    scanned = _scanned(path, _first_file(folder, TEXTURE_FOLDERS, f"{name.replace(' ', '_')}.png"))
    hull = scanned.hull * scale
    size = np.ptp(hull, axis=0)
    footprint = convex_hull(hull[:, :2])
    return Shape(
        name, (scanned.vertices * scale).astype(np.float32), scanned.faces, (), footprint,
        (float(size[0]), float(size[1]), float(size[2])), (float(size[0]), float(size[1])), hull,
        colors=None if scanned.texture is not None else _flat_colors(name, len(scanned.faces)),
        texcoords=scanned.texcoords, texture=scanned.texture,
    )  # fmt: skip


class _Scanned(NamedTuple):
    """A mesh at its real size, centred on its bounding box."""

    vertices: NDArray[np.float64]  # (V, 3), metres
    faces: NDArray[np.int32]  # (F, 3)
    hull: NDArray[np.float64]  # (H, 3) points of its hull
    texcoords: NDArray[np.float32] | None  # (F, 3, 2), as in the renderer's `Mesh`
    texture: Texture | None


@lru_cache(maxsize=FILES_KEPT)
def _scanned(mesh_file: Path, texture_file: Path | None) -> _Scanned:
    mesh = _without_loose_vertices(read_obj(mesh_file))
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    if (high - low).min() < 1e-3 * (high - low).max() or (high - low).max() < 1e-3:
        raise InputError(f"{mesh_file}: found the size {high - low}, expected a solid object in metres")
    center = (low + high) / 2
    texture = None if texture_file is None or mesh.texcoords is None else _texture(texture_file)
    texcoords = None
    if texture is not None and mesh.texcoords is not None:
        u, v = mesh.texcoords[..., 0], mesh.texcoords[..., 1]
        texcoords = np.stack([u, 1 - v], axis=-1)  # the image's first row is its top
    centered = mesh.vertices - center
    return _Scanned(centered, mesh.faces, hull_points(centered), texcoords, texture)


def _without_loose_vertices(mesh: ObjMesh) -> ObjMesh:
    rows, faces = np.unique(mesh.faces, return_inverse=True)
    return ObjMesh(mesh.vertices[rows], faces.reshape(-1, 3).astype(np.int32), mesh.texcoords)


def _texture(path: Path) -> Texture:
    check_file(path, "a PNG texture")
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_IMAGE_PIXELS:
                raise InputError(f"{path}: found {image.width} x {image.height} pixels, expected a smaller texture")
            image.thumbnail((MAX_TEXTURE_SIDE, MAX_TEXTURE_SIDE))
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: expected a PNG texture, found {reason(error)}") from error
    return Texture(np.ascontiguousarray(pixels))


def _flat_colors(name: str, count: int) -> NDArray[np.uint8]:
    mentioned = [FLAT_COLORS[word] for word in name.split() if word in FLAT_COLORS]
    return np.tile(np.array((*mentioned, PALETTE["gray"])[0], np.uint8), (count, 1))


def _is_folder(folder: object) -> bool:
    """Whether it is the path of a folder; what is no path at all, or too long for one, is none."""
    try:
        return isinstance(folder, (str, Path)) and Path(folder).is_dir()
    except OSError:
        return False


def _first_file(folder: str, places: Iterable[str], name: str) -> Path | None:
    paths = (Path(folder) / place / name for place in places)
    return next((path for path in paths if path.is_file()), None)
