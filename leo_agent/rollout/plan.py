"""Which episodes a run has, in which order, and which of them are left to do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leo_agent.contract.checks import check_whole
from leo_agent.contract.errors import InputError, shown
from leo_agent.rollout.episode import Job
from leo_agent.rollout.seeding import episode_seed

_MOST_LISTED = 12


def choose_episodes(
    episodes: Sequence[Mapping[str, Any]], scenes: Sequence[str] | None, count: int | None
) -> list[dict[str, Any]]:
    """The first `count` episodes, taken in turn from every scene so that few episodes still see all of them.

    Args:
        episodes: the split's episodes as reset options, in the file's order, which the answer keeps.
        scenes: only these.
        count: None for all.

    Raises:
        InputError: a scene that the split does not have, or fewer episodes than asked for.
    """
    chosen = [dict(entry) for entry in episodes]
    if scenes is not None:
        known = list(dict.fromkeys(entry.get("scene") for entry in chosen))
        unknown = [name for name in scenes if name not in known]
        if unknown:
            raise InputError(f"scene: found {shown(unknown[0])}, expected one of this split's {_listed(known)}")
        chosen = [entry for entry in chosen if entry.get("scene") in scenes]
    if count is None:
        return chosen
    check_whole("episodes", count, 1)
    if count > len(chosen):
        raise InputError(f"episodes: found {count}, expected at most the {len(chosen)} of this split (all if left out)")
    turn_of: dict[Any, int] = {}
    turns = []
    for place, entry in enumerate(chosen):
        turn = turn_of.get(entry.get("scene"), 0)
        turn_of[entry.get("scene")] = turn + 1
        turns.append((turn, place))
    return [chosen[place] for place in sorted(place for _, place in sorted(turns)[:count])]


def _listed(names: Sequence[Any]) -> str:
    listed = ", ".join(str(name) for name in names[:_MOST_LISTED])
    return f"{listed}, … ({len(names)} in all)" if len(names) > _MOST_LISTED else listed


def plan_jobs(env_id: str, episodes: Sequence[Mapping[str, Any]], run_seed: int, needs_expert: bool) -> list[Job]:
    """One job an episode, each with the seed that its names give."""
    return [
        Job(
            order,
            dict(entry),
            episode_seed(run_seed, env_id, entry.get("scene"), str(entry["episode_id"])),
            needs_expert=needs_expert,
        )
        for order, entry in enumerate(episodes)
    ]


def plan_random_starts(env_id: str, scenes: Sequence[Any], count: int, run_seed: int, first_order: int) -> list[Job]:
    """`count` jobs of episodes that are drawn in these scenes, labelled by the expert.

    They come in blocks of one scene, so that workers seldom load another one.
    """
    jobs = []
    for number in range(count):
        scene, episode_id = scenes[number * len(scenes) // count], f"random-{number}"
        seed = episode_seed(run_seed, env_id, scene, episode_id)
        options = {"scene": scene, "episode_id": episode_id}
        jobs.append(Job(first_order + number, options, seed, needs_expert=True, random_start=True))
    return jobs


def unfinished(jobs: Sequence[Job], finished: Sequence[Mapping[str, Any]], folder: Path) -> list[Job]:
    """The jobs that have no line yet, or one that records an error: they are tried again.

    Raises:
        InputError: a line belongs to no job: the folder holds more than this run asks for.
    """
    outcomes = {(line["scene"], str(line["episode_id"])): line["outcome"] for line in finished}
    extra = outcomes.keys() - {job.key for job in jobs}
    if extra:
        scene, episode_id = sorted(extra, key=str)[0]
        name = episode_id if scene is None else f"{scene}/{episode_id}"
        raise InputError(
            f"episodes: found {len(jobs)}, but {folder} holds {len(extra)} finished ones that this run does not have "
            f"(such as {name}), expected at least as many as before, or another folder"
        )
    return [job for job in jobs if outcomes.get(job.key, "error") == "error"]
