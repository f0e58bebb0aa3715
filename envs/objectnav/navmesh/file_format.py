"""Strict reader of Habitat's `.navmesh` files (one Detour tile behind a small header)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from envs.errors import InputError

FILE_MAGIC = 0x4D534554  # "MSET"
TILE_MAGIC = 0x444E4156  # "DNAV"
TILE_VERSION = 7
MAX_POLYGON_VERTICES = 6
EXTERNAL_EDGE = 0x8000
WALK_FLAG = 1
MAX_COORDINATE_M = 1e6  # beyond this float32 has no centimetres left, so such a file is damaged

_SETTING_FLOATS = (
    "cell_size", "cell_height", "agent_height", "agent_radius", "agent_max_climb", "agent_max_slope_deg",
    "region_min_size", "region_merge_size", "edge_max_len", "edge_max_error", "verts_per_poly",
    "detail_sample_dist", "detail_sample_max_error",
)  # fmt: skip
_SETTING_FLAGS = (
    "filter_low_hanging_obstacles",
    "filter_ledge_spans",
    "filter_walkable_low_height_spans",
    "include_static_objects",
)
_FILE_HEADER = np.dtype([
    ("magic", "<i4"), ("version", "<i4"), ("tile_count", "<i4"), ("origin", "<f4", 3),
    ("tile_width", "<f4"), ("tile_height", "<f4"), ("max_tiles", "<i4"), ("max_polygons", "<i4"),
])  # fmt: skip
_SETTINGS = np.dtype([*((name, "<f4") for name in _SETTING_FLOATS), *((name, "u1") for name in _SETTING_FLAGS)])
_TILE_ENTRY = np.dtype([("reference", "<u4"), ("size", "<i4")])
_TILE_HEADER = np.dtype([
    ("magic", "<i4"), ("version", "<i4"), ("x", "<i4"), ("y", "<i4"), ("layer", "<i4"), ("user_id", "<u4"),
    ("polygon_count", "<i4"), ("vertex_count", "<i4"), ("max_link_count", "<i4"), ("detail_mesh_count", "<i4"),
    ("detail_vertex_count", "<i4"), ("detail_triangle_count", "<i4"), ("bv_node_count", "<i4"),
    ("off_mesh_count", "<i4"), ("off_mesh_base", "<i4"), ("walkable_height", "<f4"), ("walkable_radius", "<f4"),
    ("walkable_climb", "<f4"), ("bounds_min", "<f4", 3), ("bounds_max", "<f4", 3), ("bv_quantisation", "<f4"),
])  # fmt: skip
_VERTEX = np.dtype("<f4")
_POLYGON = np.dtype([
    ("first_link", "<u4"), ("vertices", "<u2", MAX_POLYGON_VERTICES), ("neighbours", "<u2", MAX_POLYGON_VERTICES),
    ("flags", "<u2"), ("vertex_count", "u1"), ("area_and_type", "u1"),
])  # fmt: skip
_LINK_BYTES = 12
_DETAIL_MESH = np.dtype([
    ("vertex_base", "<u4"), ("triangle_base", "<u4"), ("vertex_count", "u1"), ("triangle_count", "u1"), ("pad", "<u2"),
])  # fmt: skip
_DETAIL_TRIANGLE = np.dtype([("corners", "u1", 3), ("edge_flags", "u1")])
_BV_NODE = np.dtype([("minimum", "<u2", 3), ("maximum", "<u2", 3), ("index", "<i4")])


@dataclass(frozen=True)
class NavMeshSettings:
    """What a mesh was baked with; the defaults are habitat-sim's (metres, degrees, cells)."""

    cell_size: float = 0.05
    cell_height: float = 0.2
    agent_height: float = 1.5
    agent_radius: float = 0.1
    agent_max_climb: float = 0.2
    agent_max_slope_deg: float = 45.0
    region_min_size: float = 20.0
    region_merge_size: float = 20.0
    edge_max_len: float = 12.0
    edge_max_error: float = 1.3
    verts_per_poly: float = 6.0
    detail_sample_dist: float = 6.0
    detail_sample_max_error: float = 1.0
    filter_low_hanging_obstacles: bool = True
    filter_ledge_spans: bool = True
    filter_walkable_low_height_spans: bool = True
    include_static_objects: bool = False


