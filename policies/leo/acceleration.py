"""Decoding of actions as CUDA graphs: what a GPU is told once and replays, for each size of batch it has met.

A step of a 7B decoder is hundreds of small kernels that a CPU launches more slowly than a GPU runs them; a graph is
one launch. Batches are padded to few sizes, so that few graphs do.
"""

import dataclasses
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from policies.leo.batch import MAX_GOAL_TOKENS, LeoBatch
from policies.leo.decoder import KeyValues
from policies.leo.decoding import decode_actions
from policies.leo.model import LeoModel

LENGTH_STEP = 16
MOST_GRAPHS = 12
WARM_UP_CALLS = 3  # torch's recipe: kernels are chosen and compiled before they are captured


@dataclass(frozen=True)
class _Graph:
    """A captured call: its inputs, whose memory it reads, its output, and what has to stay alive for it."""

    graph: torch.cuda.CUDAGraph
    batch: LeoBatch
    features: Tensor
    answers: Tensor
    prefix: KeyValues


class GraphedDecoding:
    """`decode_actions` of one model on a CUDA device; answers are those of `decode_actions` on the padded batch.

    The graphs used last are kept. Text guidance has a tokenizer in its way, which no graph can hold: a model with it is
    refused with ValueError.
    """

    def __init__(self, model: LeoModel, beams: int = 1) -> None:
        if model.config.clip_text is not None:
            raise ValueError("a model with text guidance cannot be captured")
        self._model, self._beams = model, beams
        self._graphs: OrderedDict[tuple[object, ...], _Graph] = OrderedDict()
        self._pool: Any = None  # one memory pool for all graphs, which never run at the same time

    def __call__(self, batch: LeoBatch, cloud_features: Tensor, prefix: KeyValues) -> Tensor:
        """(B, A) action indices, as `decode_actions`."""
        padded, features = pad_to_bucket(batch, cloud_features, self._model.config.max_objects)
        key = (id(prefix), padded.tokens.shape, padded.images.shape, padded.allowed.shape)
        if key not in self._graphs:
            while len(self._graphs) >= MOST_GRAPHS:
                self._graphs.popitem(last=False)
            self._graphs[key] = self._capture(padded, features, prefix)
        self._graphs.move_to_end(key)
        captured = self._graphs[key]
        for name, place in _tensors(captured.batch).items():
            place.copy_(getattr(padded, name))
        captured.features.copy_(features)
        captured.graph.replay()
        return captured.answers[: len(batch)].clone()

    def _capture(self, batch: LeoBatch, features: Tensor, prefix: KeyValues) -> _Graph:
        copies: dict[str, Any] = {name: each.clone() for name, each in _tensors(batch).items()}
        kept = dataclasses.replace(batch, **copies)
        features = features.clone()
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_CALLS):
                decode_actions(self._model, kept, features, prefix, self._beams)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            answers = decode_actions(self._model, kept, features, prefix, self._beams)
        self._pool = self._pool or graph.pool()
        return _Graph(graph, kept, features, answers, prefix)


def pad_to_bucket(batch: LeoBatch, cloud_features: Tensor, max_objects: int) -> tuple[LeoBatch, Tensor]:
    """The batch with its first sample repeated up to a power of two, padded to a multiple of 16 tokens, to
    `max_objects` objects, to one image a sample (or none at all) and to MAX_GOAL_TOKENS words of the goal; and the
    features of its objects, (B * max_objects, D), in the order of its slots.

    Neither changes the answers of its own samples beyond rounding.
    """
    count = 1 << (len(batch) - 1).bit_length()
    rows = torch.arange(count, device=batch.tokens.device)
    rows = rows * (rows < len(batch))
    length = -(-batch.tokens.shape[1] // LENGTH_STEP) * LENGTH_STEP
    more_tokens, more_objects = length - batch.tokens.shape[1], max_objects - batch.object_mask.shape[1]
    features = cloud_features.new_zeros(count, max_objects, cloud_features.shape[1])
    if len(cloud_features):
        features[:, : batch.object_mask.shape[1]] = cloud_features[batch.object_index[rows]]
    padded: dict[str, Any] = {name: each[rows] for name, each in _tensors(batch).items() if name not in _SHARED}
    padded["clouds"] = batch.clouds[:0]  # the features stand for them
    padded["object_index"] = torch.arange(count * max_objects, device=rows.device).view(count, max_objects)
    padded["object_mask"] = F.pad(padded["object_mask"], (0, more_objects))
    padded["boxes"] = F.pad(padded["boxes"], (0, 0, 0, more_objects))
    padded["tokens"] = F.pad(padded["tokens"], (0, more_tokens))
    padded["token_mask"] = F.pad(padded["token_mask"], (0, more_tokens))
    padded["positions"] = F.pad(padded["positions"], (0, more_tokens))
    padded["goal_ids"] = F.pad(padded["goal_ids"], (0, MAX_GOAL_TOKENS - batch.goal_ids.shape[1]), value=-1)
    if len(batch.images):
        padded["images"] = batch.images[padded["image_index"].clamp(min=0)]
        padded["image_index"] = torch.arange(count, device=rows.device)
    instructions = (*batch.instructions, *batch.instructions[:1] * (count - len(batch)))
    return dataclasses.replace(batch, **padded, instructions=instructions), features.flatten(0, 1)


_SHARED = ("clouds", "images", "prefix_ids", "object_index")


def _tensors(batch: LeoBatch) -> dict[str, Tensor]:
    fields = ((each.name, getattr(batch, each.name)) for each in dataclasses.fields(batch))
    return {name: value for name, value in fields if isinstance(value, Tensor)}
