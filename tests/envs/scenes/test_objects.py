"""Scenes of a stage and separate objects, as HSSD, ReplicaCAD and ProcTHOR-HAB have them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import LoadedScene, load_scene
from tests.envs.glb_writer import GlbWriter, box

CONFIG = "flat.scene_dataset_config.json"
SCENE = "configs/scenes/apt_0.scene_instance.json"
HALF = float(np.sqrt(0.5))


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_box(path: Path, low: tuple[float, ...], high: tuple[float, ...], color: float = 0.5) -> None:
    writer = GlbWriter()
    writer.mesh(*box(low, high), writer.material((color, color, color, 1)))
    writer.save(path)


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """A floor, and a chair of 1 x 2 x 3 m whose origin is its lower corner; the layout is ReplicaCAD's."""
    write(
        tmp_path / CONFIG,
        {
            "stages": {"paths": {".json": ["configs/stages"]}},
            "objects": {"paths": {".json": ["configs/objects/*"], ".glb": ["objects/bare/*.glb"]}},
            "scene_instances": {"paths": {".json": ["configs/scenes"]}},
            "navmesh_instances": {"apt_0_navmesh": "navmeshes/apt_0.navmesh"},
            "semantic_scene_descriptor_instances": {"lexicon": "configs/ssd/lexicon.json"},
        },
    )
    write(tmp_path / "configs/stages/frl_stage.stage_config.json", {"render_asset": "../../stages/frl_stage.glb"})
    write_box(tmp_path / "stages/frl_stage.glb", (-5, -0.1, -5), (5, 0, 5), 0.9)
    write(
        tmp_path / "configs/objects/frl_chair.object_config.json",
        {"render_asset": "../../objects/frl_chair.glb", "semantic_id": 20, "mass": 3},
    )
    write_box(tmp_path / "objects/frl_chair.glb", (0, 0, 0), (1, 2, 3))
    write_box(tmp_path / "objects/bare/lamp.glb", (0, 0, 0), (1, 1, 1))
    write(tmp_path / "configs/ssd/lexicon.json", {"classes": [{"id": 20, "name": "chair"}, {"id": 7, "name": "lamp"}]})
    (tmp_path / "navmeshes").mkdir()
    (tmp_path / "navmeshes/apt_0.navmesh").write_bytes(b"")
    return tmp_path


def load(flat: Path, *objects: dict[str, Any], **scene: Any) -> LoadedScene:
    instance = {
        "stage_instance": {"template_name": "stages/frl_stage"},
        "navmesh_instance": "apt_0_navmesh",
        "semantic_scene_instance": "lexicon",
        "object_instances": [
            {"template_name": "objects/frl_chair", "motion_type": "DYNAMIC", **item} for item in objects
        ],
        **scene,
    }
    write(flat / SCENE, {key: value for key, value in instance.items() if value is not None})
    return load_scene(find_scene(flat, SCENE, CONFIG), 16)


def test_objects_are_instances_with_categories_of_their_class(flat: Path) -> None:
    scene = load(flat, {"translation": [1, 2, 3]}, {"template_name": "lamp"}, {"translation": [4, 0, 0]})
    # Two chairs share the class id 20, the lamp has none: each gets an id of its own.
    assert scene.objects.ids.tolist() == [1, 2, 3]
    assert scene.objects.categories == ["chair", None, "chair"]
    assert scene.mesh.ids.tolist() == [0] * 12 + [1] * 12 + [2] * 12 + [3] * 12
    alone = load(flat, {"translation": [1, 2, 3]}, {"template_name": "lamp"})
    assert alone.objects.ids.tolist() == [1, 20]
    assert alone.objects.categories == [None, "chair"]


@pytest.mark.parametrize("scene_id", ["apt_0", "apt_0.scene_instance.json", f"data/scene_datasets/{SCENE}"])
def test_a_scene_is_found_by_its_name_alone(flat: Path, scene_id: str) -> None:
    load(flat, {})
    assert len(find_scene(flat, scene_id, CONFIG).objects) == 1


