"""PointNet++: published shapes and keys, training, and the clouds it is given; its numbers: see test_reference."""

import numpy as np
import torch

from leo_agent.policies.leo.config.config import PointEncoderConfig
from leo_agent.policies.leo.model.point_encoder import PointEncoder, PointNetPlusPlus, prepare_clouds
from tests.policies.leo import tiny


def test_published_shapes_and_keys():
    encoder = PointNetPlusPlus(PointEncoderConfig())
    assert sum(each.numel() for each in encoder.parameters()) == 1_264_384
    keys = encoder.state_dict()
    assert keys["encoder.1.mlps.0.layer0.conv.weight"].shape == (128, 131, 1, 1)
    assert keys["encoder.2.mlps.0.layer2.bn.bn.running_var"].shape == (768,)
    assert len(keys) == 9 + 9 * 5 + 2


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
