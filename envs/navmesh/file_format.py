"""Strict reader of Habitat's `.navmesh` files (one Detour tile behind a small header)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file
from leo_agent.envs.navmesh.file_layout import (
    BV_NODE,
    DETAIL_MESH,
    DETAIL_TRIANGLE,
    EDGE_SHIFTS,
    EXTERNAL_EDGE,
    FILE_HEADER,
    FILE_MAGIC,
    LINK,
    MAX_COORDINATE_M,
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
    NavMeshSettings,
)


def read_navmesh(path: str | Path) -> NavMeshFile:
    """Read a file: Recast/Detour 1.6.0's tile version 7 inside habitat-sim's container, version 1 or 2.

    Raises:
        InputError: it is missing, damaged or of another kind.
    """
    return parse_navmesh(read_file(Path(path), "a Habitat .navmesh"), str(path))


def parse_navmesh(content: bytes, name: str) -> NavMeshFile:
    """As `read_navmesh`, from bytes; `name` is what messages call the file."""
    reader = _Reader(content, name)
    header = reader.record(FILE_HEADER, "the file header")
    reader.require(header["magic"] == FILE_MAGIC, "magic", hex(header["magic"]), hex(FILE_MAGIC))
    reader.require(header["version"] in (1, 2), "version", header["version"], "1 or 2")
    settings = _read_settings(reader) if header["version"] == 2 else NavMeshSettings()
    reader.require(header["tile_count"] == 1, "number of tiles", header["tile_count"], "1, as habitat-sim writes")
    reader.require_range(header["origin"], "tile origin")
    tile_size = np.array([header["tile_width"], header["tile_height"]], np.float32)
    reader.require(
        bool(np.all((tile_size > 0) & (tile_size < MAX_COORDINATE_M))), "tile size", tile_size, "positive metres"
    )
    entry = reader.record(TILE_ENTRY, "the tile entry")
    reader.require(entry["reference"] != 0, "tile reference", 0, "not 0")
    left = len(content) - reader.offset
    reader.require(entry["size"] == left, "tile size in bytes", entry["size"], f"{left}, the rest of the file")
    return _read_tile(reader, settings, header["origin"].astype(np.float32), tile_size)


class _Reader:
    """Walks over the bytes and words the error messages."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content = content
        self.name = name
        self.offset = 0

    def require(self, condition: bool, what: str, found: object, expected: str) -> None:
        if not condition:
            raise InputError(f"navmesh {self.name}: {what} is {found}; expected {expected}")

    def require_range(self, values: np.ndarray, what: str) -> None:
        good = bool(np.all(np.abs(values) < MAX_COORDINATE_M))  # NaN compares false
        self.require(good, what, "not finite or beyond 1000 km", "coordinates in metres")

    def array(self, dtype: np.dtype, count: int, what: str) -> np.ndarray:
        end = self.offset + count * dtype.itemsize
        if end > len(self.content):
            raise InputError(
                f"navmesh {self.name}: {len(self.content)} bytes; expected at least {end} for {what} (file cut short?)"
            )
        values = np.frombuffer(self.content, dtype, count, self.offset)
        self.offset = end
        return values

    def record(self, dtype: np.dtype, what: str) -> np.void:
        first: np.void = self.array(dtype, 1, what)[0]
        return first


def _read_settings(reader: _Reader) -> NavMeshSettings:
    record = reader.record(SETTINGS, "the bake settings")
    floats = [float(record[name]) for name in SETTING_FLOATS]
    reader.require(bool(np.all(np.isfinite(floats))), "a bake setting", "not finite", "numbers")
    values: dict[str, Any] = dict(zip(SETTING_FLOATS, floats, strict=True))
    return NavMeshSettings(**values, **{name: bool(record[name]) for name in SETTING_FLAGS})


def _read_tile(reader: _Reader, settings: NavMeshSettings, origin: np.ndarray, tile_size: np.ndarray) -> NavMeshFile:
    start = reader.offset
    header = reader.record(TILE_HEADER, "the tile header")
    _check_tile_header(reader, header, len(reader.content) - start)
    polygon_count = int(header["polygon_count"])
    vertices = reader.array(VERTEX, 3 * int(header["vertex_count"]), "vertices").reshape(-1, 3)
    polygons = reader.array(POLYGON, polygon_count, "polygons")
    reader.offset += LINK.itemsize * int(header["max_link_count"])  # Detour too rebuilds the links when it loads
    details = reader.array(DETAIL_MESH, polygon_count, "detail meshes")
    detail_vertices = reader.array(VERTEX, 3 * int(header["detail_vertex_count"]), "detail vertices").reshape(-1, 3)
    detail_triangles = reader.array(DETAIL_TRIANGLE, int(header["detail_triangle_count"]), "detail triangles")
    nodes = reader.array(BV_NODE, int(header["bv_node_count"]), "bounding-volume nodes")
    reader.require_range(vertices, "a vertex")
    reader.require_range(detail_vertices, "a detail vertex")
    _check_polygons(reader, polygons, len(vertices))
    reader.require(
        bool(np.all(nodes["index"] < polygon_count)), "a bounding-volume leaf", "no polygon", f"below {polygon_count}"
    )
    neighbours = polygons["neighbours"].astype(np.int32) - 1
    unused = np.arange(MAX_POLYGON_VERTICES) >= polygons["vertex_count"][:, None]
    neighbours[unused | (polygons["neighbours"] >= EXTERNAL_EDGE)] = -1  # external = of another tile, and there is none
    triangle_base, rows = _check_details(reader, polygons, details, len(detail_vertices), detail_triangles)
    return NavMeshFile(
        settings=settings,
        origin=origin,
        tile_size=tile_size,
        bounds=np.stack([header["bounds_min"], header["bounds_max"]]).astype(np.float32),
        walkable_climb=np.float32(header["walkable_climb"]),
        vertices=vertices.astype(np.float32),
        polygon_vertices=polygons["vertices"].astype(np.int32),
        polygon_neighbours=neighbours,
        polygon_sizes=polygons["vertex_count"].astype(np.int32),
        polygon_walkable=(polygons["flags"] & WALK_FLAG) != 0,
        detail_vertices=detail_vertices.astype(np.float32),
        detail_base=details["vertex_base"].astype(np.int64),
        detail_sizes=details["vertex_count"].copy(),
        triangle_base=triangle_base,
        triangle_corners=detail_triangles["corners"][rows],
        triangle_outer=(detail_triangles["edge_flags"][rows][:, None] >> EDGE_SHIFTS) & 1 == 1,
        bv_bounds=np.hstack([nodes["minimum"], nodes["maximum"]]).astype(np.int32),
        bv_index=nodes["index"].astype(np.int64),
        bv_quantisation=np.float32(header["bv_quantisation"]),
    )


