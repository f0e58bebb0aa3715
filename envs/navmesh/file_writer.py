"""Writes `.navmesh` files as habitat-sim saves them, so that it and `read_navmesh` load them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh.file_layout import (
    BV_NODE,
    DETAIL_MESH,
    DETAIL_TRIANGLE,
    EDGE_SHIFTS,
    FILE_HEADER,
    FILE_MAGIC,
    LINK,
    MAX_POLYGON_VERTICES,
    POLYGON,
    SETTING_FLAGS,
    SETTING_FLOATS,
    SETTINGS,
    TILE_ENTRY,
    TILE_HEADER,
    TILE_MAGIC,
    TILE_VERSION,
    VERTEX,
    WALK_FLAG,
    NavMeshFile,
)

FILE_VERSION = 2
_DISABLED_FLAG = 4  # habitat-sim's mark on polygons without area
_NO_LINK = 0xFFFFFFFF
_SAME_TILE = 0xFF  # side of a link to a polygon of the same tile


def write_navmesh(file: NavMeshFile, path: str | Path) -> None:
    """Save a mesh.

    Raises:
        InputError: the path cannot be written.
    """
    try:
        Path(path).write_bytes(navmesh_bytes(file))
    except OSError as error:
        raise InputError(f"navmesh {path}: cannot be written ({error.strerror}); expected a writable path") from error


def navmesh_bytes(file: NavMeshFile) -> bytes:
    """The content of the file: header, settings, one tile; habitat-sim's container version 2, tile version 7."""
    count = len(file.polygon_sizes)
    # a reference is a counter of changes, from 1, above the bits that a polygon's number takes
    reference = 1 << (count - 1).bit_length()
    header = np.zeros(1, FILE_HEADER)
    header["magic"], header["version"], header["tile_count"] = FILE_MAGIC, FILE_VERSION, 1
    header["origin"] = file.origin
    header["tile_width"], header["tile_height"] = file.tile_size
    header["max_tiles"], header["max_polygons"] = 1, count
    settings = np.zeros(1, SETTINGS)
    for name in (*SETTING_FLOATS, *SETTING_FLAGS):
        settings[name] = getattr(file.settings, name)
    tile = _tile_bytes(file, reference)
    entry = np.array([(reference, len(tile))], TILE_ENTRY)
    return header.tobytes() + settings.tobytes() + entry.tobytes() + tile


def _tile_bytes(file: NavMeshFile, reference: int) -> bytes:
    polygons, links = _polygons_and_links(file, reference)
    details = np.zeros(len(polygons), DETAIL_MESH)
    details["vertex_base"], details["vertex_count"] = file.detail_base, file.detail_sizes
    details["triangle_base"], details["triangle_count"] = file.triangle_base[:-1], np.diff(file.triangle_base)
    triangles = np.zeros(len(file.triangle_corners), DETAIL_TRIANGLE)
    triangles["corners"] = file.triangle_corners
    triangles["edge_flags"] = (file.triangle_outer.astype(np.uint8) << EDGE_SHIFTS).sum(axis=1)
    nodes = np.zeros(len(file.bv_index), BV_NODE)
    nodes["minimum"], nodes["maximum"] = file.bv_bounds[:, :3], file.bv_bounds[:, 3:]
    nodes["index"] = file.bv_index
    sections = [file.vertices.astype(VERTEX), polygons, links, details, file.detail_vertices.astype(VERTEX)]
    return b"".join(section.tobytes() for section in [_tile_header(file, len(links)), *sections, triangles, nodes])


def _tile_header(file: NavMeshFile, link_count: int) -> np.ndarray:
    header = np.zeros(1, TILE_HEADER)
    header["magic"], header["version"] = TILE_MAGIC, TILE_VERSION
    header["polygon_count"] = header["detail_mesh_count"] = header["off_mesh_base"] = len(file.polygon_sizes)
    header["vertex_count"], header["max_link_count"] = len(file.vertices), link_count
    header["detail_vertex_count"] = len(file.detail_vertices)
    header["detail_triangle_count"], header["bv_node_count"] = len(file.triangle_corners), len(file.bv_index)
    header["walkable_height"], header["walkable_radius"] = file.settings.agent_height, file.settings.agent_radius
    header["walkable_climb"] = file.walkable_climb
    header["bounds_min"], header["bounds_max"] = file.bounds
    header["bv_quantisation"] = file.bv_quantisation
    return header


def _polygons_and_links(file: NavMeshFile, reference: int) -> tuple[np.ndarray, np.ndarray]:
    """The polygons, and a link for each edge with a polygon behind it, chained as Detour does when it loads a tile."""
    sizes = file.polygon_sizes
    polygons = np.zeros(len(sizes), POLYGON)
    polygons["vertices"] = file.polygon_vertices
    polygons["neighbours"] = np.where(file.polygon_neighbours >= 0, file.polygon_neighbours + 1, 0)
    polygons["vertex_count"] = sizes
    polygons["flags"] = np.where(file.polygon_walkable, WALK_FLAG, _DISABLED_FLAG)
    links = np.zeros(int(sizes.sum()), LINK)
    links["next"] = np.append(np.arange(1, len(links)), _NO_LINK)  # those that stay unused
    # polygon by polygon, the last edge first; each new link is put before the ones it finds
    backwards = file.polygon_neighbours[:, ::-1]
    owner, column = np.nonzero(backwards >= 0)
    used = len(owner)
    links["polygon"][:used] = reference | backwards[owner, column]
    links["edge"][:used] = MAX_POLYGON_VERTICES - 1 - column
    links["side"][:used] = _SAME_TILE
    links["next"][:used] = np.where(np.diff(owner, prepend=-1) == 0, np.arange(used) - 1, _NO_LINK)
    polygons["first_link"] = _NO_LINK
    polygons["first_link"][owner] = np.arange(used)  # of equal owners the last one stays
    return polygons, links
