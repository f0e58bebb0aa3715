"""The hashes that tell whether a run goes on in the scenes that it was begun in."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leo_agent.envs.navigation.content import _scene_hash
from leo_agent.envs.scenes.dataset import find_scene
from tests.envs.glb_writer import GlbWriter, encode, quad

DRAWN = np.full((2, 2, 3), 100, np.uint8)


def write_room(folder: Path, image: str = "wall%20paper.png") -> dict[str, Any]:
    """A .gltf with a buffer and a picture beside it; returns its document."""
    writer = GlbWriter()
    vertices, faces, places = quad()
    writer.mesh(vertices, faces, writer.material((1, 1, 1, 1), writer.texture(image)), TEXCOORD_0=places)
    content = writer.content()
    length = int.from_bytes(content[12:16], "little")
    document = json.loads(content[20 : 20 + length])
    document["buffers"][0]["uri"] = "room.bin"
    (folder / "room.bin").write_bytes(content[20 + length + 8 :])
    (folder / "wall paper.png").write_bytes(encode(DRAWN, "PNG"))
    (folder / "room.gltf").write_text(json.dumps(document))
    return document


def room_hash(folder: Path) -> str:
    return _scene_hash(find_scene(folder, "room.gltf", "default"))


@pytest.mark.parametrize("name", ["room.gltf", "room.bin", "wall paper.png"])
def test_an_edit_of_any_file_of_a_mesh_changes_it(tmp_path: Path, name: str) -> None:
    write_room(tmp_path)
    before = room_hash(tmp_path)
    assert room_hash(tmp_path) == before
    path = tmp_path / name
    path.write_bytes(path.read_bytes() + b" ")
    assert room_hash(tmp_path) != before


@pytest.mark.parametrize("uri", ["gone.png", "../../outside.png", "data:image/png;base64,AAAA"])
def test_what_is_not_there_is_no_part_of_it(tmp_path: Path, uri: str) -> None:
    """Reading says what is wrong with it, if anything is."""
    write_room(tmp_path, uri)
    before = room_hash(tmp_path)
    (tmp_path / "wall paper.png").unlink()
    assert room_hash(tmp_path) == before