def _check_tile_header(reader: _Reader, header: np.void, size: int) -> None:
    reader.require(header["magic"] == TILE_MAGIC, "tile magic", hex(header["magic"]), hex(TILE_MAGIC))
    reader.require(header["version"] == TILE_VERSION, "tile version", header["version"], str(TILE_VERSION))
    counts = {field: int(header[field]) for field in TILE_HEADER.names or () if field.endswith("_count")}
    for field, count in counts.items():
        reader.require(0 <= count <= size, field, count, f"0 to {size}")
    polygon_count = counts["polygon_count"]
    reader.require(0 < polygon_count < EXTERNAL_EDGE, "polygon_count", polygon_count, f"1 to {EXTERNAL_EDGE - 1}")
    reader.require(counts["off_mesh_count"] == 0, "off_mesh_count", counts["off_mesh_count"], "0")
    reader.require(
        counts["detail_mesh_count"] == polygon_count,
        "detail_mesh_count",
        counts["detail_mesh_count"],
        f"{polygon_count}, one a polygon",
    )
    reader.require(counts["bv_node_count"] > 0, "bv_node_count", 0, "a bounding-volume tree")
    expected = (
        TILE_HEADER.itemsize
        + 12 * (counts["vertex_count"] + counts["detail_vertex_count"])
        + (POLYGON.itemsize + DETAIL_MESH.itemsize) * polygon_count
        + LINK.itemsize * counts["max_link_count"]
        + DETAIL_TRIANGLE.itemsize * counts["detail_triangle_count"]
        + BV_NODE.itemsize * counts["bv_node_count"]
    )
    reader.require(size == expected, "tile size in bytes", size, f"{expected}, the sum of its sections")
    reader.require_range(header["bounds_min"], "the lower bound")
    reader.require_range(header["bounds_max"], "the upper bound")
    extent = header["bounds_max"] - header["bounds_min"]
    reader.require(bool(np.all(extent >= 0)), "the extent of the bounds", extent, "not negative")
    climb = float(header["walkable_climb"])
    reader.require(0 <= climb < MAX_COORDINATE_M, "walkable climb", climb, "metres")
    cells = float(header["bv_quantisation"]) * float(extent.max())
    quantised = header["bv_quantisation"] > 0 and cells < 65535
    reader.require(bool(quantised), "the bounding-volume grid", f"{cells:g} cells", "at most 65534")


def _check_polygons(reader: _Reader, polygons: np.ndarray, vertex_count: int) -> None:
    sizes = polygons["vertex_count"]
    fits = bool(np.all((sizes >= 3) & (sizes <= MAX_POLYGON_VERTICES)))
    reader.require(fits, "corners of a polygon", f"{sizes.min()} to {sizes.max()}", "3 to 6")
    used = np.arange(MAX_POLYGON_VERTICES) < sizes[:, None]
    highest = int(np.max(polygons["vertices"], where=used, initial=0))
    reader.require(highest < vertex_count, "vertex index of a polygon", highest, f"below {vertex_count}")
    internal = used & (polygons["neighbours"] < EXTERNAL_EDGE)
    highest = int(np.max(polygons["neighbours"], where=internal, initial=0))
    reader.require(highest <= len(polygons), "neighbour of a polygon", highest, f"at most {len(polygons)}")
    grounded = bool(np.all(polygons["area_and_type"] >> 6 == 0))
    reader.require(grounded, "type of a polygon", "off-mesh connection", "ground")


def _check_details(
    reader: _Reader, polygons: np.ndarray, details: np.ndarray, vertex_count: int, triangles: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the triangles of each polygon begin (P + 1,), and the rows of the file's triangles in that order."""
    counts = details["triangle_count"].astype(np.int64)
    base = np.concatenate([[0], np.cumsum(counts)])
    reader.require(bool(np.all(counts > 0)), "detail triangles of a polygon", 0, "at least 1")
    available = len(triangles)
    reader.require(int(base[-1]) <= available, "sum of detail triangles", int(base[-1]), f"at most {available}")
    rows = np.arange(base[-1]) - np.repeat(base[:-1], counts) + np.repeat(details["triangle_base"], counts)
    reader.require(int(rows.max()) < available, "detail triangle", int(rows.max()), f"below {available}")
    owner = np.repeat(np.arange(len(polygons)), counts)
    corners = triangles["corners"][rows].astype(np.int64)
    sizes = polygons["vertex_count"].astype(np.int64)[owner][:, None]
    extra = details["vertex_base"].astype(np.int64)[owner][:, None] + corners - sizes
    highest = int(np.max(extra, where=corners >= sizes, initial=-1))
    reader.require(highest < vertex_count, "detail vertex", highest, f"below {vertex_count}")
    return base.astype(np.int32), rows