@dataclass(frozen=True)
class NavMeshFile:
    """The checked content of one file; P polygons, V vertices, T detail triangles, N bounding-volume nodes."""

    settings: NavMeshSettings
    origin: np.ndarray  # (3,) float32, corner from which Detour counts tiles
    tile_size: np.ndarray  # (2,) float32, x and z extent of a tile
    bounds: np.ndarray  # (2, 3) float32, lowest and highest corner
    walkable_climb: np.float32
    vertices: np.ndarray  # (V, 3) float32
    polygon_vertices: np.ndarray  # (P, 6) int32 rows of vertices, the first polygon_sizes of them used
    polygon_neighbours: np.ndarray  # (P, 6) int32 polygon behind the edge from this corner to the next, -1 = border
    polygon_sizes: np.ndarray  # (P,) int32 number of corners
    polygon_walkable: np.ndarray  # (P,) bool
    triangle_base: np.ndarray  # (P + 1,) int32, triangles of polygon p are rows base[p]:base[p + 1]
    triangles: np.ndarray  # (T, 3, 3) float32 corner positions
    triangle_edges: np.ndarray  # (T, 3) uint8, edge from corner k to the next: 2 outline, 1 first seen inside, 0 skip
    bv_bounds: np.ndarray  # (N, 6) int32 quantised minimum and maximum
    bv_index: np.ndarray  # (N,) int64 polygon, or minus the number of nodes to skip
    bv_quantisation: np.float32


