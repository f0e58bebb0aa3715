"""The worlds: Gymnasium environments, simulators, scenes, tasks and their experts.

Importing `leo_agent` registers the ids; `gymnasium.make("leo_agent:leo/ObjectNav-v0", ...)` does both in one.
"""

from leo_agent.envs.navigation.ids import navigation_ids, register_navigation
from leo_agent.envs.tabletop.ids import own_task_names, own_tasks, register_id, tabletop_id


def env_ids() -> list[str]:
    """Ids of all environments of this package."""
    return [*navigation_ids(), *map(tabletop_id, own_task_names())]


def register_envs() -> None:
    """Registers the ids with Gymnasium; safe to call more than once."""
    register_navigation()
    for task, max_episode_steps in own_tasks().items():
        register_id(task, max_episode_steps)
