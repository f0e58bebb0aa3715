"""A training of this project, or of a former commit of it, that goes on by so many steps as it is asked for.

Run: python gated_training.py CHECKOUT OUT OPTIONS, where the options are JSON: of the former commit those of its
`TrainConfig`, of this one a recipe's name and its settings.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

CHECKOUT, OUT, OPTIONS = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
sys.path.insert(0, str(CHECKOUT))

import torch  # noqa: E402
from serving import serve  # noqa: E402


class Gate:
    """Lets the optimiser make its steps one by one; a training takes as long as they are asked for."""

    def __init__(self) -> None:
        self._permits, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self.lengths: list[tuple[int, list[int], list[int]]] = []
        step = torch.optim.AdamW.step

        def gated(optimizer: Any, *arguments: Any, **options: Any) -> Any:
            result = step(optimizer, *arguments, **options)
            self._done.release()
            self._permits.acquire()
            return result

        torch.optim.AdamW.step = gated  # type: ignore[method-assign]

    def pass_steps(self, count: int) -> float:
        """Seconds of so many steps."""
        began = time.perf_counter()
        for _ in range(count):
            self._permits.release()
            self._done.acquire()
        return time.perf_counter() - began

    def first_step(self) -> None:
        """Wait for it."""
        self._done.acquire()


def train() -> None:
    if (CHECKOUT / "leo_agent/train/recipes").is_dir():
        from leo_agent.policies.leo.model.model import LeoModel
        from leo_agent.train.recipes.reading import read_recipe
        from leo_agent.train.session import train as run

        judge = LeoModel.judge

        def noted(model: LeoModel, batch: Any, *arguments: Any, **options: Any) -> Any:
            answers = batch.answer_mask.sum(-1).tolist()
            gate.lengths.append((len(batch.prefix_ids), batch.lengths.tolist(), answers))
            return judge(model, batch, *arguments, **options)

        LeoModel.judge = noted  # type: ignore[method-assign]
        run(read_recipe(OPTIONS.pop("recipe"), OPTIONS), OUT)
    else:
        from leo_agent.train.config import TrainConfig
        from leo_agent.train.session import train as run_former

        run_former(TrainConfig(out=OUT, **{**OPTIONS, "data": tuple(OPTIONS["data"])}))


def work(first: int, count: int) -> float:
    """Seconds of so many steps; where they begin does not matter."""
    return gate.pass_steps(count)


def lengths() -> list[tuple[int, list[int], list[int]]]:
    """Of the steps so far: tokens of the shared prefix, of each sequence after it, of each answer."""
    return gate.lengths


def answer() -> None:
    """Until nobody asks any more."""
    gate.first_step()
    serve({"work": work, "lengths": lengths})
    os._exit(0)  # the training waits at its gate


gate = Gate()
if __name__ == "__main__":
    threading.Thread(target=answer, daemon=True).start()
    train()  # in the main thread, as commands do
    raise SystemExit("the training ended")
