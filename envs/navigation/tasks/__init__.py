"""The tasks of navigation, one file each: what is asked for, sensed, measured and rewarded in an episode.

A new task is one file here, or anywhere else: a class that says `@register_task("leo/MyNav-v0")`. After its import,
which `gymnasium.make("mymodule:leo/MyNav-v0")` does, it is an environment like all others.
"""

from leo_agent.envs.navigation.tasks.base import NavigationTask
from leo_agent.envs.navigation.tasks.registry import navigation_task, register_task, task_ids

__all__ = ["NavigationTask", "navigation_task", "register_task", "task_ids"]
