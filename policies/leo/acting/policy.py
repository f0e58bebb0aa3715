"""LEO as a policy: turns observations into samples, reuses what did not change, and decodes legal actions."""

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from leo_agent.policies.base import LEO_OPTIONS, Observation, PolicyContext, check_options, is_tabletop, slot_of
from leo_agent.policies.leo.acting.acceleration import Acting
from leo_agent.policies.leo.acting.blocked_moves import FORWARD, LEFT, RIGHT, BlockedMoves
from leo_agent.policies.leo.acting.clear_way import is_way_clear
from leo_agent.policies.leo.acting.prefixes import Prefixes
from leo_agent.policies.leo.batches.batch import LeoSample, collate
from leo_agent.policies.leo.batches.samples import Scene, navigation_sample, tabletop_sample
from leo_agent.policies.leo.batches.sequence import SequenceBuilder
from leo_agent.policies.leo.model.devices import choose_device, language_model_dtype
from leo_agent.policies.leo.model.language_model import merge_adapters
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.locations import centroids, object_locations
from leo_agent.policies.leo.text import action_tokens
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS, encode_navigation
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.weights import checkpoint
from torch import Tensor

from leo_agent.contract.errors import InputError


@dataclass(frozen=True)
class _SceneFeatures:
    """The objects of a slot's last observation, as seen then: ids (K,), points (K, P, 6), features (K, D),
    centroids (K, 3)."""

    object_ids: np.ndarray
    points: np.ndarray
    features: Tensor
    centroids: np.ndarray


