"""Activations that are computed again give the gradients of those that are kept, in less memory."""

import torch

from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import samples, wake_adapters


def gradients(recomputes: bool) -> tuple[dict[str, torch.Tensor], int]:
    """Of a loss, and the bytes that autograd kept for them."""
    model = tiny.model().train()
    wake_adapters(model)
    model.recomputes_activations = recomputes
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    torch.manual_seed(0)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = model.loss(tiny.batch_of(samples())).mean()
        held = sum(kept.values())
        loss.backward()
    return {name: each.grad for name, each in model.named_parameters() if each.grad is not None}, held


def test_gradients_are_those_of_kept_activations_in_less_memory():
    (kept, held), (again, held_again) = gradients(False), gradients(True)
    assert kept.keys() == again.keys()
    for name, each in kept.items():
        torch.testing.assert_close(again[name], each, rtol=1e-5, atol=1e-7)
    print(f"kept for the gradient: {held:,} bytes, with recomputing {held_again:,}")
    assert held_again < held
