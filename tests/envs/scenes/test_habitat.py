"""The same scene files drawn by habitat-sim and by us; runs where habitat-sim is installed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leo_agent.envs.camera import Intrinsics, pose_matrix
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from leo_agent.envs.rendering import RenderScene
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene
from tests.envs.glb_writer import GlbWriter, box
from tests.envs.scenes.test_labels import HM3D, HOUSE
from tests.envs.scenes.test_ply import ply
from tests.envs.scenes.test_semantics import HM3D_CONFIG, linear

pytest.importorskip("habitat_sim", reason="compares with the real habitat-sim")

WIDTH, HEIGHT = 320, 240
# Positions x, y, z of the agent's base and yaw in degrees: into the corners of a room of 8 x 8 m.
VIEWS = [(-3, 0, 3, -45), (3, 0, 3, 45), (3, 0, -3, 135), (0, 0, 3.5, 0), (-3.5, 0, 0, -90)]
PICTURE = np.kron(np.random.default_rng(4).integers(40, 256, (8, 8, 3)), np.ones((16, 16, 1))).astype(np.uint8)
HALF = float(np.sqrt(0.5))


def textured_box(writer: GlbWriter, low: tuple, high: tuple, texture: int | None, factor: tuple = (1, 1, 1, 1)) -> None:
    """A box whose faces have corners of their own, so that each is a picture."""
    vertices, faces = box(low, high)
    corners = vertices[faces].reshape(-1, 3)
    span = np.ptp(vertices, axis=0)
    places = (corners - vertices.min(axis=0)) / span
    flat = np.repeat(np.ptp(vertices[faces], axis=1).argmin(axis=1), 3)
    axes = np.array([[1, 2], [0, 2], [0, 1]])[flat]
    texcoords = np.take_along_axis(places, axes, axis=1).astype("<f4")
    attributes = {} if texture is None else {"TEXCOORD_0": texcoords}
    writer.mesh(corners, np.arange(36).reshape(-1, 3), writer.material(factor, texture), **attributes)


# Floor and two walls, z up, as Matterport3D's; not of whole cells of a navmesh, where rounding would decide.
WEST, SOUTH, EAST, NORTH = -4.013, -4.021, 4.007, 4.017
ROOM = (
    ((WEST, SOUTH, -0.1), (EAST, NORTH, 0)),
    ((WEST, 3.9, 0), (EAST, NORTH, 2.5)),
    ((3.9, SOUTH, 0), (EAST, 3.9, 2.5)),
)
FURNITURE = (((-2, 0, 0), (-1, 1, 1), 1, 0xFF00AA), ((1, 0, 0), (2, 1, 2), 7, 0x00FF00))


def z_up_room(writer: GlbWriter) -> None:
    texture = writer.texture(PICTURE)
    for (low, high), factor in zip(ROOM, ((1, 1, 1, 1), (0.5, 1, 0.7, 1), (1, 0.6, 0.8, 1)), strict=True):
        textured_box(writer, low, high, texture, factor)


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def flat_with_objects(folder: Path) -> tuple[str, str]:
    """A stage with z up, and objects placed in every way; a template each, since habitat-sim's ids are by template."""
    room, block = GlbWriter(), GlbWriter()
    z_up_room(room)
    room.save(folder / "room.glb")
    textured_box(block, (0, 0, 0), (0.4, 0.8, 1.2), block.texture(PICTURE[:64, :64]), (1, 0.9, 0.5, 1))
    block.save(folder / "block.glb")
    block.save(folder / "block_z_up.glb")
    write(folder / "room.stage_config.json", {"render_asset": "room.glb", "up": [0, 0, 1], "front": [0, 1, 0]})
    turned = [np.cos(0.3), 0, np.sin(0.3), 0]
    objects: list[tuple[dict, dict]] = [
        ({}, {"translation": [-2, 0.5, -2]}),
        ({}, {"translation": [0, 0.5, -2], "rotation": turned}),
        ({"COM": [0, 0, 0]}, {"translation": [1.5, 0, -2], "rotation": turned}),
        ({"COM": [0.2, 0, 0.3], "scale": [2, 1, 0.5]}, {"translation": [-2, 0, 0], "uniform_scale": 1.2}),
        ({}, {"translation": [0, 0, 0], "translation_origin": "asset_local", "rotation": turned}),
        ({}, {"translation": [2, 0, 0], "translation_origin": "asset_local", "non_uniform_scale": [1, 1.5, -0.6]}),
        (
            # A file of its own: habitat-sim draws each file with the axes that the first template of it names.
            {"render_asset": "../block_z_up.glb", "up": [0, 0, 1], "front": [0, 1, 0]},
            {"translation": [-1, 0.5, 1.5], "non_uniform_scale": [1, 0.7, 2]},
        ),
        ({"scale": [0.5, 2, 1]}, {"translation": [1.5, 1, 1.5], "rotation": [HALF, 0, 0, HALF]}),
    ]
    instances = []
    for number, (template, instance) in enumerate(objects):
        name = f"block_{number:02d}"
        attributes = {"render_asset": "../block.glb", "semantic_id": 10 + number, "shader_type": "flat", **template}
        write(folder / "objects" / f"{name}.object_config.json", attributes)
        instances.append({"template_name": name, "motion_type": "STATIC", **instance})
    write(
        folder / "flat.scene_dataset_config.json",
        {
            "stages": {"paths": {".json": ["*"]}},
            "objects": {"paths": {".json": ["objects"]}},
            "scene_instances": {"paths": {".json": ["scenes"]}},
        },
    )
    scene = {"stage_instance": {"template_name": "room"}, "default_lighting": "no_lights"}
    write(folder / "scenes" / "flat_0001.scene_instance.json", {**scene, "object_instances": instances})
    return "scenes/flat_0001.scene_instance.json", "flat.scene_dataset_config.json"


