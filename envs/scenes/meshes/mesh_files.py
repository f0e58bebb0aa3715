"""Which files hold meshes, by their ending, and their readers."""

from __future__ import annotations

from pathlib import Path, PurePath

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.meshes.glb import MAX_PIXELS, outside_files, read_glb
from leo_agent.envs.scenes.meshes.ply import read_ply
from leo_agent.envs.scenes.meshes.triangles import Triangles
from leo_agent.envs.scenes.paths import is_file

MESH_ENDINGS = (".glb", ".gltf", ".ply")


def read_mesh(path: Path, root: Path, labels: bool = False, most_pixels: int = MAX_PIXELS) -> Triangles:
    """The triangles of a file of any of `MESH_ENDINGS`; see `read_glb` for the arguments.

    Raises:
        InputError: the file is missing, damaged or needs what is not supported.
    """
    return read_ply(path) if path.suffix == ".ply" else read_glb(path, root, labels, most_pixels)


def mesh_files(path: Path, root: Path) -> list[Path]:
    """A mesh file, and those beside it that hold a part of it.

    Raises:
        InputError: a .glb or .gltf file is missing or damaged.
    """
    beside = [] if path.suffix == ".ply" else outside_files(path, root)
    return [path, *filter(is_file, beside)]


def check_mesh(path: Path, where: str) -> None:
    """Refuses a file of another ending.

    Raises:
        InputError: begins with `where`.
    """
    if path.suffix not in MESH_ENDINGS:
        raise InputError(f"{where}: found the mesh {path.name!r}, expected a {' or '.join(MESH_ENDINGS)} file")


def mesh_stem(path: PurePath) -> str:
    """The name of a mesh file without its ending; any other name as it is."""
    return path.stem if path.suffix in MESH_ENDINGS else path.name


def mesh_name(path: PurePath) -> str:
    """As `mesh_stem`, without the `.basis` that HM3D's files of compressed textures have, too."""
    return mesh_stem(path).removesuffix(".basis")
