"""The registry of tabletop tasks: options, tags, docstrings that do not lie, and tasks of a user's own module."""

import inspect
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace

import gymnasium
import numpy as np
import pytest

from leo_agent.contract.environment import check_environment
from leo_agent.contract.errors import InputError
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.layout.task import Task, option, option_fields, option_values, sample_layout
from leo_agent.envs.tabletop.tasks import (
    TAGS,
    make_task,
    register_task,
    registered_tasks,
    task_entries,
    tasks_with_tag,
)
from leo_agent.envs.tabletop.tasks.put_blocks_in_bowls import PutBlocksInBowls

SMALL = {"width": 64, "height": 48, "num_points": 8}
ENTRIES = task_entries()
OPTIONS = [(name, each) for name, entry in ENTRIES.items() for each in option_fields(entry.task_class)]

MODULE = '''
"""A task of a user's: a block is to be put on a pad."""

from dataclasses import dataclass

from leo_agent.envs.procedural.objects import block, box
from leo_agent.envs.geometry import Pose
from leo_agent.envs.tabletop.goals import PoseGoal
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.layout.task import Task, option
from leo_agent.envs.tabletop.tasks import register_task


@register_task("block-on-pad", tags=("mine",))
@dataclass(frozen=True, kw_only=True)
class BlockOnPad(Task):
    """Put a block on a pad."""

    color: str = option("red", choices=("red", "blue"))
    pad_side_m: float = option(0.08, 0.05, 0.15)

    def layout(self, rng, split, mode):
        table = Table(rng)
        pad = table.put(box(size=(self.pad_side_m, self.pad_side_m, 0.005), name="pad"), "gray", 0.1, fixed=True)
        cube = table.put(block(), self.color, 0.01)
        target = pad.pose @ Pose((0.0, 0.0, 0.0225))
        return Layout(
            bodies=tuple(table.bodies),
            goals=(PoseGoal((cube.object_id,), (0.0,), ((True,),), (target,), position_tolerance_m=0.02),),
            instructions=(f"put the {self.color} block on the pad",),
            completed_instruction="done.",
            max_steps=2,
        )
'''


def layouts(name, split="seen", mode="test", count=20, assets=None, **options):
    task = make_task(name, assets, options)
    return [sample_layout(task, seed, split, mode) for seed in range(count)]


@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.3, 0.3)])
def test_weights_of_goals_have_to_add_up_to_one(weights):
    class TwoGoals(PutBlocksInBowls):
        def layout(self, rng, split, mode):
            drawn = super().layout(rng, split, mode)
            goals = tuple(replace(drawn.goals[0], weight=weight) for weight in weights)
            return replace(drawn, goals=goals, instructions=drawn.instructions * 2)

    with pytest.raises(InputError, match=f"goals: found weights that add up to {sum(weights):g}, expected 1"):
        sample_layout(TwoGoals(), 0, "seen", "test")


# ---------------------------------------------------------------------- a user's own module


def run(code, folder):
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{os.getcwd()}"}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=environment)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_a_task_in_a_module_of_the_users_is_made_by_its_id_and_solved_by_the_expert(tmp_path):
    (tmp_path / "my_tasks.py").write_text(MODULE)
    code = f"""
import gymnasium, json
env = gymnasium.make("my_tasks:leo/BlockOnPad-v0", color="blue", **{SMALL})
scores = []
for options in env.unwrapped.episode_options(2):
    observation, info = env.reset(options=options)
    first, over = info["episode_info"], False
    words = observation["instruction"]
    while not over:
        _, _, terminated, truncated, info = env.step(env.unwrapped.expert_action())
        over = terminated or truncated
    scores.append(info["measures"]["score"])
from leo_agent.envs.tabletop.tasks import tasks_with_tag
print(json.dumps([scores, words, first, tasks_with_tag("mine"), env.spec.kwargs["color"]]))
"""
    scores, words, info, mine, color = run(code, tmp_path)
    assert scores == [1, 1]
    assert words == "put the blue block on the pad"
    assert (info["env"], info["task"]) == ("leo/BlockOnPad-v0", "block-on-pad")
    assert info["task_options"] == {"color": "blue", "pad_side_m": 0.08}
    assert (mine, color) == (["block-on-pad"], "blue")


