"""Moves objects' locations and the agent's pose between the worlds' frames and the agent's own upright frame.

A location is an object's centre xyz and its extents, metres.

The upright frame: x right, y forward, z up, origin at the agent's base, turned with its heading only.
"""

import torch
from torch import Tensor


def turn_z_up(vectors: Tensor, y_up: Tensor) -> Tensor:
    """(B, ..., 3) vectors; those of samples with y_up (B,) go from Habitat's axes to x right, y forward, z up."""
    x, y, z = vectors.unbind(-1)
    chosen = y_up.view(-1, *[1] * (vectors.dim() - 1))
    return torch.where(chosen, torch.stack([x, -z, y], dim=-1), vectors)


def to_z_up(locations: Tensor, position: Tensor, rotation: Tensor, y_up: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Locations (B, N, 6), agent position (B, 3), rotation (B, 4); those of samples with y_up (B,) turned to z up.

    The clouds of such samples are, too (`prepare_clouds`): LEO's code mixes both (objects in one, agent in the
    other frame), which no released weights know, since none has seen actions.
    """
    centers, extents = turn_z_up(locations[..., :3], y_up), turn_z_up(locations[..., 3:], y_up).abs()
    turned = torch.cat([turn_z_up(rotation[:, :3], y_up), rotation[:, 3:]], dim=-1)
    return torch.cat([centers, extents], dim=-1), turn_z_up(position, y_up), turned


def to_agent_frame(
    locations: Tensor, position: Tensor, rotation: Tensor, y_up: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Locations (B, N, 6), agent position (B, 3), rotation (B, 4), y_up (B,) -> the first three in the upright frame.

    Extents become those of the axis-aligned box around the turned box: exact at multiples of 90 degrees, larger
    between. The agent's position becomes zero and its rotation what its heading leaves over (identity if upright).
    """
    locations, position, rotation = to_z_up(locations, position, rotation, y_up)
    centers, extents = locations[..., :3] - position[:, None], locations[..., 3:]
    i, j, k, w = rotation.unbind(-1)
    yaw = torch.atan2(2 * (w * k - i * j), 1 - 2 * (i.square() + k.square()))  # of the turned y axis
    sine, cosine = yaw.sin()[:, None], yaw.cos()[:, None]
    x, y, z = centers.unbind(-1)
    centers = torch.stack([cosine * x + sine * y, cosine * y - sine * x, z], dim=-1)
    width, depth, height = extents.unbind(-1)
    sine, cosine = sine.abs(), cosine.abs()
    extents = torch.stack([cosine * width + sine * depth, sine * width + cosine * depth, height], dim=-1)
    rest = _without_yaw(rotation, yaw)
    return torch.cat([centers, extents], dim=-1), torch.zeros_like(position), rest


def _without_yaw(rotation: Tensor, yaw: Tensor) -> Tensor:
    """Rotation (B, 4) after the turn by -yaw (B,) about z; w is made non-negative."""
    x, y, z, w = rotation.unbind(-1)
    sine, cosine = (-yaw / 2).sin(), (-yaw / 2).cos()
    turned = torch.stack(
        [cosine * x - sine * y, cosine * y + sine * x, cosine * z + sine * w, cosine * w - sine * z], dim=-1
    )
    return turned * torch.where(turned[:, 3:] < 0, -1.0, 1.0)
