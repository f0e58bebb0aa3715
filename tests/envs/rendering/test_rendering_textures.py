"""Textures and vertex colours against an exact sampler written down from the definitions."""

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import Intrinsics, pose_matrix
from leo_agent.envs.rendering import Mesh, RenderScene, Texture
from leo_agent.envs.rendering.textures import make_texture_set

CAMERA = Intrinsics.from_hfov(96, 80, 79)
IDENTITY = np.eye(4)
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
WHITE = np.full((2, 3), 255, np.uint8)
# The corners of a quad from its lower left on, counter-clockwise; v runs down.
CORNERS = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
UNIT_UV = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])


def quad(uv: np.ndarray, textures: tuple[Texture, ...], colors: np.ndarray = WHITE, half_m: float = 1.0) -> Mesh:
    """A square in the plane z = 0 with texture coordinates (4, 2) at its corners."""
    vertices = np.append(CORNERS * half_m, np.zeros((4, 1)), axis=1).astype(np.float32)
    rows = np.zeros(2, np.int32)
    return Mesh(vertices, FACES, colors, np.ones(2, np.int32), None, uv[FACES].astype(np.float32), rows, textures)


def smooth_texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Pixels (H, W, 3) with detail at several scales, which repeats without a seam."""
    rng = np.random.default_rng(seed)
    v, u = np.meshgrid((np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width, indexing="ij")
    total = np.full((height, width, 3), 0.5)
    for channel in range(3):
        for octave in (1, 2, 4, 9):
            phase = rng.uniform(0.0, 2.0 * np.pi, 2)
            waves = np.sin(2 * np.pi * octave * u + phase[0]) * np.sin(2 * np.pi * octave * v + phase[1])
            total[..., channel] += waves * 0.2
    return np.clip(total * 255.0, 0.0, 255.0).astype(np.uint8)


def wrapped(index: np.ndarray, size: int, wrap: str) -> np.ndarray:
    if wrap == "repeat":
        return index % size
    if wrap == "clamp":
        return np.clip(index, 0, size - 1)
    folded = index % (2 * size)
    return np.where(folded < size, folded, 2 * size - 1 - folded)


def bilinear(pixels: np.ndarray, uv: np.ndarray, wraps: tuple[str, str]) -> np.ndarray:
    """Colours (N, 3) at uv (N, 2), by OpenGL's definition of linear filtering."""
    height, width = pixels.shape[:2]
    place = uv * [width, height] - 0.5
    low = np.floor(place).astype(int)
    part = place - low
    total = np.zeros((len(uv), 3))
    for right in (0, 1):
        for down in (0, 1):
            weight = (part[:, 0] if right else 1 - part[:, 0]) * (part[:, 1] if down else 1 - part[:, 1])
            columns, rows = wrapped(low[:, 0] + right, width, wraps[0]), wrapped(low[:, 1] + down, height, wraps[1])
            total += weight[:, None] * pixels[rows, columns]
    return total


