"""Open-vocabulary ObjectNav: find what a word says."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.envs.navigation.episodes.object_episodes import GoalTable, ObjectEpisode, ObjectEpisodes, goal_key
from leo_agent.envs.navigation.episodes.records import Goal, stored_episode_id
from leo_agent.envs.navigation.episodes.split_files import Dataset, find_split
from leo_agent.envs.navigation.tasks.object_goal import ObjectGoalTask
from leo_agent.envs.navigation.tasks.registry import register_task
from leo_agent.envs.scenes.json_fields import describe, take

MAX_WORDS_CHARACTERS = 200
# Printable characters of the Latin, Greek and Cyrillic alphabets, with their accents.
GOAL_CHARACTERS = "".join(character for character in map(chr, range(0x20, 0x500)) if character.isprintable())


class OVONEpisodes(ObjectEpisodes):
    """The episodes of a split as HM3D-OVON's files hold them (github.com/naokiyokoyama/ovon, OVON-v1).

    There are no category numbers. An episode keeps its own id, and its `children_object_categories` name narrower
    categories whose instances count as well. Of an object id such as "armchair_17" the last part is the instance.
    """

    def _episode(self, record: Any, index: int, goals: GoalTable, file: str) -> ObjectEpisode:
        episode = super()._episode(record, index, goals, file)
        words = episode.object_category
        if not 0 < len(words) <= MAX_WORDS_CHARACTERS or not set(words) <= set(GOAL_CHARACTERS):
            raise InputError(
                f"{file}: episode {index}: 'object_category' must be 1 to {MAX_WORDS_CHARACTERS} printable characters "
                f"of a European alphabet, found {describe(words)}"
            )
        return episode

    def _episode_id(self, record: dict[str, Any], index: int, where: str) -> str:
        return stored_episode_id(record, index, where)

    def _object_id(self, stored: str) -> str:
        return stored.rpartition("_")[2]

    def _goals_of(self, record: dict[str, Any], goals: GoalTable, key: str, where: str) -> tuple[Goal, ...]:
        if not record.get("children_object_categories"):
            return goals[key]
        found = list(goals[key])
        for child in take(record, "children_object_categories", list, where):
            if not isinstance(child, str):
                raise InputError(f"{where}: 'children_object_categories' must be strings, found {describe(child)}")
            # A child without valid view points has no entry, and is passed over as in the original.
            more = goals.get(goal_key(record["scene_id"], child), ())
            found += [dataclasses.replace(goal, category=goal.category or child) for goal in more]
        return tuple(found)


@register_task("leo/OVON-v0")
class OVON(ObjectGoalTask):
    """Find what a word says and stop near it (HM3D-OVON, arXiv 2409.14296; step limit 500).

    As ObjectNav, but the goal is given in words alone: there is no `objectgoal`. Body and rules are those of the
    published experiments: Stretch's camera (360 × 640 pixels, 1.31 m high, 42 degrees wide), success nearer than 0.25 m
    to a view point, slack of -0.001 a step, and a navmesh of finer steps, which is baked where a scene's own is for
    another agent. Episodes in no file have a `category`.
    """

    body: ClassVar[NavigationEmbodiment] = NavigationEmbodiment(
        camera_height_m=1.31, hfov_deg=42.0, agent_height_m=1.41, agent_radius_m=0.17, max_climb_m=0.1
    )
    image_size: ClassVar[tuple[int, int]] = (360, 640)
    navmesh_cell_height_m: ClassVar[float] = 0.05
    success_distance_m: ClassVar[float] = 0.25
    slack_reward: ClassVar[float] = -0.001
    built_in_episodes: ClassVar[str] = "ovon"

    @classmethod
    def read_episodes(cls, dataset: Dataset, split: str = "val") -> OVONEpisodes:
        return OVONEpisodes(find_split(dataset, split), category_ids={})

    def example_instructions(self) -> Sequence[str]:
        # Which words a split has is known only once all of its files are read: room for whatever may be in them.
        pieces = range(0, len(GOAL_CHARACTERS), MAX_WORDS_CHARACTERS)
        characters = [GOAL_CHARACTERS[start : start + MAX_WORDS_CHARACTERS] for start in pieces]
        return [f"find an {'x' * MAX_WORDS_CHARACTERS}", *characters]
