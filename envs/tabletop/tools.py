"""The tools that a task may hand the arm: for each its arm, the motion of an action, and the expert that uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from leo_agent.envs.geometry import Pose
from leo_agent.envs.tabletop.experts.pick_place import Action, expert_action
from leo_agent.envs.tabletop.experts.push import push_action
from leo_agent.envs.tabletop.goals import Scorekeeper
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.physics.arm import SuctionArm
from leo_agent.envs.tabletop.physics.motions import ActionReport, pick_and_place, push
from leo_agent.envs.tabletop.physics.spatula import SpatulaArm


@dataclass(frozen=True)
class Tool:
    """What an arm has at its end."""

    arm: type[SuctionArm] | type[SpatulaArm]
    act: Callable[..., ActionReport]  # (physics, arm, pick, place): performs an action with such an arm
    expert: Callable[[Mapping[int, Body], Mapping[int, Pose], Scorekeeper], Action]


TOOLS: dict[str, Tool] = {
    "suction": Tool(SuctionArm, pick_and_place, expert_action),
    "spatula": Tool(SpatulaArm, push, push_action),
}
