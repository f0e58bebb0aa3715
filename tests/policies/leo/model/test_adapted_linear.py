"""Adapters in one node of autograd: the values and gradients of peft's own layer."""

import peft
import pytest
import torch
from torch import nn

from leo_agent.policies.leo.model.adapted_linear import projected


def adapted(trainable: bool, bias: bool, **changes) -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(24, 40, bias=bias))
    model = peft.get_peft_model(layers, peft.LoraConfig(r=3, lora_alpha=5, target_modules=["0"], **changes))
    layer = model.get_base_model()[0]
    layer.get_base_layer().requires_grad_(trainable)
    nn.init.normal_(layer.lora_B["default"].weight)
    return layer


def values_and_gradients(layer: nn.Module, compute) -> list[torch.Tensor]:
    inputs = torch.randn(2, 5, 24, generator=torch.Generator().manual_seed(1)).requires_grad_()
    layer.zero_grad()
    output = compute(inputs)
    (output * torch.linspace(-1, 1, output.numel()).view_as(output)).sum().backward()
    return [output, inputs.grad, *(each.grad for each in layer.parameters() if each.requires_grad)]


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_it_is_peft_s_layer(trainable, bias):
    layer = adapted(trainable, bias)
    theirs = values_and_gradients(layer, layer)
    ours = values_and_gradients(layer, lambda inputs: projected(layer, inputs))
    assert len(ours) == 4 + trainable * (1 + bias)
    for own, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-5)
    assert "AdaptedLinear" in ours[0].grad_fn.name() + str(ours[0].grad_fn.next_functions)


def test_its_gradients_are_those_of_differences():
    layer = adapted(True, True).double()
    inputs = torch.randn(4, 24, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda given: projected(layer, given), (inputs,))


@pytest.mark.parametrize("way", ["dropout", "disabled", "merged", "autocast", "no gradients"])
def test_what_is_more_than_that_is_left_to_peft(way):
    layer = adapted(False, False, lora_dropout=0.5 if way == "dropout" else 0.0)
    inputs = torch.randn(6, 24)
    if way == "disabled":
        layer.enable_adapters(False)
    if way == "merged":
        layer.merge()
    in_half, learning = way == "autocast", way != "no gradients"
    context = torch.autocast("cpu", torch.bfloat16) if in_half else torch.set_grad_enabled(learning)
    with context:
        torch.manual_seed(2)
        ours = projected(layer, inputs)
        torch.manual_seed(2)
        assert torch.equal(ours, layer(inputs))
