"""Recipes: the named ones, settings in their place, and every wrong value by its name."""

import pytest

from leo_agent.cli import main
from leo_agent.contract.errors import InputError
from leo_agent.train.recipes.flat import flat_recipe
from leo_agent.train.recipes.reading import parse_settings, read_recipe, recipe_names
from leo_agent.train.recipes.recipe import NEW_MODEL, Recipe
from leo_agent.train.tasks.base import task_names


def test_the_papers_stages_and_ablations_have_names():
    assert set(recipe_names()) >= {"align", "instruct", "act", "vla", "no-align", "one-source", "no-act"}


@pytest.mark.parametrize("name", recipe_names())
def test_a_named_recipe_is_whole_and_names_tasks_that_are_there(name):
    recipe = read_recipe(name, {"data": ["somewhere"]})
    assert recipe.name == name
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    tasks = {task for stage in recipe.stages for task in stage.tasks}
    assert tasks <= set(task_names())
    acts = {"navigation", "tabletop"} & tasks
    assert bool(acts) == (name in ("act", "vla", "no-align", "one-source"))
    assert (len(recipe.stages) == 2) == (name in ("align", "vla", "one-source", "no-act"))


def test_settings_are_of_every_stage_of_one_or_of_the_run():
    settings = parse_settings(
        ["steps=40", "stages.align.learning_rate=1e-4", "tasks.tabletop=0.5", "seed=3", "data=[a, b]"]
    )
    recipe = read_recipe("vla", settings)
    assert [stage.steps for stage in recipe.stages] == [40, 40]
    assert recipe.stages[0].learning_rate == 1e-4
    assert recipe.stages[1].learning_rate == 1e-3
    assert [stage.tasks["tabletop"] for stage in recipe.stages] == [0.5, 0.5]
    assert (recipe.seed, recipe.data, recipe.total_steps) == (3, ("a", "b"), 80)
    assert "tabletop" not in read_recipe("act", {"tasks.tabletop": None}).stages[0].tasks
    options = read_recipe("act", parse_settings(["model_options.spatial.object_tokens=0"])).model_options
    assert options == {"spatial.object_tokens": 0}


def test_a_policy_to_begin_from_takes_the_place_of_the_recipes_own_model():
    recipe = read_recipe("act", {"init": "runs/align"})
    assert (recipe.init, recipe.preset, recipe.take, recipe.model_options) == ("runs/align", None, None, {})
    assert read_recipe("act").preset == NEW_MODEL


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["steps=0"], "recipe act.stages[0].steps: found 0, expected 1 to 1000000000"),
        (["steps=many"], "recipe act.stages[0].steps: found 'many', expected int"),
        (["tasks.navigation=0"], "recipe act.stages[0].tasks.navigation: found 0.0, expected a number above 0"),
        (["tasks.navigation=-1"], "recipe act.stages[0].tasks.navigation: found -1.0, expected a number above 0"),
        (["stepps=4"], "recipe act: unknown key 'stepps'"),
        (["stages.walk.steps=4"], "set: found stages.walk.steps, expected stages.NAME.KEY, where NAME is one of act"),
        (["steps"], "set: found 'steps', expected KEY=VALUE"),
        (["data=[a"], "whose value is not YAML"),
        (["frozen=[brain]"], "recipe act.stages[0].frozen[0]: found 'brain', expected one of language_model"),
        (["data=[a, a]"], "recipe act.data: found a twice"),
        (["batch_size=4", "accumulation=5"], "accumulation: found 5, expected at most the 4 samples of a batch"),
    ],
)
def test_a_wrong_setting_is_named(settings, message):
    with pytest.raises(InputError) as complaint:
        read_recipe("act", parse_settings(settings))
    assert message in str(complaint.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("stages: [", "not YAML"),
        ("- 1\n- 2", "expected a recipe: keys and values"),
        ("stages: 3", "stages: found int, expected an object"),
        ("stages: []", "stages: found none, expected at least one"),
        ("stages: [{name: a}, {name: a}]", "stages: found a, a, expected at least one, each name once"),
        ("preset: leo-nano\ninit: x", "preset: found 'leo-nano' with init='x', which is a model already"),
    ],
)
def test_a_file_that_is_no_recipe_is_named(content, message, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as complaint:
        read_recipe(str(path))
    assert message in str(complaint.value)
    assert "mine" in str(complaint.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recipe", "dance"], "--recipe: found 'dance', expected a YAML file or one of act"),
        (["--recipe", "act", "--stage", "lora"], "--stage: found lora with recipe='act'"),
        (["--recipe", "act", "--set", "tasks.dancing=1"], "tasks: found 'dancing', expected some of cap3d, "),
    ],
)
def test_on_the_command_line_it_is_one_line_and_exit_code_2(options, message, start, tmp_path, capsys):
    command = ["train", "--data", str(start / "walks"), "--out", str(tmp_path / "run"), *options]
    assert main(command) == 2
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in complaint


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"stage": "pretrain"}, "stage: found 'pretrain', expected one of full, lora"),
        ({"precision": "float16"}, "precision: found 'float16', expected one of auto, float32, bfloat16"),
        ({"batch_size": 0}, "batch_size: found 0, expected 1 to 1000000000"),
        ({"steps": 2.5}, "steps: found 2.5, expected int"),
        ({"warmup_steps": -1}, "warmup_steps: found -1, expected 0 to 10000000"),
        ({"threads": 5000}, "threads: found 5000, expected 0 to 4096"),
        ({"learning_rate": 0.0}, "learning_rate: found 0.0, expected 1e-12 to 1e+30"),
        ({"validation_share": 0.6}, "validation_share: found 0.6, expected 0 to 0.5"),
        ({"history_dropout": float("nan")}, "history_dropout: found nan, expected 0 to 1"),
        ({"weights": (1.0, 2.0)}, "weights: found 2, expected one for each of 1 datasets"),
        ({"weights": (0.0,)}, "weights: found 0.0, expected a number above 0"),
        ({"batch_size": 8, "accumulation": 9}, "accumulation: found 9, expected at most the 8 samples of a batch"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_field(values, message):
    with pytest.raises(InputError) as complaint:
        flat_recipe(data=("demonstrations",), **values)
    assert str(complaint.value) == message


def test_flat_options_are_a_recipe_of_one_stage():
    recipe = flat_recipe(
        "lora", data=("a", "b"), weights=(1, 0.5), steps=1, batch_size=4, accumulation=3, seed=2**63 - 1
    )
    (stage,) = recipe.stages
    assert (stage.frozen, stage.steps, stage.accumulation, recipe.weights) == (("language_model",), 1, 3, (1.0, 0.5))
    assert flat_recipe().stages[0].frozen == ("adapters",)


@pytest.mark.parametrize("name", recipe_names())
def test_no_recipe_keeps_an_encoder_that_was_never_trained(name):
    recipe = read_recipe(name, {"data": ["somewhere"]})
    taken = set(recipe.take.parts) if recipe.take else set()
    for stage in recipe.stages:
        assert {part for part in stage.frozen if part.endswith("_encoder")} <= taken
        taken |= {"image_encoder", "point_encoder"} - set(stage.frozen)
