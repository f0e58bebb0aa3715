"""PointNet++ over object point clouds, in plain PyTorch and batched over objects, with the key names of LEO's files.

Sampling and grouping follow the CUDA code of ViL3DRel's PointNet++: farthest point sampling from point 0, candidates
near the origin skipped, ball query in index order. (Qi et al. 2017; ViL3DRel; LEO.)
"""

from collections import OrderedDict
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import AbstractionConfig, PointEncoderConfig
from leo_agent.policies.leo.scenes.object_scene import evenly_spaced

SKIP_SQUARED_NORM = 1e-3
KERNEL_THREADS = 512


def prepare_clouds(
    points: np.ndarray, config: PointEncoderConfig, up_axis: Literal["y", "z"] = "z", dtype: type = np.float32
) -> np.ndarray:
    """Clouds as the encoder wants them: (C, P, 6) xyz metres and rgb in [0, 1] -> (C, num_points, 6).

    Each is moved to its mean and scaled into the unit ball; colours go to [-1, 1]. A y-up cloud is turned to z-up.
    Of P points every P / num_points-th is taken (all, repeated in order, if there are fewer).

    Raises:
        InputError: another shape, clouds without points or values that are no numbers.
    """
    if points.ndim != 3 or points.shape[2] != 6 or points.shape[1] < 1:
        raise InputError(f"object points: found shape {points.shape}, expected (objects, at least 1 point, 6)")
    clouds = points[:, evenly_spaced(points.shape[1], config.num_points)].astype(np.float32)
    finite = np.isfinite(clouds).all(axis=(1, 2))
    if not finite.all():
        raise InputError(f"object points: object {int(finite.argmin())} holds NaN or infinity, expected numbers")
    xyz = clouds[..., :3]
    if up_axis == "y":
        xyz = np.stack([xyz[..., 0], -xyz[..., 2], xyz[..., 1]], axis=-1)
    xyz = xyz - xyz.mean(axis=1, keepdims=True)
    radius = np.sqrt((xyz**2).sum(-1).max(axis=1, initial=0.0))
    xyz /= np.where(radius < 1e-6, 1.0, radius)[:, None, None]
    return np.concatenate([xyz, clouds[..., 3:] * 2 - 1], axis=-1).astype(dtype)


def farthest_points(xyz: Tensor, count: int) -> Tensor:
    """(C, P, 3) -> (C, count) int64 indices; the first is 0, points within 3 cm of the origin are never candidates."""
    order = _order_of_ties(xyz.shape[1], xyz.device)
    xyz = xyz[:, order]
    candidates = xyz.square().sum(-1) > SKIP_SQUARED_NORM
    nearest = torch.where(candidates, torch.inf, -1.0)
    rows = torch.arange(len(xyz), device=xyz.device)
    last = torch.zeros_like(rows)
    chosen = [last]
    planes = xyz.unbind(-1)
    for _ in range(count - 1):
        dx, dy, dz = (plane - plane[rows, last, None] for plane in planes)
        nearest = torch.minimum(nearest, dx.square() + dy.square() + dz.square())
        last = nearest.argmax(-1)
        chosen.append(last)
    return order[torch.stack(chosen, dim=-1)]


def _order_of_ties(count: int, device: torch.device) -> Tensor:
    """(P,) int64: the points in the order in which that CUDA kernel prefers them at equal distance.

    Of its T threads (the largest power of two up to P, at most 512) thread t owns points t, t + T, …; the maxima of the
    threads are reduced in halves, the lower slot first: the winner is the least by t with its bits reversed. Point 0
    comes first.
    """
    bits = min(count, KERNEL_THREADS).bit_length() - 1
    point = torch.arange(count, device=device)
    rank = torch.zeros_like(point)
    for bit in range(bits):
        rank = 2 * rank + (point >> bit) % 2
    return (rank * count + point).argsort()


def ball_query(xyz: Tensor, centroids: Tensor, radius: float, count: int) -> Tensor:
    """(C, P, 3), (C, S, 3) -> (C, S, count) int64: the first `count` points, in index order, nearer than the radius.

    Free places repeat the first hit; without a hit they are 0.
    """
    dx, dy, dz = (
        centroid[:, :, None] - point[:, None]
        for centroid, point in zip(centroids.unbind(-1), xyz.unbind(-1), strict=True)
    )
    inside = dx.square() + dy.square() + dz.square() < radius * radius
    rank = inside.cumsum(-1, dtype=torch.int32)
    wanted = torch.arange(1, count + 1, dtype=torch.int32, device=xyz.device).expand(*rank.shape[:2], -1).contiguous()
    found = torch.searchsorted(rank, wanted)  # where the first, second, … hit is; the number of points if there is none
    first = found[..., :1] % xyz.shape[1]
    return torch.where(found < xyz.shape[1], found, first)


