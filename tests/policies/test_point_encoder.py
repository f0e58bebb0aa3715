"""PointNet++: sampling and grouping against slow references, published shapes and keys, and robustness."""

import numpy as np
import pytest
import torch

from policies.leo.config import PointEncoderConfig
from policies.leo.point_encoder import PointEncoder, PointNetPlusPlus, ball_query, farthest_points, prepare_clouds
from tests.policies import tiny


def slow_farthest(xyz: np.ndarray, count: int) -> list[int]:
    """As the CUDA kernel: skipped points are neither candidates nor updated; nothing left repeats index 0."""
    nearest = np.full(len(xyz), 1e10, np.float32)
    chosen = [0]
    for _ in range(count - 1):
        best, best_index = np.float32(-1), 0
        for index, point in enumerate(xyz):
            if (point**2).sum() <= 1e-3:
                continue
            nearest[index] = min(nearest[index], ((point - xyz[chosen[-1]]) ** 2).sum())
            if nearest[index] > best:
                best, best_index = nearest[index], index
        chosen.append(best_index)
    return chosen


def slow_ball(xyz: np.ndarray, centre: np.ndarray, radius: float, count: int) -> list[int]:
    hits = [index for index, point in enumerate(xyz) if ((point - centre) ** 2).sum() < np.float32(radius * radius)]
    return (hits[:count] + [hits[0]] * count)[:count] if hits else [0] * count


def clouds(count: int = 3, points: int = 60) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    xyz = torch.rand(count, points, 3, generator=generator) * 2 - 1
    xyz[:, ::7] *= 0.01  # some within the skipped ball around the origin
    return xyz


def test_farthest_points_are_the_kernels():
    xyz = clouds()
    found = farthest_points(xyz, 16).tolist()
    assert found == [slow_farthest(each, 16) for each in xyz.numpy()]
    assert all(0 not in each[1:] for each in found)
    assert farthest_points(torch.zeros(1, 10, 3), 4).tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize("radius", [0.05, 0.4, 5.0])
def test_ball_query_is_the_kernels(radius):
    xyz = clouds()
    centres = torch.cat([xyz[:, 3:9], torch.full((3, 1, 3), 100.0)], dim=1)
    found = ball_query(xyz, centres, radius, 5).tolist()
    expected = [
        [slow_ball(points, centre, radius, 5) for centre in group]
        for points, group in zip(xyz.numpy(), centres.numpy(), strict=True)
    ]
    assert found == expected


def test_published_shapes_and_keys():
    encoder = PointNetPlusPlus(PointEncoderConfig())
    assert sum(each.numel() for each in encoder.parameters()) == 1_264_384
    keys = encoder.state_dict()
    assert keys["encoder.1.mlps.0.layer0.conv.weight"].shape == (128, 131, 1, 1)
    assert keys["encoder.2.mlps.0.layer2.bn.bn.running_var"].shape == (768,)
    assert len(keys) == 9 + 9 * 5 + 2
    padding = torch.ones(1, 1024, 6)
    output = encoder.eval()(padding)
    assert output.shape == (1, 768)
    assert output.isfinite().all()


def test_evaluation_is_the_convolution_and_norm_it_stands_for():
    encoder = PointNetPlusPlus(tiny.config().points)
    encoder(torch.from_numpy(tiny.cloud_table()))  # moves the running statistics
    stage = encoder.eval().encoder[2]
    grouped = torch.randn(2, 8 + 3, 5, 1)
    expected = grouped
    for layer in stage.mlps[0]:
        expected = torch.relu(layer.bn.bn(layer.conv(expected)))
    xyz, features = grouped[:, :3, :, 0].transpose(1, 2), grouped[:, 3:, :, 0].transpose(1, 2)
    assert torch.allclose(stage(xyz, features)[1][:, 0], expected.amax(2)[..., 0], atol=1e-5)


def test_training_follows_torch_batch_norm():
    torch.manual_seed(0)
    encoder = PointNetPlusPlus(tiny.config().points).train()
    layer = encoder.encoder[2].mlps[0][0]
    rows = torch.randn(50, 11)
    expected = torch.nn.BatchNorm2d(16)
    output = layer(rows)
    assert torch.allclose(output, expected(layer.conv(rows.T[None, :, :, None]))[0, :, :, 0].T, atol=1e-5)
    assert torch.allclose(layer.bn.bn.running_var, expected.running_var, atol=1e-6)
    assert layer.bn.bn.num_batches_tracked == 1


def test_an_object_does_not_depend_on_the_others():
    encoder = PointNetPlusPlus(tiny.config().points).eval()
    table = torch.from_numpy(tiny.cloud_table(6))
    alone = torch.cat([encoder(each[None]) for each in table])
    assert torch.allclose(encoder(table), alone, atol=1e-6)


def test_frozen_encoder_stays_in_evaluation_mode():
    encoder = PointEncoder(PointEncoderConfig(num_points=64)).train()
    assert not encoder.pcd_net.training
    assert not any(each.requires_grad for each in encoder.parameters())


def test_prepared_clouds_fill_the_unit_ball():
    config = tiny.config().points
    raw = np.random.default_rng(0).uniform(2, 5, (3, 200, 6)).astype(np.float32)
    raw[..., 3:] = 0.25
    raw[2] = raw[2, :1]  # all points in one place
    prepared = prepare_clouds(raw, config)
    norms = np.linalg.norm(prepared[..., :3], axis=-1)
    assert prepared.shape == (3, 64, 6)
    assert np.allclose(norms[:2].max(axis=1), 1)
    assert np.isfinite(prepared).all()
    assert np.allclose(prepared[..., 3:], -0.5)
    turned = prepare_clouds(raw, config, up_axis="y")
    assert np.allclose(turned[0, :, 2], prepared[0, :, 1], atol=1e-6)
    assert np.allclose(turned[0, :, 1], -prepared[0, :, 2], atol=1e-6)


def test_few_points_are_repeated():
    raw = np.random.default_rng(0).uniform(0, 1, (1, 5, 6)).astype(np.float32)
    assert prepare_clouds(raw, tiny.config().points).shape == (1, 64, 6)
