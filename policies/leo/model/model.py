"""The LEO model: encoders, projections and language model, its training loss and its embedding of a batch."""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.model import decoder, language_model
from leo_agent.policies.leo.model.decoder import KeyValues
from leo_agent.policies.leo.model.image_encoder import ImageEncoder
from leo_agent.policies.leo.model.resampler import ObjectResampler, word_places
from leo_agent.policies.leo.model.spatial_transformer import DirectFeatures, ObjectSceneEncoder
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS, RANGES


class LeoModel(nn.Module):
    """Children carry LEO's names: llm_model, img_encoder, img_proj, pcd_encoder, pcd_proj.

    `pcd_direct` exists only where the configuration has location bands, `pcd_resampler` where it has fewer tokens than
    objects; clip_model and clip_proj only with text
    guidance, of which clip_model holds CLIP's text encoder alone.
    """

    def __init__(self, config: LeoConfig) -> None:
        super().__init__()
        self.config = config
        self.recomputes_activations = False  # in training: see `decoder.run_layers`
        width = config.language_model.hidden_size
        self.llm_model = language_model.build_language_model(config.language_model, config.lora)
        self.img_encoder = ImageEncoder(config.image)
        self.img_proj = nn.Linear(self.img_encoder.output_dim, width)
        scale_slots = config.max_objects + 1 if config.legacy.distance_scale else None
        self.pcd_encoder = ObjectSceneEncoder(config.spatial, config.points, scale_slots)
        self.pcd_proj = nn.Linear(config.spatial.hidden_size, width)
        self.pcd_direct = (
            DirectFeatures(config.spatial, config.points.output_dim, width, word_places(config.spatial))
            if config.spatial.location_bands
            else None
        )
        self.pcd_resampler = (
            ObjectResampler(
                width,
                config.spatial.object_tokens,
                config.language_model.num_heads,
                word_places(config.spatial),
                config.language_model.embedding_std,
            )
            if config.spatial.object_tokens
            else None
        )
        self.clip_model: nn.Module | None = None
        self.clip_proj: nn.Linear | None = None
        if config.clip_text is not None:
            from leo_agent.policies.leo.model.clip_text import (
                ClipText,  # open_clip, slow to import, is needed only here
            )

            self.clip_model = ClipText(config.clip_text)
            self.clip_proj = nn.Linear(config.clip_text.output_dim, width)

    @property
    def device(self) -> torch.device:
        return self.pcd_proj.weight.device

    def use_adapters(self, enabled: bool) -> None:
        """Lets the language model compute its adapters, or skip them: exact, and faster, while they add nothing.

        Fresh adapters (B = 0) add nothing, as long as only the decoder itself is trained.
        """
        language_model.use_adapters(self.llm_model, enabled)

    def encode_clouds(self, clouds: Tensor) -> Tensor:
        """Prepared clouds (C, P, 6) -> (C, output_dim) features; these depend on nothing else and may be kept."""
        if not len(clouds):
            return clouds.new_zeros(0, self.config.points.output_dim)
        features: Tensor = self.pcd_encoder.obj_encoder(clouds)
        return features

    def embed(self, batch: LeoBatch, cloud_features: Tensor) -> Tensor:
        """(B, L, D) embeddings of the batch's tokens after the prefix; cloud_features (C, output_dim)."""
        visual = torch.cat([self._image_tokens(batch)[:, None], self._object_tokens(batch, cloud_features)], dim=1)
        guidance = self._guidance(batch)
        if guidance is not None:
            visual = visual * guidance[:, None]
        text = language_model.embedding(self.llm_model)(batch.tokens.clamp(min=0))
        rows = torch.arange(len(batch), device=text.device)[:, None] * visual.shape[1]
        picked = visual.flatten(0, 1)[rows + (-1 - batch.tokens).clamp(min=0)]
        return torch.where((batch.tokens < 0)[..., None], picked.to(text.dtype), text)

    def prefix(self, ids: Tensor) -> KeyValues:
        """Keys and values of a constant text prefix (Lp,)."""
        return decoder.prefill_ids(self.llm_model, ids)

    def action_logits(self, hidden: Tensor, allowed: Tensor) -> Tensor:
        """(..., D) -> (..., 524) logits by action index, -inf where not allowed (..., 524)."""
        vocab_size = self.config.language_model.vocab_size
        weight = language_model.output_rows(self.llm_model)[vocab_size - NUM_ACTION_TOKENS : vocab_size]
        return (hidden @ weight.flip(0).T).float().masked_fill(~allowed, -torch.inf)

    def token_logits(self, hidden: Tensor) -> Tensor:
        """(..., D) -> (..., vocab_size) logits; rows beyond the tokenizer's ([PAD]), never trained, are left out."""
        weight = language_model.output_rows(self.llm_model)[: self.config.language_model.vocab_size]
        return (hidden @ weight.T).float()

    def answer_states(self, batch: LeoBatch, prefix: KeyValues | None = None) -> Tensor:
        """(B, A, D) hidden states from which each answer token is predicted, the right answer given so far."""
        prefix = self.prefix(batch.prefix_ids) if prefix is None else prefix
        features = self.encode_clouds(batch.clouds) if batch.cloud_features is None else batch.cloud_features
        embeddings = self.embed(batch, features)
        hidden, _ = decoder.prefill(
            self.llm_model,
            embeddings,
            batch.token_mask,
            batch.positions,
            prefix,
            wanted=batch.answer_positions,
            recompute=self.recomputes_activations and torch.is_grad_enabled(),
        )
        return hidden

    def loss(self, batch: LeoBatch, bin_smoothing_sigma: float = 0.0, restrict: bool = True) -> Tensor:
        """(B,) mean negative log likelihood of each sample's answer tokens; see `judge`."""
        return self.judge(batch, bin_smoothing_sigma, restrict)[0]

    def judge(self, batch: LeoBatch, bin_smoothing_sigma: float = 0.0, restrict: bool = True) -> tuple[Tensor, Tensor]:
        """How likely the right answers are, and what would be answered in their place.

        Args:
            batch: of samples with their answers.
            bin_smoothing_sigma: width, in bins, of the Gaussian target over neighbouring u, v and (circular) yaw bins.
            restrict: for actions the softmax runs over the ids allowed at each position (else over the vocabulary, as
                in LEO's code); for text it always runs over the vocabulary.

        Returns:
            (B,) mean negative log likelihood of each sample's answer tokens; (B, A) the most probable token id at each
            place of the right answer, of actions among those allowed.

        Raises:
            InputError: a sample has no answer.
        """
        if not batch.answer_mask.any(-1).all():
            raise InputError("loss: a sample has no answer, expected the ids of one")
        states = self.answer_states(batch)
        token_loss, answered = self._judge_actions(states, batch, bin_smoothing_sigma, restrict)
        if batch.is_text.any():
            logits = self.token_logits(states[batch.is_text]).transpose(1, 2)
            token_loss[batch.is_text] = F.cross_entropy(logits, batch.answer_ids[batch.is_text], reduction="none")
            answered[batch.is_text] = logits.detach().argmax(1)
        answer_mask = batch.answer_mask.to(token_loss.dtype)
        return (token_loss * answer_mask).sum(-1) / answer_mask.sum(-1), answered

    def _judge_actions(
        self, states: Tensor, batch: LeoBatch, bin_smoothing_sigma: float, restrict: bool
    ) -> tuple[Tensor, Tensor]:
        """(B, A) negative log likelihood of each answer token as an action, and the likeliest token id."""
        vocab_size = self.config.language_model.vocab_size
        indices = (vocab_size - 1 - batch.answer_ids).clamp(max=NUM_ACTION_TOKENS - 1)
        allowed = batch.allowed | ~batch.answer_mask[..., None]
        if restrict:
            log_probability = self.action_logits(states, allowed).log_softmax(-1)
        else:
            log_probability = self.token_logits(states).log_softmax(-1)
            log_probability = log_probability[..., vocab_size - NUM_ACTION_TOKENS :].flip(-1)
        answered = vocab_size - 1 - log_probability.detach().masked_fill(~allowed, -torch.inf).argmax(-1)
        target = _smoothing_table(bin_smoothing_sigma).to(states.device)[indices]
        return -(target * log_probability.masked_fill(~allowed, 0.0)).sum(-1), answered

    def _object_tokens(self, batch: LeoBatch, cloud_features: Tensor) -> Tensor:
        if len(cloud_features):
            features = cloud_features[batch.object_index]
        else:
            features = cloud_features.new_zeros(*batch.object_index.shape, self.config.points.output_dim)
        locations: Tensor
        encoded, locations = self.pcd_encoder(
            features, batch.locations, batch.object_mask, batch.agent_position, batch.agent_rotation, batch.y_up
        )
        tokens: Tensor = self.pcd_proj(encoded)
        if self.pcd_direct is None and self.pcd_resampler is None:
            return tokens
        words = language_model.embedding(self.llm_model)(batch.goal_ids.clamp(min=0)) * (batch.goal_ids >= 0)[..., None]
        if self.pcd_direct is not None:
            tokens = tokens + self.pcd_direct(features, locations, words)
        if self.pcd_resampler is not None:
            tokens = self.pcd_resampler(tokens, F.pad(batch.object_mask, (1, 0), value=True), words)
        return tokens

    def _guidance(self, batch: LeoBatch) -> Tensor | None:
        """(B, D) what image and object tokens are multiplied by; None without text guidance."""
        if self.clip_model is None or self.clip_proj is None:
            return None
        guidance: Tensor = self.clip_proj(self.clip_model(batch.instructions))
        return guidance

    def _image_tokens(self, batch: LeoBatch) -> Tensor:
        features = batch.image_features
        if features is None and len(batch.images):
            features = self.img_encoder(batch.images)
        if features is None or not len(features):
            return self.img_proj.weight.new_zeros(len(batch), len(self.img_proj.weight))
        projected: Tensor = self.img_proj(features)[batch.image_index.clamp(min=0)]
        return projected


@lru_cache(maxsize=4)
def _smoothing_table(sigma: float) -> Tensor:
    """(524, 524) target distribution of each action index: itself, or a Gaussian over the bins of its block."""
    table = torch.eye(NUM_ACTION_TOKENS)
    if sigma <= 0:
        return table
    for block in RANGES[1:]:
        bins = torch.arange(block.size)
        distance = (bins[:, None] - bins).abs()
        if block.circular:
            distance = torch.minimum(distance, block.size - distance)
        weights = torch.exp(-0.5 * (distance / sigma).square())
        inside = slice(block.start, block.start + block.size)
        table[inside, inside] = weights / weights.sum(-1, keepdim=True)
    return table