def halved(pixels: np.ndarray) -> np.ndarray:
    """The mean of each two by two pixels."""
    return pixels.reshape(len(pixels) // 2, 2, pixels.shape[1] // 2, 2, 3).mean(axis=(1, 3))


def plane_uv(pose: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Texture coordinates (N, 2) of the unit quad at T_world_body where rays through image positions meet it."""
    right = (columns - CAMERA.center_x_px) / CAMERA.focal_x_px
    up = (CAMERA.center_y_px - rows) / CAMERA.focal_y_px
    rays = np.stack([right, up, -np.ones_like(right)], axis=1)
    origin, directions = -pose[:3, :3].T @ pose[:3, 3], rays @ pose[:3, :3]
    points = origin - directions * (origin[2] / directions[:, 2])[:, None]
    return np.stack([(points[:, 0] + 1.0) / 2.0, (1.0 - points[:, 1]) / 2.0], axis=1)


def trilinear(texture: np.ndarray, pose: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Colours (N, 3) of the unit quad, mip maps chosen by the longer axis of a pixel's footprint."""
    uv, size, step = plane_uv(pose, columns, rows), np.array(texture.shape[1::-1]), 1e-3
    across = np.linalg.norm((plane_uv(pose, columns + step, rows) - uv) / step * size, axis=1)
    down = np.linalg.norm((plane_uv(pose, columns, rows + step) - uv) / step * size, axis=1)
    levels = [texture.astype(float)]
    while min(levels[-1].shape[:2]) > 1:
        levels.append(halved(levels[-1]))
    detail = np.clip(np.log2(np.maximum(across, down)), 0.0, len(levels) - 1.0)
    colors = np.stack([bilinear(level, uv, ("repeat", "repeat")) for level in levels])
    low = np.minimum(detail.astype(int), len(levels) - 2)
    part, index = (detail - low)[:, None], np.arange(len(uv))
    return (1.0 - part) * colors[low, index] + part * colors[low + 1, index]


@pytest.mark.parametrize("side", [16, 64, 256, 1024])
def test_a_quad_seen_aslant_shows_what_the_definition_says(side: int) -> None:
    texture = smooth_texture(side, side)
    pose = pose_matrix((0.1, -0.05, -1.3), (0.3, 0.35, 0.1, 0.9))
    scene = RenderScene()
    scene.add(quad(UNIT_UV, (Texture(texture),)), pose)
    frame = scene.render(CAMERA, IDENTITY)
    rows, columns = np.nonzero(frame.segmentation)
    expected = trilinear(texture, pose, columns + 0.5, rows + 0.5)
    error = np.abs(frame.image[rows, columns] - expected).max(axis=1)
    print(f"texture {side}: {len(rows)} pixels, within 2/255 {np.mean(error <= 2.0):.3%}, worst {error.max():.1f}")
    assert len(rows) > 1000
    assert np.mean(error <= 2.0) > 0.995


@pytest.mark.parametrize("wrap_u", ["repeat", "clamp", "mirror"])
@pytest.mark.parametrize("wrap_v", ["repeat", "clamp", "mirror"])
@pytest.mark.parametrize("shape", [(8, 8), (5, 7), (1, 3)])
def test_coordinates_outside_are_wrapped(wrap_u: str, wrap_v: str, shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*shape, 3)).astype(np.uint8)
    scene = RenderScene()
    texture = Texture(pixels, wrap_u=wrap_u, wrap_v=wrap_v)
    uv = UNIT_UV * 8.0 - 3.4
    scene.add(quad(uv, (texture,), half_m=2.0), pose_matrix((0.0, 0.0, -0.8), (0.0, 0.0, 0.0, 1.0)))
    image = scene.render(CAMERA, IDENTITY).image
    rows, columns = (index.ravel() for index in np.indices((CAMERA.height, CAMERA.width)))
    x = (columns + 0.5 - CAMERA.center_x_px) / CAMERA.focal_x_px * 0.8
    y = (CAMERA.center_y_px - rows - 0.5) / CAMERA.focal_y_px * 0.8
    seen = np.stack([(x + 2.0) / 4.0, (2.0 - y) / 4.0], axis=1) * 8.0 - 3.4
    assert seen.min() < -0.3
    assert seen.max() > 1.0
    expected = bilinear(pixels.astype(float), seen, (wrap_u, wrap_v))
    assert np.abs(image.reshape(-1, 3) - expected).max() <= 2.5


@pytest.mark.parametrize(("wrap", "mode"), [("repeat", "wrap"), ("clamp", "edge"), ("mirror", "edge")])
@pytest.mark.parametrize("shape", [(8, 8), (5, 13), (1, 3)])
def test_levels_are_halved_rounded_down_and_have_borders(shape: tuple[int, int], wrap: str, mode: str) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (*shape, 3)).astype(np.uint8)
    textures = make_texture_set([Texture(pixels, wrap, "clamp")])
    for level, (first, width, height) in enumerate(textures.levels):
        # The renderer finds the sizes of levels by shifts.
        assert (height, width) == (max(shape[0] >> level, 1), max(shape[1] >> level, 1))
        stored = textures.texels[first : first + (height + 2) * (width + 2)].reshape(height + 2, width + 2)
        inside = stored[1:-1, 1:-1]
        assert (stored == np.pad(np.pad(inside, ((0, 0), (1, 1)), mode=mode), ((1, 1), (0, 0)), mode="edge")).all()
    assert len(textures.texels) == first + 9
    red, green, blue = np.moveaxis(pixels.astype(np.uint32), -1, 0)
    assert (
        textures.texels.ravel()[: (shape[0] + 2) * (shape[1] + 2)].reshape(shape[0] + 2, -1)[1:-1, 1:-1]
        == (red | green << 8 | blue << 16)
    ).all()


