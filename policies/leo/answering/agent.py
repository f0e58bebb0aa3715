"""LEO for people: asks the model about a scene in words, and returns its answers as text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Self
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.acting.prefix_cache import PrefixCache
from leo_agent.policies.leo.answering.text_decoding import TextDecoding, generate_text
from leo_agent.policies.leo.answering.view import AgentPose, AgentView, check_kind
from leo_agent.policies.leo.batches.action_mask import NO_ACTIONS
from leo_agent.policies.leo.batches.batch import LeoSample, collate
from leo_agent.policies.leo.batches.sequence import SequenceBuilder
from leo_agent.policies.leo.model.devices import choose_device, language_model_dtype
from leo_agent.policies.leo.model.language_model import merge_adapters
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.object_scene import ObjectScene, same_objects
from leo_agent.policies.leo.text.question_prompts import TextPrompt, TextTask, Turn, text_prompt
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.weights import checkpoint
from leo_agent.policies.leo.weights.sharing import Shared

CLOUDS_AT_ONCE = 128


@dataclass(frozen=True, eq=False)
class Query:
    """A prompt about a scene."""

    view: AgentView
    prompt: TextPrompt
    object_id: int | None = None  # the object it is about, which the model then reads first
    named: tuple[int, ...] = ()  # ids that an annotation names: of more objects than there are slots they are read

    @property
    def pose(self) -> AgentPose:
        """Where the agent is: as the view says, else in the middle of the object that is asked about, else the origin.

        Raises:
            InputError: the scene does not have the object.
        """
        if self.view.pose is not None:
            return self.view.pose
        scene = self.view.scene
        return AgentPose() if self.object_id is None else AgentPose(scene.box_centers[scene.row(self.object_id)])


class LeoAgent(Shared):
    """Answers in words about scenes of segmented objects.

    The constant beginnings of prompts, and the point features of scenes, are computed once, also where a new scene
    holds the same objects as the last one, as those of observations do. Of more objects than the model has slots it
    reads those that the query names, then those whose centres are nearest to the agent (published: the first). A prompt
    that is too long loses its oldest turns, then the beginning of the last; the first time, a warning is logged.
    """

    def __init__(self, model: LeoModel, tokenizer: LeoTokenizer) -> None:
        self._model, self._tokenizer = model.eval(), tokenizer
        self._builder = SequenceBuilder(tokenizer, model.config)
        self._prefixes = PrefixCache(model)
        self._last_scene: ObjectScene | None = None
        self._features: WeakKeyDictionary[ObjectScene, Tensor] = WeakKeyDictionary()

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, folder: str | Path, device: str = "auto", legacy: Iterable[str] | None = None
    ) -> Self:
        """The agent of a checkpoint folder or of a hub id; adapters merged, a frozen decoder in bfloat16 on a GPU.

        Args:
            folder: path or hub id.
            device: CUDA where there is one, or a torch device string.
            legacy: names of published behaviours to reproduce, see `Legacy`; by default those of config.json.

        Raises:
            InputError: as `checkpoint.from_pretrained` does.
        """
        chosen = choose_device(device)
        model, tokenizer = checkpoint.from_pretrained(folder, chosen, language_model_dtype(chosen), legacy)
        model.llm_model = merge_adapters(model.llm_model)
        agent = cls(model, tokenizer)
        agent._folder = checkpoint.resolve(folder)
        return agent

    def chat(
        self,
        view: AgentView | ObjectScene,
        text: str,
        history: Sequence[Turn] = (),
        *,
        task: TextTask = "question",
        situation: str = "",
        object_id: int | None = None,
        decoding: TextDecoding | None = None,
    ) -> str:
        """The answer to a text about a scene.

        Args:
            view: what is asked about: of an observation by `view_of`; or a scene alone, of `scene_files.read_scene`.
            text: see `text_prompt`.
            history: earlier (user, agent) turns, oldest first.
            task: see `text_prompt`.
            situation: see `text_prompt`.
            object_id: the object that a caption is about.
            decoding: how the answer is chosen; by default with 5 beams.

        Raises:
            InputError: something is missing or does not fit.
        """
        for name, value, kinds in (
            ("view", view, (AgentView, ObjectScene)),
            ("history", history, (list, tuple)),
            ("object_id", object_id, (int, np.integer, NoneType)),
            ("decoding", decoding, (TextDecoding, NoneType)),
        ):
            check_kind(name, value, kinds)
        if isinstance(view, ObjectScene):
            view = AgentView(view)
        if task == "object-caption" and object_id is None and view.pose is None:
            raise InputError("object_id: found none, an object's caption needs it, or a pose at the object")
        return self.answer([Query(view, text_prompt(task, text, situation, history), object_id)], decoding)[0]

    @torch.inference_mode()
    def answer(self, queries: Sequence[Query], decoding: TextDecoding | None = None) -> list[str]:
        """The answers to several queries, generated together, by default with 5 beams."""
        if not queries:
            return []
        samples, features, first = [], [], 0
        for query in queries:
            rows = self._rows(query)
            features.append(self._scene_features(query.view.scene)[torch.from_numpy(rows)])
            samples.append(self._sample(query, rows, first))
            first += len(rows)
        config = self._model.config
        batch = collate(samples, None, self._builder, config.image.size_px, config.max_objects).to(self._model.device)
        prefix, decoding = self._prefixes.of(batch.prefix_ids), decoding or TextDecoding()
        answers = generate_text(self._model, batch, torch.cat(features), prefix, self._tokenizer.eos_id, decoding)
        return [self._tokenizer.decode(each).strip() for each in answers]

    def _rows(self, query: Query) -> NDArray[np.int64]:
        """Objects of the scene in the order in which they are read."""
        scene, most = query.view.scene, self._model.config.max_objects
        if len(scene) > most:
            in_order, center = self._model.config.legacy.first_objects, self._model.config.spatial.object_center
            kept = (
                scene.first(most, query.named)
                if in_order
                else scene.nearest(most, query.pose.position, center, query.named)
            )
            rows = np.flatnonzero(np.isin(scene.ids, kept.ids))
        else:
            rows = np.arange(len(scene))
        if query.object_id is None:
            return rows
        target = scene.row(query.object_id)
        others = rows[rows != target]
        return np.concatenate([[target], others[: most - 1]])

    def _scene_features(self, scene: ObjectScene) -> Tensor:
        """(K, D) features of all objects of a scene."""
        if scene not in self._features and self._last_scene is not None and same_objects(self._last_scene, scene):
            scene = self._last_scene
        self._last_scene = scene
        if scene not in self._features:
            config = self._model.config.points
            prepared = prepare_clouds(scene.clouds(config.num_points), config, scene.up_axis)
            parts = torch.split(torch.from_numpy(prepared), CLOUDS_AT_ONCE)
            self._features[scene] = torch.cat(
                [self._model.encode_clouds(part.to(self._model.device)) for part in parts]
            )
        return self._features[scene]

    def _sample(self, query: Query, rows: NDArray[np.int64], first_row: int) -> LeoSample:
        prompt, ids = self._within_context(query.prompt)
        scene, pose = query.view.scene, query.pose
        return LeoSample(
            up_axis=scene.up_axis,
            object_rows=first_row + np.arange(len(rows)),
            object_locations=scene.locations(self._model.config.spatial.object_center)[rows],
            agent_position=pose.position,
            agent_rotation=pose.rotation,
            image=query.view.image,
            prompt_ids=ids,
            goal_ids=self._tokenizer.encode(prompt.goal) if self._model.config.spatial.text_goals else (),
            action_mask=NO_ACTIONS,
            situation=prompt.situation,
            instruction=prompt.text,
        )

    def _within_context(self, prompt: TextPrompt) -> tuple[TextPrompt, list[int]]:
        most = self._model.config.max_prompt_tokens
        ids = self._tokenizer.encode_turns(prompt.turns)
        if len(ids) > most:
            self._builder.warn_shortened(len(ids))
        while len(ids) > most and len(prompt.turns) > 1:
            prompt = prompt.without_oldest()
            ids = self._tokenizer.encode_turns(prompt.turns)
        return prompt, ids
