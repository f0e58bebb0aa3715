"""Shapes are closed with their fronts outside, textures are images that repeat without a seam."""

import numpy as np
import pytest

from leo_agent.envs.procedural.houses.shapes import (
    Material,
    Model,
    Top,
    ball,
    box,
    lathe,
    leg,
    pillow,
    prism,
    rod,
    soft_box,
)
from leo_agent.envs.procedural.houses.textures import draw_texture, texture_names

PLAIN = Material()
CYLINDER = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 2.0), (1.0, 2.0), (0.0, 2.0)]
# Shape, its volume, and how much less a polygon of its sides may hold.
SOLIDS = {
    "box": (lambda model: box(model, PLAIN, (0, 1), (0, 2), (0, 3)), 6.0, 0.0),
    "leg": (lambda model: leg(model, PLAIN, (0.3, 0.1), (0.0, 0.0), (0, 2), 0.5), 0.5, 1e-9),
    "prism": (lambda model: prism(model, PLAIN, [(0, 0), (2, 0), (1, 1)], (0, 3)), 3.0, 0.0),
    "soft_box": (lambda model: soft_box(model, PLAIN, (0, 1), (0, 1), (0, 1), 0.1), 1.0, 0.06),
    "lathe": (lambda model: lathe(model, PLAIN, CYLINDER, sides=32), 2.0 * np.pi, 0.02),
    "rod": (lambda model: rod(model, PLAIN, (1, 0, 0), (1, 3, 4), 0.5, sides=32), 5.0 * np.pi / 4.0, 0.02),
    "ball": (lambda model: ball(model, PLAIN, (5, 0, 0), 1.0), 4.0 * np.pi / 3.0, 0.12),
    "pillow": (lambda model: pillow(model, PLAIN, (0.5, 0.5, 0.2), (0, 1, 0), yaw=0.3, pitch=-0.4), 0.03, 0.3),
}


def volume(model: Model) -> float:
    """By the divergence theorem: right only for a closed surface whose fronts are outside."""
    total = 0.0
    for part in model.surfaces:
        a, b, c = (part.vertices[part.faces[:, k]] for k in range(3))
        total += float(np.einsum("ij,ij->", np.cross(a, b), c)) / 6.0
    return total


@pytest.mark.parametrize("name", SOLIDS)
def test_solids_are_closed_and_face_outwards(name):
    build, expected, slack = SOLIDS[name]
    model = Model()
    build(model)
    assert expected * (1.0 - slack) - 1e-9 <= volume(model) <= expected * 1.001 + 1e-9
    for part in model.surfaces:
        assert np.allclose(np.linalg.norm(part.normals, axis=1), 1.0)
        corners = part.vertices[part.faces]
        faced = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert (np.einsum("ij,ij->i", faced, part.normals[part.faces].mean(axis=1)) > -1e-12).all()


def test_a_model_is_turned_from_its_front_towards_x_and_its_tops_come_along():
    model = Model()
    box(model, PLAIN, (-1, 1), (0, 1), (0, 0.5))
    model.tops.append(Top((-1.0, 1.0), (0.0, 0.5), 1.0))
    turned = model.placed((10.0, 0.0, 20.0), np.pi / 2.0)
    assert np.allclose(turned.bounds, [(10.0, 0.0, 19.0), (10.5, 1.0, 21.0)])
    assert np.allclose(turned.tops[0].x + turned.tops[0].z, (10.0, 10.5, 19.0, 21.0))


@pytest.mark.parametrize("name", texture_names())
def test_textures_are_small_images_that_the_seed_decides(name):
    image = draw_texture(f"{name}#1", 3)
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert 64 <= min(image.shape[:2]) <= max(image.shape[:2]) <= 256
    assert image.std() > 0.5, "nothing is on it"
    assert np.array_equal(image, draw_texture(f"{name}#1", 3))


@pytest.mark.parametrize("name", ["wood", "plaster", "marble", "weave", "brick", "planks", "stone", "tiles"])
def test_surfaces_repeat_without_a_seam(name):
    """Across the border neighbouring pixels differ no more than inside."""
    image = draw_texture(name, 1).astype(float)
    for axis in (0, 1):
        steps = np.abs(np.diff(image, axis=axis)).mean(axis=(1 - axis, 2))
        border = np.abs(np.take(image, 0, axis) - np.take(image, -1, axis)).mean()
        assert border <= steps.max() * 1.05 + 1.0
