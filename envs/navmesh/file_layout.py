"""What a Habitat `.navmesh` file consists of: the records on disk, and the content as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

FILE_MAGIC = 0x4D534554  # "MSET"
TILE_MAGIC = 0x444E4156  # "DNAV"
TILE_VERSION = 7
MAX_POLYGON_VERTICES = 6
EXTERNAL_EDGE = 0x8000
WALK_FLAG = 1
MIN_POLYGON_AREA_M2 = 1e-5  # habitat-sim disables smaller polygons
MAX_COORDINATE_M = 1e6  # beyond this float32 has no centimetres left, so such a file is damaged

SETTING_FLOATS = (
    "cell_size", "cell_height", "agent_height", "agent_radius", "agent_max_climb", "agent_max_slope_deg",
    "region_min_size", "region_merge_size", "edge_max_len", "edge_max_error", "verts_per_poly",
    "detail_sample_dist", "detail_sample_max_error",
)  # fmt: skip
SETTING_FLAGS = (
    "filter_low_hanging_obstacles",
    "filter_ledge_spans",
    "filter_walkable_low_height_spans",
    "include_static_objects",
)
FILE_HEADER = np.dtype([
    ("magic", "<i4"), ("version", "<i4"), ("tile_count", "<i4"), ("origin", "<f4", 3),
    ("tile_width", "<f4"), ("tile_height", "<f4"), ("max_tiles", "<i4"), ("max_polygons", "<i4"),
])  # fmt: skip
SETTINGS = np.dtype([*((name, "<f4") for name in SETTING_FLOATS), *((name, "u1") for name in SETTING_FLAGS)])
TILE_ENTRY = np.dtype([("reference", "<u4"), ("size", "<i4")])
TILE_HEADER = np.dtype([
    ("magic", "<i4"), ("version", "<i4"), ("x", "<i4"), ("y", "<i4"), ("layer", "<i4"), ("user_id", "<u4"),
    ("polygon_count", "<i4"), ("vertex_count", "<i4"), ("max_link_count", "<i4"), ("detail_mesh_count", "<i4"),
    ("detail_vertex_count", "<i4"), ("detail_triangle_count", "<i4"), ("bv_node_count", "<i4"),
    ("off_mesh_count", "<i4"), ("off_mesh_base", "<i4"), ("walkable_height", "<f4"), ("walkable_radius", "<f4"),
    ("walkable_climb", "<f4"), ("bounds_min", "<f4", 3), ("bounds_max", "<f4", 3), ("bv_quantisation", "<f4"),
])  # fmt: skip
VERTEX = np.dtype("<f4")
POLYGON = np.dtype([
    ("first_link", "<u4"), ("vertices", "<u2", MAX_POLYGON_VERTICES), ("neighbours", "<u2", MAX_POLYGON_VERTICES),
    ("flags", "<u2"), ("vertex_count", "u1"), ("area_and_type", "u1"),
])  # fmt: skip
LINK = np.dtype([
    ("polygon", "<u4"), ("next", "<u4"), ("edge", "u1"), ("side", "u1"), ("minimum", "u1"), ("maximum", "u1"),
])  # fmt: skip
DETAIL_MESH = np.dtype([
    ("vertex_base", "<u4"), ("triangle_base", "<u4"), ("vertex_count", "u1"), ("triangle_count", "u1"), ("pad", "<u2"),
])  # fmt: skip
DETAIL_TRIANGLE = np.dtype([("corners", "u1", 3), ("edge_flags", "u1")])
EDGE_SHIFTS = np.array([0, 2, 4], np.uint8)  # of the bits in edge_flags that say that an edge is on the outline
BV_NODE = np.dtype([("minimum", "<u2", 3), ("maximum", "<u2", 3), ("index", "<i4")])


@dataclass(frozen=True)
class NavMeshSettings:
    """What a mesh was baked with; names and defaults are those of habitat-sim's NavMeshSettings."""

    cell_size: float = 0.05  # metres, along x and z
    cell_height: float = 0.2  # metres, along y
    agent_height: float = 1.5  # metres
    agent_radius: float = 0.1  # metres
    agent_max_climb: float = 0.2  # metres
    agent_max_slope_deg: float = 45.0
    region_min_size: float = 20.0  # cells, side of the square that has the least area of a region
    region_merge_size: float = 20.0  # cells, likewise of the regions that are joined to others
    edge_max_len: float = 12.0  # metres, along walls
    edge_max_error: float = 1.3  # cells, between a wall and its simplified outline
    verts_per_poly: float = 6.0
    detail_sample_dist: float = 6.0  # cells between samples of height; below 0.9 none are taken
    detail_sample_max_error: float = 1.0  # cells of height
    filter_low_hanging_obstacles: bool = True
    filter_ledge_spans: bool = True
    filter_walkable_low_height_spans: bool = True
    include_static_objects: bool = False

    def agree_with(self, others: NavMeshSettings) -> bool:
        """Whether habitat-sim takes a mesh of the others for these: within 1e-5, whatever region_merge_size is."""
        names = [name for name in (*SETTING_FLOATS, *SETTING_FLAGS) if name != "region_merge_size"]
        return all(abs(getattr(self, name) - getattr(others, name)) < 1e-5 for name in names)


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
    detail_vertices: np.ndarray  # (D, 3) float32 points of height meshes beside the polygons' own vertices
    detail_base: np.ndarray  # (P,) int64 first of them of each polygon
    detail_sizes: np.ndarray  # (P,) uint8 how many of them are the polygon's
    triangle_base: np.ndarray  # (P + 1,) int32, triangles of polygon p are rows base[p]:base[p + 1]
    triangle_corners: np.ndarray  # (T, 3) uint8 corner of the polygon, or its size + number of a detail vertex
    triangle_outer: np.ndarray  # (T, 3) bool: the edge from corner k to the next is on the polygon's outline
    bv_bounds: np.ndarray  # (N, 6) int32 quantised minimum and maximum
    bv_index: np.ndarray  # (N,) int64 polygon, or minus the number of nodes to skip
    bv_quantisation: np.float32
    triangles: np.ndarray = field(init=False)  # (T, 3, 3) float32 corner positions
    triangle_edges: np.ndarray = field(init=False)  # (T, 3) uint8: 2 outline, 1 first seen inside, 0 seen before

    def __post_init__(self) -> None:
        owner = np.repeat(np.arange(len(self.polygon_sizes)), np.diff(self.triangle_base))
        corners = self.triangle_corners.astype(np.int64)
        sizes = self.polygon_sizes.astype(np.int64)[owner][:, None]
        extra = self.detail_base[owner][:, None] + corners - sizes
        own = self.polygon_vertices[owner[:, None], np.minimum(corners, MAX_POLYGON_VERTICES - 1)]
        rows = np.where(corners >= sizes, extra + len(self.vertices), own)
        positions = np.concatenate([self.vertices, self.detail_vertices])[rows]
        first_seen = corners >= np.roll(corners, -1, axis=1)  # of two triangles with an inner edge, one runs downwards
        object.__setattr__(self, "triangles", positions.astype(np.float32))
        object.__setattr__(self, "triangle_edges", np.where(self.triangle_outer, 2, first_seen).astype(np.uint8))

    def triangle_areas(self) -> np.ndarray:
        """Areas (T,) of the triangles in square metres."""
        edges = self.triangles[:, 1:].astype(np.float64) - self.triangles[:, :1]
        areas: np.ndarray = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1) / 2
        return areas

    def polygon_areas(self) -> np.ndarray:
        """Areas (P,) of the polygons in square metres, those of their triangles."""
        owner = np.repeat(np.arange(len(self.polygon_sizes)), np.diff(self.triangle_base))
        return np.bincount(owner, self.triangle_areas(), len(self.polygon_sizes))
