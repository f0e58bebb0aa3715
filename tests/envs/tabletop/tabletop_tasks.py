"""Which tabletop tasks the tests walk through: all of the registry but those that need the user's files."""

from leo_agent.envs.tabletop.ids import tabletop_id
from leo_agent.envs.tabletop.tasks import registered_tasks, tasks_that_need_assets


def tasks_without_files() -> list[str]:
    """Names of the tasks that can be made with nothing but this repository."""
    return [name for name in registered_tasks() if name not in tasks_that_need_assets()]


def ids_without_files() -> list[str]:
    """Environment ids of the same."""
    return [tabletop_id(name) for name in tasks_without_files()]
