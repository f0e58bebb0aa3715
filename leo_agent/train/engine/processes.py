"""The processes that train together: `accelerate launch` starts them, sums go through torch's process group."""

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import torch
from accelerate import PartialState
from torch import Tensor, distributed

PATIENCE = timedelta(hours=12)  # others wait so long for the first one's validation by rollouts


class Processes:
    """This process among those that train one model.

    Gradients are summed in one buffer after the last micro-batch, in the place of DistributedDataParallel: what each
    process holds of a batch may then be uneven, and the sum is that of the whole batch all the same.

    Args:
        device: on which this process computes.

    Attributes:
        rank: its number.
        count: of all processes.
    """

    def __init__(self, device: torch.device) -> None:
        self.rank, self.count = 0, 1
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            state: Any = PartialState(cpu=device.type == "cpu", timeout=PATIENCE)
            self.rank, self.count = state.process_index, state.num_processes

    @property
    def is_first(self) -> bool:
        """Whether it is the one that writes."""
        return self.rank == 0

    def sum(self, values: Tensor) -> Tensor:
        """Of all processes, in the place of the values; every process must call it."""
        if self.count > 1:
            distributed.all_reduce(values)
        return values

    def sum_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Adds up the gradients of all processes; one that no process has stays away."""
        if self.count == 1:
            return
        has = torch.tensor([each.grad is not None for each in parameters], dtype=torch.float32)
        anywhere = self.sum(has.to(parameters[0].device)).tolist()
        learning = [each for each, some in zip(parameters, anywhere, strict=True) if some]
        flat = torch.cat([(torch.zeros_like(each) if each.grad is None else each.grad).flatten() for each in learning])
        self.sum(flat)
        for each, part in zip(learning, torch.split(flat, [each.numel() for each in learning]), strict=True):
            each.grad = part.view_as(each)

    def wait(self) -> None:
        """For all others to come here."""
        if self.count > 1:
            distributed.barrier()
