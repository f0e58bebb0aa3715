"""Which episodes a run has, in which order, and the options that choose them."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.rollout.environments import World
from leo_agent.rollout.seeding import episode_seed
from leo_agent.rollout.stage import Job

WORLD_OPTIONS = ("dataset", "scenes", "assets", "split", "width", "height")  # with an option of their own


def choose_episodes(
    options: Sequence[Mapping[str, Any]], scenes: Sequence[str] | None, count: int | None
) -> list[dict[str, Any]]:
    """The first `count` episodes, taken in turn from every scene so that few episodes still see all of them.

    Args:
        options: the split's episodes as reset options, in the file's order, which the answer keeps.
        scenes: only these.
        count: None for all.

    Raises:
        InputError: a scene that the split does not have, or fewer episodes than asked for.
    """
    chosen = [dict(entry) for entry in options]
    if scenes is not None:
        known = list(dict.fromkeys(entry.get("scene") for entry in chosen))
        unknown = [name for name in scenes if name not in known]
        if unknown:
            raise InputError(f"--scene {unknown[0]}: not in this split; it has {_listed(known)}")
        chosen = [entry for entry in chosen if entry.get("scene") in scenes]
    if count is None:
        return chosen
    if count < 1:
        raise InputError(f"--episodes {count}: at least 1 expected")
    if count > len(chosen):
        raise InputError(f"--episodes {count}: this split has only {len(chosen)} (all if left out)")
    turn_of: dict[Any, int] = {}
    turns = []
    for place, entry in enumerate(chosen):
        turn = turn_of.get(entry.get("scene"), 0)
        turn_of[entry.get("scene")] = turn + 1
        turns.append((turn, place))
    return [chosen[place] for place in sorted(place for _, place in sorted(turns)[:count])]


def _listed(names: Sequence[Any], most: int = 12) -> str:
    shown = ", ".join(str(name) for name in names[:most])
    return f"{shown}, … ({len(names)} in all)" if len(names) > most else shown


def plan_jobs(env_id: str, options: Sequence[Mapping[str, Any]], run_seed: int, needs_expert: bool) -> list[Job]:
    """One job an episode, each with the seed that its names give."""
    return [
        Job(
            order,
            dict(entry),
            episode_seed(run_seed, env_id, entry.get("scene"), str(entry["episode_id"])),
            needs_expert=needs_expert,
        )
        for order, entry in enumerate(options)
    ]


def unfinished(jobs: Sequence[Job], finished: Sequence[Mapping[str, Any]], folder: Path) -> list[Job]:
    """The jobs that have no line yet, or one that tells of an error: they are tried again.

    Raises:
        InputError: a line belongs to no job: the folder holds more than this run asks for.
    """
    outcome_of = {(line["scene"], str(line["episode_id"])): line["outcome"] for line in finished}
    extra = outcome_of.keys() - {_key(job) for job in jobs}
    if extra:
        scene, episode_id = sorted(extra, key=str)[0]
        name = episode_id if scene is None else f"{scene}/{episode_id}"
        raise InputError(
            f"{folder}: holds {len(extra)} finished episodes that this run does not have (such as {name}); "
            "ask for at least as many --episodes as before, or choose another --out"
        )
    return [job for job in jobs if outcome_of.get(_key(job), "error") == "error"]


def _key(job: Job) -> tuple[Any, str]:
    return job.options.get("scene"), str(job.options["episode_id"])


def with_videos(jobs: Sequence[Job], out: Path, count: int) -> list[Job]:
    """The same jobs, those among the first `count` of the plan with a video under `out/videos`."""
    videos = out / "videos"
    return [replace(job, video_stem=str(videos / video_name(job))) if job.order < count else job for job in jobs]


def video_name(job: Job) -> str:
    """`<scene>-<episode>`, safe as a file name."""
    parts = [str(part) for part in (job.options.get("scene"), job.options["episode_id"]) if part is not None]
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in "-".join(parts))


def add_environment_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that choose an environment and its episodes, the same for every command that runs episodes."""
    group = parser.add_argument_group("environment")
    group.add_argument("--env", required=True, metavar="ID", help="Gymnasium id, such as leo/ObjectNav-v0 (required)")
    group.add_argument(
        "--scene", action="append", metavar="NAME", help="only this scene; may be repeated (default: all of the split)"
    )
    add_world_arguments(group)


def add_world_arguments(group: argparse._ArgumentGroup) -> None:
    """The options of an environment's constructor, which `world_from_arguments` reads."""
    group.add_argument(
        "--dataset",
        metavar="PATH",
        help="ObjectNav-v1 episodes: {split}.json.gz or the folder above it (default: none; navigation needs it)",
    )
    group.add_argument(
        "--scenes",
        metavar="DIR",
        help="folder with scenes and their dataset config (default: the nearest above the dataset that has them)",
    )
    group.add_argument(
        "--assets",
        metavar="DIR",
        help="folder of the scanned objects that the tasks of Google's objects need (default: none)",
    )
    group.add_argument("--split", help="split of the episodes, such as val, seen, unseen (default: the environment's)")
    group.add_argument("--width", type=int, metavar="PIXELS", help="image width in pixels (default: the environment's)")
    group.add_argument("--height", type=int, metavar="PIXELS", help="image height, pixels (default: the environment's)")
    group.add_argument(
        "--env-option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any other argument of the environment's constructor; the value is read as JSON where it is JSON; "
        "may be repeated (default: none)",
    )


def world_from_arguments(args: argparse.Namespace) -> World:
    """The environment that the command line describes."""
    options: dict[str, Any] = {name: getattr(args, name) for name in WORLD_OPTIONS if getattr(args, name) is not None}
    return World(args.env, options | key_values("--env-option", args.env_option))


def key_values(option: str, texts: Sequence[str]) -> dict[str, Any]:
    """The values of an option that is given as KEY=VALUE any number of times."""
    values: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InputError(f"{option} {text}: KEY=VALUE expected")
        values[key] = _value(value)
    return values


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