def test_farther_away_there_is_less_contrast_and_the_same_mean() -> None:
    checks = np.where(np.indices((256, 256)).sum(axis=0) % 2, 255, 0).astype(np.uint8)
    scene = RenderScene()
    handle = scene.add(quad(UNIT_UV * 40.0, (Texture(checks[..., None].repeat(3, axis=2)),), half_m=40.0))
    distances, contrasts = np.geomspace(0.05, 20.0, 25), []
    for distance in distances:
        scene.set_pose(handle, pose_matrix((0.0, 0.0, -distance), (0.0, 0.0, 0.0, 1.0)))
        image = scene.render(CAMERA, IDENTITY).image.astype(float)
        contrasts.append(image.std())
        assert abs(image.mean() - 127.5) < 8.0
    # A texel is a pixel wide at 0.45 m; the level after the first is gray.
    contrast = np.array(contrasts)
    assert (contrast[distances < 0.45] > 35.0).all()
    assert (np.diff(contrast[distances > 0.45]) < 0.3).all()
    assert (contrast[distances > 1.0] < 0.6).all()


def test_base_colour_texture_and_vertex_colours_are_multiplied() -> None:
    gray = Texture(np.full((4, 4, 3), 128, np.uint8))
    colors = np.array([[255, 100, 40], [255, 100, 40]], np.uint8)
    plain = quad(UNIT_UV, (gray,), colors)
    tinted = Mesh(**{**vars(plain), "vertex_colors": np.full((4, 3), 64, np.uint8)})
    for mesh, factor in ((plain, 128 / 255), (tinted, 128 / 255 * 64 / 255)):
        scene = RenderScene()
        scene.add(mesh, pose_matrix((0.0, 0.0, -0.5), (0.0, 0.0, 0.0, 1.0)))
        image = scene.render(CAMERA, IDENTITY).image
        assert np.abs(image - colors[0] * factor).max() <= 1.0


def test_vertex_colours_are_interpolated_in_perspective() -> None:
    pose = pose_matrix((0.1, -0.05, -1.3), (0.3, 0.35, 0.1, 0.9))
    vertices = np.append(CORNERS, np.zeros((4, 1)), axis=1).astype(np.float32)
    # Red grows with u, green with v: linear over the whole quad.
    tints = np.stack([UNIT_UV[:, 0] * 255, UNIT_UV[:, 1] * 255, np.full(4, 30)], axis=1).astype(np.uint8)
    scene = RenderScene()
    scene.add(Mesh(vertices, FACES, WHITE, np.ones(2, np.int32), vertex_colors=tints), pose)
    frame = scene.render(CAMERA, IDENTITY)
    rows, columns = np.nonzero(frame.segmentation)
    uv = plane_uv(pose, columns + 0.5, rows + 0.5)
    expected = np.stack([uv[:, 0] * 255, uv[:, 1] * 255, np.full(len(uv), 30)], axis=1)
    assert np.abs(frame.image[rows, columns] - expected).max() <= 1.5


