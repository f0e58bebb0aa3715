"""One way through the layers of the language model, with its keys and values in our hands.

The modules of transformers compute norms, projections and MLPs (adapters injected or merged); rotation is theirs, too.
Attention is here, since LEO's sequence needs more of it than a cache: a constant prefix that a batch shares, packed
sequences of different length, and answers whose alternatives share one prompt. No function looks at the values of a
tensor, so that all of it can be captured in a CUDA graph.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import OPTForCausalLM

from leo_agent.policies.leo.model.adapted_linear import projected
from leo_agent.policies.leo.model.language_model import base_decoder, embedding

HAS_TRITON = find_spec("triton") is not None  # torch's wheels for Windows lack it

# (layer, query, key, value) -> what each head attends to. Query and result are (B, heads, L, head size); key and value
# have as many heads or fewer, each of which serves that many consecutive ones of the query (grouped-query attention).
Attention = Callable[[int, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class KeyValues:
    """Keys and values of every layer, each (B, key/value heads, length, head size)."""

    layers: tuple[tuple[Tensor, Tensor], ...] = ()

    @property
    def length(self) -> int:
        return self.layers[0][0].shape[2] if self.layers else 0


def run_layers(
    model: nn.Module,
    hidden: Tensor,
    positions: Tensor,
    attention: Attention,
    wanted: Tensor | None = None,
    recompute: bool = False,
) -> Tensor:
    """Hidden states (B, L, D) after the last norm of embeddings (B, L, D) at positions (B, L) or (1, L).

    Of the last layer only keys and values are needed where nothing is read off: with wanted tokens (B, A) its queries,
    and all that follows, are theirs alone, and so is the result (B, A, D). `recompute` has a layer's activations
    computed again for its gradient in the place of keeping them (Llama's alone).
    """
    decoder = base_decoder(model)
    if isinstance(decoder, OPTForCausalLM):
        states = _run_opt(decoder.model.decoder, hidden, positions, attention)
        return states if wanted is None else _rows(states, wanted)
    layers: Any = decoder.model
    rotation = layers.rotary_emb(hidden, positions)
    heads, rest = (_fastest(each, hidden) for each in (llama_heads, llama_rest))
    last = len(layers.layers) - 1

    def run_layer(index: int, hidden: Tensor) -> Tensor:
        layer = layers.layers[index]
        if index == last and wanted is not None:
            mixed = attention(index, *llama_heads(layer, hidden, rotation, wanted))
            hidden = _rows(hidden, wanted)
        else:
            mixed = attention(index, *heads(layer, hidden, rotation))
        output: Tensor = rest(layer, hidden, mixed)
        return output

    for index in range(last + 1):
        again: Any = partial(checkpoint, run_layer, use_reentrant=False) if recompute else run_layer
        hidden = again(index, hidden)
    normed: Tensor = layers.norm(hidden)
    return normed


def _rows(states: Tensor, wanted: Tensor) -> Tensor:
    """(B, A, D) of the states (B, L, D)."""
    return states[torch.arange(len(states), device=states.device)[:, None], wanted]


def _fastest(function: Callable[..., Any], given: Tensor) -> Callable[..., Any]:
    """The function, or its compiled form where a GPU infers and Triton is installed: fewer and larger kernels."""
    return compiled(function) if given.is_cuda and HAS_TRITON and not torch.is_grad_enabled() else function


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled by torch, once for all layers; TORCH_COMPILE_DISABLE=1 in the environment leaves it."""
    return torch.compile(function)


def llama_heads(
    layer: Any, hidden: Tensor, rotation: tuple[Tensor, Tensor], wanted: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Query (B, heads, L, head size), key and value of a layer, the first two rotated to their positions.

    With wanted tokens (B, A) the query is (B, heads, A, head size), theirs alone.
    """
    normed = layer.input_layernorm(hidden)
    attention = layer.self_attn
    asking, turned = normed, rotation
    if wanted is not None:
        cosine, sine = (each.expand(len(hidden), -1, -1) for each in rotation)
        asking, turned = _rows(normed, wanted), (_rows(cosine, wanted), _rows(sine, wanted))
    query = _heads(projected(attention.q_proj, asking), attention.head_dim)
    key, value = (_heads(projected(each, normed), attention.head_dim) for each in (attention.k_proj, attention.v_proj))
    return rotated(query, *turned), rotated(key, *rotation), value


def rotated(heads: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """(B, heads, L, size) turned to their positions, whose cosines and sines are (B or 1, L, size)."""
    first, second = heads.chunk(2, dim=-1)
    half_turned = torch.cat([-second, first], dim=-1)
    return heads * cosine[:, None] + half_turned * sine[:, None]


def llama_rest(layer: Any, hidden: Tensor, mixed: Tensor) -> Tensor:
    """What a layer does with its attention's result."""
    hidden = hidden + projected(layer.self_attn.o_proj, mixed.transpose(1, 2).flatten(2))
    mlp, normed = layer.mlp, layer.post_attention_layernorm(hidden)
    gated = mlp.act_fn(projected(mlp.gate_proj, normed)) * projected(mlp.up_proj, normed)
    return hidden + projected(mlp.down_proj, gated)


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
    model: nn.Module,
    embeddings: Tensor,
    valid: Tensor,
    positions: Tensor,
    prefix: KeyValues,
    wanted: Tensor | None = None,
    recompute: bool = False,
) -> tuple[Tensor, KeyValues]:
    """Hidden states (B, L, D) of embeddings after the prefix, and all keys and values so far.

    Gradients flow through the prefix.

    Args:
        model: the language model.
        embeddings: (B, L, D), padded on the right.
        valid: (B, L), False at the padding.
        positions: (B, L) or (1, L).
        prefix: keys and values of what all B sequences begin with.
        wanted: (B, A), the tokens whose hidden states (B, A, D) are asked for; all, where there is none.
        recompute: see `run_layers`.
    """
    batch, length = valid.shape
    causal = torch.ones(length, length, dtype=torch.bool, device=valid.device).tril()
    inside = causal & valid[:, None]
    mask = F.pad(inside, (prefix.length, 0), value=True)
    masks = [mask, mask if wanted is None else _rows(mask, wanted)]
    layers: list[tuple[Tensor, Tensor]] = []

    def attend(layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        if prefix.layers:
            earlier = (each.expand(batch, -1, -1, -1) for each in prefix.layers[layer])
            key, value = (torch.cat(pair, dim=2) for pair in zip(earlier, (key, value), strict=True))
        layers.append((key, value))
        key, value = (for_all_heads(each, query.shape[1]) for each in (key, value))
        seen = masks[query.shape[2] != length][:, None]
        return F.scaled_dot_product_attention(query, key, value, attn_mask=seen)

    hidden = run_layers(model, embeddings, positions, attend, wanted, recompute)
    return hidden, KeyValues(tuple(layers))


def for_all_heads(key: Tensor, heads: int) -> Tensor:
    """Keys or values (B, key/value heads, L, size) as (B, heads, L, size), each repeated for the heads it serves."""
    served = heads // key.shape[1]
    return key if served == 1 else key[:, :, None].expand(-1, -1, served, -1, -1).flatten(1, 2)


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
        key, value = (each.view(batch, count, heads, size).transpose(1, 2) for each in (key, value))
        own_keys[:, :, :, self._length] = key
        own_values[:, :, :, self._length] = value
        unwritten = torch.arange(most, device=key.device) > self._length
        mix = _fastest(mix_prompt_and_own, query)
        grouped = query.view(batch, count, heads, -1, size).transpose(1, 2)
        mixed = mix(grouped, *self._prompt.layers[layer], self._unseen, own_keys, own_values, unwritten)
        output: Tensor = mixed.transpose(1, 2).reshape(query.shape)
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

    Queries are (B, heads, K, G, size), G of them for each head of the keys; the prompt is (B, heads, S, size), what was
    written (B, heads, K, T, size); unseen (B, S) and unwritten (T,) are left out.
    """
    query = query * query.shape[-1] ** -0.5
    on_prompt = query.flatten(2, 3) @ prompt_keys.transpose(-1, -2)
    on_prompt = on_prompt.masked_fill(unseen[:, None, None], -torch.inf)
    on_prompt = on_prompt.view(*query.shape[:-1], -1)
    on_own = (query @ own_keys.transpose(-1, -2)).masked_fill(unwritten, -torch.inf)
    weights = torch.cat([on_prompt, on_own], dim=-1).float().softmax(-1).to(query.dtype)
    on_prompt, on_own = torch.split(weights, [prompt_keys.shape[2], own_keys.shape[3]], dim=-1)
    attended: Tensor = (on_prompt.flatten(2, 3) @ prompt_values).view(query.shape) + on_own @ own_values
    return attended
