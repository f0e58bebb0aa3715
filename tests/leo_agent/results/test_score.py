"""Tables of results."""

import json

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.run_folder import RunFolder
from leo_agent.results.published import PUBLISHED, SCENES_DIFFER
from leo_agent.results.rows import rows_of_results, summarize
from leo_agent.results.score import rows_of_folders, score_json, score_table
from leo_agent.results.statistics import wilson_interval
from leo_agent.results.tables import format_rows

NAVIGATION, BOWLS = "leo/ObjectNav-v0", "leo/PutBlocksInBowls-v0"


def result(outcome="success", env=NAVIGATION, split="val", policy="p", measures=None, number=0):
    success = float(outcome == "success")
    given = {"success": success, "spl": success / 2} if measures is None else measures
    return {
        "env": env,
        "split": split,
        "scene": "s",
        "episode_id": str(number),
        "seed": 1,
        "policy": policy,
        "instruction": "go",
        "steps": 4,
        "measures": given,
        "outcome": outcome,
        "error": None,
        "seconds": {"policy": 1.0, "total": 2.0},
    }


def write(folder, results, **identity):
    with RunFolder(folder, {"env": "x", **identity}, {}) as run_folder:
        for number, one in enumerate(results):
            run_folder.append({**one, "episode_id": str(number), "seed": identity.get("seed", 0)})


def test_a_config_of_something_else_is_named(tmp_path):
    write(tmp_path, [result()])
    (tmp_path / "config.json").write_text('{"run": 3}')
    with pytest.raises(InputError, match=r"config\.json: no configuration of a run"):
        rows_of_folders([tmp_path])


def test_means_leave_out_invalid_and_error_and_count_them():
    outcomes = ["success"] * 8 + ["failure"] * 2 + ["invalid"] * 3 + ["error"]
    [row] = rows_of_results(result(outcome) for outcome in outcomes)
    assert (row.episodes, row.invalid, row.errors) == (10, 3, 1)
    assert row.measures["success"].mean == pytest.approx(0.8)
    assert (row.measures["success"].low, row.measures["success"].high) == wilson_interval(8, 10)
    assert row.measures["spl"].mean == pytest.approx(0.4)


def test_rows_are_by_environment_split_and_policy():
    results = [result(), result(policy="q"), result(split="test"), result(env=BOWLS), result()]
    assert [row.episodes for row in rows_of_results(results)] == [2, 1, 1, 1]


def test_an_episode_that_failed_before_its_reset_counts_with_its_siblings():
    [row] = rows_of_results([result("error", split=None, measures={}), result()])
    assert (row.split, row.episodes, row.errors) == ("val", 1, 1)
    [alone] = rows_of_results([result("error", split=None, measures={})])
    assert (alone.split, alone.errors, alone.measures) == (None, 1, {})
    assert "p" in format_rows([alone])


def test_unmeasured_values_are_left_out():
    [row] = rows_of_results([result(measures={"distance": None}), result(measures={"distance": 2.0})])
    assert (row.measures["distance"].count, row.measures["distance"].mean) == (1, 2.0)


def test_summary_tells_time_and_is_json():
    summary = summarize([result(), result("error", measures={})])
    assert summary["timing"]["seconds"] == {"policy": 2.0, "total": 4.0}
    assert summary["timing"]["steps_per_worker_second"] == 2.0
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summarize([])["groups"] == []


def test_table_stands_beside_published_rows(tmp_path):
    write(tmp_path / "a", [result() for _ in range(8)] + [result("failure") for _ in range(2)])
    write(tmp_path / "b/c", [result(env=BOWLS, split="seen", measures={"score": 0.5, "success": 0.0})])
    text = score_table([tmp_path])
    assert "80.0 [49.0, 94.3]" in text
    for method in ("CLIPort single", "CLIPort multi", "Habitat-web", "ZSON", "LEO"):
        assert method in text
    assert "second-hand" in text
    assert SCENES_DIFFER in text
    assert "separating-piles" not in text


def test_seeds_of_one_policy_are_taken_together_and_two_policies_of_one_name_are_not(tmp_path):
    write(tmp_path / "a", [result()] * 3, seed=0, policy_fingerprint="1")
    write(tmp_path / "b", [result("failure")] * 3, seed=1, policy_fingerprint="1")
    write(tmp_path / "c", [result()] * 5, seed=0, policy_fingerprint="2")
    rows = rows_of_folders([tmp_path / "a", tmp_path / "b", tmp_path / "c", tmp_path / "a"])
    assert [(row.run, row.episodes, row.measures["success"].mean) for row in rows] == [
        ("a and 1 more", 6, 0.5),
        ("c", 5, 1.0),
    ]


def test_json_holds_the_same(tmp_path):
    write(tmp_path / "a", [result()])
    value = json.loads(score_json([tmp_path / "a"]))
    assert value["rows"][0]["measures"]["success"]["mean"] == 1.0
    assert {entry["method"] for entry in value["published"]} >= {"ZSON", "LEO"}
    assert value["note"] == SCENES_DIFFER


def test_a_folder_without_runs_is_reported(tmp_path):
    with pytest.raises(InputError, match="holds no run folder"):
        score_table([tmp_path])
    with pytest.raises(InputError, match="no such folder"):
        score_table([tmp_path / "nowhere"])


def test_published_numbers_are_percentages_with_a_source():
    assert all(entry.source and all(0 <= v <= 100 for v in entry.values.values()) for entry in PUBLISHED)
