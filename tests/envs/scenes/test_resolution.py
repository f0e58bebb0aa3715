"""Which files and attributes a name stands for, as habitat-sim resolves it: configurations beside meshes, inline."""

import json
import logging
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes import template_table
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene
from leo_agent.envs.scenes.template_table import TemplateTable
from tests.envs.glb_writer import GlbWriter, box

CONFIG = "d.scene_dataset_config.json"
Y_UP = {"up": [0, 1, 0], "front": [0, 0, -1]}


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_box(path: Path, high: tuple[float, ...] = (1, 2, 3)) -> None:
    writer = GlbWriter()
    writer.mesh(*box((0, 0, 0), high))
    writer.save(path)


def extents(scenes: Path, scene_id: str, config: str = CONFIG) -> list[float]:
    """Sizes of all that is drawn, along x, y, z of the world."""
    vertices = load_scene(find_scene(scenes, scene_id, config), 4).mesh.vertices
    return np.ptp(vertices, axis=0).round(4).tolist()


@pytest.mark.parametrize(
    ("mesh", "config"),
    [
        ("room.glb", "room.stage_config.json"),
        ("room.basis.glb", "room.stage_config.json"),
        ("room.v2.glb", "room.stage_config.json"),  # habitat-sim takes two endings off
        ("room.v2.glb", "room.v2.stage_config.json"),
    ],
)
def test_a_stage_configuration_beside_a_mesh_is_the_meshs(tmp_path: Path, mesh: str, config: str) -> None:
    write_box(tmp_path / mesh)
    assert extents(tmp_path, mesh, "default") == [1, 3, 2]  # a bare .glb has its z up
    write(tmp_path / config, {"render_asset": mesh, **Y_UP})
    assert extents(tmp_path, mesh, "default") == [1, 2, 3]
    write(tmp_path / CONFIG, {})
    assert extents(tmp_path, mesh) == [1, 2, 3]


@pytest.mark.parametrize("pattern", ["meshes/*.glb", "meshes", "meshes/**/*.glb"])
@pytest.mark.parametrize("key", [".glb", "glb", ".json"])
def test_a_configuration_beside_a_mesh_that_a_pattern_finds(tmp_path: Path, pattern: str, key: str) -> None:
    write_box(tmp_path / "meshes/room.glb")
    write(tmp_path / "meshes/room.stage_config.json", {"render_asset": "room.glb", **Y_UP})
    (tmp_path / "meshes/._room.glb").write_bytes(b"of a Mac")
    write(tmp_path / CONFIG, {"stages": {"paths": {key: [pattern]}}})
    assert extents(tmp_path, "room") == [1, 2, 3]


def test_an_object_configuration_beside_a_mesh(tmp_path: Path) -> None:
    write_box(tmp_path / "room.glb")
    write_box(tmp_path / "objects/stool.glb", (1, 1, 1))
    write(tmp_path / "objects/stool.object_config.json", {"render_asset": "stool.glb", "semantic_id": 5})
    write(tmp_path / CONFIG, {"stages": {"paths": {".glb": ["*.glb"]}}, "objects": {"paths": {".glb": ["objects"]}}})
    placed = {"stage_instance": {"template_name": "room"}, "object_instances": [{"template_name": "stool"}]}
    write(tmp_path / "room.scene_instance.json", placed)
    assert load_scene(find_scene(tmp_path, "room", CONFIG), 4).objects.ids.tolist() == [5]


def furnished(tmp_path: Path, **tables: Any) -> Path:
    """A room with one stool of 1 x 1 x 1 m, and a dataset whose tables have further entries."""
    write_box(tmp_path / "room.glb", (5, 0.1, 5))
    write_box(tmp_path / "stool.glb", (1, 1, 1))
    write(tmp_path / "room.stage_config.json", {"render_asset": "room.glb", **Y_UP})
    write(tmp_path / "stool.object_config.json", {"render_asset": "stool.glb", "semantic_id": 5})
    placed = {"stage_instance": {"template_name": "room"}, "object_instances": [{"template_name": "stool"}]}
    write(tmp_path / "room.scene_instance.json", placed)
    found = {"stages": "*.stage_config.json", "objects": "*.object_config.json", "scene_instances": "*_instance.json"}
    config = {table: {"paths": {".json": [pattern]}, **tables.get(table, {})} for table, pattern in found.items()}
    write(tmp_path / CONFIG, config)
    return tmp_path


def change(original: str, handle: str | None = None, **attributes: Any) -> dict[str, Any]:
    named = {} if handle is None else {"template_handle": handle}
    return {"original_file": original, **named, "attributes": attributes}


def test_an_entry_without_a_handle_changes_its_original(tmp_path: Path) -> None:
    entries = [change("stool.object_config.json", scale=[2, 2, 2]), change("stool", None, semantic_id=9)]
    objects = load_scene(find_scene(furnished(tmp_path, objects={"configs": entries}), "room", CONFIG), 4).objects
    assert objects.ids.tolist() == [9]
    np.testing.assert_allclose(objects.boxes[0, 3:], [2, 2, 2])


