"""The houses that navigation is played in where no dataset is given: made when asked for, kept in the cache folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.checks import check_choice
from leo_agent.envs.cache_folder import kept
from leo_agent.envs.house_sets.dataset_maker import GENERATOR_VERSION
from leo_agent.envs.house_sets.episodes import draw_episodes, draw_point_episodes
from leo_agent.envs.house_sets.files import (
    CONFIG_NAME,
    SPLITS,
    content_file,
    dataset_config,
    gzip_bytes,
    house_name,
    house_paths,
    json_bytes,
    point_content_file,
    split_file,
    split_of,
)
from leo_agent.envs.house_sets.house_maker import MadeHouse, generate_house, house_files
from leo_agent.envs.navmesh import NavMesh
from leo_agent.envs.waiting import waiting

# Changes when these houses or episodes change while the generator of houses stays the same.
SET_VERSION = 1
VERSION = f"{GENERATOR_VERSION}.{SET_VERSION}"
TASKS = ("objectnav", "pointnav", "ovon")
"""The kinds of episodes that every house has."""
# Few enough for a first run of some minutes: 5 houses of val with 100 episodes, 20 of train with 400.
HOUSES, EPISODES_PER_HOUSE = 25, 20
_SEED = 0
# Some categories may have no start at the right distance: more are drawn than are kept, so that their number is fixed.
_DRAWN_EPISODES = 30
_POINT_STREAM, _WORD_STREAM = 1001, 1002  # of the seed, beside those of the attempts to draw the house


@dataclass(frozen=True)
class BuiltInSplit:
    """The episodes of one task in the houses of one split; the folder holds a whole Habitat dataset of all of them."""

    folder: Path  # what scene ids are relative to
    split: str
    top_file: Path  # the split's own file
    content_files: tuple[Path, ...]  # one a house; `make_content` makes those that are not there yet
    episode_ids: tuple[str, ...] = tuple(map(str, range(EPISODES_PER_HOUSE)))  # of each of them
    scene_dataset_config: str = CONFIG_NAME

    def make_content(self, content_file: Path) -> None:
        """Makes the house of a content file unless it is there: some seconds of one core, with a word about it.

        One with a missing or empty file, as a disk leaves it that lost its power, is made anew.

        Raises:
            InputError: the cache folder cannot be written.
        """
        place = self.content_files.index(content_file)
        number = _numbers(self.split)[place]
        files = _house_places(house_name(number), self.split).values()

        def make(path: Path) -> None:
            which = f"{house_name(number)}, {place + 1} of the {len(self.content_files)} of {self.split}"
            with waiting(f"making a house ({which}), once: it is kept in {self.folder}"):
                _make_house(self.folder, number, path)

        def is_whole(path: Path) -> bool:
            # This file is the last to come to its place: no other process is at the house where it is.
            return path.exists() and all(_holds_something(self.folder / each) for each in files)

        kept(f"{_NAME}/objectnav/{self.split}/content/{content_file.name}", make, is_whole)


_NAME = f"built-in-houses/{VERSION}"


def built_in_split(task: str, split: str) -> BuiltInSplit:
    """The episodes of a task in the built-in houses.

    Args:
        task: one of TASKS.
        split: "train" or "val"; no house is in both.

    Raises:
        InputError: there is no such split, or the cache folder cannot be written.
    """
    check_choice("split", split, SPLITS)
    folder = kept(_NAME, _make_folder)
    above = folder / task / split
    content = tuple(above / "content" / f"{house_name(number)}.json.gz" for number in _numbers(split))
    return BuiltInSplit(folder, split, above / f"{split}.json.gz", content)


def _numbers(split: str) -> list[int]:
    return [number for number in range(1, HOUSES + 1) if split_of(number) == split]


def _make_folder(folder: Path) -> None:
    """The dataset without its houses."""
    folder.mkdir()
    for split in SPLITS:
        for path in (*house_paths("", split).values(), *_more_content("", split).values()):
            (folder / path.parent).mkdir(parents=True, exist_ok=True)
        for task in TASKS:
            top: dict[str, Any] = split_file() if task == "objectnav" else {"episodes": []}
            (folder / task / split / f"{split}.json.gz").write_bytes(gzip_bytes(top))
    names = [house_name(number) for number in range(1, HOUSES + 1)]
    (folder / CONFIG_NAME).write_bytes(json_bytes(dataset_config(names)))


def _make_house(folder: Path, number: int, content: Path) -> None:
    """Puts all files of a house to their places, but for ObjectNav's content, which is written to `content`."""
    name, split = house_name(number), split_of(number)
    made = generate_house(_SEED, number, _DRAWN_EPISODES)
    made = replace(made, episodes=made.episodes[:EPISODES_PER_HOUSE])
    contents = house_files(made, _SEED, number) | _more_episodes(made, number)
    content.write_bytes(contents.pop("content"))
    places = _house_places(name, split)
    for kind, written in contents.items():
        aside = content.with_name(f"{kind}.part")
        aside.write_bytes(written)
        os.replace(aside, folder / places[kind])


def _house_places(name: str, split: str) -> dict[str, Path]:
    """All files of a house, relative to the folder of the houses."""
    return house_paths(name, split) | _more_content(name, split)


def _holds_something(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _more_content(name: str, split: str) -> dict[str, Path]:
    """The content files of a house for the tasks that the sets of other users do not have."""
    return {task: Path(f"{task}/{split}/content/{name}.json.gz") for task in TASKS if task != "objectnav"}


def _more_episodes(made: MadeHouse, number: int) -> dict[str, bytes]:
    """PointNav's content, and OVON's, whose words are the kinds of furniture: "spindle chair"."""
    name, navmesh = house_name(number), NavMesh(made.navmesh)
    island = navmesh.island(made.episodes[0].start_position)
    points = draw_point_episodes(
        navmesh, island, EPISODES_PER_HOUSE, np.random.default_rng([_SEED, number, _POINT_STREAM])
    )
    pieces = made.house.pieces
    named = [replace(goal, category=pieces[goal.object_id - 1].name.replace("_", " ")) for goal in made.goals]
    rng = np.random.default_rng([_SEED, number, _WORD_STREAM])
    asked = draw_episodes(navmesh, island, named, _DRAWN_EPISODES, rng)[:EPISODES_PER_HOUSE]
    return {
        "pointnav": gzip_bytes(point_content_file(name, points)),
        "ovon": gzip_bytes(content_file(name, named, asked)),
    }
