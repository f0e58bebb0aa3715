"""One way through the layers of the language model, with its keys and values in our hands.

The modules of transformers compute norms, projections and MLPs (adapters injected or merged); rotation is theirs, too.
Attention is here, since LEO's sequence needs more of it than a cache: a constant prefix that a batch shares, packed
sequences of different length, and answers whose alternatives share one prompt. No function looks at the values of a
tensor, so that all of it can be captured in a CUDA graph.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import OPTForCausalLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from leo_agent.policies.leo.model.language_model import base_decoder, embedding

HAS_TRITON = find_spec("triton") is not None  # torch's wheels for Windows lack it

# (layer, query, key, value), each (B, heads, L, head size) -> (B, heads, L, head size)
Attention = Callable[[int, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class KeyValues:
    """Keys and values of every layer, each (B, heads, length, head size)."""

    layers: tuple[tuple[Tensor, Tensor], ...] = ()

    @property
    def length(self) -> int:
        return self.layers[0][0].shape[2] if self.layers else 0


def run_layers(model: nn.Module, hidden: Tensor, positions: Tensor, attention: Attention) -> Tensor:
    """Hidden states (B, L, D) after the last norm of embeddings (B, L, D) at positions (B, L) or (1, L)."""
    decoder = base_decoder(model)
    if isinstance(decoder, OPTForCausalLM):
        return _run_opt(decoder.model.decoder, hidden, positions, attention)
    layers: Any = decoder.model
    rotation = layers.rotary_emb(hidden, positions)
    heads, rest = (_fastest(each, hidden) for each in (llama_heads, llama_rest))
    for index, layer in enumerate(layers.layers):
        mixed = attention(index, *heads(layer, hidden, rotation))
        hidden = rest(layer, hidden, mixed)
    normed: Tensor = layers.norm(hidden)
    return normed


def _fastest(function: Callable[..., Any], given: Tensor) -> Callable[..., Any]:
    """The function, or its compiled form where a GPU infers and Triton is installed: fewer and larger kernels."""
    return compiled(function) if given.is_cuda and HAS_TRITON and not torch.is_grad_enabled() else function


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled by torch, once for all layers; TORCH_COMPILE_DISABLE=1 in the environment leaves it."""
    return torch.compile(function)