def test_the_command_line_takes_a_task_of_a_users_module(tmp_path):
    (tmp_path / "my_tasks.py").write_text(MODULE)
    options = ["--env", "my_tasks:leo/BlockOnPad-v0", "--policy", "expert", "--episodes", "2", "--workers", "1"]
    sizes = ["--env-option", "width=64", "--env-option", "height=48", "--env-option", "color=blue"]
    code = f"""
import json
from leo_agent import cli
out = {str(tmp_path / "out")!r}
status = cli.main(["rollout", *{options}, *{sizes}, "--out", out])
lines = open(out + "/episodes.jsonl").read().splitlines()
print(json.dumps([status, [json.loads(line)["measures"]["success"] for line in lines]]))
"""
    assert run(code, tmp_path) == [0, [1.0, 1.0]]


def test_registering_the_ids_imports_no_physics():
    code = "import json, sys, leo_agent; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    loaded = json.loads(answer.stdout)
    assert not {"pybullet", "numba", "torch", "leo_agent.envs.tabletop.tasks"} & set(loaded)
    assert set(ENTRIES) == {gymnasium.spec(env_id).kwargs["task"] for env_id in _tabletop_ids()}


def _tabletop_ids():
    return [env_id for env_id, spec in gymnasium.registry.items() if "TabletopEnv" in str(spec.entry_point)]


@pytest.mark.parametrize(
    ("name", "decorated", "message"),
    [
        ("Not A Name", True, "lower-case words joined by dashes"),
        ("not-frozen", False, "expected a frozen dataclass"),
        ("put-blocks-in-bowls", True, "but it is leo_agent.envs.tabletop.tasks.put_blocks_in_bowls.PutBlocksInBowls"),
    ],
)
def test_what_cannot_be_registered_is_refused(name, decorated, message):
    class Mine(Task):
        def layout(self, rng, split, mode) -> Layout:
            raise NotImplementedError

    with pytest.raises(InputError, match=message):
        register_task(name)(dataclass(frozen=True, kw_only=True)(Mine) if decorated else Mine)
    assert name not in ENTRIES or registered_tasks()[name] is ENTRIES[name].task_class


# ---------------------------------------------------------------------- options


@pytest.mark.parametrize(("name", "each"), OPTIONS, ids=[f"{name} {each.name}" for name, each in OPTIONS])
def test_options_have_a_range_and_scenes_at_both_its_ends(name, each, assets):
    low, high = each.metadata["low"], each.metadata["high"]
    assert low <= each.default <= high
    for value in (low, high):
        for layout in layouts(name, count=5, assets=assets, **{each.name: value}):
            assert sum(goal.weight for goal in layout.goals) == pytest.approx(1)
            assert len(layout.instructions) == len(layout.goals)
    for value in (low - 1, high + 1, "many", None, True, low + 0.5):
        with pytest.raises(InputError, match=f"^{each.name}: found "):
            make_task(name, assets, {each.name: value})


def test_options_change_what_they_say():
    def count(words, **options):
        layouts_of = layouts("put-blocks-in-bowls", count=12, **options)
        return {sum(words in body.category and body.fixed for body in layout.bodies) for layout in layouts_of}

    assert count("bowl") == {1, 2, 3}
    assert count("bowl", max_bowls=1) == {1}
    for name, distractors in (("put-blocks-in-bowls", 2), ("place-red-in-green", 0)):
        for layout in layouts(name, count=5, num_distractors=distractors):
            bowls = sum(body.fixed for body in layout.bodies)
            assert len(layout.bodies) == bowls + len(layout.goals[0].objects) + distractors
    assert {len(layout.bodies) for layout in layouts("separating-piles", count=3, num_cubes=20)} == {22}
    assert {len(layout.goals) for layout in layouts("towers-of-hanoi-seq", count=3, num_rings=2)} == {3}
    assert {len(layout.bodies) for layout in layouts("packing-shapes", count=3, num_shapes=2)} == {3}


def test_unknown_options_are_reported_with_what_the_task_has():
    with pytest.raises(InputError, match=r"num_cubes: no option of put-blocks-in-bowls .*distractors \(from 0 to 9"):
        gymnasium.make("leo/PutBlocksInBowls-v0", num_cubes=3)
    with pytest.raises(InputError, match="expected one of the task's: none"):
        TabletopEnv("block-insertion", num_cubes=3)


def test_an_episode_tells_its_options_and_they_are_in_the_specification():
    env = gymnasium.make("leo/PutBlocksInBowls-v0", num_distractors=np.int64(3), **SMALL)
    info = env.reset(options={"episode_id": 0})[1]["episode_info"]
    assert json.loads(json.dumps(info))["task_options"] == {"num_distractors": 3, "max_bowls": 3}
    assert env.spec.kwargs["num_distractors"] == 3
    env.close()


