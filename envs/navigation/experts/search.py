"""The navigation expert: a near-shortest sequence of real moves to a place where stopping counts as success.

Habitat's greedy follower walks towards one view point and fails where the grid of 0.25 m and 30 degree moves misses it
(habitat-lab 0.3.4: success 0.87 on the recorded episodes). This one searches over the poses that the agent's own moves
reach, so that it knows before the first step where it will stop.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from leo_agent.contract.navigation import FORWARD, LEFT, RIGHT, STOP
from leo_agent.envs.navigation.experts.poses import SAME_PLACE_M, Node, Place, Plan
from leo_agent.envs.navigation.experts.registry import ExpertRequest, register_expert
from leo_agent.envs.navigation.experts.rotations import Position, Rotations
from leo_agent.envs.navigation.sensors import yaw_rad
from leo_agent.envs.navmesh import ahead, shifted

_ROUNDING_MARGIN_M, _MOST_MARGIN = 1e-3, 0.1  # below the success distance; of which it is at most this share
_STEP_CELLS = 5  # a step leads out of its cell


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """What the search may do and what it prefers; all costs are in metres of walking."""

    forward_m: float = 0.25
    turn_deg: float = 30.0
    goal_distance_m: float = 0.099  # it stops strictly nearer than that to a goal
    turn_cost_m: float = 0.03  # of a turn; a step costs the way that it gets on
    # More for a step that a wall shortens: little, since in narrow places such a step is on the shortest way.
    collision_cost_m: float = 0.02
    crowded_collision_cost_m: float = 0.5  # the same with a clearance
    # A step that ends nearer than that to the navmesh's border costs up to `crowding_cost_m` more: walks are then
    # longer, and easier to imitate.
    clearance_m: float = 0.0
    crowding_cost_m: float = 0.4
    cell_m: float = 0.05  # two poses of one heading within a cell count as one, but for a fine search
    heuristic_weight: float = 1.15  # above 1 it trades path length for planning time
    crowded_heuristic_weight: float = 1.4  # the same with a clearance: costs are then further above distances
    max_expansions: int = 8_000  # poses that one search looks at
    max_fine_expansions: int = 40_000  # the same in a fine search


class SearchExpert:
    """Answers with the next action from any pose of one episode.

    The search is A* on poses reached by `try_step`; the plan is kept, and made anew only at a pose that it does not
    pass.

    Without sliding, habitat-sim stops an agent that stands exactly on a wall at most headings, also when it walks away
    from the wall. What frees it are steps of millimetres and rounding errors, which cells of centimetres hide: where
    the search finds no goal from such a place, a fine one leads to a place that is not blocked at most headings; in it,
    poses that are count as one only if they are equal in every bit. Where no goal is found, the expert walks to the
    nearest pose found and searches again from there. From some corners no actions at all lead away: there it turns on
    the spot, since to stop would be wrong, too. It stops where no goal can be reached. What is known of places is kept:
    a plan from a pose beside the last plan passes most of them again.

    Args:
        try_step: returns where a move from (3,) to (3,) ends.
        distance: geodesic metres from a point (3,) to the nearest goal, inf if none is reachable; asked with the point
            that a step came from, too, or None.
        config: what it may do and prefers.
        clearance: metres from a point (3,) to the navmesh's border.
    """

    def __init__(
        self,
        try_step: Callable[[Position, Position], ArrayLike],
        distance: Callable[[Position, Position | None], float],
        config: SearchConfig | None = None,
        clearance: Callable[[Position], float] | None = None,
    ) -> None:
        self._try_step = try_step
        self._distance = distance
        self._clearance = clearance
        self._config = config or SearchConfig()
        self._plan: Plan | None = None
        self._places: dict[bytes, Place] = {}
        self._trapped: set[int] = set()  # `id` of places from which a fine search found no way out

    def action(self, position: ArrayLike, rotation: ArrayLike) -> int:
        """0 stop, 1 forward, 2 turn left, 3 turn right at a base position (3,) and rotation x, y, z, w; no look."""
        here = np.asarray(position, np.float32)
        action = self._planned(here, rotation)
        if action is None:
            self._plan = self._make_plan(here, rotation)
            action = self._plan.actions[0]
        return action

    def _planned(self, position: Position, rotation: ArrayLike) -> int | None:
        """The plan's action at a pose; None where there is none or where it would not lead on along the plan."""
        index = self._plan.index_of(position, yaw_rad(rotation)) if self._plan else None
        if self._plan is None or index is None or index == len(self._plan.actions):
            return None
        action = self._plan.actions[index]
        if action == FORWARD and index + 1 < len(self._plan.positions):
            # A rounding error is enough to be caught by a corner that the plan just passes.
            arrival = self._arrival(position, ahead(np.zeros(3), rotation, self._config.forward_m))
            if np.abs(arrival - self._plan.positions[index + 1]).max() >= SAME_PLACE_M:
                return None
        return action

    def _make_plan(self, position: Position, rotation: ArrayLike) -> Plan:
        rotations = Rotations(rotation, self._config.turn_deg, self._config.forward_m)
        root = self._place(position, None)
        if id(root) in self._trapped:
            return self._turning(root, rotations)
        last = self._search(root, rotations, fine=False)
        missed = math.isfinite(last.place.distance_m) and last.place.distance_m >= self._config.goal_distance_m
        if missed and self._is_stuck(root, rotations):
            last = self._search(root, rotations, fine=True)
        return self._plan_to(last, rotations)

    def _search(self, root: Place, rotations: Rotations, fine: bool) -> Node:
        """A goal pose, or the nearest pose to one if none is found."""
        # 1. The root: a frontier of one pose, or an empty one where no goal can be reached.
        config = self._config
        weight = config.heuristic_weight if config.clearance_m == 0 else config.crowded_heuristic_weight
        nearest = Node(root, 0, 0.0, None, STOP, None)
        running_number = itertools.count()  # ties go to the older pose: the same plan on every machine
        frontier = [(0.0, next(running_number), nearest)] if math.isfinite(root.distance_m) else []
        stuck: dict[int, bool] | None = {} if fine else None
        best_cost_m: dict[Hashable, float] = {None: 0.0, self._key(root, 0, rotations, stuck): 0.0}
        for _ in range(config.max_fine_expansions if fine else config.max_expansions):
            if not frontier:
                break
            # 2. The most promising pose; one that was reached again at a lower cost has been here already.
            node = heapq.heappop(frontier)[2]
            if node.cost_m > best_cost_m[node.key]:
                continue
            if node.place.distance_m < nearest.place.distance_m:
                nearest = node
            if node.place.distance_m < config.goal_distance_m:
                break
            if stuck is not None and not stuck.get(id(node.place), True):  # free: from here it goes on with cells
                nearest = node
                break
            # 3. Its neighbours, one action away, where that is the best way to them so far.
            for action, there, rotation, cost_m in self._moves(node, rotations):
                key = self._key(there, rotation, rotations, stuck)
                if cost_m < best_cost_m.get(key, math.inf):
                    best_cost_m[key] = cost_m
                    child = Node(there, rotation, cost_m, key, action, node)
                    estimate_m = cost_m + weight * there.distance_m
                    heapq.heappush(frontier, (estimate_m, next(running_number), child))
        if stuck is not None and not frontier and nearest.parent is None:
            self._trapped.update(stuck)
        return nearest

    def _moves(self, node: Node, rotations: Rotations) -> Iterator[tuple[int, Place, int, float]]:
        """Action, place, rotation and cost of each pose one action after `node`."""
        config = self._config
        there = self._move(node.place, rotations.steps[node.rotation])
        moved = (there.position - node.place.position).tolist()
        cost_m = node.cost_m + math.hypot(*moved)
        if self._is_short(moved):
            cost_m += config.collision_cost_m if config.clearance_m == 0 else config.crowded_collision_cost_m
        cost_m += there.crowding_cost_m
        yield FORWARD, there, node.rotation, cost_m
        for action, sign in ((LEFT, 1), (RIGHT, -1)):
            yield action, node.place, rotations.turned(node.rotation, sign), node.cost_m + config.turn_cost_m

    def _place(self, position: Position, before: Position | None) -> Place:
        """The place at a position, which a step from the position `before` leads to."""
        bits = position.tobytes()
        found = self._places.get(bits)
        if found is None:
            x, y, z = position.tolist()
            cell_m = self._config.cell_m
            found = self._places[bits] = Place(
                position=position,
                distance_m=self._distance(position, before),
                crowding_cost_m=self._crowding_cost_m(position),
                cell=(round(x / cell_m), round(2.0 * y), round(z / cell_m)),  # half a metre in height parts floors
                arrivals={},
            )
        return found

    def _move(self, place: Place, step: Position) -> Place:
        bits = step.tobytes()
        found = place.arrivals.get(bits)
        if found is None:
            found = self._place(self._arrival(place.position, step), place.position)
            place.arrivals[bits] = found
        return found

    def _arrival(self, position: Position, step: Position) -> Position:
        wanted = position + step
        return shifted(wanted, self._try_step(position, wanted))

    def _is_short(self, moved: list[float]) -> bool:
        """Whether a wall shortened a step that moved so far in x, y and z."""
        return math.hypot(moved[0], moved[2]) < self._config.forward_m - SAME_PLACE_M

    def _crowding_cost_m(self, place: Position) -> float:
        """From 0 at `clearance_m` from the navmesh's border to `crowding_cost_m` on it."""
        config = self._config
        if self._clearance is None or config.clearance_m <= 0:
            return 0.0
        return config.crowding_cost_m * max(0.0, 1.0 - self._clearance(place) / config.clearance_m)

    def _is_stuck(self, place: Place, rotations: Rotations) -> bool:
        """Whether most headings lead into a wall; beside a wall, not on it, half of them are free."""
        half, blocked, free = len(rotations.all_round) / 2, 0, 0
        for step in rotations.all_round:
            if self._is_short((self._move(place, step).position - place.position).tolist()):
                blocked += 1
            else:
                free += 1
            if blocked > half or free >= half:
                break
        return blocked > half

    def _key(self, place: Place, rotation: int, rotations: Rotations, stuck: dict[int, bool] | None) -> Hashable:
        """Poses of equal key count as one. A fine search gives `stuck`, which keeps whether a place is, by its `id`."""
        if stuck is not None:
            number = id(place)
            if number not in stuck:
                stuck[number] = self._is_stuck(place, rotations)
            if stuck[number]:
                return number, rotation
        return place.cell, rotations.headings[rotation]

    def _plan_to(self, last: Node, rotations: Rotations) -> Plan:
        """The way from the root of the search; it ends in a stop, or with no action where a new search is to begin."""
        distance_m = last.place.distance_m
        arrived = distance_m < self._config.goal_distance_m or math.isinf(distance_m)
        if last.parent is None and not arrived:
            return self._turning(last.place, rotations)
        nodes, actions = [last], [STOP] if arrived else []
        while last.parent is not None:
            nodes.append(last.parent)
            actions.append(last.action)
            last = last.parent
        yaws_rad = np.array([rotations.yaws_rad[node.rotation] for node in reversed(nodes)])
        return Plan(np.array([node.place.position for node in reversed(nodes)]), yaws_rad, tuple(reversed(actions)))

    def _turning(self, root: Place, rotations: Rotations) -> Plan:
        """All round on the spot; the search that found no way out has looked at each of these poses."""
        numbers = [0]
        while len(numbers) < len(rotations.all_round):
            numbers.append(rotations.turned(numbers[-1], -1))
        yaws_rad = np.array([rotations.yaws_rad[number] for number in numbers])
        return Plan(np.array([root.position] * len(numbers)), yaws_rad, (RIGHT,) * len(numbers))


@register_expert("search")
def make_search_expert(request: ExpertRequest) -> SearchExpert:
    """The expert that searches over poses."""
    simulator, clearance_m = request.simulator, request.clearance_m
    forward_m, success_m = request.body.forward_step_m, request.success_distance_m
    config = SearchConfig(
        forward_m=forward_m,
        turn_deg=request.body.turn_angle_deg,
        goal_distance_m=success_m - min(_ROUNDING_MARGIN_M, _MOST_MARGIN * success_m),
        clearance_m=clearance_m,
        cell_m=min(SearchConfig.cell_m, forward_m / _STEP_CELLS),
    )
    return SearchExpert(
        simulator.try_step,
        simulator.goal_map(request.goals, forward_m),
        config,
        clearance=lambda position: simulator.obstacle_distance(position, clearance_m),
    )
