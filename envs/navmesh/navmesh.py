"""The pathfinder of Habitat on one navigation mesh: projection, geodesic distances, steps along walls, sampling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from leo_agent.envs.navmesh import paths, projection, steps
from leo_agent.envs.navmesh.file_format import read_navmesh
from leo_agent.envs.navmesh.file_layout import MIN_POLYGON_AREA_M2, NavMeshFile, NavMeshSettings
from leo_agent.envs.navmesh.geometry import DISABLED, MeshArrays

NAVIGABLE_SHIFT_M = 0.01  # how far beside the mesh a navigable point may be
_NOWHERE = -1


class NavMesh:
    """Answers of habitat-sim's PathFinder for one mesh. Positions are metres in the world frame, +Y up.

    Every query projects its points to the nearest walkable polygon within 2 m in x and z and 4 m in y, and works in
    float32, both as habitat-sim does; paths are Detour's (A* over edge midpoints, then string pulling), hence not
    always the shortest that exist.
    """

    def __init__(self, file: NavMeshFile) -> None:
        self.settings: NavMeshSettings = file.settings
        self.bounds: np.ndarray = file.bounds  # (2, 3) float32, lowest and highest corner
        self._polygon_areas = file.polygon_areas()
        walkable = file.polygon_walkable & (self._polygon_areas >= MIN_POLYGON_AREA_M2)
        behind = file.polygon_neighbours
        neighbours = np.where((behind < 0) | walkable[behind], behind, DISABLED).astype(np.int32)
        islands = _label_islands(neighbours, file.polygon_sizes, walkable)
        frame = np.concatenate([
            file.bounds.ravel(), file.origin, file.tile_size, [file.bv_quantisation, file.walkable_climb]
        ]).astype(np.float32)  # fmt: skip
        self._mesh = MeshArrays(
            vertices=file.vertices,
            polygon_vertices=file.polygon_vertices,
            polygon_neighbours=neighbours,
            polygon_sizes=file.polygon_sizes,
            polygon_walkable=walkable,
            polygon_island=islands,
            triangle_base=file.triangle_base,
            triangle_corners=file.triangles.reshape(-1, 3),
            triangle_edges=file.triangle_edges,
            bv_bounds=file.bv_bounds,
            bv_index=file.bv_index,
            frame=frame,
        )
        of_walkable = np.repeat(walkable, np.diff(file.triangle_base))
        self._cumulative_area = np.cumsum(np.where(of_walkable, file.triangle_areas(), 0.0))

    @classmethod
    def load(cls, path: str | Path) -> NavMesh:
        """Read a `.navmesh` file.

        Raises:
            InputError: it is missing or not such a file.
        """
        return cls(read_navmesh(path))

    @property
    def num_islands(self) -> int:
        """Number of connected parts; islands are numbered from 0."""
        return int(self._mesh.polygon_island.max()) + 1

    def navigable_area(self, island: int = -1) -> float:
        """Surface in square metres of one island, or of all (-1)."""
        chosen = self._mesh.polygon_walkable
        if island >= 0:
            chosen = self._mesh.polygon_island == island
        return float(self._polygon_areas[chosen].sum())

    def snap_point(self, point: ArrayLike) -> np.ndarray:
        """Nearest point (3,) float32 on the mesh; NaN if there is none within half extents (2, 4, 2) m."""
        polygon, projected = self._project(point)
        return projected if polygon >= 0 else np.full(3, np.nan, np.float32)

    def is_navigable(self, point: ArrayLike, max_y_delta: float = 0.5) -> bool:
        """Whether the point is on the mesh, up to max_y_delta metres in height and 1 cm sideways."""
        polygon, projected = self._project(point)
        if polygon < 0:
            return False
        shift = np.asarray(point, np.float32) - projected
        return bool(abs(shift[1]) <= max_y_delta and np.hypot(shift[0], shift[2]) <= NAVIGABLE_SHIFT_M)

    def island(self, point: ArrayLike) -> int:
        """Island of the nearest point on the mesh; -1 if there is none."""
        polygon, _ = self._project(point)
        return int(self._mesh.polygon_island[polygon]) if polygon >= 0 else _NOWHERE

    def obstacle_distance(self, point: ArrayLike, limit: float = 2.0) -> float:
        """Horizontal distance in metres to the nearest border of the mesh, at most limit; inf off the mesh."""
        return float(projection.wall_distance(self._mesh, _position(point), np.float32(limit)))

    def goals(self, ends: ArrayLike) -> GoalSet:
        """A fixed set of (K, 3) ends, projected once, for distances asked at every step."""
        return GoalSet(self, ends)

    def geodesic_distance(self, start: ArrayLike, ends: ArrayLike) -> float:
        """Length in metres of the path to the nearest of ends (K, 3) or (3,); inf if none can be reached."""
        return GoalSet(self, ends).distance(start)

    def shortest_path(self, start: ArrayLike, ends: ArrayLike) -> tuple[float, np.ndarray, int]:
        """(distance, corners (M, 3) float32, row of ends) of the path to the nearest end; (inf, (0, 3), -1) if none."""
        return GoalSet(self, ends).path(start)

    def try_step(self, start: ArrayLike, end: ArrayLike, slide: bool = False) -> np.ndarray:
        """Where (3,) float32 a straight step from start towards end arrives; walls stop it, or bend it if slide.

        Returns start if either point is off the mesh or they are on different islands (habitat-sim 0.3.4).
        """
        return self._step(_position(start), _position(end), slide)[0]

    def move(self, position: ArrayLike, wanted: ArrayLike, slide: bool = False) -> tuple[np.ndarray, bool]:
        """(new position (3,) float32, collided) of a step as habitat-sim's agent takes it.

        The agent goes to the wanted place and is then shifted by what try_step took away, which rounds in float32.
        Collided compares squared lengths with a slack of 1e-5 m²; on rising ground a step is longer than asked for,
        and then never counts as a collision.
        """
        end = _position(wanted)
        arrival, collided = self._step(_position(position), end, slide)
        return end + (arrival - end), collided

    def random_navigable_point(self, rng: np.random.Generator, island: int = -1, max_tries: int = 10) -> np.ndarray:
        """A point (3,) float32 drawn uniformly over the surface of one island or all (-1); NaN if there is none."""
        cumulative = self._cumulative_area
        if island >= 0:
            triangle_counts = np.diff(self._mesh.triangle_base)
            chosen = np.repeat(self._mesh.polygon_island == island, triangle_counts)
            cumulative = np.cumsum(np.where(chosen, np.diff(cumulative, prepend=0.0), 0.0))
        for _ in range(max_tries):
            row = int(np.searchsorted(cumulative, rng.uniform(0.0, cumulative[-1]), side="right"))
            if row == len(cumulative):
                break
            u, v = rng.uniform(size=2)
            if u + v > 1:
                u, v = 1 - u, 1 - v
            a, b, c = self._mesh.triangle_corners[3 * row : 3 * row + 3]
            point = self.snap_point(a + u * (b - a) + v * (c - a))
            if self.is_navigable(point):
                return point
        return np.full(3, np.nan, np.float32)

    def _project(self, point: ArrayLike) -> tuple[int, np.ndarray]:
        polygon, projected = np.empty(1, np.int32), np.empty((1, 3), np.float32)
        projection.project_all(self._mesh, _position(point).reshape(1, 3), polygon, projected)
        return int(polygon[0]), projected[0]

    def _step(self, start: np.ndarray, end: np.ndarray, slide: bool) -> tuple[np.ndarray, bool]:
        arrival = np.empty(3, np.float32)
        return arrival, steps.take_step(self._mesh, start, end, bool(slide), arrival)


class GoalSet:
    """Ends (K, 3) that stay the same over many queries: their projections are kept, the answers are the same."""

    def __init__(self, navmesh: NavMesh, ends: ArrayLike) -> None:
        self._mesh = navmesh._mesh
        self._ends = np.array(ends, np.float32, order="C").reshape(-1, 3)
        self._polygons = np.empty(len(self._ends), np.int32)
        self._projections = np.empty_like(self._ends)
        self._points = np.empty((paths.MAX_PATH_POLYGONS, 3), np.float32)
        projection.project_all(self._mesh, self._ends, self._polygons, self._projections)

    def distance(self, start: ArrayLike) -> float:
        """As NavMesh.geodesic_distance."""
        return float(self._nearest(_position(start))[0])

    def path(self, start: ArrayLike) -> tuple[float, np.ndarray, int]:
        """As NavMesh.shortest_path."""
        distance, count, row = self._nearest(_position(start))
        return float(distance), self._points[:count].copy(), int(row)

    def _nearest(self, start: np.ndarray) -> tuple[np.float32, int, int]:
        return self._search(start, np.zeros(len(self._ends), np.float32))

    def _search(self, start: np.ndarray, bounds: np.ndarray, keeps_all: bool = False) -> tuple[np.float32, int, int]:
        return paths.nearest_goal(
            self._mesh, start, self._ends, self._polygons, self._projections, bounds, keeps_all, self._points
        )


class GoalTracker(GoalSet):
    """The same with a memory, as habitat-lab keeps one MultiGoalShortestPath an episode: make a new one at each reset.

    An end cannot come nearer by more than the agent moved, so most ends need no search. Since A* over edge midpoints
    may find a worse corridor from one place than from the next, that reasoning fails now and then, and the distance
    exceeds geodesic_distance by centimetres: use this one for numbers equal to habitat-lab's, step by step.
    """

    def __init__(self, navmesh: NavMesh, ends: ArrayLike) -> None:
        super().__init__(navmesh, ends)
        self._navmesh = navmesh
        self._bounds = np.zeros(len(self._ends), np.float32)
        self._previous: np.ndarray | None = None

    def _nearest(self, start: np.ndarray) -> tuple[np.float32, int, int]:
        if self._navmesh.island(start) < 0:
            return np.float32(np.inf), 0, _NOWHERE
        if self._previous is not None:
            self._bounds -= np.float32(self._navmesh.geodesic_distance(start, self._previous))
        self._previous = start
        return self._search(start, self._bounds)


class GoalMap(GoalSet):
    """The same with a memory of places, for a search that goes from place to place by steps.

    An end is at most a step nearer than at the place that the step came from. As with `GoalTracker` the distance
    exceeds geodesic_distance by centimetres now and then.
    """

    def __init__(self, navmesh: NavMesh, ends: ArrayLike, step_m: float) -> None:
        super().__init__(navmesh, ends)
        self._step_m = np.float32(step_m)
        self._bounds: dict[bytes, np.ndarray] = {}

    def distance_after_step(self, start: ArrayLike, before: ArrayLike | None = None) -> float:
        """As NavMesh.geodesic_distance.

        Args:
            start: where from, (3,).
            before: the place (3,) from which a step of at most `step_m` leads to `start`.
        """
        place = _position(start)
        known = None if before is None else self._bounds.get(_position(before).tobytes())
        bounds = np.zeros(len(self._ends), np.float32) if known is None else known - self._step_m
        found = self._search(place, bounds, keeps_all=True)
        self._bounds[place.tobytes()] = bounds
        return float(found[0])


def _position(point: ArrayLike) -> np.ndarray:
    """A writable contiguous (3,) float32 array, the one layout the compiled functions are built for."""
    position = np.array(point, np.float32)
    return position if position.shape == (3,) else position.reshape(3)


def _label_islands(neighbours: np.ndarray, sizes: np.ndarray, walkable: np.ndarray) -> np.ndarray:
    """Island (P,) int32 of every polygon, -1 where not walkable, numbered by their lowest polygon."""
    islands = np.full(len(sizes), _NOWHERE, np.int32)
    count = 0
    for seed in range(len(sizes)):
        if islands[seed] >= 0 or not walkable[seed]:
            continue
        islands[seed] = count
        stack = [seed]
        while stack:
            here = stack.pop()
            for there in neighbours[here, : sizes[here]]:
                if there >= 0 and islands[there] < 0:
                    islands[there] = count
                    stack.append(int(there))
        count += 1
    return islands
