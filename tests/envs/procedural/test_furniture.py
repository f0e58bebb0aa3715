"""Every kind of furniture: on the floor, of a plausible size, deterministic; every category has several."""

from collections import Counter

import numpy as np
import pytest

from leo_agent.envs.house_sets.goals import CATEGORIES
from leo_agent.envs.procedural.houses.furniture import kinds, make
from leo_agent.envs.procedural.houses.palette import draw_palette

KINDS = kinds()
NAMES = [kind.name for kind in KINDS]
# Categories that hang, lie on something or are let into something: their origin is not on the floor.
HUNG = {"picture", "mirror", "cushion", "towel", "lighting", "curtain", "window", "door"}
HUNG_KINDS = {"wall_television", "wall_cabinet", "extractor_hood", "steel_sink", "bowl_sink", "wall_clock"}
HUNG_KINDS |= {"hanging_coat", "hooked_jackets"}
# Largest width, height and depth (m) of a category's furniture.
LARGEST = {
    "chair": (0.95, 1.35, 1.1), "table": (2.0, 0.9, 1.3), "picture": (1.2, 0.95, 0.1), "cabinet": (1.9, 2.4, 0.7),
    "cushion": (0.8, 0.6, 0.3), "sofa": (2.6, 1.0, 1.7), "bed": (2.1, 1.35, 2.3), "chest_of_drawers": (1.8, 1.4, 0.6),
    "plant": (1.4, 2.1, 1.4), "sink": (1.05, 1.2, 0.6), "toilet": (1.1, 1.9, 0.85), "stool": (0.6, 0.85, 0.6),
    "towel": (0.8, 1.0, 0.3), "tv_monitor": (1.5, 1.0, 0.6), "shower": (1.4, 2.3, 1.0), "bathtub": (1.9, 1.2, 0.95),
    "counter": (2.6, 1.1, 1.0), "fireplace": (1.8, 2.6, 0.9), "gym_equipment": (1.9, 1.5, 1.9),
    "seating": (1.5, 0.6, 0.8), "clothes": (1.4, 1.75, 0.9),
}  # fmt: skip


def made(name: str, seed: int = 0):
    return make(name, np.random.default_rng(seed), draw_palette(np.random.default_rng(seed + 100)))


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_stands_on_the_floor_and_has_a_plausible_size(name):
    for seed in range(3):
        furniture = made(name, seed)
        low, _ = furniture.model.bounds
        assert np.isfinite(furniture.model.bounds).all()
        if furniture.category in LARGEST:
            assert (furniture.model.size <= LARGEST[furniture.category]).all(), furniture.model.size
        if furniture.category not in HUNG and name not in HUNG_KINDS:
            assert -0.011 <= low[1] <= 0.1
        faces = sum(len(part.faces) for part in furniture.model.surfaces)
        assert 2 <= faces <= 2000


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_a_piece(name):
    first, again = (made(name, 5).model for _ in range(2))
    for one, other in zip(first.surfaces, again.surfaces, strict=True):
        assert np.array_equal(one.vertices, other.vertices)
        assert one.material == other.material


@pytest.mark.parametrize("name", NAMES)
def test_faces_are_not_slivers_and_have_texture_coordinates(name):
    for part in made(name).model.surfaces:
        assert len(part.texcoords) == len(part.normals) == len(part.vertices)
        assert np.isfinite(part.texcoords).all()
        assert part.faces.min() >= 0
        assert part.faces.max() < len(part.vertices)
        assert all(0.0 <= value <= 1.0 for value in part.material.color)


def test_every_category_of_the_task_has_several_shapes():
    shapes = Counter(kind.category for kind in KINDS)
    print(", ".join(f"{category} {shapes[category]}" for category in CATEGORIES))
    assert min(shapes[category] for category in CATEGORIES) >= 3
    assert len(CATEGORIES) == 21
    sizes = {kind.name: {tuple(made(kind.name, seed).model.size.round(3)) for seed in range(4)} for kind in KINDS}
    assert np.mean([len(each) > 1 for each in sizes.values()]) > 0.8, "most kinds come in several sizes"


def test_kinds_tell_what_they_are():
    assert all(kind.make.__doc__ for kind in KINDS)
