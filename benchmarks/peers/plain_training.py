"""A plain training loop of transformers and peft: the same language model, sequences of the same lengths, text alone.

Run: python plain_training.py SETTINGS, where the settings are JSON: `model` of LlamaConfig, `rank` of the adapters (0:
the model itself is trained), `threads`, and `batches`, each [prefix, lengths, answers] as `gated_training` tells them.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import peft
import torch
from serving import serve
from transformers import LlamaConfig, LlamaForCausalLM

IGNORED = -100  # labels that transformers leaves out of the loss


class PlainLoop:
    """Random ids in the place of words: how long a step takes does not depend on them."""

    def __init__(self, settings: dict[str, Any]) -> None:
        torch.set_num_threads(settings["threads"])
        torch.manual_seed(0)
        model: Any = LlamaForCausalLM(LlamaConfig(**settings["model"]))
        if settings["rank"]:
            adapters = peft.LoraConfig(
                r=settings["rank"],
                lora_alpha=settings["rank"],
                target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)
                model = peft.get_peft_model(model, adapters)
        self._model = model.train()
        self._learning = [each for each in model.parameters() if each.requires_grad]
        self._optimizer = torch.optim.AdamW(self._learning, lr=1e-3, betas=(0.9, 0.98))
        self._batches = [self._batch(settings["model"]["vocab_size"], *each) for each in settings["batches"]]

    def work(self, first: int, count: int) -> float:
        """Seconds of the steps from `first`."""
        began = time.perf_counter()
        for step in range(first, first + count):
            batch = self._batches[step % len(self._batches)]
            self._model(**batch).loss.backward()
            torch.nn.utils.clip_grad_norm_(self._learning, 1.0)
            self._optimizer.step()
            self._optimizer.zero_grad()
        return time.perf_counter() - began

    def _batch(self, vocab_size: int, prefix: int, lengths: list[int], answers: list[int]) -> dict[str, torch.Tensor]:
        longest = prefix + max(lengths)
        ids = torch.randint(0, vocab_size, (len(lengths), longest))
        mask, labels = torch.zeros_like(ids), torch.full_like(ids, IGNORED)
        for row, (length, answer) in enumerate(zip(lengths, answers, strict=True)):
            end = prefix + length
            mask[row, :end] = 1
            labels[row, end - answer : end] = ids[row, end - answer : end]
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}


if __name__ == "__main__":
    loop = PlainLoop(json.loads(Path(sys.argv[1]).read_text()))
    serve({"work": loop.work})
