"""Every arrow of the import graph goes down, and none comes back: lazy imports are arrows, too."""

import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.structure.sources import imported_names, modules, own_imports

# From the ground up. A module belongs to the room with the longest name that begins its own. It may import its own room
# and the rooms of the lines above its line; rooms of one line know nothing of each other. "a + b" is one room in two
# folders.
LAYERS = (
    ("leo_agent.contract", "leo_agent.checkout"),
    # envs
    (
        "leo_agent.envs.package_scan",
        "leo_agent.envs.waiting",
        "leo_agent.envs.cache_folder",
        "leo_agent.envs.camera",
        "leo_agent.envs.flat_options",
        "leo_agent.envs.geometry",
        "leo_agent.envs.step_limit",
    ),
    ("leo_agent.envs.compiled",),
    ("leo_agent.envs.objects",),
    ("leo_agent.envs.rendering",),
    ("leo_agent.envs.navmesh",),
    ("leo_agent.envs.scenes",),
    ("leo_agent.envs.procedural",),
    ("leo_agent.envs.house_sets",),
    ("leo_agent.envs.navigation", "leo_agent.envs.tabletop"),
    ("leo_agent.envs",),
    ("leo_agent",),
    # policies
    ("leo_agent.policies",),
    ("leo_agent.policies.hub", "leo_agent.policies.registry"),
    ("leo_agent.policies.leo.config",),
    ("leo_agent.policies.leo.text",),
    ("leo_agent.policies.leo.scenes",),
    ("leo_agent.policies.leo.model + leo_agent.policies.leo.batches",),
    ("leo_agent.policies.leo.weights", "leo_agent.policies.leo.embodiments"),
    ("leo_agent.policies.leo.acting",),
    ("leo_agent.policies.leo.answering",),
    ("leo_agent.policies.leo",),
    (
        "leo_agent.policies.constant",
        "leo_agent.policies.expert",
        "leo_agent.policies.leo_family",
        "leo_agent.policies.random",
        "leo_agent.policies.replay",
    ),
    ("leo_agent.policies.loading",),
    # episodes
    ("leo_agent.episodes",),
    ("leo_agent.episodes.run_identity",),
    ("leo_agent.episodes.run_folder",),
    ("leo_agent.episodes.demonstrations",),
    # what joins them
    ("leo_agent.metrics", "leo_agent.wrappers"),
    ("leo_agent.data",),
    ("leo_agent.results",),
    ("leo_agent.evaluation",),
    ("leo_agent.rollout",),
    ("leo_agent.chat", "leo_agent.train"),
    ("leo_agent.catalog", "leo_agent.doctor", "leo_agent.houses", "leo_agent.weights_tables"),
    ("leo_agent.commands",),
    ("leo_agent.cli",),
    ("leo_agent.__main__",),
)
# Of these the `__init__.py` alone is meant, which registers what the package has; all else in them has a room.
PACKAGES = ("leo_agent", "leo_agent.envs", "leo_agent.policies", "leo_agent.policies.leo", "leo_agent.episodes")
# The worlds, the decisions and the record know the contract and themselves.
WALLED = ("leo_agent.envs", "leo_agent.policies", "leo_agent.episodes")
LEVELS = {prefix: (level, room) for level, rooms in enumerate(LAYERS) for room in rooms for prefix in room.split(" + ")}
MODULES = sorted(modules())


def place(module: str) -> tuple[int, str]:
    """Level and room of a module."""
    prefix = module
    while prefix not in LEVELS:
        prefix = prefix.rpartition(".")[0]
    return LEVELS[prefix]


def under(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_no_circle():
    graph = {module: own_imports(module) - {module} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("circle: " + " <- ".join(error.args[1]))


@pytest.mark.parametrize("module", MODULES)
def test_arrows_go_down(module):
    level, room = place(module)
    upward = [other for other in own_imports(module) if place(other)[0] >= level and place(other)[1] != room]
    assert not upward, f"{module} imports {', '.join(sorted(upward))}: not below it"


@pytest.mark.parametrize("package", WALLED)
def test_worlds_decisions_and_record_know_the_contract_alone(package):
    allowed = (package, "leo_agent.contract")
    crossing = {
        f"{module} -> {other}"
        for module in MODULES
        if under(module, package)
        for other in own_imports(module)
        if not any(under(other, inside) for inside in allowed)
    }
    assert not crossing


def test_the_contract_imports_numpy_and_gymnasium_alone():
    allowed = {"numpy", "gymnasium", *sys.stdlib_module_names}
    for module in MODULES:
        if under(module, "leo_agent.contract"):
            assert all(under(other, "leo_agent.contract") for other in own_imports(module)), module
            assert {name.split(".")[0] for name in imported_names(module)} - {"leo_agent"} <= allowed, module


def test_every_room_is_there_and_every_module_has_one():
    assert {place(module)[1] for module in MODULES} == {room for rooms in LAYERS for room in rooms}
    lonely = [module for module in MODULES if place(module)[1] in PACKAGES and module not in PACKAGES]
    assert not lonely, f"in no room of LAYERS: {lonely}"


@pytest.mark.parametrize("forbidden", ["tests", "benchmarks", "pytest", "pickle", *(n.split(".")[1] for n in WALLED)])
def test_never_imported(forbidden):
    """Test code, pickles, and our own packages by the names of their folders."""
    assert not [module for module in MODULES if forbidden in {name.split(".")[0] for name in imported_names(module)}]
