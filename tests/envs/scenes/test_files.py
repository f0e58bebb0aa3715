"""Scene datasets: which files make up a scene, what it holds, and what is said of broken ones."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene
from tests.envs.fuzzing import HANG

HOUSES = Path(__file__).parents[2] / "data" / "habitat_houses"
CONFIG = "golden.scene_dataset_config.json"
SCENE = "scenes/house_0001.scene_instance.json"
STAGE = "stages/house_0001.stage_config.json"
INSTANCES = json.loads((HOUSES / "house_0001.instances.json").read_text())


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """A copy of the dataset with the files of house_0001."""
    for name in (CONFIG, SCENE, STAGE):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(HOUSES / name, tmp_path / name)
    for ending in ("glb", "semantic.glb", "navmesh", "instances.json"):
        shutil.copy(HOUSES / f"house_0001.{ending}", tmp_path)
    return tmp_path


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def load(houses: Path, **options: Any):
    return load_scene(find_scene(houses, SCENE, CONFIG), 64, **options)


@pytest.mark.parametrize(
    "scene_id", [SCENE, f"data/scene_datasets/{SCENE}", "elsewhere/house_0001.scene_instance.json"]
)
def test_files_of_a_scene(scene_id: str) -> None:
    files = find_scene(HOUSES, scene_id, CONFIG)
    assert files.name == "house_0001"
    assert files.render_asset.resolve() == HOUSES / "house_0001.glb"
    assert files.semantic_asset is not None
    assert files.semantic_asset.resolve() == HOUSES / "house_0001.semantic.glb"
    assert files.navmesh == HOUSES / "house_0001.navmesh"
    assert files.instances is not None
    assert np.allclose(files.T_world_asset, np.eye(3))


def test_objects_are_the_instances_of_the_scene() -> None:
    scene = load_scene(find_scene(HOUSES, SCENE, CONFIG), 1024)
    objects = scene.objects
    assert objects.points.shape == (len(INSTANCES), 1024, 6)
    assert objects.ids.tolist() == [instance["id"] for instance in INSTANCES]
    assert objects.categories == [instance["category"] for instance in INSTANCES]
    low, high = np.array([instance["aabb"] for instance in INSTANCES]).transpose(1, 0, 2)
    assert np.allclose(objects.boxes[:, :3], (low + high) / 2, atol=1e-3)
    assert np.allclose(objects.boxes[:, 3:], high - low, atol=1e-3)
    assert (objects.points[..., :3] >= low[:, None] - 1e-3).all()
    assert (objects.points[..., :3] <= high[:, None] + 1e-3).all()


def test_object_points_have_the_colours_that_are_drawn() -> None:
    scene = load_scene(find_scene(HOUSES, SCENE, CONFIG), 256)
    for instance, points in zip(scene.objects.ids, scene.objects.points, strict=True):
        drawn = {tuple(color) for color in scene.mesh.colors[scene.mesh.ids == instance]}
        seen = {tuple(color) for color in np.round(points[:, 3:] * 255).astype(np.uint8)}
        assert seen <= drawn


def test_points_are_the_same_each_time() -> None:
    files = find_scene(HOUSES, SCENE, CONFIG)
    assert np.array_equal(load_scene(files, 32).objects.points, load_scene(files, 32).objects.points)


def test_categories_come_from_the_caller_where_no_file_names_them(houses: Path) -> None:
    assert load(houses, categories={1: "wrong"}).objects.categories[0] == "sofa"
    (houses / "house_0001.instances.json").unlink()
    assert load(houses, categories={1: "couch"}).objects.categories[:2] == ["couch", None]
    assert set(load(houses).objects.categories) == {None}


def test_a_stage_without_semantic_mesh_has_no_objects(houses: Path) -> None:
    rewrite(houses / STAGE, semantic_asset="")
    scene = load(houses)
    assert len(scene.objects) == 0
    assert not scene.mesh.ids.any()


def test_up_and_front_turn_the_mesh(houses: Path) -> None:
    straight = load(houses).mesh.vertices
    rewrite(houses / STAGE, up=[0, 0, 1], front=[0, 1, 0])
    x, y, z = load(houses).mesh.vertices.T
    assert np.allclose(np.stack([x, -z, y], axis=1), straight, atol=1e-5)


def test_units_and_scale(houses: Path) -> None:
    straight = load(houses).mesh.vertices
    rewrite(houses / STAGE, units_to_meters=0.01, scale=[100, 200, 100])
    assert np.allclose(load(houses).mesh.vertices, straight * [1, 2, 1], atol=1e-5)


def test_a_bare_mesh_lies_on_its_side_as_in_habitat() -> None:
    files = find_scene(HOUSES, "house_0001.glb", "default")
    assert files.navmesh == HOUSES / "house_0001.navmesh"
    assert np.allclose(files.T_world_asset @ [0, 0, 1], [0, 1, 0])
    assert np.allclose(files.T_world_asset @ [0, 1, 0], [0, 0, -1])


def test_default_attributes_and_their_placeholder(houses: Path) -> None:
    config = json.loads((houses / CONFIG).read_text())
    config["stages"]["default_attributes"] = {"render_asset": "../%%CONFIG_NAME_AS_ASSET_FILENAME%%.glb"}
    (houses / CONFIG).write_text(json.dumps(config))
    (houses / STAGE).write_text("{}")
    assert find_scene(houses, SCENE, CONFIG).render_asset.resolve() == houses / "house_0001.glb"


def test_names_must_be_equal_not_contained(houses: Path) -> None:
    shutil.copy(houses / STAGE, houses / "stages" / "house_00012.stage_config.json")
    assert find_scene(houses, SCENE, CONFIG).name == "house_0001"
    with pytest.raises(InputError, match=r"found 0 scene_instances named 'scenes/house_000\.scene"):
        find_scene(houses, "scenes/house_000.scene_instance.json", CONFIG)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        (SCENE, {"object_instances": [{}]}, r"object_instances\[0\]: missing key 'template_name'"),
        (
            SCENE,
            {"stage_instance": {"template_name": "x"}},
            "found 0 stages named 'x', .* one of: stages/house_0001",
        ),
        (SCENE, {"stage_instance": []}, "'stage_instance' must be an object"),
        (STAGE, {"render_asset": "../house.obj"}, "expected a .glb or .gltf or .ply file"),
        (STAGE, {"render_asset": "../nothing.glb"}, r"nothing\.glb: no such file"),
        (STAGE, {"render_asset": "../../nothing.glb"}, r"found the path .*, expected one inside"),
        (STAGE, {"semantic_asset": "/etc/hostname"}, "found the path .*, expected one inside"),
        (CONFIG, {"stages": {"paths": {".json": ["../**"]}}}, "found the path .*, expected one inside"),
        (CONFIG, {"navmesh_instances": {"house_0001_navmesh": "../x.navmesh"}}, "expected one inside"),
        (STAGE, {"semantic_asset": "../house_0001.glb"}, "no vertex attribute _OBJECT_ID"),
        (STAGE, {"has_semantic_textures": True}, "has_semantic_textures true"),
        (STAGE, {"up": [0, 1, 0], "front": [0, 1, 0]}, "expected two orthogonal directions"),
        (STAGE, {"units_to_meters": -1}, "expected positive ones"),
        (CONFIG, {"stages": 3}, "'stages' must be an object"),
        ("house_0001.instances.json", None, "expected a list of instances"),
    ],
)
def test_what_is_wrong_is_named(houses: Path, name: str, changes: dict[str, Any] | None, message: str) -> None:
    if changes is None:
        (houses / name).write_text("{}")
    else:
        rewrite(houses / name, **changes)
    with pytest.raises(InputError, match=message):
        load(houses)


def test_semantic_mesh_of_another_house_is_refused(houses: Path) -> None:
    shutil.copy(HOUSES / "house_0002.semantic.glb", houses / "house_0001.semantic.glb")
    with pytest.raises(InputError, match="expected the same geometry"):
        load(houses)


@pytest.mark.parametrize("name", [CONFIG, SCENE, STAGE, "house_0001.glb", "house_0001.semantic.glb"])
def test_missing_files_are_named(houses: Path, name: str) -> None:
    (houses / name).unlink()
    with pytest.raises(InputError, match=r"no such file|found 0"):
        load(houses)


@settings(max_examples=80, deadline=HANG, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([CONFIG, SCENE, STAGE, "house_0001.instances.json"]), data=st.data())
def test_mutated_files_load_or_give_an_input_error(houses: Path, name: str, data: st.DataObject) -> None:
    path = houses / name
    original = path.read_bytes()
    content = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + 1] = data.draw(st.binary(max_size=3))
    path.write_bytes(content)
    message = ""
    try:
        files = find_scene(houses, SCENE, CONFIG)
        if name.endswith("instances.json"):
            load_scene(files, 4)
    except InputError as error:
        message = str(error)
    finally:
        path.write_bytes(original)
    assert "\n" not in message
