"""Generation of text by transformers' own `generate`: beam search as LEO publishes it, or sampling."""

import warnings
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.policies.leo.config.legacy import REPETITION_PENALTY
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.decoder import KeyValues
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS
from torch import Tensor
from transformers import DynamicCache, GenerationConfig

from leo_agent.contract.errors import InputError


@dataclass(frozen=True)
class TextDecoding:
    """How text is chosen.

    beams: of the search (5 as published, 1 is greedy). sample: draw at random instead, with `temperature`, among the
    likeliest tokens that hold `top_p` of the probability, from `seed`. repetition_penalty: 1 is none, the published one
    3; None is what the model's configuration names as published behaviour, else none; the prompt's tokens are never
    penalised. max_tokens: the longest answer, 255 as published.
    """

    beams: int = 5
    sample: bool = False
    temperature: float = 1.0
    top_p: float = 0.9
    repetition_penalty: float | None = None
    max_tokens: int = 255
    seed: int = 0

    def __post_init__(self) -> None:
        if type(self.sample) is not bool:
            raise InputError(f"sample: found {self.sample!r}, expected True or False")
        for name, least, most in (("beams", 1, 100), ("max_tokens", 1, 10**6), ("seed", 0, 2**63 - 1)):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise InputError(f"{name}: found {value!r}, expected a whole number from {least} to {most}")
        for name, low, high in (("temperature", 1e-3, 1e3), ("top_p", 1e-6, 1.0), ("repetition_penalty", 1e-3, 1e6)):
            value = getattr(self, name)
            if value is None and name == "repetition_penalty":
                continue
            if type(value) not in (int, float) or not low <= value <= high:
                raise InputError(f"{name}: found {value!r}, expected a number from {low:g} to {high:g}")


def generate_text(
    model: LeoModel, batch: LeoBatch, cloud_features: Tensor, prefix: KeyValues, eos_id: int, decoding: TextDecoding
) -> list[list[int]]:
    """Token ids of the answer to each sample of a batch without answers, EOS left out.

    Neither action ids nor rows beyond the tokenizer's can be chosen. Positions are those of the tokens that are there.
    """
    embeddings, mask = left_padded(model, batch, cloud_features)
    config = model.config.language_model
    rows = config.vocab_size + config.extra_rows
    room = config.max_positions - embeddings.shape[1]
    penalty = decoding.repetition_penalty
    if penalty is None:
        penalty = REPETITION_PENALTY if model.config.legacy.repetition_penalty else 1.0
    beams = 1 if decoding.sample else decoding.beams
    settings = GenerationConfig(
        num_beams=beams,
        do_sample=decoding.sample,
        temperature=decoding.temperature if decoding.sample else None,
        top_p=decoding.top_p if decoding.sample else None,
        top_k=0 if decoding.sample else None,
        repetition_penalty=penalty,
        max_new_tokens=min(decoding.max_tokens, room),
        suppress_tokens=list(range(config.vocab_size - NUM_ACTION_TOKENS, rows)),
        eos_token_id=eos_id,
        pad_token_id=eos_id,
    )
    devices = [embeddings.device] if embeddings.is_cuda else []
    with torch.random.fork_rng(devices=devices), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Passing `repetition_penalty` with `inputs_embeds`")  # no token of the prompt
        torch.manual_seed(decoding.seed)
        decoder = language_model.base_decoder(model.llm_model)
        answers = decoder.generate(
            inputs_embeds=embeddings,
            attention_mask=mask,
            past_key_values=_cache(prefix, len(batch) * beams),
            generation_config=settings,
        )
    return [_until(answer, eos_id) for answer in answers.tolist()]


def left_padded(model: LeoModel, batch: LeoBatch, cloud_features: Tensor) -> tuple[Tensor, Tensor]:
    """(B, L, D) embeddings of whole prompts, each at the end of its row but for the prefix, which stands at the
    beginning of all, and their mask (B, L)."""
    prefix = language_model.embedding(model.llm_model)(batch.prefix_ids).expand(len(batch), -1, -1)
    suffix = model.embed(batch, cloud_features)
    places = torch.arange(suffix.shape[1], device=suffix.device)
    missing = suffix.shape[1] - batch.lengths[:, None]
    suffix = suffix.take_along_dim(((places - missing) % suffix.shape[1])[..., None], dim=1)
    mask = F.pad(places >= missing, (prefix.shape[1], 0), value=True)
    return torch.cat([prefix, suffix], dim=1), mask.long()


def _cache(prefix: KeyValues, rows: int) -> DynamicCache | None:
    """What transformers continues from: it computes only what is not in there."""
    if not prefix.layers:
        return None
    cache = DynamicCache()
    for index, (keys, values) in enumerate(prefix.layers):
        cache.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), index)
    return cache


def _until(answer: list[int], eos_id: int) -> list[int]:
    return answer[: answer.index(eos_id)] if eos_id in answer else answer
