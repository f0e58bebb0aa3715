"""Makes the houses of a dataset in worker processes, whole house by whole house."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from leo_agent.envs.house_sets.folder import claimed
from leo_agent.envs.house_sets.interrupts import interrupts_wait, termination_interrupts
from leo_agent.envs.house_sets.one_house import make_house
from leo_agent.envs.house_sets.workers import each_finished

from leo_agent.contract.errors import InputError

# Changes when the same seed gives other houses than before.
GENERATOR_VERSION = 2
_MAX_COUNT = 9999


@dataclass(frozen=True, kw_only=True)
class HousesConfig:
    """Which houses to make: houses 1 to `count` of a seed, with so many episodes in each."""

    count: int
    seed: int = 0
    episodes_per_house: int = 50

    def __post_init__(self) -> None:
        if not 1 <= self.count <= _MAX_COUNT:
            raise InputError(f"--count: found {self.count}, expected 1 to {_MAX_COUNT} houses")
        if not 0 <= self.seed < 2**63:
            raise InputError(f"--seed: found {self.seed}, expected 0 to 2^63 - 1")
        if not 1 <= self.episodes_per_house <= 10_000:
            raise InputError(f"--episodes: found {self.episodes_per_house}, expected 1 to 10000 in each house")


def make_houses(
    config: HousesConfig, out: Path, workers: int = 1, on_house: Callable[[int, int], None] | None = None
) -> dict[int, str]:
    """Makes the houses that `out` does not hold yet; gives numbers and names of all that it holds then.

    `on_house(finished, count)` is called at the start and after each house. The files do not depend on the number of
    workers. After each house the folder is a whole dataset of those that are finished; the same call goes on with the
    others. SIGTERM interrupts as Ctrl-C does. Raises `InputError` for a folder that holds something else, that another
    run writes to, or that cannot be written.
    """
    if workers < 1:
        raise InputError(f"--workers: found {workers}, expected at least 1")
    report = on_house or (lambda done, count: None)
    settings = {
        "generator": GENERATOR_VERSION,
        "seed": config.seed,
        "episodes_per_house": config.episodes_per_house,
    }
    with termination_interrupts(), claimed(out, settings) as folder:
        missing = sorted(set(range(1, config.count + 1)) - folder.houses().keys())
        finished = config.count - len(missing)
        report(finished, config.count)
        jobs = {number: (config.seed, number, config.episodes_per_house, folder.aside) for number in missing}
        with closing(each_finished(make_house, jobs, workers)) as made:
            for number in made:
                with interrupts_wait():
                    folder.publish(number)
                    finished += 1
                report(finished, config.count)
        return folder.houses()
