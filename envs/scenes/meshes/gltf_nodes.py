"""Which meshes the nodes of a glTF file draw, and where.

Format: Khronos glTF 2.0 specification; EXT_mesh_gpu_instancing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.camera import pose_matrix
from leo_agent.envs.scenes.json_fields import describe, take, take_rotation, take_vector
from leo_agent.envs.scenes.meshes.gltf_container import GltfFile, indices, integer

_INSTANCING = "EXT_mesh_gpu_instancing"
# Each draws a mesh once more, whose primitives are counted before any of them is read.
_MAX_PLACED = 50_000


@dataclass(frozen=True, eq=False)
class PlacedMesh:
    """A mesh that a node draws."""

    mesh: int  # row of the table
    T_root_node: NDArray[np.float64]  # (4, 4)
    weights: tuple[float, ...] = ()  # of its morph targets, at rest


def placed_meshes(file: GltfFile) -> Iterator[PlacedMesh]:
    """The meshes of the default scene in node order, depth first, one for each instance of a node.

    Raises:
        InputError: the nodes are no tree, are too many, or have what is not supported.
    """
    pending: list[tuple[int, NDArray[np.float64]]] = [(node, np.eye(4)) for node in reversed(_roots(file))]
    visited: set[int] = set()
    count = 0
    while pending:
        index, parent = pending.pop()
        if index in visited:
            raise InputError(f"{file.name}: nodes[{index}] has more than one parent, expected a tree of nodes")
        visited.add(index)
        node, where = file.entry("nodes", index)
        T_root_node = parent @ _node_transform(node, where)
        if "mesh" in node:
            if "skin" in node:
                raise InputError(f"{where}: skinned meshes are not supported; a file without: apply the armature")
            mesh = take(node, "mesh", int, where)
            poses = _instances(file, node, where)
            count += len(poses)
            if count > _MAX_PLACED:
                raise InputError(f"{file.name}: found {count} placed meshes, expected at most {_MAX_PLACED}")
            weights = _weights(node, where) or _weights(*file.entry("meshes", mesh))
            yield from (PlacedMesh(mesh, T_root_node @ pose, weights) for pose in poses)
        pending.extend((child, T_root_node) for child in reversed(indices(node, "children", where)))


def _roots(file: GltfFile) -> list[int]:
    if "scenes" not in file.document:
        nodes = file.document.get("nodes", [])
        if not isinstance(nodes, list):
            raise InputError(f"{file.name}: 'nodes' must be a list, found {describe(nodes)}")
        entries = [file.entry("nodes", index) for index in range(len(nodes))]
        nested = {child for node, where in entries for child in indices(node, "children", where)}
        return [index for index in range(len(nodes)) if index not in nested]
    scene, where = file.entry("scenes", integer(file.document, "scene", file.name, 0))
    return indices(scene, "nodes", where)


def _node_transform(node: dict[str, Any], where: str) -> NDArray[np.float64]:
    if "matrix" in node:
        return take_vector(node, "matrix", 16, where).reshape(4, 4).T
    position = take_vector(node, "translation", 3, where) if "translation" in node else np.zeros(3)
    rotation = take_rotation(node, "rotation", where) if "rotation" in node else np.array([0.0, 0.0, 0.0, 1.0])
    transform = pose_matrix(position, rotation)
    if "scale" in node:
        transform[:3, :3] *= take_vector(node, "scale", 3, where)
    return transform


def _instances(file: GltfFile, node: dict[str, Any], where: str) -> list[NDArray[np.float64]]:
    """The poses (4, 4) of a node's instances in its own frame; the node itself where it has none."""
    extensions = take(node, "extensions", dict, where) if "extensions" in node else {}
    if _INSTANCING not in extensions:
        return [np.eye(4)]
    place = f"{where}: {_INSTANCING}"
    attributes = take(take(extensions, _INSTANCING, dict, where), "attributes", dict, place)
    widths = {"TRANSLATION": 3, "ROTATION": 4, "SCALE": 3}
    numbers = {key: take(attributes, key, int, place) for key in widths if key in attributes}
    counts = {file.length(number, f"{place} {key}") for key, number in numbers.items()}
    if len(counts) != 1 or max(counts) > _MAX_PLACED:
        raise InputError(f"{place}: found {sorted(counts)} instances, expected one number up to {_MAX_PLACED}")
    found = {key: file.accessor(number, f"{place} {key}", widths[key]) for key, number in numbers.items()}
    if not all(np.all(np.abs(values.astype(np.float64)) < 1e9) for values in found.values()):
        raise InputError(f"{place}: found numbers that are not finite, expected metres and quaternions")
    poses = []
    for row in range(counts.pop()):
        rotation = np.asarray(found["ROTATION"][row] if "ROTATION" in found else (0.0, 0.0, 0.0, 1.0), np.float64)
        length = float(np.linalg.norm(rotation))
        if not 0.5 < length < 2.0:
            raise InputError(f"{place}: found the rotation {rotation.tolist()}, expected a unit quaternion")
        pose = pose_matrix(found["TRANSLATION"][row] if "TRANSLATION" in found else np.zeros(3), rotation / length)
        pose[:3, :3] *= found["SCALE"][row] if "SCALE" in found else 1.0
        poses.append(pose)
    return poses


def _weights(record: dict[str, Any], where: str) -> tuple[float, ...]:
    """The `weights` of morph targets of a node or a mesh."""
    count = len(record["weights"]) if isinstance(record.get("weights"), list) else 0
    return tuple(take_vector(record, "weights", count, where).tolist()) if "weights" in record else ()
