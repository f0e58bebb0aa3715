"""What is true of a house beyond its meshes: its rooms, and colour and material of each object."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.house_sets.color_names import color_name
from leo_agent.envs.procedural.houses.house import House
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Material, Model, Surface
from leo_agent.envs.procedural.houses.textures import draw_texture

_LEAST_SHARE = 0.6  # of the surface that has to be of one colour, or of one material, to be called so
_MATERIALS = {
    **dict.fromkeys(("wood", "planks", "herringbone"), "wood"),
    **dict.fromkeys(("weave", "knit", "plaid", "striped_cloth", "dots", "terry"), "fabric"),
    **{name: name for name in ("leather", "metal", "marble", "stone", "brick", "granite")},
}
_PLAIN = {
    Palette.ceramic: "ceramic",
    Palette.chrome: "metal",
    Palette.brass: "metal",
    Palette.glass: "glass",
}
# Textures of several colours, or of a view: no colour can be said.
_COLORFUL = ("plaid", "striped_cloth", "dots", "checkered_tiles", "mirror", "window_view", "picture_")


def facts(house: House) -> dict[str, Any]:
    """Rooms with their floor rectangles (x0, z0, x1, z1), and colour and material of each object, None if mixed."""
    return {
        "rooms": [
            {
                "name": room.name,
                "function": room.function,
                "rect": [round(each, 4) for each in (room.rect.x0, room.rect.z0, room.rect.x1, room.rect.z1)],
            }
            for room in house.plan.rooms
        ],
        "objects": [
            {
                "id": number + 1,
                "color": _most(piece.model, _color_of),
                "material": _most(piece.model, _material_of),
            }
            for number, piece in enumerate(house.pieces)
        ],
    }


def _most(model: Model, name_of: Callable[[Material], str | None]) -> str | None:
    """The name that most of a model's surface has; None where too little has the same, or that has none."""
    areas: dict[str | None, float] = {}
    for surface in model.surfaces:
        name = name_of(surface.material)
        areas[name] = areas.get(name, 0.0) + _area(surface)
    most = max(areas, key=areas.__getitem__)
    return most if areas[most] >= _LEAST_SHARE * sum(areas.values()) else None


def _area(surface: Surface) -> float:
    corners = surface.vertices[surface.faces]
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(crossed, axis=1).sum()) / 2.0


def _color_of(material: Material) -> str | None:
    if material.texture is None:
        return color_name(material.color)
    if material.texture.startswith(_COLORFUL):
        return None
    return color_name(np.asarray(material.color) * _mean_color(material.texture))


def _material_of(material: Material) -> str | None:
    if material.texture is None:
        return _PLAIN.get(material)
    return _MATERIALS.get(material.texture.partition("#")[0])


@cache
def _mean_color(texture: str) -> NDArray[np.float64]:
    """Of one drawing; others differ little."""
    mean: NDArray[np.float64] = draw_texture(texture, 0).reshape(-1, 3).mean(axis=0) / 255.0
    return mean
