"""Makes the houses of a dataset in worker processes, whole house by whole house."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from leo_agent.contract.checks import check_whole
from leo_agent.contract.interrupts import termination_interrupts
from leo_agent.envs.house_sets.folder import claimed
from leo_agent.envs.house_sets.house_maker import make_house
from leo_agent.envs.house_sets.interrupts import interrupts_wait
from leo_agent.envs.house_sets.workers import each_finished

# Changes when the same seed gives other houses, or other files of them, than before.
GENERATOR_VERSION = 3
_MAX_COUNT, _MAX_EPISODES = 9999, 10_000


@dataclass(frozen=True, kw_only=True)
class HousesConfig:
    """Which houses to make."""

    count: int  # houses 1 to `count` of the seed
    seed: int = 0
    episodes_per_house: int = 50  # ObjectNav episodes in each

    def __post_init__(self) -> None:
        check_whole("count", self.count, 1, _MAX_COUNT)
        check_whole("seed", self.seed, 0, 2**63 - 1)
        check_whole("episodes_per_house", self.episodes_per_house, 1, _MAX_EPISODES)


def make_houses(
    config: HousesConfig, out: Path, workers: int = 1, on_house: Callable[[int, int], None] | None = None
) -> dict[int, str]:
    """Makes the houses that `out` does not hold yet.

    The files do not depend on the number of workers. After each house the folder is a whole dataset of those that are
    finished; the same call goes on with the others. SIGTERM and hang-up interrupt as Ctrl-C does.

    Args:
        config: which houses.
        out: the folder, new, empty, or begun with the same configuration.
        workers: processes that make houses at the same time.
        on_house: called as `on_house(finished, count)` at the start and after each house.

    Returns:
        Numbers and names of all houses that the folder holds then.

    Raises:
        InputError: the folder holds something else, another run writes to it, or it cannot be written.
    """
    check_whole("workers", workers, 1)
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
                    folder.move_into_place(number)
                    finished += 1
                report(finished, config.count)
        return folder.houses()
