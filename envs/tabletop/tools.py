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


@dataclass(frozen=True)
class Tool:
    """`act(world, arm, pick, place)` performs an action with an arm of the kind `arm`."""

    arm: type[SuctionArm] | type[SpatulaArm]
    act: Callable[..., ActionReport]
    expert: Callable[[Mapping[int, Body], Mapping[int, Pose], Scorekeeper], Action]


TOOLS: dict[str, Tool] = {
    "suction": Tool(SuctionArm, pick_and_place, expert_action),
    "spatula": Tool(SpatulaArm, push, push_action),
}
