"""Functions of tensors as CUDA graphs: captured once for each shape, and replayed.

A step of a 7B decoder is hundreds of small kernels that a CPU launches more slowly than a GPU runs them; a graph is
one launch.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from leo_agent.contract.handles import NotCopyable

MOST_GRAPHS = 16
WARM_UP_CALLS = 3  # torch's recipe: kernels are chosen and compiled before they are captured


@dataclass(frozen=True)
class _Graph:
    """A captured call."""

    graph: torch.cuda.CUDAGraph
    inputs: tuple[Tensor, ...]  # that it reads
    output: Tensor  # that it writes
    alive: object  # what else has to stay alive for it


class CudaGraphRunner(NotCopyable):
    """Calls functions of tensors on a CUDA device, each captured when its key is new; those used last are kept.

    Functions have to be without side effects and must not look at values; a key has to name the function and the shapes
    of its inputs.
    """

    instead = "it holds graphs of a device; make another, or build the policy anew"

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._graphs: OrderedDict[Hashable, _Graph] = OrderedDict()
        self._pool: Any = None  # one memory pool for all graphs, which never run at the same time

    def run(
        self, key: Hashable, function: Callable[..., Tensor], inputs: Sequence[Tensor], alive: object = None
    ) -> Tensor:
        """The value of the function for the inputs.

        Args:
            key: names the function and the shapes of its inputs.
            function: called where the key is new.
            inputs: its arguments.
            alive: what else it reads; kept as long as the graph.
        """
        if key not in self._graphs:
            while len(self._graphs) >= MOST_GRAPHS:
                self._graphs.popitem(last=False)
            self._graphs[key] = self._capture(function, inputs, alive)
        self._graphs.move_to_end(key)
        captured = self._graphs[key]
        for place, value in zip(captured.inputs, inputs, strict=True):
            place.copy_(value)
        captured.graph.replay()
        return captured.output.clone()

    def _capture(self, function: Callable[..., Tensor], inputs: Sequence[Tensor], alive: object) -> _Graph:
        kept = tuple(each.clone() for each in inputs)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self._device):  # streams and captures are those of the current device
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(WARM_UP_CALLS):
                    function(*kept)
            torch.cuda.current_stream().wait_stream(stream)
            with torch.cuda.graph(graph, pool=self._pool):
                output = function(*kept)
        self._pool = self._pool or graph.pool()
        return _Graph(graph, kept, output, alive)