def test_bodies_with_and_without_textures_are_drawn_together() -> None:
    textures = [Texture(np.full((2, 2, 3), value, np.uint8)) for value in (50, 150, 200)]
    mixed = quad(UNIT_UV, (textures[1], textures[2]))
    mixed = Mesh(**{**vars(mixed), "face_textures": np.array([-1, 1], np.int32)})
    flat = Mesh(mixed.vertices, FACES, np.full((2, 3), 90, np.uint8), np.full(2, 7, np.int32))
    tinted = Mesh(**{**vars(flat), "vertex_colors": np.full((4, 3), 51, np.uint8)})
    scene = RenderScene()
    shown = []
    for x, mesh in ((-4.5, quad(UNIT_UV, (textures[0],))), (-1.5, flat), (1.5, mixed), (4.5, tinted)):
        scene.add(mesh, pose_matrix((x, 0.0, -7.0), (0.0, 0.0, 0.0, 1.0)))
    image = scene.render(CAMERA, IDENTITY).image
    for x, y in ((-4.5, 0.0), (-1.5, 0.0), (1.2, 0.5), (1.8, -0.5), (4.5, 0.0)):
        row = CAMERA.center_y_px - y / 7.0 * CAMERA.focal_y_px
        column = CAMERA.center_x_px + x / 7.0 * CAMERA.focal_x_px
        shown.append(int(image[int(row), int(column), 0]))
    assert shown == [50, 90, 200, 255, 18]


def test_pixels_of_a_face_without_area_in_the_texture_have_one_colour() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    scene = RenderScene()
    uv = np.full((4, 2), (10.5 / 32, 20.5 / 32))
    scene.add(quad(uv, (Texture(pixels),)), pose_matrix((0.0, 0.0, -0.5), (0.0, 0.1, 0.0, 1.0)))
    frame = scene.render(CAMERA, IDENTITY)
    assert (frame.image[frame.segmentation > 0] == pixels[20, 10]).all()


def test_huge_texture_coordinates_are_harmless() -> None:
    scene = RenderScene()
    for wrap in ("repeat", "clamp", "mirror"):
        uv = np.array([[0.0, 0.0], [3e38, 1.0], [-3e38, 3e38], [1e30, -1e30]])
        texture = Texture(np.full((4, 4, 3), 77, np.uint8), wrap, wrap)
        scene.add(quad(uv, (texture,)), pose_matrix((0.0, 0.0, -0.5), (0.0, 0.1, 0.0, 1.0)))
        frame = scene.render(CAMERA, IDENTITY)
        assert (frame.image[frame.segmentation > 0] == 77).all()


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((1, 16385, 3), np.uint8),
    ],
)
def test_malformed_textures_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(InputError, match="texture pixels: found "):
        Texture(pixels)


def test_an_unknown_wrap_is_refused() -> None:
    with pytest.raises(InputError, match="wrap_u: found 'border', expected one of repeat, clamp, mirror"):
        Texture(np.zeros((4, 4, 3), np.uint8), "border")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("texcoords", np.zeros((2, 3, 3), np.float32)),
        ("texcoords", np.full((2, 3, 2), np.inf, np.float32)),
        ("texcoords", None),
        ("face_textures", np.array([0, 1], np.int32)),
        ("face_textures", np.array([0, -2], np.int32)),
        ("face_textures", np.zeros(3, np.int32)),
        ("face_textures", None),
        ("vertex_colors", np.zeros((3, 3), np.uint8)),
    ],
)
def test_malformed_textured_meshes_are_refused(field: str, value: np.ndarray | None) -> None:
    good = quad(UNIT_UV, (Texture(np.zeros((4, 4, 3), np.uint8)),))
    with pytest.raises(InputError, match=rf"{field}.*: found .*, expected "):
        Mesh(**{**vars(good), field: value})
