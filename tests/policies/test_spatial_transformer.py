"""The spatial transformer: published formulas and sizes, masking, and the agent's frame."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from policies.leo.config import PointEncoderConfig, SpatialConfig
from policies.leo.frames import to_agent_frame
from policies.leo.spatial_transformer import (
    ObjectSceneEncoder,
    SpatialAttention,
    orientation_features,
    pairwise_features,
)


@pytest.fixture
def encoder() -> ObjectSceneEncoder:
    torch.manual_seed(0)
    return ObjectSceneEncoder(SpatialConfig(), PointEncoderConfig()).eval()


def rotate(rotation: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
    """Rotates (..., 3) vectors by (..., 4) unit quaternions x, y, z, w."""
    imaginary, real = rotation[..., :3], rotation[..., 3:]
    twice = 2 * torch.linalg.cross(imaginary, vector)
    return vector + real * twice + torch.linalg.cross(imaginary, twice)


def scene(count: int = 5, batch: int = 1) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(count)
    rotation = torch.randn(batch, 4, generator=generator)
    return {
        "features": torch.randn(batch, count, 768, generator=generator),
        "boxes": torch.rand(batch, count, 6, generator=generator) * 3,
        "object_mask": torch.ones(batch, count, dtype=torch.bool),
        "agent_position": torch.randn(batch, 3, generator=generator),
        "agent_rotation": F.normalize(rotation, dim=-1),
        "y_up": torch.zeros(batch, dtype=torch.bool),
    }


def test_published_size_and_keys(encoder):
    own = {name: value for name, value in encoder.state_dict().items() if not name.startswith("obj_encoder.")}
    trainable = sum(each.numel() for each in encoder.parameters() if each.requires_grad)
    assert trainable == 4_205_459
    assert len(own) == 71
    assert own["spatial_encoder.2.self_attn.lang_cond_fc.weight"].shape == (48, 256)
    assert own["orient_encoder.weight"].shape == (256, 84)
    assert own["loc_layers.0.0.weight"].shape == (256, 6)
    assert own["anchor_feat"].shape == (1, 1, 256)
    assert "obj_encoder.pcd_net.fc.weight" in encoder.state_dict()


def test_orientation_features():
    q = torch.tensor([[0.1, -0.2, 0.3, 0.9]])
    features = orientation_features(q)[0]
    frequencies = np.linspace(1, 15, 10)
    products = (q[0].numpy()[:, None] * frequencies).ravel()
    expected = np.concatenate([q[0].numpy(), np.sin(np.pi * products), np.cos(np.pi * products)])
    assert features.shape == (84,)
    assert np.allclose(features.numpy(), expected, atol=1e-5)


def test_pairwise_features_of_the_reference():
    centres = torch.tensor([[[0.0, 0, 0], [3, 4, 12]]])
    table = pairwise_features(centres, torch.ones(1, 2, dtype=torch.bool))[0]
    assert torch.allclose(table[0, 1], torch.tensor([1, -12 / 13, 5 / 13, -4 / 5, -3 / 5]), atol=1e-6)
    assert torch.allclose(table[0, 0], torch.tensor([1e-5 / 13, 0, 1, 0, 0]), atol=1e-6)


def test_distance_scale_ignores_empty_slots():
    centres = torch.tensor([[[0.0, 0, 0], [1, 0, 0], [100, 0, 0]]])
    table = pairwise_features(centres, torch.tensor([[True, True, False]]))
    assert table[0, 0, 1, 0] == pytest.approx(1)


def test_zero_gate_is_plain_attention():
    torch.manual_seed(0)
    attention = SpatialAttention(SpatialConfig()).eval()
    torch.nn.init.zeros_(attention.lang_cond_fc.weight)
    torch.nn.init.zeros_(attention.lang_cond_fc.bias)
    tokens, pairwise = torch.randn(2, 6, 256), torch.randn(2, 6, 6, 5)
    valid = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
    gate = attention.log_gate(tokens, pairwise, valid).exp()
    assert torch.allclose(gate[0], torch.tensor(0.5))
    assert torch.allclose(gate[1, :, :, 4:], torch.tensor(0.0))
    heads = [
        layer(tokens).view(2, 6, 8, 32).transpose(1, 2) for layer in (attention.w_qs, attention.w_ks, attention.w_vs)
    ]
    weights = (heads[0] @ heads[1].transpose(-1, -2) / 32**0.5).masked_fill(~valid[:, None, None], -torch.inf)
    mixed = (weights.softmax(-1) @ heads[2]).transpose(1, 2).reshape(2, 6, 256)
    expected = attention.layer_norm(attention.fc(mixed) + tokens)
    assert torch.allclose(attention(tokens, pairwise, valid), expected, atol=1e-5)


def test_gate_is_the_formula():
    torch.manual_seed(0)
    attention = SpatialAttention(SpatialConfig()).eval()
    tokens, pairwise = torch.randn(1, 3, 256), torch.randn(1, 3, 3, 5)
    gate = attention.log_gate(tokens, pairwise, torch.ones(1, 3, dtype=torch.bool)).exp()
    condition = attention.lang_cond_fc(tokens)[0, 1, 2 * 6 : 3 * 6]  # query 1, head 2: bias, then five weights
    expected = torch.sigmoid(condition[1:] @ pairwise[0, 1, 0] + condition[0])
    assert gate[0, 2, 1, 0].item() == pytest.approx(expected.item(), rel=1e-5)


def test_empty_slots_change_nothing(encoder):
    values = scene(5)
    tokens, _ = encoder(**values)
    padded = dict(values)
    for name in ("features", "boxes"):
        padded[name] = torch.cat([values[name], torch.full_like(values[name][:, :3], 7.0)], dim=1)
    padded["object_mask"] = F.pad(values["object_mask"], (0, 3), value=False)
    assert torch.allclose(encoder(**padded)[0][:, :6], tokens, atol=1e-5)


def test_no_objects_leaves_the_agent_token(encoder):
    tokens, boxes = encoder(**scene(0))
    assert tokens.shape == (1, 1, 256)
    assert boxes.shape == (1, 1, 6)
    assert tokens.isfinite().all()


def test_agent_frame_is_right_forward_up():
    # Habitat: the agent at (1, 0, 2) turned left by 90 degrees looks along -x
    rotation = torch.tensor([[0, np.sin(np.pi / 4), 0, np.cos(np.pi / 4)]], dtype=torch.float32)
    position = torch.tensor([[1.0, 0.5, 2.0]])
    box = torch.tensor([[[-2.0, 1.0, 2.0, 0.2, 0.4, 0.6], [1.0, 0.5, 1.0, 0.2, 0.4, 0.6]]])
    boxes, zero, rest = to_agent_frame(box, position, rotation, torch.tensor([True]))
    assert torch.allclose(boxes[0, 0], torch.tensor([0.0, 3.0, 0.5, 0.6, 0.2, 0.4]), atol=1e-5)  # 3 m ahead
    assert torch.allclose(boxes[0, 1, :3], torch.tensor([1.0, 0.0, 0.0]), atol=1e-5)  # 1 m to the right
    assert torch.allclose(zero, torch.zeros(1, 3))
    assert torch.allclose(rest, torch.tensor([[0.0, 0, 0, 1]]), atol=1e-6)


def test_tabletop_frame_is_the_world():
    box = torch.rand(1, 4, 6)
    identity = torch.tensor([[0.0, 0, 0, 1]])
    boxes, _, rest = to_agent_frame(box, torch.zeros(1, 3), identity, torch.tensor([False]))
    assert torch.allclose(boxes, box, atol=1e-6)
    assert torch.allclose(rest, identity)


def test_agent_frame_turns_with_the_scene():
    """The same scene, turned and moved as a whole, looks the same to the agent (for right-angle turns also extents)."""
    generator = torch.Generator().manual_seed(0)
    boxes, position = torch.rand(1, 4, 6, generator=generator), torch.randn(1, 3, generator=generator)
    rotation = F.normalize(torch.tensor([[0.1, 0.5, 0.2, 0.7]]), dim=-1)
    y_up = torch.tensor([True])
    turn = torch.tensor([[0, np.sin(np.pi / 4), 0, np.cos(np.pi / 4)]], dtype=torch.float32)
    moved = torch.cat([rotate(turn[:, None], boxes[..., :3]) + 5, boxes[..., [5, 4, 3]]], dim=-1)
    x, y, z, w = rotation[0].tolist()
    s, c = turn[0, 1].item(), turn[0, 3].item()
    turned = torch.tensor([[c * x + s * z, c * y + s * w, c * z - s * x, c * w - s * y]])
    before = to_agent_frame(boxes, position, rotation, y_up)
    after = to_agent_frame(moved, rotate(turn, position) + 5, turned, y_up)
    for one, other in zip(before, after, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