class _BatchNorm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)


class _Layer(nn.Module):
    """1x1 convolution and batch norm on rows of channels; the parameters have the names and shapes of LEO's files."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 1, bias=False)
        self.bn = _BatchNorm(channels_out)

    def forward(self, rows: Tensor) -> Tensor:
        """(M, channels_in) -> (M, channels_out)."""
        weight = self.conv.weight.flatten(1)
        norm: Any = self.bn.bn  # its statistics are optional to the type checker, present here
        if not self.training:
            scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
            return F.linear(rows, weight * scale[:, None], norm.bias - norm.running_mean * scale)
        norm.num_batches_tracked += 1
        mixed = F.linear(rows, weight)
        return F.batch_norm(
            mixed, norm.running_mean, norm.running_var, norm.weight, norm.bias, True, norm.momentum, norm.eps
        )


class SetAbstraction(nn.Module):
    """One level: choose centroids, gather their neighbours, run the shared layers, take the maximum."""

    def __init__(self, config: AbstractionConfig, channels_in: int) -> None:
        super().__init__()
        self.config = config
        widths = (channels_in + 3, *config.channels)
        layers: OrderedDict[str, nn.Module] = OrderedDict(
            (f"layer{j}", _Layer(*pair)) for j, pair in enumerate(pairwise(widths))
        )
        self.mlps = nn.ModuleList([nn.Sequential(layers)])

    def forward(self, xyz: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """(C, P, 3), (C, P, D) -> centroids (C, S, 3) and their features (C, S, channels)."""
        if self.config.num_centroids is None:
            grouped = torch.cat([xyz, features], dim=-1)[:, None]
            centroids = xyz.new_zeros(len(xyz), 1, 3)
        else:
            centroids, grouped = self._group(xyz, features)
        clouds, groups, neighbours, width = grouped.shape
        rows = grouped.reshape(-1, width)
        layers = list(self.mlps[0].children())
        for layer in layers[:-1]:
            rows = layer(rows).relu_()
        # ReLU and maximum commute: the ReLU of the widest layer runs on the maxima alone
        return centroids, layers[-1](rows).view(clouds, groups, neighbours, -1).max(dim=2)[0].relu_()

    def _group(self, xyz: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        config = self.config
        assert config.num_centroids is not None
        with torch.no_grad():
            base = torch.arange(len(xyz), device=xyz.device)[:, None] * xyz.shape[1]
            chosen = farthest_points(xyz, config.num_centroids)
            centroids = xyz.flatten(0, 1)[base + chosen]
            neighbours = ball_query(xyz, centroids, config.radius, config.num_neighbours) + base[..., None]
        table = torch.cat([xyz, features], dim=-1).flatten(0, 1)
        grouped = table.index_select(0, neighbours.flatten()).view(*neighbours.shape, -1)
        offset = F.pad(centroids, (0, grouped.shape[-1] - 3))
        return centroids, grouped - offset[:, :, None]


class PointNetPlusPlus(nn.Module):
    """(C, num_points, 6) prepared clouds -> (C, output_dim)."""

    def __init__(self, config: PointEncoderConfig) -> None:
        super().__init__()
        self.config = config
        stages, width = [], 3
        for stage in config.stages:
            stages.append(SetAbstraction(stage, width))
            width = stage.channels[-1]
        self.encoder = nn.ModuleList(stages)
        self.fc = nn.Linear(width, config.output_dim)

    def forward(self, clouds: Tensor) -> Tensor:
        xyz, features = clouds[..., :3].contiguous(), clouds[..., 3:].contiguous()
        for stage in self.encoder:
            xyz, features = stage(xyz, features)
        output: Tensor = self.fc(features[:, 0])
        return output


class PointEncoder(nn.Module):
    """Holds PointNet++ under LEO's name; frozen by configuration it stays in evaluation mode."""

    def __init__(self, config: PointEncoderConfig) -> None:
        super().__init__()
        self.trainable = config.trainable
        self.pcd_net = PointNetPlusPlus(config).requires_grad_(config.trainable)
        self.train(config.trainable)

    def train(self, mode: bool = True) -> "PointEncoder":
        return super().train(mode and self.trainable)

    def forward(self, clouds: Tensor) -> Tensor:
        features: Tensor = self.pcd_net(clouds)
        return features
