"""Data made of tables: their files, alone and beside houses; their scenes, which the tabletop's environments show."""

import json

import gymnasium
import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.data.checking import check_data
from leo_agent.data.made.tables.drawing import TABLE_KINDS, draw_table, table_name
from leo_agent.data.made.tables.outlines import depth_m, gap_m, gap_to_point_m
from leo_agent.data.made.tables.plans import TableStep, carry_out
from leo_agent.data.made.tables.truth import Place, table_truth
from leo_agent.data.making import MakingConfig, make_data
from leo_agent.data.scenes import item_scene
from leo_agent.data.sets.base import find_set, set_names
from leo_agent.envs.procedural.objects.household import UNSEEN_KINDS
from leo_agent.envs.tabletop.layout.colors import SEEN_COLORS
from leo_agent.envs.tabletop.stored.file import read_scene, scene_to_json
from leo_agent.policies.leo.text.question_prompts import text_prompt

SETTLED_M = 0.006


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read(folder, name, split="train"):
    return list(find_set(name).read(folder, split)) if find_set(name).files(split) else []


def test_all_nine_sets_are_read_back(tables):
    found = check_data(tables)
    assert set(found) == set(set_names())
    for name, splits in found.items():
        assert set(splits) >= ({"train"} if name == "obj_scene_cap" else {"train", "val"})
        assert not any(report.broken or report.missing_scans for report in splits.values()), name
        for item in read(tables, name):
            text_prompt(item.task, item.text, item.situation, item.history)
            number = int(item.scan.split("_")[1])
            assert number % 5 != 2, item  # those are for validation, as of houses


def test_scans_are_what_the_environment_shows(tables):
    item = next(item for item in read(tables, "scan2cap") if item.scan == "table_0001")
    scene = item_scene(tables, item)
    stored = tables / "tables/table_0001.json"
    env = gymnasium.make("leo/PutBlocksInBowls-v0", mode="train", num_points=512)
    observation, _ = env.reset(options={"scene": str(stored)})
    bodies = read_scene(stored).layout.bodies
    for row, body in enumerate(bodies):
        cloud = scene.clouds(512)[list(scene.ids).index(body.object_id)]
        np.testing.assert_allclose(cloud[:, :3], observation["object_points"][row, :, :3], atol=1e-5)
        assert np.abs(cloud[:, 3:] * 255 - observation["object_points"][row, :, 3:] * 255).max() <= 0.51
    env.close()


@pytest.mark.parametrize("first", range(1, len(TABLE_KINDS) + 1))
def test_physics_leaves_everything_where_it_is(first):
    """What is drawn without physics stands as it would after it."""
    env = gymnasium.make(f"leo/{TABLE_KINDS[first - 1].task.title().replace('-', '')}-v0", width=64, height=64)
    for number in range(first, first + 24, 4):
        scene = draw_table(number, 3)
        stored = json.loads(json.dumps(scene_to_json(scene)))
        env.reset(options={"scene": {**stored, "at_rest": False}})
        after = env.unwrapped.scene()["layout"]["bodies"]
        for body, settled in zip(scene.layout.bodies, after, strict=True):
            moved = np.array(settled["pose"]["position"]) - body.pose.position
            assert np.linalg.norm(moved) < SETTLED_M, (number, body.category, moved)
    env.close()


def test_the_expert_goes_on_where_a_table_is():
    """The goals that are left are reached from there, and no more is asked for than they."""
    for first, kind in enumerate(TABLE_KINDS[:3], start=1):  # pushing takes long
        env = gymnasium.make(f"leo/{kind.task.title().replace('-', '')}-v0", mode="train", width=64, height=64)
        begun = 0.0
        for number in range(first, first + 24, 4):
            _, info = env.reset(options={"scene": json.loads(json.dumps(scene_to_json(draw_table(number, 3))))})
            begun = max(begun, info["measures"]["score"])
            terminated = truncated = False
            while not (terminated or truncated):
                *_, terminated, truncated, info = env.step(env.unwrapped.expert_action())
            assert info["measures"]["score"] > 0.9, (number, info)
        assert begun > 0 or kind.task != "packing-objects-seq"  # things that are packed in their turn
        env.close()


