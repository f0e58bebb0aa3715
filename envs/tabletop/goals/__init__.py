"""Goals of tabletop tasks and the score that is earned by reaching them (CLIPort, arXiv 2109.12098)."""

from leo_agent.envs.tabletop.goals.pose import PoseGoal
from leo_agent.envs.tabletop.goals.score import DONE_SCORE, RULES, Goal, Scorekeeper
from leo_agent.envs.tabletop.goals.zone import ZONE_TOP_M, ZoneGoal, ZoneRule, grid_points

__all__ = [
    "DONE_SCORE",
    "RULES",
    "ZONE_TOP_M",
    "Goal",
    "PoseGoal",
    "Scorekeeper",
    "ZoneGoal",
    "ZoneRule",
    "grid_points",
]
