"""The 3D encoder is LEO's: our modules against the slow float64 reference, with the same random weights by name.

In float64 they agree to rounding, which proves the formulas; in float32, as the model runs, to 1e-5 of the values.
"""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from leo_agent.policies.leo.config.config import PointEncoderConfig, SpatialConfig
from leo_agent.policies.leo.model import point_encoder, spatial_transformer
from leo_agent.policies.leo.model.spatial_transformer import ObjectSceneEncoder
from tests.policies.leo import reference

FLOAT64_ATOL, FLOAT32_TOLERANCE = 1e-10, 1e-5
NORMALISED = ("layer_norm", "norm1", "norm2", "loc_layers.0.1", "bn.bn")


def fill(encoder: ObjectSceneEncoder, seed: int = 0) -> None:
    """Random values everywhere, also where a fresh model has zeros and ones, with gates far from one half."""
    rng = np.random.default_rng(seed)
    for name, tensor in encoder.state_dict().items():
        part = name.rpartition(".")[0]
        if name.endswith("num_batches_tracked"):
            continue
        if name.endswith("running_var") or (part.endswith(NORMALISED) and name.endswith("weight")):
            values = rng.uniform(0.5, 1.5, tensor.shape)
        elif name.endswith("weight"):
            fan_in = int(np.prod(tensor.shape[1:]))
            values = rng.normal(size=tensor.shape) * (3 if "lang_cond" in name else 1.4) / np.sqrt(fan_in)
        else:
            values = rng.normal(size=tensor.shape) * 0.5
        tensor.copy_(torch.from_numpy(values))


@pytest.fixture(scope="module")
def encoder() -> ObjectSceneEncoder:
    """The published size, in float32."""
    encoder = ObjectSceneEncoder(SpatialConfig(), PointEncoderConfig()).eval()
    with torch.no_grad():
        fill(encoder)
    return encoder.requires_grad_(False)


@pytest.fixture(scope="module")
def weights(encoder) -> dict[str, np.ndarray]:
    return {name: tensor.double().numpy() for name, tensor in encoder.state_dict().items()}


def agree(name: str, expected: np.ndarray, run: Callable[[torch.dtype], torch.Tensor]) -> None:
    """Prints and checks the largest differences, in both precisions."""
    scale = max(1.0, float(np.abs(expected).max()))
    for dtype, tolerance in ((torch.float64, FLOAT64_ATOL), (torch.float32, FLOAT32_TOLERANCE)):
        found = run(dtype).double().numpy()
        assert found.shape == expected.shape
        difference = float(np.abs(found - expected).max(initial=0.0))
        print(f"{name}, {str(dtype)[6:]}: largest difference {difference:.1e} of values up to {scale:.1f}")
        assert difference <= tolerance * scale


def quaternions(count: int) -> np.ndarray:
    drawn = np.random.default_rng(count).normal(size=(count, 4))
    return np.concatenate([drawn / np.linalg.norm(drawn, axis=1, keepdims=True), [[0, 0, 0, 1], [0, 0, 0, -1]]])


def test_fourier_map():
    rotations = quaternions(20)
    expected = np.array([reference.fourier_map(each) for each in rotations])
    agree("Fourier map", expected, lambda t: spatial_transformer.orientation_features(torch.tensor(rotations, dtype=t)))


@pytest.mark.parametrize("spread_m", [0.0, 1e-4, 5.0, 100.0])
def test_pairwise_features(spread_m):
    """Distances down to nothing; two centres above each other; a far one that is an empty slot."""
    centres = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32) * np.float32(spread_m)
    centres[1, :2] = centres[0, :2]
    centres[5] *= 50
    valid = np.arange(6) < 5
    expected = reference.pairwise_features(centres, valid)
    mask = torch.from_numpy(valid)[None]
    agree(
        f"pairwise features over {spread_m} m",
        expected,
        lambda t: spatial_transformer.pairwise_features(torch.tensor(centres, dtype=t)[None], mask)[0],
    )


