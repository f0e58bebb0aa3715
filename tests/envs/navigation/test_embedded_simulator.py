"""The embedded simulator: poses and cameras, scenes that come and go, navmeshes that are baked, wrong input."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from leo_agent.envs.navigation.simulators.embedded import EmbeddedSimulator
from leo_agent.envs.navmesh import NavMeshSettings, read_navmesh, write_navmesh
from tests.envs import recorded

HOUSES = Path(__file__).parents[2] / "data" / "habitat_houses"
STRAIGHT = (0.0, 0.0, 0.0, 1.0)


def scene_id(name: str) -> str:
    return f"scenes/{name}.scene_instance.json"


def simulator(**options) -> EmbeddedSimulator:
    config = SimulatorConfig(HOUSES, "golden.scene_dataset_config.json", **{"width": 64, "height": 48, **options})
    made = make_simulator("embedded", config)
    assert isinstance(made, EmbeddedSimulator)
    return made


@pytest.fixture(scope="module")
def small() -> EmbeddedSimulator:
    """A simulator with small pictures, in house_0001."""
    made = simulator()
    made.load_scene(scene_id("house_0001"))
    return made


def test_turning_is_about_up_and_looking_tilts_only_the_camera(small: EmbeddedSimulator) -> None:
    small.set_agent_state((4.4, 0.1, 5.7), STRAIGHT)
    assert not small.step("turn_left")
    assert np.allclose(small.agent_state.rotation, [0, math.sin(math.pi / 12), 0, math.cos(math.pi / 12)], atol=1e-6)
    assert not small.step("turn_right")
    assert np.allclose(small.agent_state.rotation, STRAIGHT, atol=1e-6)
    level = small.camera_pose()
    assert np.allclose(level[:3, 3], [4.4, 0.98, 5.7], atol=1e-5)
    assert not small.step("look_down")
    forward = small.camera_pose()[:3, :3] @ [0, 0, -1]
    assert np.allclose(forward, [0, -0.5, -math.cos(math.pi / 6)], atol=1e-6)
    assert np.allclose(small.agent_state.rotation, STRAIGHT, atol=1e-6)
    small.step("look_up")
    assert np.allclose(small.camera_pose(), level, atol=1e-6)
    small.step("look_up")
    small.set_agent_state((4.4, 0.1, 5.7), STRAIGHT)
    assert np.allclose(small.camera_pose(), level, atol=1e-6)


def test_looking_down_at_the_floor_sees_it_at_camera_height(small: EmbeddedSimulator) -> None:
    small.set_agent_state((4.4, 0.1, 5.7), STRAIGHT)
    for _ in range(3):
        small.step("look_down")
    depth = small.render()["depth"]
    assert depth[23:25, 31:33].max() == pytest.approx(0.98, abs=1e-3)


def test_agent_state_is_not_snapped_and_not_shared(small: EmbeddedSimulator) -> None:
    small.set_agent_state((4.4, 1.7, 5.7), (0.0, 2.0, 0.0, 0.0))
    state = small.agent_state
    assert np.allclose(state.position, [4.4, 1.7, 5.7])
    assert np.allclose(state.rotation, [0, 1, 0, 0])
    state.position[:] = 0
    assert np.allclose(small.agent_state.position, [4.4, 1.7, 5.7])


@pytest.mark.parametrize(
    ("position", "rotation"), [((1, 2), STRAIGHT), ((1, 2, math.nan), STRAIGHT), ((1, 2, 3), (0,) * 4)]
)
def test_impossible_agent_states_are_refused(small: EmbeddedSimulator, position: tuple, rotation: tuple) -> None:
    with pytest.raises(InputError, match="agent state: found"):
        small.set_agent_state(position, rotation)


def test_navmesh_questions(small: EmbeddedSimulator) -> None:
    point = small.random_navigable_point(np.random.default_rng(0))
    assert small.is_navigable(point)
    assert np.allclose(small.snap_point(point), point, atol=1e-4)
    assert small.island(point) >= 0
    assert 0.0 <= small.obstacle_distance(point) <= 2.0
    assert not small.is_navigable(point + np.float32([100.0, 0.0, 0.0]))
    assert np.linalg.norm(small.try_step(point, point + np.float32([0.25, 0, 0])) - point) <= 0.2501


def test_a_scene_seen_before_comes_back_as_it_was() -> None:
    switching = simulator(num_points=16)
    switching.load_scene(scene_id("house_0001"))
    objects = switching.objects
    switching.load_scene(scene_id("house_0002"))
    assert switching.objects is not objects
    switching.load_scene(scene_id("house_0001"))
    assert switching.objects is objects
    assert len(switching.objects) <= 60


def test_categories_of_the_scene_s_own_file_come_before_the_caller_s() -> None:
    switching = simulator(num_points=16)
    switching.load_scene(scene_id("house_0001"), {1: "couch"})
    assert switching.objects.categories[0] == "sofa"


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(InputError, match=r"found 'unreal', expected one of .*embedded"):
        make_simulator("unreal", SimulatorConfig(HOUSES))
    fresh = simulator()
    with pytest.raises(InputError, match="no scene is loaded"):
        fresh.render()
    with pytest.raises(InputError, match="found 'jump', expected one of stop, move_forward"):
        fresh.step("jump")
    with pytest.raises(InputError, match="house_0009"):
        fresh.load_scene(scene_id("house_0009"))


def copy_house(folder: Path, name: str) -> EmbeddedSimulator:
    """A simulator over a dataset of one stage alone, without navmesh, instances or semantics."""
    (folder / "house.scene_dataset_config.json").write_text('{"stages": {"paths": {".json": ["*.stage_config.json"]}}}')
    (folder / f"{name}.stage_config.json").write_text(json.dumps({"render_asset": f"{name}.glb"}))
    shutil.copy(recorded.HOUSES / f"{name}.glb", folder)
    made = make_simulator("embedded", SimulatorConfig(folder, "house.scene_dataset_config.json", 64, 48, num_points=8))
    assert isinstance(made, EmbeddedSimulator)
    return made


@pytest.mark.parametrize("given", ["none", "another agent's"])
def test_a_navmesh_is_baked_where_the_scene_has_none_for_the_agent(
    given: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = recorded.NAMES[1]
    baking = copy_house(tmp_path, name)
    if given != "none":
        file = read_navmesh(recorded.HOUSES / f"{name}.navmesh")
        write_navmesh(replace(file, settings=NavMeshSettings()), tmp_path / f"{name}.navmesh")
    with caplog.at_level("INFO"):
        baking.load_scene(name)
    answers = np.load(recorded.HOUSES / f"{name}.golden.npz")
    assert f"{name}: baked a navmesh of {answers['navigable_area']:.1f} m²" in caplog.text
    assert ("it has none" if given == "none" else "another agent") in caplog.text
    queries = zip(answers["pair_start"][:50], answers["pair_end"][:50], answers["pair_geodesic"][:50], strict=True)
    assert all(baking.geodesic_distance(start, end) == distance for start, end, distance in queries)


def test_a_navmesh_for_the_agent_is_used_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    other, name = recorded.NAMES[:2]
    loading = copy_house(tmp_path, name)
    shutil.copy(recorded.HOUSES / f"{other}.navmesh", tmp_path / f"{name}.navmesh")
    with caplog.at_level("INFO"):
        loading.load_scene(name)
    assert "baked" not in caplog.text
    own = np.load(recorded.HOUSES / f"{other}.golden.npz")["nav_points"]
    assert np.mean([loading.is_navigable(point) for point in own]) > 0.99


def test_a_damaged_navmesh_is_refused_not_replaced(tmp_path: Path) -> None:
    shutil.copy(HOUSES / "house_0002.glb", tmp_path / "side.glb")
    simulator = make_simulator("embedded", SimulatorConfig(tmp_path))
    (tmp_path / "side.navmesh").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"side\.navmesh"):
        simulator.load_scene("side.glb")
