"""Demonstrations an hour, beside the former commit a40254c, and what recording costs.

Run: python benchmarks/collecting.py [--old PYTHON] [--turns 3] [--parts navigation piles]. PYTHON has the former commit
installed. Each side runs `leo-agent collect` in a process of its own, in turns, with the same options and episodes:
walks of the search expert in three stored houses with random starts and actions, as make train-nano has them, and
piles of blocks. The time is that of the episodes, as the run folder tells it, so without starting; recording is a part
of it. The expert's scores stand beside, since a faster expert is none if it is worse.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hardware import hardware

ROOT = Path(__file__).resolve().parents[1]
HOUSES = ROOT / "tests/data/habitat_houses/objectnav/val"
NAVIGATION = [
    *("--env", "leo/ObjectNav-v0", "--dataset", str(HOUSES), "--split", "val"),
    *(part for house in ("house_0001", "house_0002", "house_0003") for part in ("--scene", house)),
    *("--env-option", "expert_clearance_m=0.2", "--env-option", "expert_stop_within_m=0.6"),
    *("--random-starts", "90", "--random-actions", "0.15", "--no-keep-failures"),
]
PARTS = {
    "navigation": NAVIGATION,
    "piles": ["--env", "leo/SeparatingPiles-v0", "--split", "seen", "--episodes", "8"],
}
WANTED = {"navigation": 2.0, "piles": 3.0}
MOST_RECORDING = 0.15


@dataclass(frozen=True)
class Collected:
    """What one run of `leo-agent collect` did."""

    per_hour: float  # demonstrations
    recording_share: float  # of the time
    score: float  # success of navigation, score of the tabletop: mean of all episodes


def collect(python: str, part: str) -> Collected:
    """Runs it in a folder that is removed."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "demonstrations"
        command = [python, "-m", "leo_agent.cli", "collect", *PARTS[part]]
        command += ["--width", "128", "--height", "128", "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True, cwd=temporary)
        rows = [json.loads(line) for line in (out / "episodes.jsonl").read_text().splitlines()]
        kept = json.loads((out / "meta/info.json").read_text())["total_episodes"]
    seconds = sum(row["seconds"]["total"] for row in rows)
    recording = sum(row["seconds"]["record"] for row in rows)
    measure = "success" if part == "navigation" else "score"
    return Collected(3600 * kept / seconds, recording / seconds, statistics.mean(r["measures"][measure] for r in rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", help="Python that has the former commit (default: not compared)")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--parts", nargs="+", choices=sorted(PARTS), default=sorted(PARTS))
    args = parser.parse_args()
    print(hardware())
    for part in args.parts:
        collect(sys.executable, part)  # kernels are compiled once
        if args.old:
            collect(args.old, part)
        ours, theirs = [], []
        for _ in range(args.turns):
            ours.append(collect(sys.executable, part))
            if args.old:
                theirs.append(collect(args.old, part))
        own = statistics.median(each.per_hour for each in ours)
        share = statistics.median(each.recording_share for each in ours)
        print(
            f"{part}: {own:,.0f} demonstrations an hour, score {ours[0].score:.3f}; recording {share:.0%} of the time, "
            f"wanted at most {MOST_RECORDING:.0%}"
        )
        if theirs:
            ratios = [one.per_hour / other.per_hour for one, other in zip(ours, theirs, strict=True)]
            other = statistics.median(each.per_hour for each in theirs)
            print(
                f"  a40254c {other:,.0f}, score {theirs[0].score:.3f}: {statistics.median(ratios):.2f} times "
                f"({min(ratios):.2f} to {max(ratios):.2f}), wanted {WANTED[part]:g}",
                flush=True,
            )


if __name__ == "__main__":
    main()
