"""The spatial transformer over a scene's objects and its agent, with attention gated by relative position.

LEO's OSE3D, after ViL3DRel (Chen et al. 2022): its formulas, shapes and key names, except that the distance
scale ignores empty slots by default.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from leo_agent.policies.leo.config.config import PointEncoderConfig, SpatialConfig
from leo_agent.policies.leo.model.frames import to_agent_frame, to_z_up
from leo_agent.policies.leo.model.point_encoder import PointEncoder
from leo_agent.policies.leo.model.resampler import new_word_positions, sum_of_words

NUM_ORIENTATION_FREQUENCIES = 10
SPATIAL_DIM = 5
EPS = 1e-10
GATE_FLOOR = 1e-6


def orientation_features(rotation: Tensor) -> Tensor:
    """(B, 4) quaternion x, y, z, w -> (B, 84): itself, then sines and cosines at 10 frequencies from 1 to 15."""
    frequencies = torch.linspace(1.0, 15.0, NUM_ORIENTATION_FREQUENCIES, device=rotation.device, dtype=rotation.dtype)
    angles = math.pi * (rotation[..., None] * frequencies).flatten(-2)
    return torch.cat([rotation, angles.sin(), angles.cos()], dim=-1)


def pairwise_features(centers: Tensor, valid: Tensor, slots: int | None = None) -> Tensor:
    """How centre i lies to centre j: distance (1 = the sample's largest), then dz/r, rho/r, dy/rho, dx/rho.

    rho is the distance in the xy plane.

    Args:
        centers: (B, K, 3), metres.
        valid: (B, K) bool.
        slots: with a number of slots, the largest distance is also taken to the origin where a sample fills fewer.

    Returns:
        (B, K, K, 5).
    """
    dx, dy, dz = (centers[:, :, None] - centers[:, None]).unbind(-1)
    horizontal = dx.square() + dy.square()
    r = (horizontal + dz.square() + EPS).sqrt()
    rho = (horizontal + EPS).sqrt()
    both = valid[:, :, None] & valid[:, None]
    scale = torch.where(both, r, 0.0).amax(dim=(1, 2), keepdim=True)
    if slots is not None:
        to_origin = torch.where(valid, (centers.square().sum(-1) + EPS).sqrt(), 0.0).amax(dim=1)
        to_origin = torch.where(valid.sum(1) < slots, to_origin, 0.0)
        scale = torch.maximum(scale, to_origin[:, None, None])
    return torch.stack([r / scale, dz / r, rho / r, dy / rho, dx / rho], dim=-1)


class SpatialAttention(nn.Module):
    """Multi-head attention whose weights are multiplied by a gate of the pairwise features ("cond" fusion)."""

    def __init__(self, config: SpatialConfig) -> None:
        super().__init__()
        self.num_heads = config.num_heads
        width = config.hidden_size
        self.w_qs, self.w_ks, self.w_vs, self.fc = (nn.Linear(width, width) for _ in range(4))
        self.layer_norm = nn.LayerNorm(width)
        self.lang_cond_fc = nn.Linear(width, config.num_heads * (SPATIAL_DIM + 1))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, pairwise: Tensor, valid: Tensor) -> Tensor:
        """(B, K, D), (B, K, K, 5), (B, K) -> (B, K, D)."""
        batch, count, width = tokens.shape
        query, key, value = (
            layer(tokens).view(batch, count, self.num_heads, -1).transpose(1, 2)
            for layer in (self.w_qs, self.w_ks, self.w_vs)
        )
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=self.log_gate(tokens, pairwise, valid))
        mixed = self.fc(mixed.transpose(1, 2).reshape(batch, count, width))
        output: Tensor = self.layer_norm(self.dropout(mixed) + tokens)
        return output

    def log_gate(self, tokens: Tensor, pairwise: Tensor, valid: Tensor) -> Tensor:
        """(B, heads, K, K) log of the gate sigmoid(w . features + b), floored at 1e-6; -inf at empty keys."""
        batch, count, _ = tokens.shape
        condition = self.lang_cond_fc(tokens).view(batch, count, self.num_heads, SPATIAL_DIM + 1)
        bias, weight = condition[..., 0], condition[..., 1:]
        score = torch.einsum("bqhf,bqkf->bhqk", weight, pairwise) + bias.transpose(1, 2)[..., None]
        return F.logsigmoid(score).clamp(min=math.log(GATE_FLOOR)).masked_fill(~valid[:, None, None], -torch.inf)


class SpatialLayer(nn.Module):
    """Post-norm transformer layer with a second residual around the attention's own, as in LEO's code."""

    def __init__(self, config: SpatialConfig) -> None:
        super().__init__()
        self.self_attn = SpatialAttention(config)
        self.linear1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.linear2 = nn.Linear(config.intermediate_size, config.hidden_size)
        self.norm1 = nn.LayerNorm(config.hidden_size)
        self.norm2 = nn.LayerNorm(config.hidden_size)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, pairwise: Tensor, valid: Tensor) -> Tensor:
        tokens = self.norm1(tokens + self.dropout(self.self_attn(tokens, pairwise, valid)))
        inner = self.linear2(self.dropout(F.gelu(self.linear1(tokens))))
        output: Tensor = self.norm2(tokens + self.dropout(inner))
        return output


class ObjectSceneEncoder(nn.Module):
    """LEO's OSE3D: PointNet++ features, agent token and spatial transformer -> one token an object, agent first.

    Args:
        config: of the spatial transformer.
        points: of the point encoder.
        scale_slots: the `slots` of `pairwise_features`, with LEO's own distance scale.
    """

    def __init__(self, config: SpatialConfig, points: PointEncoderConfig, scale_slots: int | None = None) -> None:
        super().__init__()
        self.config = config
        self.scale_slots = scale_slots
        width = config.hidden_size
        self.obj_encoder = PointEncoder(points)
        self.obj_proj = nn.Linear(points.output_dim, width)
        self.anchor_feat = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.anchor_size = nn.Parameter(torch.ones(1, 1, 3))
        self.orient_encoder = nn.Linear(4 + 8 * NUM_ORIENTATION_FREQUENCIES, width)
        self.obj_type_embed = nn.Embedding(2, width)
        self.loc_layers = nn.ModuleList([nn.Sequential(nn.Linear(6, width), nn.LayerNorm(width))])
        self.spatial_encoder = nn.ModuleList([SpatialLayer(config) for _ in range(config.num_layers)])
        for layer in [*self.loc_layers.modules(), *self.spatial_encoder.modules()]:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)

    def forward(
        self,
        features: Tensor,
        locations: Tensor,
        object_mask: Tensor,
        agent_position: Tensor,
        agent_rotation: Tensor,
        y_up: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Tokens (B, 1 + N, D) and their locations (B, 1 + N, 6) in the configured frame, the agent's first.

        Args:
            features: of the point encoder, (B, N, output_dim).
            locations: centre and extents of the objects, (B, N, 6), metres, world frame.
            object_mask: (B, N), True = object.
            agent_position: (B, 3), metres, world frame.
            agent_rotation: (B, 4), quaternion x, y, z, w, world frame.
            y_up: (B,), True = the world's axes are Habitat's.
        """
        to_frame = to_agent_frame if self.config.frame == "agent" else to_z_up
        locations, agent_position, agent_rotation = to_frame(locations, agent_position, agent_rotation, y_up)
        batch = len(locations)
        agent = self.anchor_feat[:, 0] + self.orient_encoder(orientation_features(agent_rotation))
        agent_location = torch.cat([agent_position, self.anchor_size[:, 0].expand(batch, 3)], dim=-1)
        locations = torch.cat([agent_location[:, None], locations], dim=1)
        valid = F.pad(object_mask, (1, 0), value=True)
        objects = self.obj_proj(features) + self.obj_type_embed.weight[0]
        tokens = torch.cat([(agent + self.obj_type_embed.weight[1])[:, None], objects], dim=1)
        pairwise = pairwise_features(locations[..., :3], valid, self.scale_slots)
        embedded = self.loc_layers[0](locations)
        for layer in self.spatial_encoder:
            tokens = layer(tokens + embedded, pairwise, valid)
        return tokens, locations


class DirectFeatures(nn.Module):
    """A second way for each object into the language model, around the spatial transformer, for small models.

    There an object's shape and colour are a small part of its token beside place and type, and its place is blurred by
    a LayerNorm. Here the normalised point features, and each centre coordinate as sines and cosines of many
    wavelengths, are projected straight to the language model's width.

    The objects come before the instruction and cannot attend to it, so the goal also guides them: their content is
    multiplied elementwise by a vector of the goal, as LEO's VLA variant does with CLIP's text encoder; here it is the
    sum of the goal's word embeddings, each multiplied by a learnt vector of its place where there are such.
    """

    frequencies: Tensor

    def __init__(self, config: SpatialConfig, feature_dim: int, width: int, word_places: int) -> None:
        super().__init__()
        steps = torch.linspace(0, 1, config.location_bands, device="cpu")  # held also by a model on the meta device
        ratio = config.min_wavelength_m / config.max_wavelength_m
        self.register_buffer("frequencies", 2 * math.pi / (config.max_wavelength_m * ratio**steps), persistent=False)
        self.location = nn.Linear(6 + 6 * config.location_bands, width)
        self.norm = nn.LayerNorm(feature_dim)
        self.content = nn.Linear(feature_dim, width)
        self.word_position = new_word_positions(word_places, width)
        self.goal = nn.Linear(width, width)
        self.guided = nn.Linear(feature_dim, width)

    def forward(self, features: Tensor, locations: Tensor, words: Tensor) -> Tensor:
        """What is added to the agent's and the objects' tokens, (B, 1 + N, width).

        Args:
            features: of the points, (B, N, feature_dim).
            locations: centre and extents in the configured frame, (B, 1 + N, 6), metres, the agent's first.
            words: embeddings of the goal's words (B, G, width), zeros beyond its end.
        """
        angles = (locations[..., :3, None] * self.frequencies).flatten(-2)
        place = self.location(torch.cat([locations, angles.sin(), angles.cos()], dim=-1))
        features = self.norm(features)
        goal = self.goal(sum_of_words(words, self.word_position))
        content = self.content(features) + goal[:, None] * self.guided(features)
        direct: Tensor = place + F.pad(content, (0, 0, 1, 0))
        return direct