def test_an_entry_with_a_handle_is_one_more(tmp_path: Path) -> None:
    entries = [
        change("stool.object_config.json", scale=[2, 2, 2]),
        change("stool.object_config.json", "tall", scale=[1, 3, 1]),  # of the changed original
        {"template_handle": "own", "attributes": {"render_asset": "stool.glb", "scale": [4, 4, 4]}},
        change("stool.object_config.json", "", semantic_id=6),  # an empty handle is none
    ]
    scenes = furnished(tmp_path, objects={"configs": entries})
    objects = [{"template_name": name} for name in ("stool", "tall", "own")]
    write(
        scenes / "room.scene_instance.json", {"stage_instance": {"template_name": "room"}, "object_instances": objects}
    )
    boxes = load_scene(find_scene(scenes, "room", CONFIG), 4).objects.boxes[:, 3:].tolist()
    assert sorted(boxes) == [[1, 3, 1], [2, 2, 2], [4, 4, 4]]


@pytest.mark.parametrize("scene_id", ["room", "room.glb", "room.scene_instance.json"])
def test_changed_stages(tmp_path: Path, scene_id: str) -> None:
    stages = {"configs": [change("room.stage_config.json", up=[0, 0, 1], front=[0, 1, 0], scale=[1, 2, 1])]}
    scenes = furnished(tmp_path, stages=stages)
    write(scenes / "room.scene_instance.json", {"stage_instance": {"template_name": "room"}})
    assert extents(scenes, scene_id) == pytest.approx([5, 10, 0.1])


def test_changed_scene_instances_have_more_objects(tmp_path: Path) -> None:
    added = {"object_instances": [{"template_name": "stool", "translation": [3, 0, 0]}]}
    entries = [change("room.scene_instance.json", **added), change("room.scene_instance.json", "two", **added)]
    scenes = furnished(tmp_path, scene_instances={"configs": entries})
    assert len(find_scene(scenes, "room", CONFIG).objects) == 2
    assert len(find_scene(scenes, "two", CONFIG).objects) == 3


def test_a_change_of_nothing_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    scenes = furnished(tmp_path, objects={"configs": [change("sofa.object_config.json", scale=[2, 2, 2])]})
    find_scene(scenes, "room", CONFIG)
    assert "configs[0]: sofa.object_config.json is none of the objects and is left out" in caplog.text


@pytest.fixture
def replica(tmp_path: Path) -> Path:
    """One folder a scene, the same file names in each; each room is as wide as its number says."""
    for width, name in enumerate(("apartment_0", "frl_apartment_0", "room_1", "room_12"), start=1):
        write_box(tmp_path / name / "habitat/mesh.glb", (width, 1, 1))
        write(tmp_path / name / "habitat/replica_stage.stage_config.json", {"render_asset": "mesh.glb", **Y_UP})
    write(tmp_path / CONFIG, {"stages": {"paths": {".json": ["*/habitat/replica_stage.stage_config.json"]}}})
    return tmp_path


@pytest.mark.parametrize(
    ("scene_id", "width"),
    [
        ("apartment_0", 1),
        ("frl_apartment_0", 2),
        ("Room_1", 3),
        ("room_12", 4),
        ("oom_12", 4),
        ("room_1/habitat", 3),
        ("room_12/habitat/replica_stage", 4),
        ("data/scene_datasets/room_12/habitat/replica_stage.stage_config.json", 4),
    ],
)
def test_names_in_part(replica: Path, scene_id: str, width: float) -> None:
    assert extents(replica, scene_id) == [width, 1, 1]


def test_a_name_of_several_stages_lists_them(replica: Path) -> None:
    with pytest.raises(
        InputError, match="found 4 stages named 'replica_stage', expected one of: apartment_0/habitat/re"
    ):
        find_scene(replica, "replica_stage", CONFIG)
    with pytest.raises(
        InputError, match="found 0 stages named 'hotel_0', expected one of: apartment_0/habitat/replica"
    ):
        find_scene(replica, "hotel_0", CONFIG)
    with pytest.raises(InputError, match="found 0 stages named"):  # a folder above the dataset is no name of a stage
        find_scene(replica, replica.name, CONFIG)


def test_absolute_names(tmp_path: Path, replica: Path) -> None:
    elsewhere, config = replica / "empty", str(replica / CONFIG)
    elsewhere.mkdir()
    assert extents(elsewhere, "room_12", config) == [4, 1, 1]
    assert extents(elsewhere, str(replica / "room_1/habitat/mesh.glb"), "default") == [3, 1, 1]
    assert extents(elsewhere, str(replica / "room_1/habitat/replica_stage.stage_config.json"), config) == [3, 1, 1]
    with pytest.raises(InputError, match=r"nowhere\.glb: no such file"):
        find_scene(elsewhere, str(replica / "nowhere.glb"), "default")
    with pytest.raises(InputError, match=r"found the path .*, expected one inside"):
        find_scene(elsewhere, "../room_1/habitat/mesh.glb", "default")


