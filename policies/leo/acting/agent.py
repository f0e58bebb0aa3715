"""LEO for people: asks the model about a scene in words, and gives its answers as text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Self
from weakref import WeakKeyDictionary

import numpy as np
import torch
from leo_agent.policies.base import Observation, is_tabletop
from leo_agent.policies.leo.acting.prefixes import Prefixes
from leo_agent.policies.leo.acting.text_decoding import TextDecoding, generate_text
from leo_agent.policies.leo.batches.batch import LeoSample, collate
from leo_agent.policies.leo.batches.sequence import NO_ACTIONS, SequenceBuilder
from leo_agent.policies.leo.model.devices import choose_device, language_model_dtype
from leo_agent.policies.leo.model.language_model import merge_adapters
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.object_scene import FARTHEST_M, ObjectScene, same_objects
from leo_agent.policies.leo.text.text_prompts import TextPrompt, TextTask, Turn, text_prompt
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.weights import checkpoint
from torch import Tensor

from leo_agent.contract.errors import InputError

CLOUDS_AT_ONCE = 128


@dataclass(frozen=True, eq=False)
class AgentPose:
    """Where the agent is in its scene: position (3,), metres, rotation (4,), a quaternion x, y, z, w, world frame."""

    position: np.ndarray = field(default_factory=lambda: np.zeros(3))
    rotation: np.ndarray = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 1.0]))

    def __post_init__(self) -> None:
        for name, size in (("position", 3), ("rotation", 4)):
            try:
                value = np.asarray(getattr(self, name), dtype=np.float64)
            except (TypeError, ValueError):
                value = np.array(np.nan)
            if value.shape != (size,) or not (np.abs(value) <= FARTHEST_M).all():
                raise InputError(
                    f"pose: {name}: found {getattr(self, name)}, expected {size} numbers of at most {FARTHEST_M:g}"
                )
            object.__setattr__(self, name, value)
        length = np.linalg.norm(self.rotation)
        if not 0.99 < length < 1.01:
            raise InputError(f"pose: rotation: found a quaternion of length {length:.3g}, expected 1")


@dataclass(frozen=True, eq=False)
class Query:
    """A prompt about a scene. object_id: the object it is about, which the model then reads first."""

    scene: ObjectScene
    prompt: TextPrompt
    pose: AgentPose = field(default_factory=AgentPose)
    image: np.ndarray | None = None
    object_id: int | None = None


class LeoAgent:
    """Answers in words about scenes of segmented objects; the constant beginnings of prompts, and the point features of
    scenes, are computed once, those of observations as long as no object changes.

    Of more objects than the model has slots it reads those whose centres are nearest to the agent (published: the
    first). A prompt that is too long loses its oldest turns, then the beginning of the last; the first time, that is
    logged as a warning.
    """

    def __init__(self, model: LeoModel, tokenizer: LeoTokenizer) -> None:
        self._model, self._tokenizer = model.eval(), tokenizer
        self._builder = SequenceBuilder(tokenizer, model.config)
        self._prefixes = Prefixes(model)
        self._last_view: ObjectScene | None = None
        self._features: WeakKeyDictionary[ObjectScene, Tensor] = WeakKeyDictionary()

    @classmethod
    def from_pretrained(cls, folder: str | Path, device: str = "auto", legacy: Iterable[str] | None = None) -> Self:
        """The agent of a checkpoint folder or of a hub id; adapters merged, a frozen decoder in bfloat16 on a GPU.

        legacy: names of published behaviours to reproduce, see `Legacy`, by default those of config.json. Raises
        InputError as `checkpoint` does.
        """
        chosen = choose_device(device)
        model, tokenizer = checkpoint.from_pretrained(folder, chosen, language_model_dtype(chosen), legacy)
        model.llm_model = merge_adapters(model.llm_model)
        return cls(model, tokenizer)

    def chat(
        self,
        scene: ObjectScene | Observation,
        text: str,
        pose: AgentPose | None = None,
        image: np.ndarray | None = None,
        history: Sequence[Turn] | None = None,
        *,
        task: TextTask = "question",
        situation: str = "",
        object_id: int | None = None,
        decoding: TextDecoding | None = None,
    ) -> str:
        """The answer to a text about a scene.

        scene: of `scene_files.read_scene`, or an observation of one of the environments, which brings its pose and
            image. pose: of the agent, by default in the middle of the box of the object that is asked about, else that
            of the observation, else the origin. image: (H, W, 3) uint8 RGB of its view. history: earlier (user, agent)
            turns, oldest first.
        task, situation: see `text_prompt`. object_id: the object that a caption is about.

        Raises InputError for what is missing or does not fit.
        """
        for what, found, kinds in (
            ("scene", scene, (ObjectScene, Mapping)),
            ("pose", pose, (AgentPose, NoneType)),
            ("image", image, (np.ndarray, NoneType)),
            ("history", history, (list, tuple, NoneType)),
            ("object_id", object_id, (int, np.integer, NoneType)),
            ("decoding", decoding, (TextDecoding, NoneType)),
        ):
            if not isinstance(found, kinds):
                expected = " or ".join("None" if each is NoneType else each.__name__ for each in kinds)
                raise InputError(f"{what}: found {type(found).__name__}, expected {expected}")
        if isinstance(scene, Mapping):
            scene, seen_from, seen = self._view_of(scene)
            pose = seen_from if pose is None and object_id is None else pose
            image = seen if image is None else image
        if task == "object-caption" and object_id is None and pose is None:
            raise InputError("an object's caption needs an object_id, or a pose at the object; found neither")
        if pose is None:
            pose = AgentPose() if object_id is None else AgentPose(scene.box_centers[scene.row(object_id)])
        prompt = text_prompt(task, text, situation, history or ())
        return self.answer([Query(scene, prompt, pose, image, object_id)], decoding)[0]

    @torch.inference_mode()
    def answer(self, queries: Sequence[Query], decoding: TextDecoding | None = None) -> list[str]:
        """The answers to several queries, generated together, by default with 5 beams."""
        if not queries:
            return []
        samples, features, first = [], [], 0
        for query in queries:
            rows = self._rows(query)
            features.append(self._scene_features(query.scene)[torch.from_numpy(rows)])
            samples.append(self._sample(query, rows, first))
            first += len(rows)
        config = self._model.config
        batch = collate(samples, None, self._builder, config.image.size_px, config.max_objects).to(self._model.device)
        prefix, decoding = self._prefixes.of(batch.prefix_ids), decoding or TextDecoding()
        answers = generate_text(self._model, batch, torch.cat(features), prefix, self._tokenizer.eos_id, decoding)
        return [self._tokenizer.decode(each).strip() for each in answers]

    def _view_of(self, observation: Observation) -> tuple[ObjectScene, AgentPose, np.ndarray]:
        """As `view_of`, with the scene of the last observation where its objects are the same."""
        scene, pose, image = view_of(observation)
        if self._last_view is None or not same_objects(self._last_view, scene):
            self._last_view = scene
        return self._last_view, pose, image

    def _rows(self, query: Query) -> np.ndarray:
        """Objects of the scene in the order in which they are read."""
        scene, most = query.scene, self._model.config.max_objects
        if len(scene) > most:
            in_order, center = self._model.config.legacy.first_objects, self._model.config.spatial.object_center
            kept = scene.first(most) if in_order else scene.nearest(most, query.pose.position, center)
            rows = np.flatnonzero(np.isin(scene.ids, kept.ids))
        else:
            rows = np.arange(len(scene))
        if query.object_id is None:
            return rows
        target = scene.row(query.object_id)
        others = rows[rows != target]
        return np.concatenate([[target], others[: most - 1]])

    def _scene_features(self, scene: ObjectScene) -> Tensor:
        if scene not in self._features:
            config = self._model.config.points
            prepared = prepare_clouds(scene.clouds(config.num_points), config, scene.up_axis)
            parts = torch.from_numpy(prepared).split(CLOUDS_AT_ONCE)
            self._features[scene] = torch.cat(
                [self._model.encode_clouds(part.to(self._model.device)) for part in parts]
            )
        return self._features[scene]

    def _sample(self, query: Query, rows: np.ndarray, first_row: int) -> LeoSample:
        prompt, ids = self._within_context(query.prompt)
        return LeoSample(
            up_axis=query.scene.up_axis,
            object_rows=first_row + np.arange(len(rows)),
            object_locations=query.scene.locations(self._model.config.spatial.object_center)[rows],
            agent_position=query.pose.position,
            agent_rotation=query.pose.rotation,
            image=query.image,
            prompt_ids=ids,
            goal_ids=(),
            grammar=NO_ACTIONS,
            situation=prompt.situation,
            instruction=prompt.text,
        )

    def _within_context(self, prompt: TextPrompt) -> tuple[TextPrompt, list[int]]:
        most = self._model.config.max_prompt_tokens
        ids = self._tokenizer.encode_turns(prompt.turns)
        if len(ids) > most:
            self._builder.say_shortened(len(ids))
        while len(ids) > most and len(prompt.turns) > 1:
            prompt = prompt.without_oldest()
            ids = self._tokenizer.encode_turns(prompt.turns)
        return prompt, ids


def view_of(observation: Observation, name: str = "") -> tuple[ObjectScene, AgentPose, np.ndarray]:
    """Scene, pose and image that an environment's observation shows. A table is seen from above, its agent at the
    world's origin."""
    scene = ObjectScene.from_observation(observation, "z" if is_tabletop(observation) else "y", name)
    keys = ("color_map",) if is_tabletop(observation) else ("agent_position", "agent_rotation", "image")
    missing = [key for key in keys if key not in observation]
    if missing:
        raise InputError(f"observation: {', '.join(missing)} is missing, expected {', '.join(keys)}")
    if is_tabletop(observation):
        return scene, AgentPose(), observation["color_map"]
    return scene, AgentPose(observation["agent_position"], observation["agent_rotation"]), observation["image"]
