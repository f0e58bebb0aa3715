"""How fast LEO acts, beside the limits of the machine and beside transformers' generate with 5 beams.

    python benchmarks/policy.py [--config leo-vicuna-7b] [--device cuda] [--batch 1 16 64] [--seconds 5]

Weights are random, of the configuration's shapes, adapters merged (they are not there). Without options: leo-vicuna-7b
in bfloat16 on a GPU, held against the limits for one H200; without a GPU leo-nano on one core, held against its own.
Observations hold 60 objects of 1024 points; on the table two objects have moved since the last step.

The peer is what the published code does, with the same modules: all encoders at every step, one prompt without a kept
prefix, `generate` with 5 beams and repetition penalty 3, an answer of a space, the actions and EOS.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from hardware import hardware
from made_up import OBJECTS, moved, observation, random_model

from leo_agent.contract.embodiments import EMBODIMENTS
from leo_agent.contract.policy import PolicyContext
from leo_agent.policies.leo.acting.decoding import decode_actions
from leo_agent.policies.leo.acting.policy import LeoPolicy
from leo_agent.policies.leo.answering.text_decoding import left_padded
from leo_agent.policies.leo.batches.batch import LeoBatch, LeoSample, collate
from leo_agent.policies.leo.batches.sequence import SequenceBuilder
from leo_agent.policies.leo.config.presets import PRESETS
from leo_agent.policies.leo.embodiments.base import ORIGIN, UNTURNED, Percept
from leo_agent.policies.leo.embodiments.lookup import leo_embodiment
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.decoder import prefill
from leo_agent.policies.leo.model.devices import choose_device
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS

GOALS = {"navigation": "find a chair", "tabletop": "put the red blocks in a green bowl"}
PEER_TOKENS = {"navigation": 3, "tabletop": 8}  # a space, the actions, EOS
TEN_TIMES = 10.0


def timed(call: Callable[[int], object], device: torch.device, seconds: float) -> float:
    """Median seconds of a call, after three that are not counted."""

    def once(step: int) -> float:
        begin = time.perf_counter()
        call(step)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - begin

    for step in range(3):
        once(step)
    took, end = [], time.perf_counter() + seconds
    while len(took) < 3 or time.perf_counter() < end:
        took.append(once(3 + len(took)))
    return float(np.median(took))


@torch.inference_mode()
def machine_limits(device: torch.device, seconds: float) -> tuple[float, float]:
    """(FLOP/s of a large matrix product, bytes/s read and written by a copy) of this device."""
    cuda = device.type == "cuda"
    size, dtype = (8192, torch.bfloat16) if cuda else (1024, torch.float32)
    one, other = torch.ones(2, size, size, dtype=dtype, device=device)
    product = timed(lambda _: one @ other, device, seconds)
    block = torch.ones((1 << 31) if cuda else (1 << 27), dtype=torch.uint8, device=device)
    target = torch.empty_like(block)
    copy = timed(lambda _: target.copy_(block), device, seconds)
    return 2 * size**3 / product, 2 * len(block) / copy


class Bench:
    """One model, its policy and its peer."""

    def __init__(self, name: str, device: torch.device, seconds: float) -> None:
        self.device, self.seconds = device, seconds
        self.model, self.tokenizer = random_model(name, device)

    def policy(self, world: str) -> LeoPolicy:
        """A policy of the model in this embodiment."""
        context = PolicyContext(EMBODIMENTS[world](), device=str(self.device))
        return LeoPolicy(self.model, self.tokenizer, context)

    def act(self, world: str, batch: int) -> float:
        """Seconds from observations to actions."""
        policy = self.policy(world)
        views = [observation(world, slot) for slot in range(batch)]
        policy.reset(range(batch))

        def step(number: int) -> None:
            seen = views if world == "navigation" else [moved(view, number) for view in views]
            policy.act(seen, [GOALS[world]] * batch)

        return timed(step, self.device, self.seconds)

    @torch.inference_mode()
    def peer(self, world: str, batch: int) -> float:
        """Seconds of the published way, encoders included."""
        samples, clouds = self.samples(world, batch)
        config = self.model.config
        builder = SequenceBuilder(self.tokenizer, config)
        decoder = language_model.base_decoder(self.model.llm_model)
        tokens = PEER_TOKENS[world]

        def step(_: int) -> None:
            given = collate(samples, clouds, builder, config.image.size_px).to(self.device)
            embeddings, mask = left_padded(self.model, given, self.model.encode_clouds(given.clouds))
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Passing `repetition_penalty` with `inputs_embeds`")
                decoder.generate(
                    inputs_embeds=embeddings,
                    attention_mask=mask,
                    num_beams=5,
                    repetition_penalty=3.0,
                    max_new_tokens=tokens,
                    min_new_tokens=tokens,
                    do_sample=False,
                    pad_token_id=self.tokenizer.eos_id,
                )

        return timed(step, self.device, self.seconds)

    def samples(self, world: str, batch: int) -> tuple[list[LeoSample], np.ndarray]:
        """Samples of made-up observations, and their prepared clouds."""
        leo = leo_embodiment(EMBODIMENTS[world]())
        samples, clouds = [], []
        for slot in range(batch):
            view = observation(world, slot)
            percept = Percept(
                object_rows=slot * OBJECTS + np.arange(OBJECTS),
                object_locations=view["object_boxes"],
                image=view[leo.embodiment.image_key],
                agent_position=ORIGIN,
                agent_rotation=UNTURNED,
            )
            samples.append(leo.sample(self.tokenizer, percept, GOALS[world], []))
            clouds.append(prepare_clouds(view["object_points"], self.model.config.points))
        return samples, np.concatenate(clouds)

    def batch(self, world: str, count: int) -> LeoBatch:
        """The batch of those samples on the device."""
        samples, clouds = self.samples(world, count)
        builder = SequenceBuilder(self.tokenizer, self.model.config)
        return collate(samples, clouds, builder, self.model.config.image.size_px).to(self.device)

    @torch.inference_mode()
    def decode_rate(self) -> float:
        """Bytes/s of weights, keys and values that five further tokens of an answer are read from, at batch 1."""
        policy = self.policy("tabletop")
        batch = self.batch("tabletop", 1)
        features, prefix = self.model.encode_clouds(batch.clouds), self.model.prefix(batch.prefix_ids)
        first = dataclasses.replace(
            batch,
            allowed=batch.allowed[:, :1],
            answer_mask=batch.answer_mask[:, :1],
            answer_ids=batch.answer_ids[:, :1],
        )
        whole, alone = (
            timed(lambda _, given=each: policy.runner.decode(given, features, prefix), self.device, self.seconds)
            for each in (batch, first)
        )
        layers = self.layer_bytes()
        config = self.model.config.language_model
        tokens = len(batch.prefix_ids) + int(batch.lengths[0])
        width = config.hidden_size * next(self.model.llm_model.parameters()).element_size()
        per_token = layers + NUM_ACTION_TOKENS * width + 2 * config.num_layers * tokens * width
        return 5 * per_token / (whole - alone)

    @torch.inference_mode()
    def prefill_rate(self, count: int) -> float:
        """FLOP/s of the language model that reads a batch of prompts: two for each weight and token."""
        batch = self.batch("navigation", count)
        prefix = self.model.prefix(batch.prefix_ids)
        embeddings = self.model.embed(batch, self.model.encode_clouds(batch.clouds))
        given = (self.model.llm_model, embeddings, batch.token_mask, batch.positions, prefix)
        took = timed(lambda _: prefill(*given), self.device, self.seconds)
        weights = self.layer_bytes() / next(self.model.llm_model.parameters()).element_size()
        return 2 * weights * int(batch.lengths.sum()) / took

    def layer_bytes(self) -> int:
        """Bytes of the decoder's layers, which every token needs once."""
        named = self.model.llm_model.named_parameters()
        return sum(each.nbytes for name, each in named if ".layers." in name)

    @torch.inference_mode()
    def decodes_alike(self) -> bool:
        """Whether the way that is timed answers as the plain one."""
        batch = self.batch("tabletop", 2)
        features, prefix = self.model.encode_clouds(batch.clouds), self.model.prefix(batch.prefix_ids)
        timed_way = self.policy("tabletop").runner.decode(batch, features, prefix)
        return torch.equal(timed_way, decode_actions(self.model, batch, features, prefix))