@pytest.mark.parametrize("navmeshes", [{}, {"nav": "nowhere.navmesh"}, {"nav": ""}])
def test_a_navmesh_that_is_named_but_not_there(
    tmp_path: Path, navmeshes: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    scenes = furnished(tmp_path)
    write(scenes / CONFIG, {**json.loads((scenes / CONFIG).read_text()), "navmesh_instances": navmeshes})
    placed = {"stage_instance": {"template_name": "room"}, "navmesh_instance": "nav"}
    write(scenes / "room.scene_instance.json", placed)
    assert find_scene(scenes, "room", CONFIG).navmesh is None
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING


def test_a_nav_asset_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_box(tmp_path / "room.glb")
    write(tmp_path / "room.stage_config.json", {"render_asset": "room.glb", "nav_asset": "x.navmesh"})
    assert find_scene(tmp_path, "room.glb", "default").navmesh is None
    assert "its nav_asset" in caplog.text


def test_gltf_stages_have_their_y_up(tmp_path: Path) -> None:
    writer = GlbWriter()
    writer.mesh(*box((0, 0, 0), (1, 2, 3)))
    document = {key: value for key, value in writer.document.items() if value != []}
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/geometry 1.bin").write_bytes(writer.binary)
    document["buffers"] = [{"byteLength": len(writer.binary), "uri": "parts/geometry%201.bin"}]
    (tmp_path / "room.gltf").write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert extents(tmp_path, "room.gltf", "default") == [1, 2, 3]
    write(tmp_path / CONFIG, {"stages": {"paths": {".gltf": ["*.gltf"]}}})
    assert extents(tmp_path, "room") == [1, 2, 3]


@pytest.mark.parametrize("colour_type", ["uchar", "ushort", "float"])
def test_ply_stages_have_the_colours_of_their_vertices(tmp_path: Path, colour_type: str) -> None:
    white = {"uchar": 255, "ushort": 65535, "float": 1.0}[colour_type]
    colours = [f"property {colour_type} {name}" for name in ("red", "green", "blue")]
    vertices = [f"{x} {y} 0 {white} 0 {white if x else 0}" for x, y in ((0, 0), (2, 0), (2, 1), (0, 1))]
    header = ["ply", "format ascii 1.0", "element vertex 4", *(f"property float {axis}" for axis in "xyz"), *colours]
    faces = ["element face 1", "property list uchar int vertex_indices", "end_header"]
    (tmp_path / "mesh.ply").write_text("\n".join([*header, *faces, *vertices, "4 0 1 2 3", ""]))
    mesh = load_scene(find_scene(tmp_path, "mesh.ply", "default"), 4).mesh
    assert mesh.vertex_colors is not None
    assert mesh.vertex_colors.tolist() == [[255, 0, 0], [255, 0, 255], [255, 0, 255], [255, 0, 0]]
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3]]
    assert np.ptp(mesh.vertices, axis=0).tolist() == [2, 1, 0]
    write(tmp_path / "mesh.stage_config.json", {"render_asset": "mesh.ply", "up": [0, 0, 1], "front": [0, 1, 0]})
    assert extents(tmp_path, "mesh.ply", "default") == [2, 0, 1]


def test_the_whole_of_a_house_by_its_configuration_beside_it(tmp_path: Path) -> None:
    """As a user's own house: the mesh with its configuration, semantic mesh and navmesh in one folder."""
    houses = Path(__file__).parents[2] / "data" / "habitat_houses"
    for ending in ("glb", "semantic.glb", "navmesh", "instances.json"):
        shutil.copy(houses / f"house_0001.{ending}", tmp_path)
    own = {"render_asset": "house_0001.glb", "semantic_asset": "house_0001.semantic.glb", **Y_UP}
    write(tmp_path / "house_0001.stage_config.json", own)
    ours = load_scene(find_scene(tmp_path, "house_0001.glb", "default"), 16)
    scene = find_scene(houses, "scenes/house_0001.scene_instance.json", "golden.scene_dataset_config.json")
    assert np.array_equal(ours.mesh.vertices, load_scene(scene, 16).mesh.vertices)
    assert len(ours.objects) > 30


def test_one_of_many_objects_is_found_without_a_look_at_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scene of ReplicaCAD or HSSD names hundreds of thousands."""
    for number in range(50):
        write(tmp_path / f"objects/{number}.object_config.json", {"render_asset": "lamp.glb"})
    config = {"objects": {"paths": {".json": ["objects"]}}}
    table = TemplateTable(tmp_path / CONFIG, config, "objects", ".object_config.json")
    table.find("0")
    looked_at = []
    monkeypatch.setattr(
        template_table, "_parts", lambda handle, ending: looked_at.append(handle) or PurePosixPath(handle).parts
    )
    assert [table.find(str(number)).name for number in range(50)] == list(map(str, range(50)))
    assert len(looked_at) <= 100
