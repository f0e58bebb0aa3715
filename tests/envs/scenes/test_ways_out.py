"""The commands that errors name, run against their tool: what they write is read, and is the same mesh."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.meshes.glb import read_glb
from leo_agent.envs.scenes.meshes.gltf_container import _WAYS_OUT
from tests.envs.glb_writer import GlbWriter, quad

TOOL = ["npx", "--yes", "@gltf-transform/cli@4.5.1"]
# How the tool itself makes a file that needs the extension.
MADE_BY = {
    "KHR_draco_mesh_compression": ("draco",),
    "EXT_meshopt_compression": ("meshopt",),
    "EXT_texture_webp": ("webp", "--formats", "*"),
    "EXT_texture_avif": ("avif", "--formats", "*"),
}


def run_tool(folder: Path, *arguments: str) -> None:
    subprocess.run([*TOOL, *arguments], cwd=folder, check=True, capture_output=True, timeout=300)


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which("npx") is None:
        pytest.skip("npx is not here")
    try:
        run_tool(tmp_path_factory.mktemp("tool"), "--version")
    except (subprocess.SubprocessError, OSError):
        pytest.skip("npx cannot get @gltf-transform/cli")


def test_every_command_is_tried_below() -> None:
    assert _WAYS_OUT.keys() == MADE_BY.keys()


@pytest.mark.slow
@pytest.mark.usefixtures("tool")
@pytest.mark.parametrize("extension", MADE_BY)
def test_the_command_that_an_error_names_writes_what_is_read(tmp_path: Path, extension: str) -> None:
    vertices, faces, texcoords = quad()
    pixels = np.full((16, 16, 3), [200, 100, 50], np.uint8)
    writer = GlbWriter()
    writer.mesh(vertices, faces, writer.material(texture=writer.texture(pixels)), TEXCOORD_0=texcoords)
    writer.save(tmp_path / "plain.glb")
    run_tool(tmp_path, *MADE_BY[extension][:1], "plain.glb", "IN.glb", *MADE_BY[extension][1:])
    with pytest.raises(InputError, match=extension) as caught:
        read_glb(tmp_path / "IN.glb")
    command = re.search(r"npx @gltf-transform/cli (.*)$", str(caught.value))
    assert command is not None
    run_tool(tmp_path, *command[1].replace("'*'", "*").split())
    converted = read_glb(tmp_path / "OUT.glb")
    np.testing.assert_allclose(np.sort(converted.vertices, axis=0), np.sort(vertices, axis=0), atol=1e-3)
    assert len(converted.faces) == 2
    assert np.abs(converted.textures[0].pixels.astype(int) - [200, 100, 50]).max() <= 12
