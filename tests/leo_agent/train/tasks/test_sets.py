"""The 3D-language sets as tasks: what a sample shows, what guides its objects, what a new tokenizer knows."""

import dataclasses

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.data.sets.base import find_set
from leo_agent.policies.leo.answering.agent import LeoAgent, Query
from leo_agent.policies.leo.answering.view import AgentPose, AgentView
from leo_agent.policies.leo.text.question_prompts import text_prompt
from leo_agent.policies.leo.weights.checkpoint import new_model
from leo_agent.train.building import build_model
from leo_agent.train.recipes.recipe import Recipe, Stage
from leo_agent.train.samples.source import Showing, SourceOptions
from leo_agent.train.tasks.base import find_task
from tests.leo_agent.made_data import houses, made
from tests.policies.leo import tiny
from tests.policies.leo.answering.test_agent import scene

__all__ = ["houses", "made"]


def source(folder, task: str, **spatial):
    model = tiny.model(spatial=dataclasses.replace(tiny.config().spatial, **spatial), max_objects=200)
    return find_task(task).source(folder, SourceOptions(model=model, tokenizer=tiny.tokenizer()))


@pytest.mark.parametrize(("task", "narrowed"), [("scanqa", True), ("sqa3d", False), ("scan2cap", False)])
def test_the_curriculum_keeps_what_the_annotation_names(made, task, narrowed):
    texts, items = source(made, task), list(find_set(task).read(made, "train"))
    for row in range(0, len(items), max(1, len(items) // 20)):
        rows = texts.training_sample(row, np.random.default_rng(row)).object_rows
        few = texts.training_sample(row, np.random.default_rng(row), Showing(others_share=0.0)).object_rows
        if not narrowed:
            assert set(few) == set(rows)
            continue
        assert len(few) == len(items[row].relevant)
        half = texts.training_sample(row, np.random.default_rng(row), Showing(others_share=0.5)).object_rows
        assert set(few) <= set(half) < set(rows)


@pytest.mark.parametrize("task", ["scanqa", "sqa3d", "rscan_plan", "rscan_dialog", "cap3d"])
def test_a_question_guides_the_objects_alike_in_training_and_in_answering(made, task, monkeypatch):
    item = next(iter(find_set(task).read(made, "train")))
    sample = source(made, task, text_goals=True).sample(item, item.answers[0], None)
    assert source(made, task).sample(item, item.answers[0], None).goal_ids == ()
    said = tiny.tokenizer().decode(list(sample.goal_ids)).strip().lower().replace(" ", "")
    assert said == item.text.lower().replace(" ", "").replace("my", "your").replace("me?", "you?") or task == "cap3d"
    assert bool(said) == (task != "cap3d"), "a caption's instruction says nothing of an object"
    prompt = text_prompt(item.task, item.text, item.situation, item.history)
    agent = LeoAgent(tiny.model(spatial=dataclasses.replace(tiny.config().spatial, text_goals=True)), tiny.tokenizer())
    view = AgentView(scene(count=2), AgentPose(np.array(item.position), np.array(item.rotation)))
    assert list(agent._sample(Query(view, prompt), np.arange(2), 0).goal_ids) == list(sample.goal_ids)


def test_a_new_models_tokenizer_has_the_words_of_its_texts(made):
    options = {"language_model.vocab_size": 2024}
    stages = (Stage(name="all", tasks={"scanqa": 1.0, "scan2cap": 1.0}),)
    _, told = build_model(Recipe(data=(str(made),), preset="leo-nano", model_options=options, stages=stages))
    _, untold = new_model("leo-nano", 0)
    texts = [item.text for item in find_set("scanqa").read(made, "val")]
    assert told.vocab_size == 2024
    assert sum(len(told.encode(text)) for text in texts) < 0.75 * sum(len(untold.encode(text)) for text in texts)
    assert all(told.decode(told.encode(text)).strip() == text for text in texts)


def test_a_vocabulary_too_small_for_letters_and_actions_is_refused(made):
    recipe = Recipe(data=(str(made),), preset="leo-nano", model_options={"language_model.vocab_size": 700})
    with pytest.raises(InputError, match="vocab_size: found 700, expected at least 824"):
        build_model(recipe)
