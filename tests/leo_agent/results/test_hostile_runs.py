"""Whatever lies in the place of a file of a run folder: scored, reported and resumed, or refused in one line."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.measures import SUCCESS, Measure
from leo_agent.episodes.run_folder import RunFolder
from leo_agent.results.provenance import describe_run, describe_session
from leo_agent.results.report import write_report
from leo_agent.results.rows import summarize
from leo_agent.results.score import score_json, score_table
from tests.hostile_files import PUT, damage, outcome
from tests.leo_agent.results.test_report import line

IDENTITY = {"env": "leo/ObjectNav-v0", "policy": "walker", "code": {"a": "b"}, "data": {"scene h": "1"}, "seed": 3}
SESSION = describe_session({"episodes": 3})
FILES = ("config.json", "episodes.jsonl", "summary.json")


def described() -> dict:
    return describe_run({"dataset": "x"}, "cpu", [SUCCESS, Measure("distance", "Distance", unit="m")], SESSION)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    with RunFolder(folder, IDENTITY, described(), SESSION) as run:
        for number, ending in enumerate(("success", "failure", "error")):
            run.append(line(number, ending))
        run.write_summary(summarize(run.finished))
    return folder


def score(folder: Path) -> None:
    score_table([folder])
    score_json([folder])


def resume(folder: Path) -> None:
    with RunFolder(folder, IDENTITY, described(), SESSION) as run:
        run.append(line(3))
        run.write_summary(summarize(run.finished))


READERS = (score, write_report, resume)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("put", PUT)
def test_what_is_no_such_file_is_refused_or_not_needed(whole, tmp_path, name, put):
    for number, read in enumerate(READERS):
        copy = shutil.copytree(whole, tmp_path / str(number))
        put(copy / name)
        message = outcome(lambda read=read, copy=copy: read(copy))
        assert str(copy) in message or not message
        if name == "config.json" and read is not resume:
            assert message


@pytest.mark.parametrize("name", FILES)
def test_damage_is_read_or_refused_in_a_line_that_names_the_folder(whole, tmp_path, name):
    rng = np.random.default_rng(len(name))
    messages = []
    for number in range(24):
        copy = shutil.copytree(whole, tmp_path / str(number))
        damage(copy / name, rng)
        messages += [outcome(lambda read=read, copy=copy: read(copy)) for read in READERS]
    assert any(messages) == (name != "summary.json")  # which is derived, and never read
    assert all(str(tmp_path) in message for message in messages if message)


@pytest.mark.parametrize("key", ["split", "scene", "instruction", "error", "seed"])
@pytest.mark.parametrize("value", ["[1]", "1.5", "{}"])
def test_a_field_of_another_type_is_named(whole, tmp_path, key, value):
    copy = shutil.copytree(whole, tmp_path / "copy")
    lines = (copy / "episodes.jsonl").read_text().splitlines()
    lines[1] = lines[1].replace(f'"{key}": ', f'"{key}": {value}, "was": ')
    (copy / "episodes.jsonl").write_text("\n".join(lines) + "\n")
    assert f"episodes.jsonl:2: not an episode result, {key} is" in outcome(lambda: score_table([copy]))
