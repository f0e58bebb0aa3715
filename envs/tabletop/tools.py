"""The tools that a task may hand the arm: for each its arm, the motion of an action, and the expert that uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from envs.tabletop.expert import Action, expert_action
from envs.tabletop.geometry import Pose
from envs.tabletop.goals import Scorekeeper
from envs.tabletop.primitives import ActionReport, pick_and_place, push
from envs.tabletop.push_expert import push_action
from envs.tabletop.robot import SuctionArm
from envs.tabletop.spatula import SpatulaArm
from envs.tabletop.task import Body
from envs.tabletop.world import CONTACT_MARGIN_M


@dataclass(frozen=True)
class Tool:
    """`act(world, arm, pick, place)` performs an action with an arm of the kind `arm`; see World for the margin."""

    arm: type[SuctionArm] | type[SpatulaArm]
    act: Callable[..., ActionReport]
    expert: Callable[[Mapping[int, Body], Mapping[int, Pose], Scorekeeper], Action]
    contact_margin_m: float = CONTACT_MARGIN_M


TOOLS: dict[str, Tool] = {
    "suction": Tool(SuctionArm, pick_and_place, expert_action),
    # With Bullet's margin of 2 cm the whole pile wakes when one cube is touched: a push takes four times as long.
    "spatula": Tool(SpatulaArm, push, push_action, contact_margin_m=0.002),
}
