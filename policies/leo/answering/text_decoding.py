"""Generation of text by transformers' own `generate`: beam search as LEO publishes it, or sampling."""

import warnings
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import DynamicCache, GenerationConfig

from leo_agent.contract.checks import check_choice, check_number, check_whole
from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.policies.leo.config.legacy import REPETITION_PENALTY
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.decoder import KeyValues
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS


@dataclass(frozen=True)
class TextDecoding:
    """How text is chosen."""

    beams: int = 5  # of the search: 5 as published, 1 is greedy
    sample: bool = False  # whether tokens are drawn at random instead
    temperature: float = 1.0  # of what is drawn
    top_p: float = 0.9  # drawn among the likeliest tokens that hold this much of the probability
    repetition_penalty: float | None = None  # 1: none; 3: as published; None: as the model's configuration says.
    # The prompt's tokens are never penalised.
    max_tokens: int = 255  # of the longest answer, as published
    seed: int = 0  # of what is drawn

    def __post_init__(self) -> None:
        check_choice("sample", self.sample, (True, False))
        check_whole("beams", self.beams, 1, 100)
        check_whole("max_tokens", self.max_tokens, 1, 10**6)
        check_whole("seed", self.seed, 0, 2**63 - 1)
        check_number("temperature", self.temperature, 1e-3, 1e3)
        check_number("top_p", self.top_p, 1e-6, 1.0)
        if self.repetition_penalty is not None:
            check_number("repetition_penalty", self.repetition_penalty, 1e-3, 1e6)


def generate_text(
    model: LeoModel, batch: LeoBatch, cloud_features: Tensor, prefix: KeyValues, eos_id: int, decoding: TextDecoding
) -> list[list[int]]:
    """Token ids of the answer to each sample of a batch without answers, EOS left out.

    Neither action ids nor rows beyond the tokenizer's can be chosen. Positions are those of the tokens that are there.

    Args:
        model: in evaluation mode.
        batch: of samples whose answers are text.
        cloud_features: (C, D) of the batch's objects.
        prefix: keys and values of `batch.prefix_ids`, or none, which computes them anew.
        eos_id: the token that ends an answer.
        decoding: how text is chosen.
    """
    embeddings, mask = left_padded(model, batch, cloud_features)
    settings = _settings(model, decoding, model.config.language_model.max_positions - embeddings.shape[1], eos_id)
    devices = [embeddings.device] if embeddings.is_cuda else []
    with torch.random.fork_rng(devices=devices), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Passing `repetition_penalty` with `inputs_embeds`")  # no token of the prompt
        # transformers 5.24 calls it `cache`, and takes this name, which versions before know alone, until 6.0.
        warnings.filterwarnings("ignore", ".*past_key_values.*", FutureWarning)
        torch.manual_seed(decoding.seed)
        decoder = language_model.base_decoder(model.llm_model)
        answers = decoder.generate(
            inputs_embeds=embeddings,
            attention_mask=mask,
            past_key_values=_cache(prefix, len(batch) * settings.num_beams),
            generation_config=settings,
        )
    return [_until(answer, eos_id) for answer in answers.tolist()]


def _settings(model: LeoModel, decoding: TextDecoding, room: int, eos_id: int) -> GenerationConfig:
    """The settings of transformers' `generate`; `room` tokens have a place after the prompt."""
    config = model.config.language_model
    rows = config.vocab_size + config.extra_rows
    penalty = decoding.repetition_penalty
    if penalty is None:
        penalty = REPETITION_PENALTY if model.config.legacy.repetition_penalty else 1.0
    return GenerationConfig(  # type: ignore[no-untyped-call]
        num_beams=1 if decoding.sample else decoding.beams,
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


def left_padded(model: LeoModel, batch: LeoBatch, cloud_features: Tensor) -> tuple[Tensor, Tensor]:
    """Embeddings (B, L, D) of whole prompts, and their mask (B, L).

    Each stands at the end of its row but for the prefix, which stands at the beginning of all.
    """
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
