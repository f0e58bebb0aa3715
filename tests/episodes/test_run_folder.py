"""The files of a run: append, crash, resume, damage."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json
from leo_agent.episodes.run_folder import RunFolder, read_results, to_json, write_json

IDENTITY = {"env": "x", "seed": 0}


def line(number: int, **changes):
    result = {
        "env": "x",
        "split": "val",
        "scene": None,
        "episode_id": str(number),
        "seed": number,
        "policy": "p",
        "instruction": "go",
        "steps": 3,
        "measures": {"success": 1.0},
        "outcome": "success",
        "error": None,
        "seconds": {"total": 0.1},
    }
    return {**result, **changes}


@pytest.mark.parametrize(
    "changes", [{"env": 7}, {"measures": {"spl": "x"}}, {"seconds": None}, {"steps": "3"}, {"outcome": "won"}]
)
def test_a_line_with_values_of_another_kind_is_reported(tmp_path, changes):
    (tmp_path / "episodes.jsonl").write_text(json.dumps(line(0, **changes)) + "\n")
    with pytest.raises(InputError, match=rf"episodes.jsonl:1: .*{next(iter(changes))}"):
        read_results(tmp_path)


def test_lines_come_back(tmp_path):
    with RunFolder(tmp_path, IDENTITY, {}) as folder:
        folder.append(line(0, measures={"success": np.float32(1), "distance": float("inf")}))
        assert read_results(tmp_path)[0]["measures"] == {"success": 1.0, "distance": None}
        folder.append(line(1))
    assert [result["episode_id"] for result in read_results(tmp_path)] == ["0", "1"]


def test_a_line_cut_short_is_left_out_and_overwritten(tmp_path):
    with RunFolder(tmp_path, IDENTITY, {}) as folder:
        folder.append(line(0))
    with open(tmp_path / "episodes.jsonl", "a") as file:
        file.write('{"env": "x", "spl')
    assert len(read_results(tmp_path)) == 1
    with RunFolder(tmp_path, IDENTITY, {}) as folder:
        assert len(folder.finished) == 1
        folder.append(line(1))
    assert [result["episode_id"] for result in read_results(tmp_path)] == ["0", "1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{]\n", "episodes.jsonl:1: not JSON"),
        ("[]\n", "episodes.jsonl:1: not an episode result"),
        (json.dumps(line(0, outcome="great")) + "\n", "outcome 'great'"),
        (json.dumps(line(0, measures=[1])) + "\n", "measures list"),
        ('\n{"env": 1}\n', "episodes.jsonl:2: .*split"),
    ],
)
def test_damage_is_reported_with_its_line(tmp_path, content, message):
    (tmp_path / "episodes.jsonl").write_text(content)
    with pytest.raises(InputError, match=message):
        read_results(tmp_path)


def test_missing_folder_and_file_are_reported(tmp_path):
    with pytest.raises(InputError, match=r"nowhere/episodes\.jsonl: no such file"):
        read_results(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no such file, expected the episodes of a run folder"):
        read_results(tmp_path)


def test_another_identity_is_refused_and_nothing_is_changed(tmp_path):
    with RunFolder(tmp_path, IDENTITY, {"note": 1}) as folder:
        folder.append(line(0))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match=r"seed was 0, is 1"):
        RunFolder(tmp_path, {**IDENTITY, "seed": 1}, {})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_two_writers_are_refused(tmp_path):
    with RunFolder(tmp_path, IDENTITY, {}), pytest.raises(InputError, match="another process"):
        RunFolder(tmp_path, IDENTITY, {})
    RunFolder(tmp_path, IDENTITY, {}).close()


def test_a_folder_without_its_config_is_refused(tmp_path):
    (tmp_path / "episodes.jsonl").write_text(json.dumps(line(0)) + "\n")
    with pytest.raises(InputError, match=r"no config\.json"):
        RunFolder(tmp_path, IDENTITY, {})


def test_a_file_in_the_way_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        RunFolder(tmp_path / "file", IDENTITY, {})


def test_json_is_strict_and_written_whole(tmp_path):
    write_json(tmp_path / "a.json", {"x": np.arange(3), "y": (float("nan"), np.bool_(True)), 3: {"z"}})
    assert read_json(tmp_path / "a.json") == {"x": [0, 1, 2], "y": [None, True], "3": ["z"]}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 10_000), noise=st.binary(max_size=8))
def test_any_cut_of_the_file_reads_or_is_reported(tmp_path_factory, cut, noise):
    folder = tmp_path_factory.mktemp("run")
    content = b"".join(json.dumps(line(number)).encode() + b"\n" for number in range(3))
    (folder / "episodes.jsonl").write_bytes(content[: cut % (len(content) + 1)] + noise)
    with contextlib.suppress(InputError):
        results = read_results(folder)
        assert [result["episode_id"] for result in results] == ["0", "1", "2"][: len(results)]


def test_to_json_keeps_plain_values():
    assert to_json({"a": [1, 2.5, None, "x", True]}) == {"a": [1, 2.5, None, "x", True]}
