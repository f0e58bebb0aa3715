"""`leo-agent chat`: what every option does, conversations and JSON; on a tiny model of random weights."""

import json
import math
import shutil
import sys
import time
from dataclasses import fields

import numpy as np
import pytest
import torch
from PIL import Image

from leo_agent import cli
from leo_agent.chat.chat import load
from leo_agent.chat.subject import read_image, turned
from leo_agent.envs import waiting
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.answering.text_decoding import TextDecoding
from leo_agent.policies.leo.answering.view import AgentPose
from leo_agent.policies.leo.config.legacy import REPETITION_PENALTY, Legacy
from leo_agent.policies.leo.scenes.ply_points import ID_NAMES
from leo_agent.policies.leo.scenes.scene_files import RSCAN_LABELS, RSCAN_POINTS, read_scene
from leo_agent.policies.leo.text.question_prompts import TEXT_TASKS
from tests.leo_agent.chat.chat_room import QUESTION, SHORT, cloud, typed
from tests.leo_agent.toy import TOY_ID


def test_one_question_is_answered_as_from_python(ask, weights, room, capsys):
    assert ask(QUESTION) == 0
    printed = capsys.readouterr()
    agent = LeoAgent.from_pretrained(weights, "cpu")
    expected = agent.chat(read_scene(room), QUESTION, decoding=TextDecoding(max_tokens=6))
    assert expected
    assert printed.out == expected + "\n"
    assert printed.err == ""


def test_objects_are_listed_without_a_model(room, tmp_path, capsys):
    labels = tmp_path / "labels.json"
    labels.write_text('{"7": "chair", "9": "bed"}')
    assert cli.main(["chat", "--scene", room, "--labels", str(labels), "--list-objects"]) == 0
    heading, _, *rows, total = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["id", "label"]
    boxes = read_scene(room).locations("box_center")
    for row, number, label, box in zip(rows, (7, 8, 9), ("chair", None, "bed"), boxes, strict=True):
        cells = row.split()
        assert cells[0] == str(number)
        assert (cells[1] == label) if label else len(cells) == 7
        assert np.allclose([float(cell) for cell in cells[-6:]], box, atol=0.005)
    assert total == "3 objects in room, z points up"