def read_navmesh(path: str | Path) -> NavMeshFile:
    """Read a file; raises InputError that names it if it is missing, damaged or of another kind.

    Layout: Recast/Detour 1.6.0 tile version 7 inside habitat-sim's container, version 1 or 2.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"navmesh {path}: cannot be read ({error.strerror}); expected a Habitat .navmesh") from error
    return parse_navmesh(content, str(path))


def parse_navmesh(content: bytes, name: str) -> NavMeshFile:
    """As `read_navmesh`, from bytes; `name` is what messages call the file."""
    reader = _Reader(content, name)
    header = reader.record(_FILE_HEADER, "the file header")
    reader.require(header["magic"] == FILE_MAGIC, "magic", hex(header["magic"]), hex(FILE_MAGIC))
    reader.require(header["version"] in (1, 2), "version", header["version"], "1 or 2")
    settings = _read_settings(reader) if header["version"] == 2 else NavMeshSettings()
    reader.require(header["tile_count"] == 1, "number of tiles", header["tile_count"], "1, as habitat-sim writes")
    reader.require_range(header["origin"], "tile origin")
    tile_size = np.array([header["tile_width"], header["tile_height"]], np.float32)
    reader.require(
        bool(np.all((tile_size > 0) & (tile_size < MAX_COORDINATE_M))), "tile size", tile_size, "positive metres"
    )
    entry = reader.record(_TILE_ENTRY, "the tile entry")
    reader.require(entry["reference"] != 0, "tile reference", 0, "not 0")
    left = len(content) - reader.offset
    reader.require(entry["size"] == left, "tile size in bytes", entry["size"], f"{left}, the rest of the file")
    return _read_tile(reader, settings, header["origin"].astype(np.float32), tile_size)


class _Reader:
    """Walks over the bytes and words the complaints."""

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
        return self.array(dtype, 1, what)[0]


def _read_settings(reader: _Reader) -> NavMeshSettings:
    record = reader.record(_SETTINGS, "the bake settings")
    floats = [float(record[name]) for name in _SETTING_FLOATS]
    reader.require(bool(np.all(np.isfinite(floats))), "a bake setting", "not finite", "numbers")
    values: dict[str, Any] = dict(zip(_SETTING_FLOATS, floats, strict=True))
    return NavMeshSettings(**values, **{name: bool(record[name]) for name in _SETTING_FLAGS})


def _read_tile(reader: _Reader, settings: NavMeshSettings, origin: np.ndarray, tile_size: np.ndarray) -> NavMeshFile:
    start = reader.offset
    header = reader.record(_TILE_HEADER, "the tile header")
    _check_tile_header(reader, header, len(reader.content) - start)
    polygon_count = int(header["polygon_count"])
    vertices = reader.array(_VERTEX, 3 * int(header["vertex_count"]), "vertices").reshape(-1, 3)
    polygons = reader.array(_POLYGON, polygon_count, "polygons")
    reader.offset += _LINK_BYTES * int(header["max_link_count"])  # Detour too rebuilds the links when it loads
    details = reader.array(_DETAIL_MESH, polygon_count, "detail meshes")
    detail_vertices = reader.array(_VERTEX, 3 * int(header["detail_vertex_count"]), "detail vertices").reshape(-1, 3)
    detail_triangles = reader.array(_DETAIL_TRIANGLE, int(header["detail_triangle_count"]), "detail triangles")
    nodes = reader.array(_BV_NODE, int(header["bv_node_count"]), "bounding-volume nodes")
    reader.require_range(vertices, "a vertex")
    reader.require_range(detail_vertices, "a detail vertex")
    _check_polygons(reader, polygons, len(vertices))
    reader.require(
        bool(np.all(nodes["index"] < polygon_count)), "a bounding-volume leaf", "no polygon", f"below {polygon_count}"
    )
    neighbours = polygons["neighbours"].astype(np.int32) - 1
    unused = np.arange(MAX_POLYGON_VERTICES) >= polygons["vertex_count"][:, None]
    neighbours[unused | (polygons["neighbours"] >= EXTERNAL_EDGE)] = -1  # external = of another tile, and there is none
    triangle_base, triangles, edges = _expand_details(
        reader, polygons, vertices, details, detail_vertices, detail_triangles
    )
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
        triangle_base=triangle_base,
        triangles=triangles,
        triangle_edges=edges,
        bv_bounds=np.hstack([nodes["minimum"], nodes["maximum"]]).astype(np.int32),
        bv_index=nodes["index"].astype(np.int64),
        bv_quantisation=np.float32(header["bv_quantisation"]),
    )


def _check_tile_header(reader: _Reader, header: np.void, size: int) -> None:
    reader.require(header["magic"] == TILE_MAGIC, "tile magic", hex(header["magic"]), hex(TILE_MAGIC))
    reader.require(header["version"] == TILE_VERSION, "tile version", header["version"], str(TILE_VERSION))
    counts = {field: int(header[field]) for field in _TILE_HEADER.names or () if field.endswith("_count")}
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
        _TILE_HEADER.itemsize
        + 12 * (counts["vertex_count"] + counts["detail_vertex_count"])
        + (_POLYGON.itemsize + _DETAIL_MESH.itemsize) * polygon_count
        + _LINK_BYTES * counts["max_link_count"]
        + _DETAIL_TRIANGLE.itemsize * counts["detail_triangle_count"]
        + _BV_NODE.itemsize * counts["bv_node_count"]
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


def _expand_details(
    reader: _Reader,
    polygons: np.ndarray,
    vertices: np.ndarray,
    details: np.ndarray,
    detail_vertices: np.ndarray,
    detail_triangles: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Resolve the height mesh of every polygon to corner positions, and say what each edge is."""
    counts = details["triangle_count"].astype(np.int64)
    base = np.concatenate([[0], np.cumsum(counts)])
    reader.require(bool(np.all(counts > 0)), "detail triangles of a polygon", 0, "at least 1")
    available = len(detail_triangles)
    reader.require(int(base[-1]) <= available, "sum of detail triangles", int(base[-1]), f"at most {available}")
    rows = np.arange(base[-1]) - np.repeat(base[:-1], counts) + np.repeat(details["triangle_base"], counts)
    reader.require(int(rows.max()) < available, "detail triangle", int(rows.max()), f"below {available}")
    owner = np.repeat(np.arange(len(polygons)), counts)
    corners = detail_triangles["corners"][rows].astype(np.int64)
    sizes = polygons["vertex_count"].astype(np.int64)[owner][:, None]
    inner = corners >= sizes
    extra = np.where(inner, details["vertex_base"].astype(np.int64)[owner][:, None] + corners - sizes, 0)
    highest = int(np.max(extra, where=inner, initial=-1))
    reader.require(highest < len(detail_vertices), "detail vertex", highest, f"below {len(detail_vertices)}")
    outer = polygons["vertices"][owner[:, None], np.minimum(corners, MAX_POLYGON_VERTICES - 1)]
    positions = np.concatenate([vertices, detail_vertices])[np.where(inner, extra + len(vertices), outer)]
    outline = (detail_triangles["edge_flags"][rows][:, None] >> (2 * np.arange(3))) & 1
    first_seen = corners >= np.roll(corners, -1, axis=1)  # of two triangles with this inner edge, one runs downwards
    edges = np.where(outline == 1, 2, first_seen).astype(np.uint8)
    return base.astype(np.int32), positions.astype(np.float32), edges
