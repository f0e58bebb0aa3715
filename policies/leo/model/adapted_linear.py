"""A linear layer with LoRA adapters, whose backward pass costs the frozen weight one product of matrices, not two.

peft computes W x and B A x apart, and torch keeps what each of its steps leaves: autograd has some ten nodes a layer.
Here both are one node, which keeps its input alone and goes back through the low-rank way.
"""

from typing import Any

import peft.tuners.lora as lora
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def projected(layer: nn.Module, inputs: Tensor) -> Tensor:
    """The layer of the inputs (..., D), adapters and all."""
    if torch.is_grad_enabled() and isinstance(layer, lora.Linear) and _adds_one_adapter(layer, inputs):
        (name,) = layer.active_adapters
        base: Any = layer.get_base_layer()
        down, up = layer.lora_A[name].weight, layer.lora_B[name].weight
        adapted: Tensor = _AdaptedLinear.apply(inputs, base.weight, base.bias, down, up, layer.scaling[name])
        return adapted
    output: Tensor = layer(inputs)
    return output


def _adds_one_adapter(layer: lora.Linear, inputs: Tensor) -> bool:
    """Whether W x + s B A x is what it computes, in the one precision that all of it is in."""
    if layer.disable_adapters or layer.merged or len(layer.active_adapters) != 1:
        return False
    (name,) = layer.active_adapters
    base: Any = layer.get_base_layer()
    types = {each.dtype for each in (inputs, base.weight, layer.lora_A[name].weight, layer.lora_B[name].weight)}
    return (
        len(types) == 1
        and not layer.lora_variant
        and isinstance(layer.lora_dropout[name], nn.Identity)
        and not torch.is_autocast_enabled(inputs.device.type)
    )


class _AdaptedLinear(torch.autograd.Function):
    """x W^T + bias + s (x A^T) B^T."""

    @staticmethod
    def forward(
        context: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor, scale: float
    ) -> Tensor:
        context.save_for_backward(inputs, weight, down, up)
        context.scale, context.has_bias = scale, bias is not None
        rows = inputs.flatten(0, -2)
        output = F.linear(rows, weight, bias)
        output.addmm_(rows @ down.T, up.T, alpha=scale)
        return output.view(*inputs.shape[:-1], -1)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        inputs, weight, down, up = context.saved_tensors
        rows, gradient = inputs.flatten(0, -2), gradient.flatten(0, -2)
        to_inputs, to_weight, to_bias, to_down, to_up, _ = context.needs_input_grad
        narrow = gradient @ up  # (N, rank): what the gradients of inputs and A have in common
        result: list[Tensor | None] = [None] * 6
        if to_inputs:
            result[0] = (gradient @ weight).addmm_(narrow, down, alpha=context.scale).view_as(inputs)
        if to_weight:
            result[1] = gradient.T @ rows
        if to_bias and context.has_bias:
            result[2] = gradient.sum(0)
        if to_down:
            result[3] = (narrow.T @ rows).mul_(context.scale)
        if to_up:
            result[4] = (gradient.T @ (rows @ down.T)).mul_(context.scale)
        return tuple(result)
