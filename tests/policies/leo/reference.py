"""The published 3D encoder once more, slowly: float64, one object, one head, one query at a time, from its formulas.

An independent statement of PointNet++ as LEO runs it and of its spatial transformer over objects and agent, to be
compared with `leo_agent.policies.leo`. Weights go by the published names, relative to `pcd_encoder.`; nothing is
imported from the code that is tested.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Weights = Mapping[str, np.ndarray]

NUM_FREQUENCIES, LOWEST_FREQUENCY, HIGHEST_FREQUENCY = 10, 1.0, 15.0
NEAR_ORIGIN_SQUARED = 1e-3
NORM_EPS = 1e-5  # PyTorch's default, of layer and batch normalisation
DISTANCE_EPS = 1e-10
LEAST_GATE = 1e-6


@dataclass(frozen=True)
class Stage:
    """One set abstraction: `num_centres` None groups all points, with absolute coordinates."""

    num_centres: int | None
    radius: float
    num_neighbours: int


PUBLISHED_STAGES = (Stage(32, 0.2, 32), Stage(16, 0.4, 32), Stage(None, 0.0, 0))


def fourier_map(quaternion: Sequence[float]) -> np.ndarray:
    """(84,): q, then sin and then cos of pi q_d f_k, d-major, of the ten frequencies 1 to 15."""
    step = (HIGHEST_FREQUENCY - LOWEST_FREQUENCY) / (NUM_FREQUENCIES - 1)
    products = [q * (LOWEST_FREQUENCY + k * step) for q in quaternion for k in range(NUM_FREQUENCIES)]
    sines = [math.sin(math.pi * each) for each in products]
    cosines = [math.cos(math.pi * each) for each in products]
    return np.array([*quaternion, *sines, *cosines])


def pairwise_features(centres: np.ndarray, counted: Sequence[bool]) -> np.ndarray:
    """(M, M, 5) of (M, 3) centres, row = query. The longest distance R is sought among the `counted` ones only:
    the published code counts all slots, padding included."""
    count = len(centres)
    features = np.zeros((count, count, 5))
    longest = 0.0
    for i in range(count):
        for j in range(count):
            dx, dy, dz = (float(a) - float(b) for a, b in zip(centres[i], centres[j], strict=True))
            r = math.sqrt(dx * dx + dy * dy + dz * dz + DISTANCE_EPS)
            rho = math.sqrt(dx * dx + dy * dy + DISTANCE_EPS)
            features[i, j] = r, dz / r, rho / r, dy / rho, dx / rho
            if counted[i] and counted[j]:
                longest = max(longest, r)
    features[:, :, 0] /= longest
    return features


def linear(weights: Weights, name: str, vector: np.ndarray) -> np.ndarray:
    return np.float64(weights[f"{name}.weight"]) @ vector + np.float64(weights[f"{name}.bias"])


def layer_norm(weights: Weights, name: str, vector: np.ndarray) -> np.ndarray:
    centred = vector - vector.mean()
    scaled = centred / math.sqrt((centred**2).mean() + NORM_EPS)
    return scaled * np.float64(weights[f"{name}.weight"]) + np.float64(weights[f"{name}.bias"])


def gelu(vector: np.ndarray) -> np.ndarray:
    return np.array([0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in vector])


def gates(weights: Weights, name: str, query: np.ndarray, features: np.ndarray, num_heads: int) -> np.ndarray:
    """(num_heads, M): the sigmoid of one query's own linear map of its features to all keys."""
    blocks = linear(weights, f"{name}.lang_cond_fc", query)
    result = np.zeros((num_heads, len(features)))
    for head in range(num_heads):
        bias, *factors = blocks[6 * head : 6 * head + 6]
        for key, feature in enumerate(features):
            result[head, key] = 0.5 + 0.5 * math.tanh((float(np.dot(factors, feature)) + bias) / 2)
    return result


def spatial_attention(
    weights: Weights, name: str, x: np.ndarray, features: np.ndarray, valid: Sequence[bool], num_heads: int
) -> np.ndarray:
    """(M, D): `cond` attention with the residual and the norm that belong to it."""
    size = x.shape[1] // num_heads
    queries, keys, values = ([linear(weights, f"{name}.{each}", u) for u in x] for each in ("w_qs", "w_ks", "w_vs"))
    result = []
    for i, u in enumerate(x):
        gate = gates(weights, name, u, features[i], num_heads)
        heads = []
        for head in range(num_heads):
            part = slice(head * size, (head + 1) * size)
            logits = {
                j: math.log(max(gate[head, j], LEAST_GATE)) + float(queries[i][part] @ keys[j][part]) / math.sqrt(size)
                for j in range(len(x))
                if valid[j]
            }
            top = max(logits.values())
            shares = {j: math.exp(logit - top) for j, logit in logits.items()}
            heads.append(sum(share * values[j][part] for j, share in shares.items()) / sum(shares.values()))
        result.append(
            layer_norm(weights, f"{name}.layer_norm", linear(weights, f"{name}.fc", np.concatenate(heads)) + u)
        )
    return np.array(result)


def spatial_layer(
    weights: Weights, name: str, x: np.ndarray, features: np.ndarray, valid: Sequence[bool], num_heads: int
) -> np.ndarray:
    attended = spatial_attention(weights, f"{name}.self_attn", x, features, valid, num_heads)
    result = []
    for u, out in zip(x, attended, strict=True):
        once = layer_norm(weights, f"{name}.norm1", u + out)
        forward = linear(weights, f"{name}.linear2", gelu(linear(weights, f"{name}.linear1", once)))
        result.append(layer_norm(weights, f"{name}.norm2", once + forward))
    return np.array(result)


