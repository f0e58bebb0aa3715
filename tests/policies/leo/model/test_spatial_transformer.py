"""The spatial transformer: published sizes, masking, and the agent's frame; its numbers: see test_reference."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from leo_agent.policies.leo.config.config import PointEncoderConfig, SpatialConfig
from leo_agent.policies.leo.model.frames import to_agent_frame
from leo_agent.policies.leo.model.spatial_transformer import ObjectSceneEncoder


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
        "locations": torch.rand(batch, count, 6, generator=generator) * 3,
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


def test_empty_slots_change_nothing(encoder):
    values = scene(5)
    tokens, _ = encoder(**values)
    padded = dict(values)
    for name in ("features", "locations"):
        padded[name] = torch.cat([values[name], torch.full_like(values[name][:, :3], 7.0)], dim=1)
    padded["object_mask"] = F.pad(values["object_mask"], (0, 3), value=False)
    assert torch.allclose(encoder(**padded)[0][:, :6], tokens, atol=1e-5)


def test_agent_frame_is_right_forward_up():
    # Habitat: the agent at (1, 0, 2) turned left by 90 degrees looks along -x
    rotation = torch.tensor([[0, np.sin(np.pi / 4), 0, np.cos(np.pi / 4)]], dtype=torch.float32)
    position = torch.tensor([[1.0, 0.5, 2.0]])
    box = torch.tensor([[[-2.0, 1.0, 2.0, 0.2, 0.4, 0.6], [1.0, 0.5, 1.0, 0.2, 0.4, 0.6]]])
    locations, zero, rest = to_agent_frame(box, position, rotation, torch.tensor([True]))
    assert torch.allclose(locations[0, 0], torch.tensor([0.0, 3.0, 0.5, 0.6, 0.2, 0.4]), atol=1e-5)  # 3 m ahead
    assert torch.allclose(locations[0, 1, :3], torch.tensor([1.0, 0.0, 0.0]), atol=1e-5)  # 1 m to the right
    assert torch.allclose(zero, torch.zeros(1, 3))
    assert torch.allclose(rest, torch.tensor([[0.0, 0, 0, 1]]), atol=1e-6)


def test_tabletop_frame_is_the_world():
    box = torch.rand(1, 4, 6)
    identity = torch.tensor([[0.0, 0, 0, 1]])
    locations, _, rest = to_agent_frame(box, torch.zeros(1, 3), identity, torch.tensor([False]))
    assert torch.allclose(locations, box, atol=1e-6)
    assert torch.allclose(rest, identity)


def test_agent_frame_turns_with_the_scene():
    """The same scene, turned and moved as a whole, looks the same to the agent (for right-angle turns also extents)."""
    generator = torch.Generator().manual_seed(0)
    locations, position = torch.rand(1, 4, 6, generator=generator), torch.randn(1, 3, generator=generator)
    rotation = F.normalize(torch.tensor([[0.1, 0.5, 0.2, 0.7]]), dim=-1)
    y_up = torch.tensor([True])
    turn = torch.tensor([[0, np.sin(np.pi / 4), 0, np.cos(np.pi / 4)]], dtype=torch.float32)
    moved = torch.cat([rotate(turn[:, None], locations[..., :3]) + 5, locations[..., [5, 4, 3]]], dim=-1)
    x, y, z, w = rotation[0].tolist()
    s, c = turn[0, 1].item(), turn[0, 3].item()
    turned = torch.tensor([[c * x + s * z, c * y + s * w, c * z - s * x, c * w - s * y]])
    before = to_agent_frame(locations, position, rotation, y_up)
    after = to_agent_frame(moved, rotate(turn, position) + 5, turned, y_up)
    for one, other in zip(before, after, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