def test_files_of_a_scene_with_objects(flat: Path) -> None:
    write(flat / SCENE, {"stage_instance": {"template_name": "frl_stage"}, "object_instances": []})
    (flat / "stages/frl_stage.navmesh").write_bytes(b"")
    assert find_scene(flat, SCENE, CONFIG).navmesh == flat / "stages/frl_stage.navmesh"
    objects = [{"template_name": "objects/frl_chair"}]
    write(flat / SCENE, {"stage_instance": {"template_name": "frl_stage"}, "object_instances": objects})
    files = find_scene(flat, SCENE, CONFIG)
    assert files.navmesh is None  # the stage's one would lead through the chair
    assert files.objects[0].render_asset == flat / "objects/frl_chair.glb"
    assert files.objects[0].semantic_id == 20
    (flat / "configs/scenes/apt_0.navmesh").write_bytes(b"")
    assert find_scene(flat, SCENE, CONFIG).navmesh == flat / "configs/scenes/apt_0.navmesh"


TURN = {"rotation": [HALF, 0, HALF, 0], "translation": [10, 0, 0]}  # w x y z: x to -z


@pytest.mark.parametrize(
    ("instance", "template", "scene", "low", "high"),
    [
        # The centre of the bounding box stands at the translation.
        ({"translation": [10, 1, 0]}, {}, {}, (9.5, 0, -1.5), (10.5, 2, 1.5)),
        # COM: that point of the asset stands there.
        ({"translation": [10, 1, 0]}, {"COM": [0, 0, 0]}, {}, (10, 1, 0), (11, 3, 3)),
        ({"translation": [10, 1, 0]}, {"COM": [1, 0, 0], "scale": [2, 1, 1]}, {}, (8, 1, 0), (10, 3, 3)),
        # The asset's origin stands there, if the scene or the object says so.
        ({"translation": [10, 1, 0], "translation_origin": "asset_local"}, {}, {}, (10, 1, 0), (11, 3, 3)),
        (
            {"translation": [10, 1, 0]},
            {"COM": [9, 9, 9]},
            {"translation_origin": "Asset_Local"},
            (10, 1, 0),
            (11, 3, 3),
        ),
        (
            {"translation": [10, 1, 0], "translation_origin": "COM"},
            {},
            {"translation_origin": "asset_local"},
            (9.5, 0, -1.5),
            (10.5, 2, 1.5),
        ),
        (TURN, {}, {}, (8.5, -1, -0.5), (11.5, 1, 0.5)),
        ({**TURN, "translation_origin": "asset_local"}, {}, {}, (10, 0, -1), (13, 2, 0)),
        ({"uniform_scale": 2, "translation_origin": "asset_local"}, {}, {}, (0, 0, 0), (2, 4, 6)),
        (
            {"uniform_scale": 2, "non_uniform_scale": [1, 0.5, -1], "translation_origin": "asset_local"},
            {"scale": [1, 1, 2]},
            {},
            (0, 0, -12),
            (2, 2, 0),
        ),
        # z up in the asset: turned first, then scaled along the world's axes.
        (
            {"non_uniform_scale": [1, 10, 1], "translation_origin": "asset_local"},
            {"up": [0, 0, 1], "front": [0, 1, 0]},
            {},
            (0, 0, -2),
            (1, 30, 0),
        ),
    ],
)
def test_where_objects_stand(
    flat: Path,
    instance: dict[str, Any],
    template: dict[str, Any],
    scene: dict[str, Any],
    low: tuple[float, ...],
    high: tuple[float, ...],
) -> None:
    path = flat / "configs/objects/frl_chair.object_config.json"
    write(path, {**json.loads(path.read_text()), **template})
    loaded = load(flat, instance, **scene)
    box_found = loaded.objects.boxes[0]
    assert np.allclose(box_found[:3] - box_found[3:] / 2, low, atol=1e-5)
    assert np.allclose(box_found[:3] + box_found[3:] / 2, high, atol=1e-5)
    chair = loaded.mesh.faces[loaded.mesh.ids == 20]
    corners = loaded.mesh.vertices[chair].astype(np.float64)
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    away = corners.mean(axis=1) - box_found[:3]
    assert (np.einsum("fk,fk->f", outward, away) > 0).all()  # mirrored objects too are seen from outside


def test_stage_scale_and_what_is_not_drawn(flat: Path) -> None:
    stage = {"template_name": "frl_stage", "uniform_scale": 2, "translation": [100, 0, 0]}
    scene = load(flat, {"is_instance_visible": False}, stage_instance=stage)
    assert len(scene.objects) == 0
    # As in Habitat, a stage's translation is not applied.
    assert np.allclose(scene.mesh.vertices.min(axis=0), [-10, -0.2, -10])