def llama_heads(layer: Any, hidden: Tensor, rotation: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value (B, heads, L, head size) of a layer, the first two rotated to their positions."""
    normed = layer.input_layernorm(hidden)
    attention = layer.self_attn
    query, key, value = (
        _heads(projection(normed), attention.head_dim)
        for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    query, key = apply_rotary_pos_emb(query, key, *rotation)
    return query, key, value


def llama_rest(layer: Any, hidden: Tensor, mixed: Tensor) -> Tensor:
    """What a layer does with its attention's result."""
    hidden = hidden + layer.self_attn.o_proj(mixed.transpose(1, 2).flatten(2))
    output: Tensor = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
    return output


def _run_opt(decoder: Any, hidden: Tensor, positions: Tensor, attention: Attention) -> Tensor:
    hidden = hidden + decoder.embed_positions(None, position_ids=positions)
    for index, layer in enumerate(decoder.layers):
        normed = _normed(layer.self_attn_layer_norm, hidden)
        own = layer.self_attn
        heads = (_heads(projection(normed), own.head_dim) for projection in (own.q_proj, own.k_proj, own.v_proj))
        hidden = hidden + own.out_proj(attention(index, *heads).transpose(1, 2).flatten(2))
        normed = _normed(layer.final_layer_norm, hidden)
        hidden = hidden + layer.fc2(layer.activation_fn(layer.fc1(normed)))
    return _normed(decoder.final_layer_norm, hidden)


def _normed(norm: nn.LayerNorm, hidden: Tensor) -> Tensor:
    """The norm, also where hidden states under autocast are float32 beside weights in half precision.

    On a CPU torch does not mix them by itself.
    """
    weight, bias = norm.weight.to(hidden.dtype), norm.bias.to(hidden.dtype)
    return F.layer_norm(hidden, norm.normalized_shape, weight, bias, norm.eps)


def _heads(projected: Tensor, head_size: int) -> Tensor:
    heads: Tensor = projected.reshape(*projected.shape[:-1], -1, head_size)
    return heads.transpose(1, 2)


def prefill_ids(model: nn.Module, ids: Tensor) -> KeyValues:
    """Keys and values of a constant text prefix (L,) that starts at position 0."""
    if not len(ids):
        return KeyValues()
    embeddings = embedding(model)(ids)[None]
    valid = torch.ones(1, len(ids), dtype=torch.bool, device=ids.device)
    return prefill(model, embeddings, valid, torch.arange(len(ids), device=ids.device)[None], KeyValues())[1]


def prefill(
    model: nn.Module, embeddings: Tensor, valid: Tensor, positions: Tensor, prefix: KeyValues
) -> tuple[Tensor, KeyValues]:
    """Hidden states (B, L, D) of embeddings after the prefix, and all keys and values so far.

    Gradients flow through the prefix.

    Args:
        model: the language model.
        embeddings: (B, L, D), padded on the right.
        valid: (B, L), False at the padding.
        positions: (B, L) or (1, L).
        prefix: keys and values of what all B sequences begin with.
    """
    batch, length = valid.shape
    causal = torch.ones(length, length, dtype=torch.bool, device=valid.device).tril()
    inside = causal & valid[:, None]
    mask = F.pad(inside, (prefix.length, 0), value=True)[:, None]
    layers: list[tuple[Tensor, Tensor]] = []

    def attend(layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        if prefix.layers:
            earlier = (each.expand(batch, -1, -1, -1) for each in prefix.layers[layer])
            key, value = (torch.cat(pair, dim=2) for pair in zip(earlier, (key, value), strict=True))
        layers.append((key, value))
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)

    hidden = run_layers(model, embeddings, positions, attend)
    return hidden, KeyValues(tuple(layers))


class BeamDecoder:
    """Writes K alternative answers to each of B prompts, a token at a time; the prompt is held once for all K.

    The alternatives' own keys and values have their place from the beginning, so that no step moves what was written
    before.

    Args:
        model: the language model.
        prompt: keys and values of the B prompts.
        seen: (B, S), which of those may be looked at.
        position: (B,), of the first token that is written.
        count: K.
        most: longest answer, in tokens.
    """

    def __init__(self, model: nn.Module, prompt: KeyValues, seen: Tensor, position: Tensor, count: int, most: int):
        self._model, self._prompt, self._position, self._count = model, prompt, position, count
        keys = prompt.layers[0][0]
        batch, heads, _, size = keys.shape
        room = (len(prompt.layers), 2, batch, heads, count, most, size)
        self._own = keys.new_zeros(room)
        self._unseen = ~seen
        self._length = 0

    def keep(self, parents: Tensor) -> None:
        """Alternative k goes on from what alternative parents[b, k] (B, K) has written so far."""
        index = parents[None, None, :, None, :, None, None].expand(self._own.shape)
        self._own.copy_(self._own.gather(4, index))

    def step(self, embeddings: Tensor) -> Tensor:
        """Hidden states (B, K, D) of one more token an alternative, embedded (B, K, D)."""
        batch, count, width = embeddings.shape
        flat = embeddings.reshape(batch * count, 1, width)
        positions = (self._position + self._length)[:, None].expand(-1, count).reshape(-1, 1)
        hidden = run_layers(self._model, flat, positions, self._attend)
        self._length += 1
        return hidden.view(batch, count, width)

    def _attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        own_keys, own_values = self._own[layer]
        batch, heads, count, most, size = own_keys.shape
        query, key, value = (each.view(batch, count, heads, size).transpose(1, 2) for each in (query, key, value))
        own_keys[:, :, :, self._length] = key
        own_values[:, :, :, self._length] = value
        unwritten = torch.arange(most, device=key.device) > self._length
        mix = _fastest(mix_prompt_and_own, query)
        mixed = mix(query, *self._prompt.layers[layer], self._unseen, own_keys, own_values, unwritten)
        output: Tensor = mixed.transpose(1, 2).reshape(batch * count, heads, 1, size)
        return output


def mix_prompt_and_own(
    query: Tensor,
    prompt_keys: Tensor,
    prompt_values: Tensor,
    unseen: Tensor,
    own_keys: Tensor,
    own_values: Tensor,
    unwritten: Tensor,
) -> Tensor:
    """Attention of K beams to a prompt that they share, and to what each has written itself.

    Queries are (B, heads, K, size), the prompt (B, heads, S, size), what was written (B, heads, K, T, size); unseen
    (B, S) and unwritten (T,) are left out.
    """
    query = query * query.shape[-1] ** -0.5
    on_prompt = (query @ prompt_keys.transpose(-1, -2)).masked_fill(unseen[:, None, None], -torch.inf)
    on_own = (own_keys @ query[..., None]).squeeze(-1).masked_fill(unwritten, -torch.inf)
    weights = torch.cat([on_prompt, on_own], dim=-1).float().softmax(-1).to(query.dtype)
    on_prompt, on_own = torch.split(weights, [prompt_keys.shape[2], own_keys.shape[3]], dim=-1)
    attended: Tensor = on_prompt @ prompt_values + (on_own[..., None, :] @ own_values).squeeze(-2)
    return attended
