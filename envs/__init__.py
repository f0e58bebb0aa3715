"""The worlds: Gymnasium environments, simulators, scenes, tasks and their experts.

Importing `leo_agent` registers the ids; `gymnasium.make("leo_agent:leo/ObjectNav-v0", ...)` does both in one.
"""

from gymnasium.envs.registration import register, registry
from leo_agent.envs.tabletop.ids import own_task_names, register_id, tabletop_id

_NAVIGATION = {
    "leo/ObjectNav-v0": "leo_agent.envs.navigation.env:ObjectNavEnv",
    "leo/HabitatLabObjectNav-v0": "leo_agent.envs.navigation.habitat_lab.env:HabitatLabObjectNavEnv",
}


def env_ids() -> list[str]:
    """Ids of all environments of this package."""
    return [*_NAVIGATION, *map(tabletop_id, own_task_names())]


def register_envs() -> None:
    """Register the ids with Gymnasium; safe to call more than once."""
    for env_id, entry_point in _NAVIGATION.items():
        if env_id not in registry:
            # Step limits are the environments' own: they depend on the task and on the episode.
            register(id=env_id, entry_point=entry_point)
    for task in own_task_names():
        register_id(task)