def test_articulated_objects_are_left_out_as_in_habitat_without_physics(
    flat: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scene = load(flat, {}, articulated_object_instances=[{"template_name": "fridge"}] * 3)
    assert len(scene.objects) == 1
    assert "apt_0.scene_instance.json: 3 articulated objects are left out" in caplog.text


def test_templates_written_inside_the_dataset(flat: Path) -> None:
    config = json.loads((flat / CONFIG).read_text())
    config["objects"]["configs"] = [
        {
            "original_file": "frl_chair.object_config.json",
            "template_handle": "chair_1",
            "attributes": {"semantic_id": 31},
        },
        {"template_handle": "chair_2", "attributes": {"render_asset": "objects/frl_chair.glb", "semantic_id": 7}},
    ]
    write(flat / CONFIG, config)
    scene = load(flat, {"template_name": "chair_1"}, {"template_name": "chair_2"})
    assert scene.objects.ids.tolist() == [7, 31]
    assert scene.objects.categories == ["lamp", None]


def test_semantic_configuration_names_the_lexicon(flat: Path) -> None:
    config = json.loads((flat / CONFIG).read_text())
    config["semantic_scene_descriptor_instances"] = {"paths": {".json": ["configs/ssd/*"]}}
    config["scene_instances"]["default_attributes"] = {"semantic_scene_instance": "%%CONFIG_NAME_AS_ASSET_FILENAME%%"}
    write(flat / CONFIG, config)
    write(flat / "configs/ssd/apt_0.semantic_config.json", {"semantic_descriptor_filename": "lexicon.json"})
    assert load(flat, {}, semantic_scene_instance=None).objects.categories == ["chair"]
    assert load(flat, {}, semantic_scene_instance="unknown").objects.categories == [None]


def test_many_objects_of_one_file_share_it(flat: Path) -> None:
    writer = GlbWriter()
    texture = writer.texture(np.zeros((2, 2, 3), np.uint8))
    vertices, faces = box((0, 0, 0), (1, 2, 3))
    writer.mesh(vertices, faces, writer.material((1, 1, 1, 1), texture), TEXCOORD_0=np.zeros((8, 2), "<f4"))
    writer.save(flat / "objects/frl_chair.glb")
    mesh = load(flat, {}, {"translation": [3, 0, 0]}, {"template_name": "lamp"}).mesh
    assert len(mesh.textures) == 1
    assert mesh.face_textures is not None
    assert mesh.face_textures.tolist() == [-1] * 12 + [0] * 24 + [-1] * 12


@pytest.mark.parametrize(
    ("instance", "template", "message"),
    [
        (
            {"template_name": "nothing"},
            {},
            "found 0 objects named 'nothing', expected one of: .*/frl_chair, objects/bare/lamp",
        ),
        ({"template_name": 3}, {}, "'template_name' must be a string"),
        ({"translation": [1, 2]}, {}, "'translation' must be 3 numbers"),
        ({"translation": [1e300, 0, 0]}, {}, "'translation' must be finite"),
        ({"rotation": [0, 0, 0, 0]}, {}, "'rotation' must be a unit quaternion w, x, y, z"),
        ({"uniform_scale": 0}, {}, "found uniform_scale 0"),
        ({"uniform_scale": "2"}, {}, 'found uniform_scale \\"2\\"'),
        ({"non_uniform_scale": [1, 0, 1]}, {}, "expected no zeros"),
        ({}, {"render_asset": "../../../elsewhere.glb"}, "found the path .*, expected one inside"),
        ({}, {"render_asset": "../../objects/nothing.glb"}, r"nothing\.glb: no such file"),
        ({}, {"render_asset": "cubeSolid"}, "found the mesh 'cubeSolid', expected a .glb or .gltf"),
        ({}, {"render_asset": ""}, "found no render_asset"),
        ({}, {"semantic_id": -1}, "found semantic_id -1"),
        ({}, {"semantic_id": "chair"}, "'semantic_id' must be an integer"),
        ({}, {"COM": [0]}, "'COM' must be 3 numbers"),
        ({}, {"up": [0, 0, 0]}, "expected two orthogonal directions"),
        ({}, {"scale": [1, -1, 1]}, "expected positive ones"),
    ],
)
def test_what_is_wrong_with_an_object_is_named(
    flat: Path, instance: dict[str, Any], template: dict[str, Any], message: str
) -> None:
    path = flat / "configs/objects/frl_chair.object_config.json"
    write(path, {**json.loads(path.read_text()), **template})
    with pytest.raises(InputError, match=message) as caught:
        load(flat, instance)
    assert "\n" not in str(caught.value)