@dataclass(frozen=True, kw_only=True)
class Options(Task):
    """Every kind of option."""

    count: int = option(2, 1, 3)
    share: float = option(0.5, 0.0, 1.0)
    stacked: bool = False
    color: str = option("red", choices=("red", "blue"))
    label: str = "block"

    def layout(self, rng, split, mode) -> Layout:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("name", "value"),
    [("count", 4), ("count", 1.5), ("share", 2), ("share", "0.5"), ("stacked", 1), ("color", "green"), ("label", 3)],
)
def test_options_of_all_kinds_are_checked(name, value):
    assert option_values(Options(share=1, count=3)) == {
        "count": 3, "share": 1.0, "stacked": False, "color": "red", "label": "block"
    }  # fmt: skip
    with pytest.raises(InputError, match=f"^{name}: found "):
        Options(**{name: value})


# ---------------------------------------------------------------------- tags


def test_tags_are_known_and_list_their_tasks():
    assert {tag for entry in ENTRIES.values() for tag in entry.tags} == set(TAGS)
    assert tasks_with_tag("leo-table5") == ["packing-google-objects-seq", "put-blocks-in-bowls", "separating-piles"]
    with pytest.raises(InputError, match="tag: found 'easy', expected one of cliport, "):
        tasks_with_tag("easy")


@pytest.mark.parametrize("name", ENTRIES)
def test_tags_are_true(name, assets):
    tags = ENTRIES[name].tags
    seen, unseen = (layouts(name, split, count=12, assets=assets) for split in ("seen", "unseen"))
    assert ("sequence" in tags) == (max(len(layout.goals) for layout in seen) > 1)
    assert ("push" in tags) == (seen[0].tool == "spatula")
    spoken = [{" ".join(layout.instructions) for layout in each} for each in (seen, unseen)]
    assert ("fixed-language" in tags) == (len(spoken[0] | spoken[1]) == 1)
    assert ("unseen-colors" in tags) == any("orange" in words or "purple" in words for words in spoken[1])
    kinds = [_named_shapes(name, split, mode, assets) for split, mode in (("unseen", "train"), ("unseen", "test"))]
    assert ("unseen-objects" in tags) == (not kinds[0] & kinds[1])


def _named_shapes(name, split, mode, assets):
    """Names of the shapes that goals ask for."""
    return {
        layout.bodies[goal.objects[0] - 1].shape.name
        for layout in layouts(name, split, mode, count=12, assets=assets)
        for goal in layout.goals
    }


# ---------------------------------------------------------------------- docstrings

SECTIONS = ["Task", "Randomisation", "Success", "Language"]


def sections(name):
    """Heading -> text of a task's docstring."""
    parts = re.split(r"^(\w+):\n", inspect.getdoc(ENTRIES[name].task_class), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", ENTRIES)
def test_docstrings_have_their_sections(name):
    assert list(sections(name)) == SECTIONS
    assert name in sys.modules[ENTRIES[name].task_class.__module__].__doc__


@pytest.mark.parametrize("name", ENTRIES)
def test_instructions_follow_the_templates_of_the_docstring_and_each_is_used(name, assets):
    lines = [line.strip() for line in sections(name)["Language"].splitlines() if line.strip().startswith('"')]
    patterns = [_pattern(line.split('"')[1]) for line in lines]
    spoken = {words for layout in _few_layouts(name, assets) for words in layout.instructions}
    assert all(any(pattern.fullmatch(words) for pattern in patterns) for words in spoken)
    assert all(any(pattern.fullmatch(words) for words in spoken) for pattern in patterns)


def _pattern(template):
    """What a template may become; `{which}` is empty where nothing has to be distinguished."""
    filled = {"color": f"(?:{'|'.join(PALETTE)})", "which": r"(?:\w+ )?"}
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(filled.get(part, ".+") if k % 2 else re.escape(part) for k, part in enumerate(parts)))


def _few_layouts(name, assets):
    return [layout for split in ("seen", "unseen") for layout in layouts(name, split, count=10, assets=assets)]