def scene(count: int, padding: int, place: str) -> dict[str, np.ndarray]:
    """Boxes are zeros in padding slots; their features are what any number could be there."""
    rng = np.random.default_rng(count)
    locations = np.concatenate([rng.normal(size=(count, 3)) * 3, rng.uniform(0.1, 2, (count, 3))], axis=1)
    position = rng.normal(size=3)
    if place == "origin":
        locations[:, :3] = position[:] = 0
    if place == "far":
        locations[:, :3] += 20
        position += 20
    return {
        "features": rng.normal(size=(count + padding, 768)),
        "locations": np.concatenate([locations, np.zeros((padding, 6))]),
        "mask": np.arange(count + padding) < count,
        "position": position,
        "rotation": quaternions(1)[1 if place == "origin" else 0],
    }


@pytest.mark.parametrize(
    ("count", "padding", "place"),
    [
        (5, 0, "room"),
        (4, 3, "room"),
        (4, 3, "origin"),
        (1, 0, "room"),
        (1, 2, "origin"),
        (0, 0, "room"),
        (0, 2, "room"),
    ],
)
def test_spatial_transformer(encoder, weights, count, padding, place):
    values = scene(count, padding, place)
    features, locations, mask, position, rotation = values.values()
    expected = reference.spatial_transformer(weights, features, locations, mask.tolist(), position, rotation)

    def run(dtype: torch.dtype) -> torch.Tensor:
        given = [torch.tensor(each, dtype=dtype)[None] for each in (features, locations, position, rotation)]
        no = torch.zeros(1, dtype=torch.bool)
        tokens, _ = encoder.to(dtype)(*given[:2], torch.from_numpy(mask)[None], *given[2:], no)
        return tokens[0, : 1 + count]

    agree(f"{count} objects and {padding} empty slots, {place}", expected[: 1 + count], run)


@pytest.mark.parametrize(("count", "padding"), [(4, 3), (1, 2), (0, 2), (5, 0)])
def test_published_distance_scale(encoder, weights, monkeypatch, count, padding):
    """Far from the origin the largest distance is that to an empty slot, in the code which encodes them (A7); our
    model finds the same scale without a token for them."""
    features, locations, mask, position, rotation = scene(count, padding, "far").values()
    given = (features, locations, mask.tolist(), position, rotation)
    expected = reference.spatial_transformer(weights, *given, published_distances=True)[: 1 + count]
    monkeypatch.setattr(encoder, "scale_slots", 1 + count + padding)

    def run(dtype: torch.dtype) -> torch.Tensor:
        packed = [torch.tensor(each, dtype=dtype)[None] for each in (features[:count], locations[:count])]
        agent = [torch.tensor(each, dtype=dtype)[None] for each in (position, rotation)]
        no = torch.zeros(1, dtype=torch.bool)
        return encoder.to(dtype)(*packed, torch.ones(1, count, dtype=torch.bool), *agent, no)[0][0]

    agree(f"{count} objects and {padding} empty slots as published", expected, run)
    moved = np.abs(expected - reference.spatial_transformer(weights, *given)[: 1 + count]).max()
    print(f"the empty slots change tokens by up to {moved:.2f}")
    assert (moved > 0.01) == (count > 0 and padding > 0)