def test_the_same_seed_gives_the_same_files_with_any_number_of_workers(tmp_path):
    for workers in (1, 2):
        make_data(MakingConfig(tables=6, seed=2), tmp_path / str(workers), workers)
    assert files_of(tmp_path / "1") == files_of(tmp_path / "2")
    make_data(MakingConfig(tables=6, seed=3), tmp_path / "other")
    assert files_of(tmp_path / "other") != files_of(tmp_path / "1")


def test_more_tables_leave_the_first_as_they_are(tables, tmp_path):
    make_data(MakingConfig(tables=3, seed=1), tmp_path / "few")
    few = read(tmp_path / "few", "scanqa")
    assert few
    assert few == read(tables, "scanqa")[: len(few)]


def test_an_interrupted_run_goes_on_beside_houses(houses, made, tmp_path):
    config = MakingConfig(houses=houses, tables=5, seed=1)
    make_data(config, tmp_path / "whole")

    def stop(finished, count):
        assert count == 7
        if finished == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_data(config, tmp_path / "out", 1, stop)
    assert (tmp_path / "out/.unfinished/table_0002.json").exists()
    with pytest.raises(InputError, match="begun with other houses or another seed or tables"):
        make_data(MakingConfig(houses=houses, tables=6, seed=1), tmp_path / "out")
    make_data(config, tmp_path / "out")
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")
    assert not any(
        report.broken or report.missing_scans
        for splits in check_data(tmp_path / "out").values()
        for report in splits.values()
    )
    of_houses = [item for item in read(tmp_path / "out", "sqa3d") if item.scan.startswith("house")]
    assert of_houses == read(made, "sqa3d")  # tables change nothing of them
    assert {item.scan[:5] for item in read(tmp_path / "out", "cap3d", "val")} == {"house", "table"}


def test_words_of_tables():
    """With "seen" no colour and no object that the tabletop holds back from training is shown or named."""
    kinds, colors = set(), set()
    for number in range(1, 81):
        for words in ("all", "seen"):
            for body in draw_table(number, 0, words).layout.bodies:
                kinds.add((words, body.shape.name))
                colors.add((words, body.color))
    assert {color for words, color in colors if words == "seen"} <= {*SEEN_COLORS, None}
    assert not {kind for words, kind in kinds if words == "seen"} & set(UNSEEN_KINDS)
    assert {kind for words, kind in kinds if words == "all"} & set(UNSEEN_KINDS)
    with pytest.raises(InputError, match="table_words: found 'few', expected one of all, seen"):
        MakingConfig(tables=1, table_words="few")
    with pytest.raises(InputError, match="houses: found none, and 0 tables, expected"):
        MakingConfig()


def test_distances_of_outlines():
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    assert gap_m(square, square + np.array([5.0, 0.0])) == pytest.approx(3.0)
    assert gap_m(square, square + np.array([5.0, 6.0])) == pytest.approx(5.0)  # 3 and 4 apart along the axes
    assert gap_m(square, square + 1.0) == 0.0
    assert depth_m(square * 0.5 + 0.5, square) == pytest.approx(0.5)
    assert depth_m(square + np.array([1.5, 0.0]), square) == pytest.approx(-1.5)
    assert gap_to_point_m(square, (1.0, 1.0)) == 0.0
    assert gap_to_point_m(square, (-3.0, -4.0)) == pytest.approx(5.0)


def test_impossible_steps_are_refused():
    scene = draw_table(1, 0)
    table = table_truth(table_name(1), scene.layout.bodies)
    block, full = next((n, place.holder) for n, place in table.places.items() if place.how == "in")
    loose = next(t.id for t in table.things if t.kind == "block" and table.places[t.id] == Place("table"))
    for steps, problem in (
        ([TableStep("take", full)], "it stays"),
        ([TableStep("put down", 0)], "nothing is held"),
        ([TableStep("take", loose), TableStep("put in", full)], "no room"),
        ([TableStep("take", loose)], "still held"),
        ([TableStep("take", loose), TableStep("take", block)], "is held"),
        ([TableStep("push", full, (loose,))], "it is no square"),
    ):
        with pytest.raises(InputError, match=problem):
            carry_out(table, steps)
    assert carry_out(table, [TableStep("take", block), TableStep("put down", 0)])[block] == Place("table")