def furnished_room() -> GlbWriter:
    writer = GlbWriter()
    z_up_room(writer)
    for low, high, instance, _ in FURNITURE:
        textured_box(writer, low, high, None, (0.3, 0.5, instance / 10, 1))
    return writer


def labelled_boxes() -> list[tuple[np.ndarray, np.ndarray, int, int]]:
    """Vertices, faces, id and colour of each box; the room has none, which is id 0 and black."""
    boxes = [(low, high, 0, 0) for low, high in ROOM] + list(FURNITURE)
    return [(*box(low, high), instance, color) for low, high, instance, color in boxes]


def hm3d(folder: Path, painted: bool) -> tuple[str, str]:
    labelled = GlbWriter()
    colors = sorted({color for *_, color in labelled_boxes()})
    row = np.array([[color >> 16, color >> 8 & 255, color & 255] for color in colors], np.uint8)
    # habitat-sim ends the process over a picture whose width is odd.
    picture = np.repeat(row[None], 16, axis=1).repeat(16, axis=0)
    material = labelled.material((1, 1, 1, 1), labelled.texture(picture)) if painted else None
    for vertices, faces, _, color in labelled_boxes():
        # habitat-sim wants the colours for the objects' boxes, even where it draws from the texture.
        attributes = {"COLOR_0": np.array([linear(color)] * 8, "<f4")}
        if painted:
            attributes["TEXCOORD_0"] = np.full((8, 2), (colors.index(color) + 0.5) / len(colors), "<f4")
        labelled.mesh(vertices, faces, material, **attributes)
    scan = folder / "val" / "00800-scan"
    furnished_room().save(scan / "scan.basis.glb")
    labelled.save(scan / "scan.semantic.glb")
    (scan / "scan.semantic.txt").write_text(HM3D)
    attributes = {**HM3D_CONFIG["stages"]["default_attributes"], "has_semantic_textures": painted}
    write(
        folder / "hm3d.scene_dataset_config.json",
        {**HM3D_CONFIG, "stages": {**HM3D_CONFIG["stages"], "default_attributes": attributes}},
    )
    return "val/00800-scan/scan.basis.glb", "hm3d.scene_dataset_config.json"