class LeoPolicy:
    """Acts in both worlds with one model.

    On a CPU the observations of a batch are answered one by one, so that an answer cannot depend, even by rounding,
    on who else is in the batch; on a GPU they are answered together. Point features are kept per slot and computed
    anew only for objects whose points changed; the constant text prefix is computed once. beams: see `decode_actions`.
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
        self._folder: Path | None = None
        self._num_actions = int(getattr(context.action_space, "n", len(action_tokens.HABITAT_ACTIONS)))
        self._builder = SequenceBuilder(tokenizer, model.config)
        self._history: defaultdict[int, list[Any]] = defaultdict(list)
        self._blocked: defaultdict[int, BlockedMoves] = defaultdict(BlockedMoves)
        self._scenes: dict[int, _SceneFeatures] = {}
        self._begun: set[int] = set()  # slots whose scene was looked at in this episode
        self._prefixes = Prefixes(model)
        self.acting = Acting(model, beams)

    @classmethod
    def from_pretrained(cls, folder: str | Path, context: PolicyContext) -> Self:
        """The policy of a checkpoint folder or hub id, on the context's device, its adapters merged into the weights.

        Options of the context: beams (1 or more, see `decode_actions`), legacy (names of published behaviours, a list
        or one with commas, in the place of those in config.json). Raises InputError for others and as `checkpoint`.
        """
        check_options(str(folder), context.options, LEO_OPTIONS)
        beams, legacy = context.options.get("beams", 1), context.options.get("legacy")
        if type(beams) is not int or not 1 <= beams <= NUM_ACTION_TOKENS:
            raise InputError(f"policy option beams: found {beams!r}, expected a number from 1 to {NUM_ACTION_TOKENS}")
        device = choose_device(context.device)
        model, tokenizer = checkpoint.from_pretrained(folder, device, language_model_dtype(device), legacy)
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
            self._history.pop(int(index), None)
            self._blocked.pop(int(index), None)
            self._begun.discard(int(index))

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
        for slot, observation, instruction in zip(slots, observations, instructions, strict=True):
            samples.append(self._sample(slot, observation, instruction, rows))
            features.append(self._scenes[slot].features)
            rows += len(features[-1])
        config = self._model.config
        batch = collate(samples, None, self._builder, config.image.size_px, config.max_objects).to(self._model.device)
        answers = self.acting.decode(batch, torch.cat(features), self._prefixes.of(batch.prefix_ids)).tolist()
        return [
            self._action(slot, observation, answer)
            for slot, observation, answer in zip(slots, observations, answers, strict=True)
        ]

    def _sample(self, slot: int, observation: Observation, instruction: str, first_row: int) -> LeoSample:
        tabletop = is_tabletop(observation)
        present = np.flatnonzero(observation["object_mask"])[: self._model.config.max_objects]
        self._update_scene(slot, observation, present, "z" if tabletop else "y")
        scene = Scene(
            object_rows=first_row + np.arange(len(present)),
            object_locations=object_locations(
                observation["object_boxes"][present],
                self._scenes[slot].centroids,
                self._model.config.spatial.object_center,
            ),
            image=observation["color_map"] if tabletop else observation["image"],
            agent_position=observation["agent_position"],
            agent_rotation=observation["agent_rotation"],
        )
        past, steps = self._history[slot], self._model.config.history_steps
        if tabletop:
            return tabletop_sample(self._tokenizer, scene, instruction, past, history_steps=steps)
        sample = navigation_sample(
            self._tokenizer, scene, instruction, past, num_actions=self._num_actions, history_steps=steps
        )
        forbidden = self._forbidden(slot, observation)
        return dataclasses.replace(sample, grammar=sample.grammar.without(map(encode_navigation, forbidden)))

    def _forbidden(self, slot: int, observation: Observation) -> set[int]:
        """Navigation actions not to be offered; a turn or a step always is, beside stop."""
        config = self._model.config
        forbidden: set[int] = set()
        if config.skip_blocked_moves:
            forbidden = self._blocked[slot].forbidden(observation["agent_position"])
        can_turn = not forbidden.issuperset((LEFT, RIGHT))
        if config.clear_way_m > 0 and can_turn and not is_way_clear(observation, config.clear_way_m):
            forbidden = forbidden | {FORWARD}
        return forbidden

    def _action(self, slot: int, observation: Observation, answer: list[int]) -> Any:
        if is_tabletop(observation):
            self._history[slot].append(tuple(answer))
            return action_tokens.decode_tabletop(answer, observation["height_map"])
        action = action_tokens.decode_navigation(answer[0])
        self._history[slot].append(action)
        self._blocked[slot].acted(observation["agent_position"], action)
        return action

    def _update_scene(self, slot: int, observation: Observation, present: np.ndarray, up_axis: Any) -> None:
        """Brings the slot's point features up to date; only clouds that are new or changed are encoded."""
        ids, points = np.asarray(observation["object_ids"])[present], observation["object_points"][present]
        known = self._scenes.get(slot)
        if known is not None and np.array_equal(known.object_ids, ids) and np.array_equal(known.points, points):
            self._begun.add(slot)
            return
        if slot not in self._begun:
            # Which clouds are encoded together decides about rounding: it must not depend on the episode before.
            known = None
        self._begun.add(slot)
        rows = np.full(len(present), -1)
        if known is not None and known.points.shape[1:] == points.shape[1:]:
            where = {int(each): row for row, each in enumerate(known.object_ids)}
            rows = np.array([where.get(int(each), -1) for each in ids], dtype=np.int64)
            for new, old in enumerate(rows):
                if old >= 0 and not np.array_equal(known.points[old], points[new]):
                    rows[new] = -1
        means = np.zeros((len(present), 3), np.float32)
        features = torch.zeros(len(present), self._model.config.points.output_dim, device=self._model.device)
        if known is not None and (rows >= 0).any():
            means[rows >= 0] = known.centroids[rows[rows >= 0]]
            features[torch.from_numpy(rows >= 0)] = known.features[torch.from_numpy(rows[rows >= 0])]
        changed = np.flatnonzero(rows < 0)
        if len(changed):
            means[changed] = centroids(points[changed])
            clouds = torch.from_numpy(prepare_clouds(points[changed], self._model.config.points, up_axis))
            encoded = self.acting.encode_clouds(clouds.to(self._model.device))
            features[torch.from_numpy(changed)] = encoded
        self._scenes[slot] = _SceneFeatures(ids.copy(), points, features, means)