def test_masks_are_the_objects_of_a_file_without_ids(tmp_path, capsys):
    rows = cloud()
    torch.save((rows[:, :3], rows[:, 3:6], None), tmp_path / "scan.pth")
    masks = {"row": np.array([0, 0, 1]), "col": np.array([0, 1, 50]), "data": np.ones(3), "shape": [2, len(rows)]}
    np.savez(tmp_path / "scan.mask.npz", format=np.array(b"coo"), **masks)
    options = ["--masks", str(tmp_path / "scan.mask.npz"), "--up-axis", "y"]
    assert cli.main(["chat", "--scene", str(tmp_path / "scan.pth"), *options, "--list-objects"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed[2:-1]] == ["0", "1"]
    assert printed[-1] == "2 objects in scan, y points up"


@pytest.mark.parametrize("task", TEXT_TASKS)
def test_every_task(task, ask, asked, capsys):
    given = [] if task.endswith("caption") else [QUESTION]
    more = {"situated-question": ["--situation", "I am at the desk."], "object-caption": ["--object", "8"]}
    assert ask("--task", task, *more.get(task, []), *given, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert {**printed, "answer": None} == {"scene": "room", "task": task, "text": "".join(given), "answer": None}
    query, _ = asked[0]
    words = {"situated-question": "You are at the desk", "plan": "Plan for the task: where is a chair?"}
    captions = {"object-caption": "object at the chosen spot", "scene-caption": "Describe this scene."}
    assert {**words, **captions}.get(task, QUESTION) in query.prompt.situation + query.prompt.text


def test_a_caption_takes_another_instruction(ask, asked):
    assert ask("--task", "scene-caption", "Tell of the room.") == 0
    assert "Tell of the room." in asked[0][0].prompt.text


def test_where_the_agent_is(ask, asked, room):
    middle = read_scene(room).box_centers[1]
    cases = {
        (): ((0, 0, 0), (0, 0, 0, 1)),
        ("--object", "8"): (middle, (0, 0, 0, 1)),
        ("--position", "1", "-2", "0.5"): ((1, -2, 0.5), (0, 0, 0, 1)),
        ("--object", "8", "--position", "1", "-2", "0.5"): ((1, -2, 0.5), (0, 0, 0, 1)),
        ("--yaw-deg", "90"): ((0, 0, 0), (0, 0, math.sqrt(0.5), math.sqrt(0.5))),
        ("--yaw-deg", "-90", "--up-axis", "y"): ((0, 0, 0), (0, -math.sqrt(0.5), 0, math.sqrt(0.5))),
    }
    for options in cases:
        assert ask(*options, QUESTION) == 0
    for (query, _), (options, (position, rotation)) in zip(asked, cases.items(), strict=True):
        assert np.allclose(query.pose.position, position)
        assert np.allclose(query.pose.rotation, rotation)
        assert query.object_id == (8 if "--object" in options else None)
        assert query.view.scene.up_axis == ("y" if "--up-axis" in options else "z")


@pytest.mark.parametrize("up_axis", ["z", "y"])
def test_a_turn_to_the_left_is_counter_clockwise_from_above(up_axis):
    x, y, z, w = turned(90.0, up_axis)
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    ahead = [0, 1, 0] if up_axis == "z" else [0, 0, -1]
    assert np.allclose(rotation @ ahead, [-1, 0, 0])


def test_a_picture_is_what_the_agent_sees(ask, asked, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "view.png")
    assert ask("--image", str(tmp_path / "view.png"), QUESTION) == 0
    assert (asked[0][0].view.image == pixels[..., :3]).all()
    tags = Image.Exif()
    tags[0x0112] = 6  # orientation: turned by a quarter, as telephones write it
    Image.fromarray(pixels[..., :3]).save(tmp_path / "view.jpg", exif=tags)
    assert read_image(tmp_path / "view.jpg").shape == (12, 9, 3)


def test_how_the_answer_is_chosen(ask, asked):
    assert ask(QUESTION) == 0
    assert ask("--beams", "2", "--repetition-penalty", "1.5", QUESTION) == 0
    assert ask("--sample", "--temperature", "2", "--top-p", "0.8", "--seed", "5", QUESTION) == 0
    assert ask("--sample", QUESTION) == 0
    assert [decoding for _, decoding in asked] == [
        TextDecoding(max_tokens=6),
        TextDecoding(max_tokens=6, beams=2, repetition_penalty=1.5),
        TextDecoding(max_tokens=6, sample=True, temperature=2.0, top_p=0.8, seed=5),
        TextDecoding(max_tokens=6, sample=True),
    ]


def test_draws_depend_on_the_seed_alone(ask, capsys):
    answers = []
    for seed in ("1", "1", "2"):
        assert ask("--sample", "--temperature", "5", "--top-p", "1", "--seed", seed, QUESTION) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1] != answers[2]


def test_help_tells_the_defaults_of_decoding_and_the_published_behaviours():
    parser = cli.command_parser("chat")
    helps = {action.dest: action.help for action in parser._actions}
    for name in ("beams", "temperature", "top_p", "max_tokens"):
        assert f"(default: {getattr(TextDecoding(), name)}, " in helps[name]
    assert all(switch.name in helps["legacy"] for switch in fields(Legacy))
    assert all(task in parser.epilog for task in TEXT_TASKS)
    assert all(name in parser.epilog for name in (*ID_NAMES, RSCAN_POINTS, RSCAN_LABELS))


def test_published_behaviours(ask, asked, weights, room, tmp_path, capsys):
    def answer(*options: str) -> str:
        assert ask(*options, QUESTION) == 0
        return capsys.readouterr().out

    penalty = ("--legacy", "bos", "--legacy", "repetition_penalty")
    answers = [answer(), answer("--legacy", "bos"), answer(*penalty)]
    assert len(set(answers)) == 3
    assert answer("--legacy", "none") == answers[0]
    assert answer("--legacy", "bos", "--repetition-penalty", str(REPETITION_PENALTY)) == answers[2]
    named = shutil.copytree(weights, tmp_path / "named")
    description = json.loads((named / "config.json").read_text())
    description["model"]["legacy"] |= {"bos": True, "repetition_penalty": True}
    (named / "config.json").write_text(json.dumps(description))
    assert answer("--policy", str(named)) == answers[2]  # what config.json names needs no option
    assert answer("--policy", str(named), "--legacy", "none") == answers[0]


def test_a_conversation_keeps_its_history_until_it_is_reset(ask, asked, monkeypatch, capsys):
    typed(monkeypatch, f"{QUESTION}\n And the other? \n/reset\n{QUESTION}\n\nnot asked any more\n")
    assert ask() == 0
    answers = capsys.readouterr().out.splitlines()
    assert len(answers) == len(asked) == 3
    assert answers[0] == answers[2]
    turns = [query.prompt.turns for query, _ in asked]
    assert [len(each) for each in turns] == [1, 2, 1]
    assert turns[1][0] == f"USER: {QUESTION} ASSISTANT: {answers[0]}"
    assert turns[1][1] == "USER: And the other? ASSISTANT:"
    assert asked[0][0].view.scene is asked[2][0].view.scene


def test_a_conversation_of_plans_has_no_history_and_ends_with_the_input(ask, asked, monkeypatch, capsys):
    typed(monkeypatch, "Tidy up\nMake tea")
    assert ask("--task", "plan", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["text"] for line in lines] == ["Tidy up", "Make tea"]
    assert all(len(query.prompt.turns) == 1 for query, _ in asked)


@pytest.mark.parametrize("terminal", [False, True])
def test_the_sign_is_for_terminals(terminal, ask, asked, monkeypatch, capsys, caplog):
    typed(monkeypatch, f"{QUESTION}\n", terminal)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    assert ask() == 0
    printed = capsys.readouterr()
    assert printed.out.count("> ") == (2 if terminal else 0)
    assert printed.out.endswith("> \n") == terminal
    assert ("/reset forgets" in caplog.text) == terminal


@pytest.mark.parametrize("during", ["input", "answer"])
def test_an_interrupt_ends_a_conversation(during, ask, asked, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    typed(monkeypatch, f"{QUESTION}\n")
    if during == "input":
        monkeypatch.setattr("builtins.input", interrupted)
    else:
        monkeypatch.setattr(LeoAgent, "answer", interrupted)
    assert ask() == 0


def test_an_environment_is_the_scene(ask, asked, capsys):
    about = ("--env", TOY_ID)
    assert ask("--scene", "house_b", "--episode", "1", "--json", QUESTION, about=about) == 0
    assert json.loads(capsys.readouterr().out)["scene"] == f"{TOY_ID} house_b 1"
    assert ask("--split", "test", "--width", "8", "--env-option", "num_episodes=2", QUESTION, about=about) == 0
    assert ask("--env-seed", "3", "--position", "4", "5", "6", QUESTION, about=about) == 0
    (first, _), (second, _), (third, _) = asked
    assert first.view.scene.up_axis == "y"
    assert first.view.scene.ids.tolist() == [1, 2, 3]
    assert first.view.image.shape == (24, 32, 3)
    assert second.view.image.shape == (24, 8, 3)
    assert (third.view.image != second.view.image[0, 0]).any()  # its grey is drawn with the seed
    assert third.pose.position.tolist() == [4, 5, 6]


def test_a_table_is_seen_from_above(ask, asked):
    about = ("--env", "leo/PutBlocksInBowls-v0", "--split", "unseen")
    assert ask("--env-option", "num_points=64", QUESTION, about=about) == 0
    query, _ = asked[0]
    assert query.view.scene.up_axis == "z"
    assert query.view.image.shape == (320, 160, 3)
    assert query.pose.position.tolist() == AgentPose().position.tolist()


def test_leo_nano_says_that_its_answers_are_noise(room, caplog):
    assert cli.main(["chat", "--policy", "leo-nano", "--scene", room, *SHORT, "--beams", "1", QUESTION]) == 0
    assert caplog.messages == ["leo-nano was trained to act and never on text: its answers are noise"]


def test_hub_ids_are_taken(weights, monkeypatch):
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda name, **more: weights)
    assert isinstance(load("owner/leo", "cpu", ()), LeoAgent)


def test_what_takes_long_is_shown(monkeypatch, capsys):
    monkeypatch.setattr(waiting, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(waiting, "_FILE_PAUSE_S", 0.01)
    with waiting.waiting("loading a lot"):
        time.sleep(0.2)
    assert "loading a lot: 00:00" in capsys.readouterr().err
    with pytest.raises(KeyError), waiting.waiting("loading"):
        raise KeyError