@pytest.mark.parametrize("name", ENTRIES)
def test_the_step_limit_is_the_one_that_the_docstring_states(name, assets):
    success = sections(name)["Success"]
    for layout in layouts(name, count=10, assets=assets):
        fixed = re.search(r"(\d+) (?:actions|pushes)", success)
        if fixed:
            assert layout.max_steps == int(fixed.group(1))
        elif "one action a piece" in success.lower():
            assert layout.max_steps == len(layout.goals)
        elif "after one action" in success:
            assert layout.max_steps == 1
        else:
            assert "and one more" in success
            counted = len(layout.goals) if "object" in success else len(layout.goals[0].objects)
            assert layout.max_steps == counted + 1


@pytest.mark.parametrize("name", ENTRIES)
def test_tolerances_are_the_ones_that_the_docstring_states(name, assets):
    success = " ".join(sections(name)["Success"].split())
    for layout in layouts(name, count=3, assets=assets):
        goal = layout.goals[0]
        if hasattr(goal, "position_tolerance_m"):
            assert f"within {100 * goal.position_tolerance_m:g} cm" in success
            turned = min(goal.symmetries_rad) > 0
            assert ("15 degrees" in success) or not turned
            assert np.degrees(goal.rotation_tolerance_rad) == pytest.approx(15)
        else:
            assert "lies in the box" in success or f"square of {100 * goal.rule.size_m[0]:g} cm" in success


BOX_SIDES_CM = {
    "packing-boxes-pairs": (5, 30),
    "packing-google-objects-seq": (20, 35),
    "packing-objects-seq": (20, 35),
    "packing-shapes": (10, 15),
}


@pytest.mark.parametrize(("name", "ends"), BOX_SIDES_CM.items())
def test_boxes_have_the_sides_that_the_docstring_states(name, ends, assets):
    assert f"The box's sides, {ends[0]} to {ends[1]} cm" in sections(name)["Randomisation"]
    sides = [100 * side for layout in layouts(name, assets=assets) for side in layout.bodies[0].shape.size[:2]]
    assert ends[0] <= min(sides) < ends[0] + 0.3 * (ends[1] - ends[0])
    assert ends[1] - 0.3 * (ends[1] - ends[0]) < max(sides) <= ends[1]


@pytest.mark.parametrize(
    ("name", "phrase", "option_name"),
    [
        ("packing-boxes-pairs", "{} distractors", "num_distractors"),
        ("packing-shapes", "and {} different kitting shapes", "num_shapes"),
        ("place-red-in-green", "{} distractors", "num_distractors"),
        ("place-red-in-green", "1 to {} green bowls", "max_bowls"),
        ("put-blocks-in-bowls", "{} distractors", "num_distractors"),
        ("put-blocks-in-bowls", "1 to {} bowls", "max_bowls"),
        ("separating-piles", "{} cubes of 1 cm", "num_cubes"),
        ("towers-of-hanoi-seq", "{} rings of", "num_rings"),
    ],
)
def test_defaults_are_the_ones_that_the_docstring_states(name, phrase, option_name):
    text = " ".join(inspect.getdoc(ENTRIES[name].task_class).split())
    assert phrase.format(option_values(make_task(name))[option_name]) in text


# ---------------------------------------------------------------------- the contract, and the expert of every task


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("split", ["seen", "unseen"])
def test_the_expert_reaches_the_tasks_score(name, split, assets):
    episodes = 1 if "push" in ENTRIES[name].tags else 2  # a pile takes a dozen pushes
    scores = expert_scores(name, split, assets, episodes)
    assert np.mean(scores) >= ENTRIES[name].expert_score - 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("split", ["seen", "unseen"])
def test_the_expert_reaches_the_tasks_score_over_50_episodes(name, split, assets):
    scores = expert_scores(name, split, assets, episodes=50)
    print(f"{name} {split}: mean {np.mean(scores):.4f}, lowest {min(scores):.3f} of 50 test seeds")
    assert len(scores) == 50
    assert np.mean(scores) >= ENTRIES[name].expert_score - 1e-9


def expert_scores(name, split, assets, episodes):
    env = TabletopEnv(task=name, split=split, assets=assets, **SMALL)
    assert check_environment(env, name) is env
    known = {measure.name for measure in env.measures}
    scores = []
    for options in env.episode_options(episodes):
        _, info = env.reset(options=options)
        over = False
        while not over:
            assert info["invalid"] == ""
            assert set(info["measures"]) == known
            assert {"split", "scene", "episode_id", "instruction"} <= set(info["episode_info"])
            _, _, terminated, truncated, info = env.step(env.expert_action())
            over = terminated or truncated
        scores.append(info["measures"]["score"])
    env.close()
    return scores
