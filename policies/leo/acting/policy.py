"""LEO as a policy: turns observations into samples, reuses what did not change, and decodes legal actions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from leo_agent.contract.checks import check_whole
from leo_agent.contract.observation import Observation
from leo_agent.contract.policy import PolicyContext, slot_of
from leo_agent.policies.leo.acting.model_runner import ModelRunner
from leo_agent.policies.leo.acting.object_features import ObjectFeatures
from leo_agent.policies.leo.acting.prefix_cache import PrefixCache
from leo_agent.policies.leo.batches.batch import LeoSample, collate
from leo_agent.policies.leo.batches.sequence import SequenceBuilder
from leo_agent.policies.leo.embodiments.base import ActionGuard, Percept
from leo_agent.policies.leo.embodiments.lookup import leo_embodiment
from leo_agent.policies.leo.model.devices import choose_device, language_model_dtype
from leo_agent.policies.leo.model.language_model import merge_adapters
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.scenes.locations import Points, object_locations
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.weights import checkpoint
from leo_agent.policies.leo.weights.sharing import Shared


@dataclass
class _SlotState:
    """What a slot's episode has come to."""

    guard: ActionGuard
    past: list[tuple[int, ...]] = field(default_factory=list)  # action indices of each action, oldest first


class LeoPolicy(Shared):
    """Acts in one embodiment.

    On a CPU the observations of a batch are answered one by one, so that an answer cannot depend, even by rounding,
    on who else is in the batch; on a GPU they are answered together. Point features are computed anew only for objects
    whose points changed; the constant text prefix is prefilled once.

    Args:
        model: with its weights, on its device.
        tokenizer: that it was trained with.
        context: the embodiment counts here.
        name: under which results are reported.
        beams: see `decode_actions`.
    """

    needs_expert = False

    def __init__(
        self,
        model: LeoModel,
        tokenizer: LeoTokenizer,
        context: PolicyContext,
        name: str = "leo",
        beams: int = 1,
    ) -> None:
        self.name = name
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._leo = leo_embodiment(context.embodiment)
        self._builder = SequenceBuilder(tokenizer, model.config)
        self._episodes: dict[int, _SlotState] = {}
        self._prefixes = PrefixCache(model)
        self.runner = ModelRunner(model, beams)
        self._objects = ObjectFeatures(model, self.runner, context.embodiment.up_axis)

    @classmethod
    def from_pretrained(cls, folder: str | Path, context: PolicyContext) -> Self:  # type: ignore[override]
        """The policy of a checkpoint folder or hub id, on the context's device, its adapters merged into the weights.

        Options of the context: `beams` (1 or more, see `decode_actions`), `legacy` (names of published behaviours, a
        list or one with commas, in the place of those in config.json).

        Raises:
            InputError: an option is wrong, or the weights are, see `checkpoint.from_pretrained`.
        """
        beams = check_whole("beams", context.options.get("beams", 1), 1, NUM_ACTION_TOKENS)
        device = choose_device(context.device)
        model, tokenizer = checkpoint.from_pretrained(
            folder, device, language_model_dtype(device), context.options.get("legacy")
        )
        model.llm_model = merge_adapters(model.llm_model)
        policy = cls(model, tokenizer, context, model.config.name, beams)
        policy._folder = checkpoint.resolve(folder)
        return policy

    @cached_property
    def _fingerprint(self) -> str:
        return checkpoint.fingerprint(self._folder) if self._folder else ""

    def fingerprint(self) -> str:
        """Hash of the checkpoint's files, read when first asked for; empty for a model that was not loaded from one."""
        return self._fingerprint

    def reset(self, indices: Sequence[int]) -> None:
        for index in indices:
            self._episodes.pop(int(index), None)
            self._objects.reset(int(index))

    @torch.inference_mode()
    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        slots = [slot_of(observation, position) for position, observation in enumerate(observations)]
        step = 1 if self._model.device.type == "cpu" else max(len(slots), 1)
        actions: list[Any] = []
        for start in range(0, len(slots), step):
            part = slice(start, start + step)
            actions += self._act_together(slots[part], observations[part], instructions[part])
        return actions

    def _act_together(
        self, slots: Sequence[int], observations: Sequence[Observation], instructions: Sequence[str]
    ) -> list[Any]:
        samples, features, rows = [], [], 0
        center = self._model.config.spatial.object_center
        for slot, observation, instruction in zip(slots, observations, instructions, strict=True):
            present = np.flatnonzero(observation["object_mask"])[: self._model.config.max_objects]
            seen = self._objects.of(slot, observation, present)
            features.append(seen.features)
            locations = object_locations(observation["object_boxes"][present], seen.centroids, center)
            samples.append(self._sample(slot, observation, instruction, locations, rows))
            rows += len(present)
        answers = self._decode(samples, torch.cat(features))
        return [
            self._action(slot, observation, answer)
            for slot, observation, answer in zip(slots, observations, answers, strict=True)
        ]

    def _sample(
        self, slot: int, observation: Observation, instruction: str, locations: Points, first_row: int
    ) -> LeoSample:
        config, episode = self._model.config, self._episode(slot)
        position, rotation = self._leo.agent_pose(observation)
        percept = Percept(
            object_rows=first_row + np.arange(len(locations)),
            object_locations=locations,
            image=observation[self._leo.embodiment.image_key],
            agent_position=position,
            agent_rotation=rotation,
        )
        mask = episode.guard.mask(observation)
        return self._leo.sample(
            self._tokenizer, percept, instruction, episode.past, mask=mask, history_steps=config.history_steps
        )

    def _decode(self, samples: Sequence[LeoSample], features: Tensor) -> list[list[int]]:
        """The action indices of each answer."""
        config = self._model.config
        batch = collate(samples, None, self._builder, config.image.size_px, config.max_objects).to(self._model.device)
        answers: list[list[int]] = self.runner.decode(batch, features, self._prefixes.of(batch.prefix_ids)).tolist()
        return answers

    def _action(self, slot: int, observation: Observation, answer: list[int]) -> Any:
        action, episode = self._leo.decode(answer, observation), self._episode(slot)
        episode.past.append(tuple(answer))
        episode.guard.acted(observation, action)
        return action

    def _episode(self, slot: int) -> _SlotState:
        if slot not in self._episodes:
            self._episodes[slot] = _SlotState(self._leo.new_guard(self._model.config))
        return self._episodes[slot]
