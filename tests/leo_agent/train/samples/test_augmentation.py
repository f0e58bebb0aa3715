"""Mirroring and turning: everything moves together, and nothing that is kept moves."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from leo_agent.policies.leo.batches.batch import LeoSample, collate
from leo_agent.policies.leo.embodiments.navigation import LeoNavigation
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.train.samples.augmentation import Mirror, MovableClouds, mirror_rotation, turn
from tests.leo_agent.train.samples.sources import mixture, read
from tests.policies.leo import tiny

NUM_POINTS = 64
TURN_RAD = np.pi / 2
SWAPS = LeoNavigation.mirror_swaps


@pytest.fixture(scope="module")
def navigation(demonstrations, nano):
    return read(demonstrations[0], *nano, mirror=True, rotate=True)


@dataclasses.dataclass(frozen=True)
class House:
    """A made scene: points (n, P, 6), their prepared clouds, and a sample whose boxes are those of the points."""

    points: np.ndarray
    clouds: np.ndarray
    sample: LeoSample


def house(seed: int = 0) -> House:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 1, (7, NUM_POINTS, 6))
    points[..., :3] = points[..., :3] * rng.uniform(0.2, 2, (7, 1, 3)) + rng.normal(scale=4, size=(7, 1, 3))
    sample = dataclasses.replace(
        tiny.sample("navigation", seed),
        object_rows=np.array([4, 0, 6, -1, 2]),
        object_locations=_boxes(points)[[4, 0, 6, 0, 2]],
        agent_position=rng.normal(size=3),
        agent_rotation=_unit(rng.normal(size=4)),
    )
    return House(points, prepare_clouds(points, tiny.config().points, up_axis="y"), sample)


def test_mirrored_rotation_is_the_reflected_rotation():
    rng = np.random.default_rng(0)
    reflection = np.diag([-1.0, 1.0, 1.0])
    for _ in range(20):
        quaternion = _unit(rng.normal(size=4))
        expected = reflection @ _matrix(quaternion) @ reflection
        np.testing.assert_allclose(_matrix(mirror_rotation(quaternion)), expected, atol=1e-12)


def test_mirroring_twice_gives_the_sample_back(navigation, nano):
    sample = turn(navigation.sample(3), 1)
    mirror = Mirror(nano[1], SWAPS)
    _assert_same(mirror(mirror(sample)), sample)


def test_mirroring_swaps_left_and_right_everywhere(navigation, nano):
    _, tokenizer = nano
    left, right = tokenizer.action_id(3), tokenizer.action_id(4)
    samples = map(navigation.sample, range(40))
    turning = next(sample for sample in samples if list(sample.answer_ids) in ([left], [right]))
    mirrored = Mirror(tokenizer, SWAPS)(turning)
    assert sorted([*turning.answer_ids, *mirrored.answer_ids]) == [right, left]
    assert np.array_equal(mirrored.image[:, 0], turning.image[:, -1])


@pytest.mark.parametrize("quarter_turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_clouds_boxes_and_pose_are_those_of_the_moved_world(quarter_turns, mirrored):
    made = house()
    world = _turn_matrix(quarter_turns) @ (np.diag([-1.0, 1.0, 1.0]) if mirrored else np.eye(3))
    moved_points = made.points.copy()
    moved_points[..., :3] = made.points[..., :3] @ world.T
    sample = turn(Mirror(tiny.tokenizer(), SWAPS)(made.sample) if mirrored else made.sample, quarter_turns)
    kept = sample.object_rows >= 0
    slots = made.sample.object_rows[kept]
    assert np.array_equal(kept, made.sample.object_rows >= 0)
    expected = prepare_clouds(moved_points, tiny.config().points, up_axis="y")[slots]
    np.testing.assert_allclose(MovableClouds(made.clouds)[sample.object_rows[kept]], expected, atol=1e-6)
    np.testing.assert_allclose(sample.object_locations[kept], _boxes(moved_points)[slots], atol=1e-12)
    np.testing.assert_allclose(sample.agent_position, world @ made.sample.agent_position, atol=1e-12)
    before = _matrix(made.sample.agent_rotation)
    after = world @ before @ (np.diag([-1.0, 1.0, 1.0]) if mirrored else np.eye(3))
    np.testing.assert_allclose(_matrix(sample.agent_rotation), after, atol=1e-12)


@pytest.mark.parametrize("quarter_turns", [1, 2, 3, 5])
def test_objects_and_agent_turn_together(quarter_turns):
    before = house().sample
    after = turn(before, quarter_turns)
    centers = [each.object_locations[:, :3] for each in (before, after)]
    between = [np.linalg.norm(center[:, None] - center[None], axis=-1) for center in centers]
    np.testing.assert_allclose(between[1], between[0], atol=1e-12)
    seen = [
        (center - sample.agent_position) @ _matrix(sample.agent_rotation)
        for center, sample in zip(centers, (before, after), strict=True)
    ]
    np.testing.assert_allclose(seen[1], seen[0], atol=1e-12)
    assert np.abs(centers[1] - centers[0]).max() > 1, "the world itself was turned"


def test_four_quarter_turns_are_none_and_turns_add_up():
    made = house()
    table = MovableClouds(made.clouds)
    for first, second in itertools.product(range(4), repeat=2):
        twice, once = turn(turn(made.sample, first), second), turn(made.sample, first + second)
        _assert_same(_with_positive_rotation(twice), _with_positive_rotation(once))
    back = turn(turn(turn(turn(made.sample, 1), 1), 1), 1)
    kept = back.object_rows >= 0
    assert np.array_equal(back.object_rows, made.sample.object_rows)
    assert np.array_equal(table[back.object_rows[kept]], made.clouds[made.sample.object_rows[kept]])


def test_nothing_that_is_kept_moves(navigation, nano):
    plain = navigation.sample(5)
    frames = navigation._buffer.get(0)
    kept = [navigation.clouds._clouds, frames.images, *frames.columns.values()]
    before = [array.tobytes() for array in kept]
    drawn = [navigation.training_sample(5, np.random.default_rng(seed)) for seed in range(50)]
    for _ in mixture([navigation], model=nano[0], tokenizer=nano[1], steps=10, batch_size=16).batches(0):
        pass
    assert [array.tobytes() for array in kept] == before
    _assert_same(navigation.sample(5), plain)
    headings = {tuple(np.abs(sample.agent_rotation).round(3)) for sample in drawn}
    assert len({tuple(sample.agent_position) for sample in drawn}) == 8, "four turns, mirrored or not"
    assert len(headings) > 1


def test_without_the_option_and_on_the_tabletop_nothing_is_turned(demonstrations, nano):
    for folder, rotate in ((demonstrations[0], False), (demonstrations[1], True)):
        dataset = read(folder, *nano, mirror=rotate, rotate=rotate)
        whole = dataset.sample(2)
        for seed in range(20):
            sample = dataset.training_sample(2, np.random.default_rng(seed))
            assert set(sample.object_rows) == set(whole.object_rows[whole.object_rows >= 0])
            assert np.array_equal(sample.agent_position, whole.agent_position)


def test_a_model_that_sees_from_the_agent_is_shown_the_same_but_for_the_clouds():
    made = house()
    upright = dataclasses.replace(made.sample, agent_rotation=np.array([0.0, np.sin(0.4), 0.0, np.cos(0.4)]))
    turned = turn(upright, 1)
    same_clouds = dataclasses.replace(turned, object_rows=upright.object_rows)
    nano = tiny.config().spatial
    for frame in ("agent", "world"):
        model = tiny.model(spatial=dataclasses.replace(nano, frame=frame)).eval()
        plain, poses, whole = (_answer(model, each, made.clouds) for each in (upright, same_clouds, turned))
        poses_matter, clouds_matter = float((poses - plain).abs().max()), float((whole - poses).abs().max())
        print(f"frame {frame}: change of the answer's state by poses {poses_matter:.1e}, by clouds {clouds_matter:.1e}")
        assert (poses_matter < 1e-5) == (frame == "agent")
        assert clouds_matter > 1e-4


def _answer(model: torch.nn.Module, sample: LeoSample, clouds: np.ndarray) -> torch.Tensor:
    batch = collate([sample], MovableClouds(clouds), tiny.builder(), tiny.IMAGE_PX)
    with torch.inference_mode():
        return model.answer_states(batch)


def _assert_same(one: LeoSample, other: LeoSample) -> None:
    for field in dataclasses.fields(LeoSample):
        before, after = getattr(one, field.name), getattr(other, field.name)
        if field.name == "action_mask":
            assert np.array_equal(before.allowed, after.allowed)
        elif field.name == "agent_rotation":
            np.testing.assert_allclose(before, after, atol=1e-12)
        else:
            assert before == after if field.name == "up_axis" else np.array_equal(before, after)


def _with_positive_rotation(sample: LeoSample) -> LeoSample:
    rotation = sample.agent_rotation
    return dataclasses.replace(sample, agent_rotation=rotation * (1 if rotation[3] >= 0 else -1))


def _boxes(points: np.ndarray) -> np.ndarray:
    """(n, P, 6) -> (n, 6) centres and extents."""
    low, high = points[..., :3].min(axis=1), points[..., :3].max(axis=1)
    return np.concatenate([(low + high) / 2, high - low], axis=-1)


def _turn_matrix(quarter_turns: int) -> np.ndarray:
    """Rotation about +y."""
    sine, cosine = np.sin(quarter_turns * TURN_RAD), np.cos(quarter_turns * TURN_RAD)
    return np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])


def _unit(quaternion: np.ndarray) -> np.ndarray:
    return quaternion / np.linalg.norm(quaternion)


def _matrix(quaternion: np.ndarray) -> np.ndarray:
    x, y, z, w = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