def spatial_transformer(
    weights: Weights,
    object_features: np.ndarray,
    locations: np.ndarray,
    mask: Sequence[bool],
    position: np.ndarray,
    rotation: np.ndarray,
    num_heads: int = 8,
    published_distances: bool = False,
) -> np.ndarray:
    """(1 + N, D) tokens, the agent's first, of (N, 768) PointNet++ features, (N, 6) locations, (N,) mask, (3,) position
    and (4,) rotation x, y, z, w. published_distances: padding slots count in R, as in the published code (A7)."""
    agent = np.float64(weights["anchor_feat"]).reshape(-1) + linear(weights, "orient_encoder", fourier_map(rotation))
    kinds = np.float64(weights["obj_type_embed.weight"])
    tokens = [agent + kinds[1]] + [linear(weights, "obj_proj", each) + kinds[0] for each in object_features]
    places = [np.concatenate([position, np.float64(weights["anchor_size"]).reshape(-1)]), *locations]
    x, locations = np.array(tokens), np.array(places, np.float64)
    valid = [True, *mask]
    counted = [True] * len(valid) if published_distances else valid
    features = pairwise_features(locations[:, :3], counted)
    added = [layer_norm(weights, "loc_layers.0.1", linear(weights, "loc_layers.0.0", each)) for each in locations]
    num_layers = len({name.split(".")[1] for name in weights if name.startswith("spatial_encoder.")})
    for number in range(num_layers):
        x = spatial_layer(weights, f"spatial_encoder.{number}", x + np.array(added), features, valid, num_heads)
    return x


def farthest_points(xyz: np.ndarray, count: int) -> list[int]:
    """Indices: the first point, then again and again the one farthest from those chosen; ties as the published kernel
    has them: each of its threads takes the first best of its points, then halves of the threads meet, and the lower one
    stays unless the other is farther. Points with a squared norm of at most 1e-3 are never sought out; if all are such,
    index 0 is repeated."""
    threads = 1
    while threads * 2 <= min(len(xyz), 512):
        threads *= 2
    candidates = [k for k in range(len(xyz)) if float(xyz[k] @ xyz[k]) > NEAR_ORIGIN_SQUARED]
    nearest = dict.fromkeys(candidates, math.inf)
    chosen = [0]
    while len(chosen) < count:
        slots = [(0, -1.0)] * threads
        for k in candidates:
            nearest[k] = min(nearest[k], float(((xyz[k] - xyz[chosen[-1]]) ** 2).sum()))
            if nearest[k] > slots[k % threads][1]:
                slots[k % threads] = (k, nearest[k])
        while len(slots) > 1:
            half = len(slots) // 2
            slots = [b if b[1] > a[1] else a for a, b in zip(slots[:half], slots[half:], strict=True)]
        chosen.append(slots[0][0])
    return chosen


def ball_query(xyz: np.ndarray, centre: np.ndarray, radius: float, count: int) -> list[int]:
    """The first `count` indices, in order, that lie nearer than radius; the first fills the rest; none: index 0."""
    hits = [k for k, point in enumerate(xyz) if float(((point - centre) ** 2).sum()) < radius * radius][:count]
    return hits + [hits[0] if hits else 0] * (count - len(hits))


def point_mlp(weights: Weights, name: str, row: np.ndarray) -> np.ndarray:
    """Convolutions of width 1 without bias, each with its running batch statistics and a ReLU."""
    number = 0
    while f"{name}.layer{number}.conv.weight" in weights:
        layer = f"{name}.layer{number}"
        kernel = np.float64(weights[f"{layer}.conv.weight"])
        norm = {key: np.float64(weights[f"{layer}.bn.bn.{key}"]) for key in ("weight", "bias", "running_mean")}
        deviation = np.sqrt(np.float64(weights[f"{layer}.bn.bn.running_var"]) + NORM_EPS)
        row = (kernel.reshape(kernel.shape[:2]) @ row - norm["running_mean"]) / deviation * norm["weight"] + norm[
            "bias"
        ]
        row = np.maximum(row, 0)
        number += 1
    return row


def set_abstraction(
    weights: Weights, name: str, stage: Stage, xyz: np.ndarray, features: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Centres and their features, the maxima over each group."""
    if stage.num_centres is None:
        rows = [point_mlp(weights, name, np.concatenate(pair)) for pair in zip(xyz, features, strict=True)]
        return np.zeros((1, 3)), np.max(rows, axis=0)[None]
    centres = xyz[farthest_points(xyz, stage.num_centres)]
    pooled = []
    for centre in centres:
        group = ball_query(xyz, centre, stage.radius, stage.num_neighbours)
        rows = {k: point_mlp(weights, name, np.concatenate([xyz[k] - centre, features[k]])) for k in set(group)}
        pooled.append(np.max(list(rows.values()), axis=0))
    return centres, np.array(pooled)


def point_encoder(weights: Weights, points: np.ndarray, stages: Sequence[Stage] = PUBLISHED_STAGES) -> np.ndarray:
    """(768,) of one object's (P, 6) points: xyz in the unit ball, rgb in [-1, 1]."""
    xyz, features = np.float64(points[:, :3]), np.float64(points[:, 3:])
    for number, stage in enumerate(stages):
        xyz, features = set_abstraction(weights, f"obj_encoder.pcd_net.encoder.{number}.mlps.0", stage, xyz, features)
    return linear(weights, "obj_encoder.pcd_net.fc", features[0])
