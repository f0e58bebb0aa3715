"""Which tabletop tasks the tests walk through: all of the registry but those that need the user's files."""

from envs import tabletop_id
from envs.errors import InputError
from envs.tabletop.tasks import make_task, registered_tasks


def tasks_without_files() -> list[str]:
    """Names of the tasks that can be made with nothing but this repository."""
    return [name for name in registered_tasks() if _can_be_made(name)]


def ids_without_files() -> list[str]:
    """Environment ids of the same."""
    return [tabletop_id(name) for name in tasks_without_files()]


def _can_be_made(name: str) -> bool:
    try:
        make_task(name)
    except InputError:
        return False
    return True
