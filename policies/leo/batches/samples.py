"""From what is known at a step of either world to a model sample; training and acting both go through here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from leo_agent.policies.leo.batches.batch import LeoSample
from leo_agent.policies.leo.batches.sequence import navigation_grammar, tabletop_grammar
from leo_agent.policies.leo.text import prompts
from leo_agent.policies.leo.text.action_tokens import encode_navigation
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer

World = Literal["navigation", "tabletop"]
ORIGIN = np.zeros(3, dtype=np.float32)
UNTURNED = np.array([0.0, 0.0, 0.0, 1.0], dtype=np.float32)


@dataclass(frozen=True)
class Scene:
    """What is seen: object_rows (n,) into a cloud table (-1 = empty), object_locations (n, 6), image (H, W, 3) uint8.

    agent_position (3,) and agent_rotation (4,), world frame; only navigation uses them.
    """

    object_rows: np.ndarray
    object_locations: np.ndarray
    image: np.ndarray | None
    agent_position: np.ndarray
    agent_rotation: np.ndarray


def navigation_sample(
    tokenizer: LeoTokenizer,
    scene: Scene,
    instruction: str,
    past_actions: Sequence[int],
    answer: int | None = None,
    num_actions: int = 6,
    history_steps: int = 4,
) -> LeoSample:
    """A navigation decision; actions are ids in Habitat's order, `past_actions` those executed so far."""
    past = [encode_navigation(action) for action in past_actions[-history_steps:]]
    prompt = prompts.navigation_prompt(instruction, past, history_steps)
    answer_ids = () if answer is None else (tokenizer.action_id(encode_navigation(answer)),)
    return LeoSample(
        up_axis="y",
        object_rows=scene.object_rows,
        object_locations=scene.object_locations,
        agent_position=scene.agent_position,
        agent_rotation=scene.agent_rotation,
        image=scene.image,
        prompt_ids=tokenizer.encode_prompt(prompt),
        goal_ids=tokenizer.encode(instruction),
        grammar=navigation_grammar(num_actions),
        answer_ids=answer_ids,
        instruction=prompt.text,
    )


def tabletop_sample(
    tokenizer: LeoTokenizer,
    scene: Scene,
    instruction: str,
    past_actions: Sequence[Sequence[int]],
    answer: Sequence[int] | None = None,
    history_steps: int = 4,
) -> LeoSample:
    """A tabletop decision; actions are six action indices each, as action_tokens.encode_tabletop gives them."""
    prompt = prompts.manipulation_prompt(instruction, past_actions[-history_steps:], history_steps)
    return LeoSample(
        up_axis="z",
        object_rows=scene.object_rows,
        object_locations=scene.object_locations,
        agent_position=ORIGIN,
        agent_rotation=UNTURNED,
        image=scene.image,
        prompt_ids=tokenizer.encode_prompt(prompt),
        goal_ids=tokenizer.encode(instruction),
        grammar=tabletop_grammar(),
        answer_ids=() if answer is None else tuple(tokenizer.action_id(index) for index in answer),
        instruction=prompt.text,
    )
