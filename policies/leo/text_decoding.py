"""Generation of text by transformers' own `generate`: beam search as LEO publishes it, or sampling."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import GenerationConfig

from policies.errors import InputError
from policies.leo import language_model
from policies.leo.action_tokens import NUM_ACTION_TOKENS
from policies.leo.batch import LeoBatch
from policies.leo.model import LeoModel


@dataclass(frozen=True)
class TextDecoding:
    """How text is chosen.

    beams: of the search (5 as published, 1 is greedy). sample: draw at random instead, with `temperature`, among the
    likeliest tokens that hold `top_p` of the probability, from `seed`. repetition_penalty: 1 is none; the prompt's
    tokens are never penalised. max_tokens: the longest answer, 255 as published.
    """

    beams: int = 5
    sample: bool = False
    temperature: float = 1.0
    top_p: float = 0.9
    repetition_penalty: float = 1.0
    max_tokens: int = 255
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("beams", "max_tokens"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: found {getattr(self, name)}, expected at least 1")
        for name, most in (("temperature", math.inf), ("top_p", 1.0), ("repetition_penalty", math.inf)):
            value = getattr(self, name)
            if not 0 < value <= most or math.isinf(value):
                raise InputError(f"{name}: found {value}, expected a number above 0{' up to 1' if most == 1 else ''}")


def generate_text(
    model: LeoModel, batch: LeoBatch, cloud_features: Tensor, eos_id: int, decoding: TextDecoding
) -> list[list[int]]:
    """Token ids of the answer to each sample of a batch without answers, EOS left out.

    Neither action ids nor rows beyond the tokenizer's can be chosen. Positions are those of the tokens that are there.
    """
    embeddings, mask = left_padded(model, batch, cloud_features)
    config = model.config.language_model
    rows = config.vocab_size + config.extra_rows
    room = config.max_positions - embeddings.shape[1]
    settings = GenerationConfig(
        num_beams=1 if decoding.sample else decoding.beams,
        do_sample=decoding.sample,
        temperature=decoding.temperature if decoding.sample else None,
        top_p=decoding.top_p if decoding.sample else None,
        top_k=0 if decoding.sample else None,
        repetition_penalty=decoding.repetition_penalty,
        max_new_tokens=min(decoding.max_tokens, room),
        suppress_tokens=list(range(config.vocab_size - NUM_ACTION_TOKENS, rows)),
        eos_token_id=eos_id,
        pad_token_id=eos_id,
    )
    devices = [embeddings.device] if embeddings.is_cuda else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(decoding.seed)
        decoder = language_model.base_decoder(model.llm_model)
        answers = decoder.generate(inputs_embeds=embeddings, attention_mask=mask, generation_config=settings)
    return [_until(answer, eos_id) for answer in answers.tolist()]


def left_padded(model: LeoModel, batch: LeoBatch, cloud_features: Tensor) -> tuple[Tensor, Tensor]:
    """(B, L, D) embeddings of whole prompts, prefix included, each at the end of its row, and their mask (B, L)."""
    prefix = language_model.embedding(model.llm_model)(batch.prefix_ids).expand(len(batch), -1, -1)
    embeddings = torch.cat([prefix, model.embed(batch, cloud_features)], dim=1)
    missing = batch.tokens.shape[1] - batch.lengths[:, None]
    places = torch.arange(embeddings.shape[1], device=embeddings.device)
    moved = (places - missing) % embeddings.shape[1]
    return embeddings.take_along_dim(moved[..., None], dim=1), (places >= missing).long()


def _until(answer: list[int], eos_id: int) -> list[int]:
    return answer[: answer.index(eos_id)] if eos_id in answer else answer
