"""A measure that an environment describes appears in tables and reports by itself."""

import json

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.contract.measures import SUCCESS, Measure
from leo_agent.episodes.run_folder import RunFolder
from leo_agent.results.measures import heading, in_column_order, measures_of_config, measures_to_json
from leo_agent.results.report import write_report
from leo_agent.results.rows import rows_of_results, summarize
from leo_agent.results.score import score_json, score_table
from leo_agent.results.tables import format_estimate, tabulate_rows
from tests.leo_agent.results.test_score import result

DISTANCE = Measure("distance_to_goal", "Distance to goal", "quantity", "m")
GRASPS = Measure("grasps", "Grasps", "fraction")
COLLISIONS = Measure("collisions", "Collisions", headline=False)
ALL = (DISTANCE, COLLISIONS, GRASPS, SUCCESS)
MEASURED = {"distance_to_goal": 1.5, "collisions": 4.0, "grasps": 0.25, "spl": 0.5, "success": 1.0}
LINES = [result(measures=MEASURED, number=0), result(measures={**MEASURED, "distance_to_goal": 0.5}, number=1)]


def write(folder, measures=None, policy="p"):
    description = {} if measures is None else {"measures": measures_to_json(measures)}
    with RunFolder(folder, {"env": "x", "policy": policy}, description) as run_folder:
        for line in LINES:
            run_folder.append(line)
    return folder


def test_headline_measures_are_columns_right_of_the_known_ones():
    header, cells = tabulate_rows(rows_of_results(LINES, ALL))
    assert header[6:] == ["Success %", "SPL %", "Distance to goal m", "Grasps %"]
    assert cells[6:] == ["100.0 [34.2, 100.0]", "50.0 [50.0, 50.0]", "1.00 [0.50, 1.50]", "25.0 [25.0, 25.0]"]


def test_what_nobody_described_is_a_quantity_of_its_name():
    header, cells = tabulate_rows(rows_of_results(LINES))
    assert header[6:] == ["Success %", "SPL %", "distance_to_goal", "collisions", "grasps"]
    assert cells[9:] == ["4.00 [4.00, 4.00]", "0.25 [0.25, 0.25]"]


def test_descriptions_are_read_from_the_run_folder(tmp_path):
    write(tmp_path / "new", ALL)
    table = score_table([tmp_path / "new"])
    assert "Distance to goal m" in table
    assert "Collisions" not in table
    value = json.loads(score_json([tmp_path / "new"]))
    assert value["measures"]["collisions"] == COLLISIONS.to_json()
    assert value["rows"][0]["measures"]["collisions"]["mean"] == 4.0
    assert "described" not in value["rows"][0]
    page = write_report(tmp_path / "new").read_text()
    assert page.count("<th>Distance to goal m</th>") == 2  # scores and episodes
    assert page.count("<th>Collisions</th>") == 1  # of every episode alone


def test_older_run_folders_stand_beside_new_ones(tmp_path):
    old, new = write(tmp_path / "old", policy="p"), write(tmp_path / "new", ALL, policy="q")
    header, _, *rows = score_table([old, new]).split("\n\n")[0].splitlines()
    assert header.split("errors  ")[1].split() == [
        "Success",
        "%",
        "SPL",
        "%",
        "Distance",
        "to",
        "goal",
        "m",
        "Grasps",
        "%",
        "run",
    ]
    assert [row.count("1.00 [0.50, 1.50]") for row in rows] == [1, 1]
    assert [row.count("25.0 [25.0, 25.0]") for row in rows] == [1, 1]


def test_the_summary_tells_what_its_measures_are():
    summary = summarize(LINES, [DISTANCE, SUCCESS])
    assert summary["measures"] == {"distance_to_goal": DISTANCE.to_json(), "success": SUCCESS.to_json()}


@pytest.mark.parametrize("measures", [3, {"spl": {}}, {"spl": {**DISTANCE.to_json(), "kind": "colour"}}])
def test_damaged_descriptions_are_reported(measures):
    with pytest.raises(InputError, match=r"run/config\.json: .*measure"):
        measures_of_config({"measures": measures}, "run/config.json")


def test_columns_and_cells():
    assert heading(DISTANCE) == "Distance to goal m"
    assert heading(Measure("steps", "Steps")) == "Steps"
    assert heading(GRASPS) == "Grasps %"
    assert [each.name for each in in_column_order([DISTANCE, SUCCESS, DISTANCE])] == ["success", "distance_to_goal"]
    assert format_estimate(None, DISTANCE) == "-"
