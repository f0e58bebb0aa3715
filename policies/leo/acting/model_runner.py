"""Runs the model for a policy, on a GPU as CUDA graphs: batches are padded to few sizes, so that few graphs do."""

import dataclasses
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from leo_agent.policies.leo.acting.cuda_graphs import CudaGraphRunner
from leo_agent.policies.leo.acting.decoding import decode_actions
from leo_agent.policies.leo.batches.batch import MAX_GOAL_TOKENS, LeoBatch
from leo_agent.policies.leo.model.decoder import KeyValues
from leo_agent.policies.leo.model.model import LeoModel

LENGTH_STEP = 16


class ModelRunner:
    """Runs a model for a policy: features of clouds, and the actions of a batch.

    On a CUDA device as graphs, with the answers of plain calls on the padded batch (whose empty object slots then pass
    the spatial transformer, never the language model); elsewhere as plain calls. Text guidance has a tokenizer in its
    way, which no graph can hold: then actions are decoded plainly everywhere.

    Args:
        model: in evaluation mode.
        beams: see `decode_actions`.
        graphs: what captures and replays; by default there is one where the model is on a CUDA device.
    """

    def __init__(self, model: LeoModel, beams: int = 1, graphs: CudaGraphRunner | None = None) -> None:
        self._model, self._beams = model, beams
        self._graphs = graphs if graphs or model.device.type != "cuda" else CudaGraphRunner(model.device)

    def encode_clouds(self, clouds: Tensor) -> Tensor:
        """(C, P, 6) prepared clouds -> (C, output_dim) features."""
        if self._graphs is None or not len(clouds):
            return self._model.encode_clouds(clouds)
        padded = clouds[_repeated(len(clouds), clouds.device)]
        key = ("clouds", padded.shape)
        return self._graphs.run(key, self._model.encode_clouds, [padded])[: len(clouds)]

    def decode(self, batch: LeoBatch, cloud_features: Tensor, prefix: KeyValues) -> Tensor:
        """(B, A) action indices, see `decode_actions`."""
        if self._graphs is None or self._model.config.clip_text is not None:
            return decode_actions(self._model, batch, cloud_features, prefix, self._beams)
        padded, features = pad_to_bucket(batch, cloud_features, self._model.config.max_objects)
        tensors = tensors_of(padded)

        def call(given: Tensor, *values: Tensor) -> Tensor:
            held: dict[str, Any] = dict(zip(tensors, values, strict=True))
            return decode_actions(self._model, dataclasses.replace(padded, **held), given, prefix, self._beams)

        key = ("actions", id(prefix), padded.tokens.shape, padded.images.shape, padded.allowed.shape)
        return self._graphs.run(key, call, [features, *tensors.values()], alive=prefix)[: len(batch)]


def pad_to_bucket(batch: LeoBatch, cloud_features: Tensor, max_objects: int) -> tuple[LeoBatch, Tensor]:
    """A batch of one of few shapes, and the features of its objects, (B * max_objects, D), in the order of its slots.

    The first sample is repeated up to a power of two; samples are padded to a multiple of 16 tokens, to `max_objects`
    objects, to one image a sample (or none at all) and to MAX_GOAL_TOKENS words of the goal.

    Neither changes the answers of its own samples beyond rounding.
    """
    rows = _repeated(len(batch), batch.tokens.device)
    count, length = len(rows), -(-batch.tokens.shape[1] // LENGTH_STEP) * LENGTH_STEP
    more_tokens, more_objects = length - batch.tokens.shape[1], max_objects - batch.object_mask.shape[1]
    features = cloud_features.new_zeros(count, max_objects, cloud_features.shape[1])
    if len(cloud_features):
        features[:, : batch.object_mask.shape[1]] = cloud_features[batch.object_index[rows]]
    padded: dict[str, Any] = {name: each[rows] for name, each in tensors_of(batch).items() if name not in _SHARED}
    padded["clouds"] = batch.clouds[:0]  # the features stand for them
    padded["object_index"] = torch.arange(count * max_objects, device=rows.device).view(count, max_objects)
    padded["object_mask"] = F.pad(padded["object_mask"], (0, more_objects))
    padded["locations"] = F.pad(padded["locations"], (0, 0, 0, more_objects))
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


def tensors_of(batch: LeoBatch) -> dict[str, Tensor]:
    """The tensors of a batch by name."""
    fields = ((each.name, getattr(batch, each.name)) for each in dataclasses.fields(batch))
    return {name: value for name, value in fields if isinstance(value, Tensor)}


def _repeated(count: int, device: torch.device) -> Tensor:
    """Rows 0 to count - 1, and row 0 again up to a power of two."""
    rows = torch.arange(1 << (count - 1).bit_length(), device=device)
    return rows * (rows < count)