def main() -> None:
    """Runs the benchmark that the options ask for, and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", choices=PRESETS, help="default: leo-vicuna-7b on a GPU, leo-nano elsewhere")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default auto)")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 16, 64], help="batch sizes (default 1 16 64)")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each figure (default 5)")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, where that is the device (default 1)")
    options = parser.parse_args()
    device = choose_device(options.device)
    cuda = device.type == "cuda"
    if not cuda:
        torch.set_num_threads(options.threads)
    name = options.config or ("leo-vicuna-7b" if cuda else "leo-nano")
    print(f"hardware: {torch.cuda.get_device_name(device) if cuda else hardware()}; torch {torch.__version__}")
    flops, copied = machine_limits(device, options.seconds)
    print(f"limits measured: matrix product {flops / 1e12:.2f} TFLOP/s, copy {copied / 1e9:.1f} GB/s")
    bench = Bench(name, device, options.seconds)
    prompt = bench.batch("navigation", 1)
    print(f"{name}: prompt of {len(prompt.prefix_ids)} kept and {int(prompt.lengths[0])} further tokens")
    print(f"answers as the plain way: {bench.decodes_alike()}")
    report_actions(bench, options.batch, wanted=wanted_of(name, cuda))
    rate, prefill = bench.decode_rate(), bench.prefill_rate(16)
    print(f"decode, batch 1: {rate / 1e9:.1f} GB/s, {rate / copied:.0%} of the copy (limit 65 % on a GPU)")
    print(
        f"prefill, batch 16: {prefill / 1e12:.2f} TFLOP/s, {prefill / flops:.0%} of the product (limit 50 % on a GPU)"
    )
    if cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        bench.act("tabletop", 1)
        held = torch.cuda.max_memory_reserved(device)
        print(f"memory of acting, batch 1: {held / 1e9:.1f} GB (limit 16 GB for leo-vicuna-7b)")


def wanted_of(name: str, cuda: bool) -> dict[tuple[str, int], str]:
    """What is asked of an action, by world and batch."""
    if cuda and name == "leo-vicuna-7b":
        return {
            ("navigation", 1): "limit 15 ms on one H200",
            ("tabletop", 1): "limit 40 ms on one H200",
            ("navigation", 64): "limit 250 actions/s on one H200",
        }
    if not cuda and name == "leo-nano":
        return {(world, 1): "limit 30 ms on one core" for world in GOALS}
    return {}


def report_actions(bench: Bench, batches: list[int], wanted: dict[tuple[str, int], str]) -> None:
    """Prints a line for each world and batch, with the peer up to batch 16."""
    for world in GOALS:
        for batch in batches:
            took = bench.act(world, batch)
            line = f"{world:10} batch {batch:3d}: {1e3 * took:8.1f} ms, {batch / took:8.1f} actions/s"
            if batch <= 16:
                peer = bench.peer(world, batch)
                line += f"; generate with 5 beams {1e3 * peer:8.1f} ms: {peer / took:.1f} times"
                line += f" (limit {TEN_TIMES:.0f} on a GPU)"
            note = wanted.get((world, batch))
            print(line + (f"; {note}" if note else ""), flush=True)


if __name__ == "__main__":
    main()
