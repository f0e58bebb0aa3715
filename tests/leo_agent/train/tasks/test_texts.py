"""Answers in words: lines of a folder become samples, and train beside actions."""

import json

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.train.samples.source import SourceOptions
from leo_agent.train.session import train
from leo_agent.train.tasks.base import find_task, tasks_in
from leo_agent.train.tasks.texts import read_lines
from tests.leo_agent.train.runs import lines, recipe
from tests.policies.leo import tiny

LINES = [
    {"task": "question", "scene": "room.pth", "text": "How many chairs?", "answer": "Two."},
    {"task": "question", "scene": "room.pth", "text": "Why?", "answer": "So.", "history": [["How many?", "Two."]]},
    {"task": "object-caption", "scene": "room.pth", "answer": "A red chair.", "object_id": 1},
]


@pytest.fixture
def texts(tmp_path):
    """A folder with a room of three objects in LEO's layout of ScanNet."""
    rng = np.random.default_rng(0)
    points, colours = rng.normal(size=(60, 3)).astype(np.float32), rng.uniform(0, 255, (60, 3)).astype(np.float32)
    torch.save((points, colours, np.repeat([0, 1, 2], 20)), tmp_path / "room.pth")
    write(tmp_path, LINES)
    return tmp_path


def write(folder, rows) -> None:
    (folder / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def source(folder, task: str):
    options = SourceOptions(model=tiny.model(), tokenizer=tiny.tokenizer(), validation_share=0.0)
    return find_task(task).source(folder, options)


def test_a_folder_is_of_the_tasks_of_its_lines(texts):
    assert [task.name for task in tasks_in(texts)] == ["object-caption", "question"]
    assert find_task("question").digest(texts) != find_task("question").digest(changed(texts))


def changed(texts):
    write(texts, [{**LINES[0], "answer": "Three."}, *LINES[1:]])
    return texts


def test_an_answer_ends_and_the_object_that_is_asked_about_comes_first(texts):
    tokenizer = tiny.tokenizer()
    sample = source(texts, "object-caption").training_sample(0, np.random.default_rng(0))
    assert sample.is_text
    assert sample.answer_ids[-1] == tokenizer.eos_id
    assert tokenizer.decode(sample.answer_ids[:-1]).strip() == "A red chair."
    assert sample.object_rows[0] == 1
    np.testing.assert_allclose(sample.agent_position, sample.object_locations[0, :3], atol=0.5)
    dialogue = source(texts, "question").training_sample(1, np.random.default_rng(0))
    assert tokenizer.eos_id in list(dialogue.prompt_ids)


def test_text_and_actions_train_in_one_batch_with_their_own_losses(start, texts, tmp_path):
    plan = recipe(start, data=(str(start / "bowls"), str(texts)), tasks={"tabletop": 1, "question": 1}, steps=2)
    train(plan, tmp_path / "run")
    for row in lines(tmp_path / "run"):
        if "loss" in row:
            assert row["samples/question"] == row["samples/tabletop"] == 2
            assert row["loss/question"] > row["loss/tabletop"] > 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"task": "sing"}, r"line 2: task: found 'sing', expected one of question"),
        ({"answer": " "}, r"line 2: answer: found ' ', expected text"),
        ({"colour": 1}, r"line 2: unknown key 'colour'"),
        ({"text": ""}, r"line 2: text: empty, expected a question"),
        ({"situation": "here"}, r"line 2: situation: found 'here', expected none"),
    ],
)
def test_a_wrong_line_is_named(texts, line, message):
    write(texts, [LINES[0], {**LINES[0], **line}])
    with pytest.raises(InputError, match=message):
        read_lines(texts)


def test_a_scene_that_is_missing_is_named(texts):
    write(texts, [{**LINES[0], "scene": "none.pth"}])
    with pytest.raises(InputError, match=r"none\.pth: no such file"):
        source(texts, "question")
