"""Object proposals as a detector gives them instead of the scene's truth: instances missing, joined, cut and shifted.

LEO was published with ground-truth instances; how much of its success that explains can be measured with these.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.checks import check_number, check_whole
from leo_agent.contract.errors import InputError
from leo_agent.envs.objects import ObjectSet, bounding_box, spread_points

_MERGE_WITHIN_M = 0.5
_CUT_BETWEEN = (0.3, 0.7)  # where on its longer side an instance is cut
_X, _Z = 0, 2


@dataclass(frozen=True)
class ProposalNoise:
    """What happens to the instances of a scene, in the order of the fields; rates are probabilities of each."""

    drop_rate: float = 0.2  # it is missing
    merge_rate: float = 0.1  # it forms one instance with its nearest neighbour, if their boxes are within 0.5 m
    split_rate: float = 0.1  # one that was not merged is cut in two by an upright plane
    jitter_m: float = 0.03  # standard deviation of the shift, along each axis, of all that is left
    seed: int = 0  # decides together with the episode

    def __post_init__(self) -> None:
        for name in ("drop_rate", "merge_rate", "split_rate"):
            check_number(f"proposal_{name}", getattr(self, name), 0.0, 1.0)
        check_number("proposal_jitter_m", self.jitter_m, 0.0)
        check_whole("proposal_seed", self.seed)


def make_noise(proposals: str, *values: float | None) -> ProposalNoise:
    """The noise with these fields, in their order, where not None.

    Raises:
        InputError: a value is out of range, or nothing would use it.
    """
    names = [field.name for field in fields(ProposalNoise)]
    chosen: dict[str, Any] = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    for name, value in chosen.items():
        if proposals != "noisy":
            raise InputError(
                f"proposal_{name}: found {value!r} with proposals={proposals!r}, "
                "expected it with proposals='noisy' only"
            )
    return ProposalNoise(**chosen)


@dataclass(frozen=True, eq=False)
class _Proposal:
    """One instance that is shown: the points of `sources` with `low` <= x or z < `high`, shifted."""

    id: int
    sources: tuple[int, ...]  # ids of the scene's instances that it is made of
    shift_m: NDArray[np.float32]  # (3,)
    axis: int = _X  # of `low` and `high`, metres
    low: float = -np.inf
    high: float = np.inf


class ProposalPlan:
    """What becomes of the instances of one scene in one episode; the same for every set of their points.

    A merged instance has the id of its first member, a cut one keeps its id for one half, and the other half gets a
    new id above those of the scene. `objects` (the whole instances) and `rng` decide everything.
    """

    def __init__(self, objects: ObjectSet, noise: ProposalNoise, rng: np.random.Generator) -> None:
        count = len(objects)
        draws = rng.random((4, count))
        shifts = rng.normal(0.0, 1.0, (2 * count, 3)) * noise.jitter_m
        kept = draws[0] >= noise.drop_rate
        partner = _pair_up(objects.boxes, kept, draws[1] < noise.merge_rate)
        new_id = int(objects.ids.max(initial=0)) + 1
        self._proposals: list[_Proposal] = []
        for row in np.flatnonzero(kept):
            number, box, shift = int(objects.ids[row]), objects.boxes[row], shifts[row].astype(np.float32)
            if partner[row] >= 0:
                if row < partner[row]:
                    self._proposals.append(_Proposal(number, (number, int(objects.ids[partner[row]])), shift))
            elif draws[2, row] < noise.split_rate:
                axis = _X if box[3 + _X] >= box[3 + _Z] else _Z
                share = _CUT_BETWEEN[0] + (_CUT_BETWEEN[1] - _CUT_BETWEEN[0]) * draws[3, row]
                cut = float(box[axis] + (share - 0.5) * box[3 + axis])
                other_shift = shifts[count + row].astype(np.float32)
                self._proposals.append(_Proposal(number, (number,), shift, axis, high=cut))
                self._proposals.append(_Proposal(new_id, (number,), other_shift, axis, low=cut))
                new_id += 1
            else:
                self._proposals.append(_Proposal(number, (number,), shift))

    def ids_of(self, instance: int) -> list[int]:
        """The ids under which an instance is shown: none, one or two."""
        return [proposal.id for proposal in self._proposals if instance in proposal.sources]

    def apply(self, objects: ObjectSet) -> ObjectSet:
        """The proposals made of those instances that are in `objects`, each with as many points as those have.

        Points are repeated where a part holds fewer; the boxes are those of the points that are shown. A part without
        any points is left out.
        """
        rows = {int(number): row for row, number in enumerate(objects.ids)}
        shown = ObjectSet.empty(objects.points.shape[1])
        points, boxes, ids, categories = [shown.points], [shown.boxes], [], []
        for proposal in self._proposals:
            members = [rows[source] for source in proposal.sources if source in rows]
            cloud = np.concatenate([objects.points[row] for row in members]) if members else shown.points.reshape(0, 6)
            along = cloud[:, proposal.axis]
            cloud = cloud[(along >= proposal.low) & (along < proposal.high)]
            if not len(cloud):
                continue
            cloud = spread_points(cloud, objects.points.shape[1])
            cloud[:, :3] += proposal.shift_m
            points.append(cloud[None])
            boxes.append(bounding_box(cloud[:, :3])[None])
            ids.append(proposal.id)
            categories.append(objects.categories[members[0]])
        return ObjectSet(np.concatenate(points), np.concatenate(boxes), np.array(ids, np.int64), categories)


def _pair_up(boxes: NDArray[np.float32], kept: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each instance the row of the one it is merged with, -1 for none; nobody has two partners."""
    partner = np.full(len(boxes), -1)
    for row in np.flatnonzero(kept & wanted):
        free = kept & (partner < 0)
        free[row] = False
        if partner[row] >= 0 or not free.any():
            continue
        between = np.abs(boxes[:, :3] - boxes[row, :3]) - (boxes[:, 3:] + boxes[row, 3:]) / 2.0
        gap_m = np.where(free, np.linalg.norm(np.maximum(between, 0.0), axis=1), np.inf)
        nearest = int(np.argmin(gap_m))
        if gap_m[nearest] <= _MERGE_WITHIN_M:
            partner[row], partner[nearest] = nearest, row
    return partner