def matterport(folder: Path) -> tuple[str, str]:
    boxes = labelled_boxes()
    vertices = np.concatenate([part[0] for part in boxes])
    faces = np.concatenate([part[1] + 8 * number for number, part in enumerate(boxes)])
    scan = folder / "mp3d" / "scan"
    furnished_room().save(scan / "scan.glb")
    # Matterport3D's objects are counted from 0; this house has three.
    ids = np.repeat([min(part[2], 2) for part in boxes], 12)
    (scan / "scan_semantic.ply").write_bytes(ply(vertices, faces, ids))
    (scan / "scan.house").write_text(HOUSE)
    attributes = {
        **{"shader_type": "flat", "up": [0, 0, 1], "front": [0, 1, 0]},
        # Without these two habitat-sim turns the semantic mesh twice.
        **{"semantic_up": [0, 1, 0], "semantic_front": [0, 0, -1]},
        "semantic_asset": "%%CONFIG_NAME_AS_ASSET_FILENAME%%_semantic.ply",
        "semantic_descriptor_filename": "%%CONFIG_NAME_AS_ASSET_FILENAME%%.house",
    }
    stages = {"paths": {".glb": ["mp3d/*/*.glb"]}, "default_attributes": attributes}
    write(folder / "mp3d.scene_dataset_config.json", {"stages": stages})
    return "mp3d/scan/scan.glb", "mp3d.scene_dataset_config.json"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["objects", "hm3d-textures", "hm3d-colours", "mp3d"])
def test_the_same_files_give_the_same_views(tmp_path: Path, kind: str) -> None:
    if kind == "objects":
        scene_id, config_name = flat_with_objects(tmp_path)
    elif kind == "mp3d":
        scene_id, config_name = matterport(tmp_path)
    else:
        scene_id, config_name = hm3d(tmp_path, kind == "hm3d-textures")
    config = SimulatorConfig(tmp_path, config_name, WIDTH, HEIGHT)
    real = make_simulator("habitat", config)
    real.load_scene(scene_id)
    drawing = RenderScene()
    drawing.add(load_scene(find_scene(tmp_path, scene_id, config_name), 16).mesh)
    intrinsics = Intrinsics.from_hfov(WIDTH, HEIGHT, config.hfov_deg)
    depth_equal, ids_equal, differences = [], [], []
    for x, y, z, yaw_deg in VIEWS:
        rotation = (0.0, np.sin(np.radians(yaw_deg) / 2), 0.0, np.cos(np.radians(yaw_deg) / 2))
        real.set_agent_state((x, y, z), rotation)
        theirs = real.render()
        ours = drawing.render(intrinsics, pose_matrix((x, y + config.camera_height_m, z), rotation))
        depth_equal.append(np.abs(ours.depth - theirs["depth"]) < 0.005)
        ids_equal.append(ours.segmentation == theirs["segmentation"])
        differences.append(np.abs(ours.image.astype(int) - theirs["image"]).max(axis=-1))
    real.close()
    depth, ids = np.mean(depth_equal), np.mean(ids_equal)
    difference = np.stack(differences)
    print(
        f"{kind}: depth in 5 mm {depth:.3%}, ids equal {ids:.3%}, RGB in 2/255 {(difference <= 2).mean():.3%}, "
        f"in 8/255 {(difference <= 8).mean():.3%}"
    )
    assert depth >= 0.995
    assert ids >= 0.995
    assert (difference <= 8).mean() >= 0.99


def test_the_navmesh_is_baked_around_static_objects(tmp_path: Path) -> None:
    """Neither has a navmesh: both bake one of the stage and the objects, and every question has one answer."""
    config = SimulatorConfig(tmp_path, flat_with_objects(tmp_path)[1], WIDTH, HEIGHT)
    ours, theirs = make_simulator("embedded", config), make_simulator("habitat", config)
    for simulator in (ours, theirs):
        simulator.load_scene("scenes/flat_0001.scene_instance.json")
    points = np.random.default_rng(0).uniform((-4, 0, -4), (4, 0.2, 4), (400, 3)).astype(np.float32)
    navigable = np.array([[simulator.is_navigable(point) for point in points] for simulator in (ours, theirs)])
    distances = np.array([[simulator.obstacle_distance(point) for point in points] for simulator in (ours, theirs)])
    theirs.close()
    print(f"navigable {navigable.mean(axis=1)}, equal {(navigable[0] == navigable[1]).mean():.2%}")
    assert 0.3 < navigable.mean() < 0.8
    assert (navigable[0] == navigable[1]).mean() >= 0.995
    on_both = navigable.all(axis=0)
    assert (np.abs(distances[0] - distances[1])[on_both] < 0.01).mean() >= 0.995