def clouds() -> dict[str, np.ndarray]:
    """1024 points each: (3, 1024, 6) drawn in the unit ball, few points repeated, and two degenerate ones."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(1024, 6))
    ball = drawn / np.linalg.norm(drawn[:, :3], axis=1, keepdims=True) * rng.uniform(0, 1, (1024, 1)) ** (1 / 3)
    ball[:, 3:] = rng.uniform(-1, 1, (1024, 3))
    shell = np.concatenate([drawn[:, :3] / np.linalg.norm(drawn[:, :3], axis=1, keepdims=True), ball[:, 3:]], axis=1)
    few = ball[rng.integers(0, 90, 1024)]
    speck = ball * np.array([0.03] * 3 + [1] * 3)
    named = {"ball": ball, "shell": shell, "few points": few, "near the origin": speck, "padding": np.ones((1024, 6))}
    return {name: each.astype(np.float32) for name, each in named.items()}


@pytest.mark.parametrize("name", clouds())
def test_point_encoder(encoder, weights, name):
    cloud = clouds()[name]
    expected = reference.point_encoder(weights, cloud)
    agree(f"PointNet++, {name}", expected, lambda t: encoder.to(t).obj_encoder(torch.tensor(cloud, dtype=t)[None])[0])


def test_from_points_to_tokens(encoder, weights):
    """Three objects of 1024 points and two padding slots, which the published code fills with ones and encodes."""
    points = np.stack([*list(clouds().values())[:3], *[clouds()["padding"]] * 2])
    values = scene(3, 2, "room")
    _, locations, mask, position, rotation = values.values()
    features = np.array([reference.point_encoder(weights, each) for each in points])
    expected = reference.spatial_transformer(weights, features, locations, mask.tolist(), position, rotation)

    def run(dtype: torch.dtype) -> torch.Tensor:
        own = encoder.to(dtype)
        found = own.obj_encoder(torch.tensor(points, dtype=dtype))[None]
        given = [torch.tensor(each, dtype=dtype)[None] for each in (locations, position, rotation)]
        no = torch.zeros(1, dtype=torch.bool)
        return own(found, given[0], torch.from_numpy(mask)[None], *given[1:], no)[0][0, :4]

    agree("from points to tokens", expected[:4], run)


def exact_points(seed: int, count: int = 60) -> np.ndarray:
    """On a grid of quarters, where float32 rounds nothing: many ties, repeated points, some near the origin."""
    points = np.random.default_rng(seed).integers(-2, 3, (count, 3)) / 4
    points[::7] /= 32
    return points


@pytest.mark.parametrize("count", [60, 600, 1024])
@pytest.mark.parametrize("seed", range(4))
def test_farthest_points(seed, count):
    points = exact_points(seed, count)
    assert len(np.unique(((points - points[1]) ** 2).sum(-1))) < 0.6 * count  # ties abound
    found = point_encoder.farthest_points(torch.tensor(points, dtype=torch.float32)[None], 24)[0].tolist()
    assert found == reference.farthest_points(points, 24)
    assert found[0] == 0
    skipped = {k for k, point in enumerate(points) if point @ point <= 1e-3}
    assert len(skipped) >= 9
    assert not skipped & set(found[1:])


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (np.zeros((10, 3)), [0, 0, 0, 0]),  # all near the origin
        (np.ones((10, 3)), [0, 0, 0, 0]),  # all the same
        (np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [1, 0, 0]]), [0, 2, 1, 2]),  # a tie: of four threads 2 meets 0
        (np.array([[0.25, 0, 0], [0, 0, 0], [0.03125, 0, 0]]), [0, 0, 0, 0]),  # nothing but the start to choose
        (np.array([[0.25, 0, 0], [0, 0, 0], [0.03125, 0, 0.03125]]), [0, 2, 0, 0]),
    ],
)
def test_farthest_points_where_few_are_left(points, expected):
    assert reference.farthest_points(np.float64(points), 4) == expected
    assert point_encoder.farthest_points(torch.tensor(points, dtype=torch.float32)[None], 4)[0].tolist() == expected


@pytest.mark.parametrize("radius", [0.25, 0.5, 0.75, 8.0])
def test_ball_query(radius):
    """Points exactly at the radius are outside; a centre far from all; more hits and fewer than places."""
    points = exact_points(3)
    centres = np.concatenate([points[:20], [[100.0, 0, 0]]])
    distances = ((points - centres[:, None]) ** 2).sum(-1)
    assert radius == 8.0 or (distances == radius * radius).any()
    found = point_encoder.ball_query(
        torch.tensor(points, dtype=torch.float32)[None], torch.tensor(centres, dtype=torch.float32)[None], radius, 7
    )[0].tolist()
    assert found == [reference.ball_query(points, centre, radius, 7) for centre in centres]
    assert found[-1] == [0] * 7
