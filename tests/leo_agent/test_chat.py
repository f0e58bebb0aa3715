"""`leo-agent chat`: what every option does, conversations, JSON, and complaints; on a tiny model of random weights."""

import io
import json
import math
import shutil
import subprocess
import sys
import time
from dataclasses import fields

import numpy as np
import pytest
import torch
from PIL import Image

from leo_agent import cli, waiting
from leo_agent.chat import load
from leo_agent.subject import read_image, turned
from policies.leo.agent import AgentPose, LeoAgent
from policies.leo.checkpoint import save_pretrained
from policies.leo.legacy import REPETITION_PENALTY, Legacy
from policies.leo.ply_points import ID_NAMES
from policies.leo.scene_files import RSCAN_LABELS, RSCAN_POINTS, read_scene
from policies.leo.text_decoding import TextDecoding
from policies.leo.text_prompts import TEXT_TASKS
from tests.leo_agent.toy import TOY_ID
from tests.policies import tiny
from tests.policies.test_model import wake_adapters

QUESTION = "Where is a chair?"
SHORT = ["--max-tokens", "6", "--device", "cpu"]
PLY_HEADER = """ply
format ascii 1.0
element vertex {}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
property int instance_id
end_header
"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> str:
    model = tiny.model()
    wake_adapters(tiny.look_around(model))
    folder = tmp_path_factory.mktemp("chat") / "tiny"
    save_pretrained(model, tiny.tokenizer(), folder)
    return str(folder)


def cloud(count: int = 3) -> np.ndarray:
    """Points of objects 7, 8, ...: (n, 7), xyz, rgb 0 to 255, id; object k is 0.4 m large around (k - 7, 1, 0.5)."""
    rng = np.random.default_rng(0)
    ids = np.repeat(np.arange(count), 40)
    places = np.column_stack([ids, np.full(len(ids), 1.0), np.full(len(ids), 0.5)])
    xyz = places + rng.uniform(-0.2, 0.2, (len(ids), 3))
    return np.column_stack([xyz, rng.integers(0, 256, (len(ids), 3)), ids + 7])


@pytest.fixture
def room(tmp_path) -> str:
    rows = cloud()
    path = tmp_path / "room.ply"
    lines = (f"{x:.4f} {y:.4f} {z:.4f} {r:.0f} {g:.0f} {b:.0f} {k:.0f}\n" for x, y, z, r, g, b, k in rows)
    path.write_text(PLY_HEADER.format(len(rows)) + "".join(lines))
    return str(path)


@pytest.fixture
def asked(monkeypatch) -> list:
    """The (query, decoding) of every question that the model is asked; its answers stay its own."""
    seen, answer = [], LeoAgent.answer

    def noting(agent, queries, decoding=None):
        seen.extend((query, decoding) for query in queries)
        return answer(agent, queries, decoding)

    monkeypatch.setattr(LeoAgent, "answer", noting)
    return seen


@pytest.fixture
def ask(weights, room):
    """Runs the command about the room, or what `about` names, and gives the exit code."""
    return lambda *options, about=("--scene", room): cli.main(["chat", "--policy", weights, *about, *SHORT, *options])


def typed(monkeypatch, text: str, terminal: bool = False) -> None:
    stream = io.StringIO(text)
    stream.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stdin", stream)


def test_one_question_is_answered_as_from_python(ask, weights, room, capsys):
    assert ask(QUESTION) == 0
    told = capsys.readouterr()
    agent = LeoAgent.from_pretrained(weights, "cpu")
    expected = agent.chat(read_scene(room), QUESTION, decoding=TextDecoding(max_tokens=6))
    assert expected
    assert told.out == expected + "\n"
    assert told.err == ""


def test_objects_are_listed_without_a_model(room, tmp_path, capsys):
    labels = tmp_path / "labels.json"
    labels.write_text('{"7": "chair", "9": "bed"}')
    assert cli.main(["chat", "--scene", room, "--labels", str(labels), "--list-objects"]) == 0
    heading, _, *rows, total = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["id", "label"]
    boxes = read_scene(room).boxes()
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
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told[2:-1]] == ["0", "1"]
    assert told[-1] == "2 objects in scan, y points up"


@pytest.mark.parametrize("task", TEXT_TASKS)
def test_every_task(task, ask, asked, capsys):
    given = [] if task.endswith("caption") else [QUESTION]
    more = {"situated-question": ["--situation", "I am at the desk."], "object-caption": ["--object", "8"]}
    assert ask("--task", task, *more.get(task, []), *given, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {**told, "answer": None} == {"scene": "room", "task": task, "text": "".join(given), "answer": None}
    query, _ = asked[0]
    words = {"situated-question": "You are at the desk", "plan": "Plan for the task: where is a chair?"}
    captions = {"object-caption": "object at the chosen spot", "scene-caption": "Describe this scene."}
    assert {**words, **captions}.get(task, QUESTION) in query.prompt.situation + query.prompt.text


def test_a_caption_takes_another_instruction(ask, asked):
    assert ask("--task", "scene-caption", "Tell of the room.") == 0
    assert "Tell of the room." in asked[0][0].prompt.text


def test_where_the_agent_is(ask, asked, room):
    middle = read_scene(room).boxes()[1, :3]
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
        assert query.scene.up_axis == ("y" if "--up-axis" in options else "z")


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
    assert (asked[0][0].image == pixels[..., :3]).all()
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
    assert asked[0][0].scene is asked[2][0].scene


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
    told = capsys.readouterr()
    assert told.out.count("> ") == (2 if terminal else 0)
    assert told.out.endswith("> \n") == terminal
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
    assert first.scene.up_axis == "y"
    assert first.scene.ids.tolist() == [1, 2, 3]
    assert first.image.shape == (24, 32, 3)
    assert second.image.shape == (24, 8, 3)
    assert (third.image != second.image[0, 0]).any()  # its grey is drawn with the seed
    assert third.pose.position.tolist() == [4, 5, 6]


def test_a_table_is_seen_from_above(ask, asked):
    about = ("--env", "leo/PutBlocksInBowls-v0", "--split", "unseen")
    assert ask("--env-option", "num_points=64", QUESTION, about=about) == 0
    query, _ = asked[0]
    assert query.scene.up_axis == "z"
    assert query.image.shape == (320, 160, 3)
    assert query.pose.position.tolist() == AgentPose().position.tolist()


def test_leo_nano_says_that_its_answers_are_noise(room, caplog):
    assert cli.main(["chat", "--policy", "leo-nano", "--scene", room, *SHORT, "--beams", "1", QUESTION]) == 0
    assert caplog.messages == ["leo-nano was trained to act and never on text: its answers are noise"]


def test_hub_ids_are_taken(weights, monkeypatch):
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda name, **more: weights)
    assert isinstance(load("owner/leo", "cpu", ()), LeoAgent)


def test_what_takes_long_is_shown(monkeypatch, capsys):
    monkeypatch.setattr(waiting, "_FILE_PAUSE_S", 0.01)
    with waiting.waiting("loading a lot"):
        time.sleep(0.2)
    assert "loading a lot: 00:00" in capsys.readouterr().err
    with pytest.raises(KeyError), waiting.waiting("loading"):
        raise KeyError


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--task", "poem"], "argument --task: invalid choice: 'poem'"),
        (["--task", "object-caption"], "needs --object ID or --position X Y Z"),
        (["--task", "situated-question"], "situation: found '', expected where the agent is"),
        (["--situation", "I sit", QUESTION], "situation: found 'I sit', expected none"),
        ([""], "text: empty, expected a question"),
        (["\udcff"], "TEXT: holds bytes that are not UTF-8"),
        (["--object", "3", QUESTION], "scene 'room': has no object 3; it has"),
        (["--position", "0", "nan", "0", QUESTION], "pose: position: found"),
        (["--yaw-deg", "inf", QUESTION], "--yaw-deg inf: a finite number"),
        (["--image", "nothing.png", QUESTION], "--image nothing.png: not a picture that can be read (No such file"),
        (["--image", __file__, QUESTION], "test_chat.py: not a picture that can be read (cannot identify"),
        (["--masks", "no.mask.npz", QUESTION], "no.mask.npz: not a readable file"),
        (["--labels", "no.json", QUESTION], "no.json: not a readable file"),
        (["--legacy", "bugs", QUESTION], "legacy: found 'bugs', expected all, none, positions, bos"),
        (["--beams", "0", QUESTION], "beams: found 0, expected a whole number from 1"),
        (["--temperature", "2", QUESTION], "--temperature: only with --sample"),
        (["--top-p", "0.5", QUESTION], "--top-p: only with --sample"),
        (["--sample", "--beams", "3", QUESTION], "--beams: not with --sample"),
        (["--sample", "--top-p", "1.5", QUESTION], "top_p: found 1.5"),
        (["--seed", "-1", QUESTION], "seed: found -1, expected a whole number from 0"),
        (["--split", "val", QUESTION], "--split: belongs to --env; found none"),
        (["--episode", "2", QUESTION], "--episode: belongs to --env"),
        (["--device", "moon", QUESTION], "device 'moon': expected auto"),
        (["--policy", "random", QUESTION], "--policy random: acts, but does not talk; only LEO does"),
        (["--policy", "nobody", QUESTION], "--policy nobody: nobody/config.json is missing; expected a folder"),
    ],
)
def test_complaints(options, told, ask, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ask(*options) == 2
    line, *more = capsys.readouterr().err.strip().splitlines()
    assert told in line
    assert not more


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--policy", "leo-nano", QUESTION], "--scene or --env: found neither"),
        (["--scene", "no.ply", "--list-objects"], "no.ply: "),
        (["--scene", "no.txt", "--list-objects"], "no.txt: missing; expected .pth (ScanNet's layout), .ply"),
        (["--scene", "no.ply", QUESTION], "--policy: found none, expected a folder"),
        (["--env", TOY_ID, "--up-axis", "z", "--list-objects"], "--up-axis: belongs to a --scene that is a file"),
        (["--env", TOY_ID, "--scene", "moon", "--list-objects"], "--scene moon: not in this split; it has house_a"),
        (["--env", TOY_ID, "--episode", "6", "--list-objects"], "--episode 6: expected 0 to 5"),
        (["--env", TOY_ID, "--env-seed", "-1", "--list-objects"], "--seed -1"),
        (["--env", TOY_ID, "--dataset", "d", "--list-objects"], "no option dataset"),
        (["--env", "leo/No-v0", "--list-objects"], "leo/No-v0"),
    ],
)
def test_complaints_about_the_scene(arguments, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["chat", *arguments]) == 2
    line, *more = capsys.readouterr().err.strip().splitlines()
    assert told in line
    assert not more


def test_input_that_is_no_text_is_told(ask, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n"), "utf-8"))
    assert ask() == 2
    assert "the input: not text" in capsys.readouterr().err


def test_nothing_heavy_is_imported_before_it_is_needed():
    program = "import sys, leo_agent.chat; print([each for each in ('torch', 'transformers') if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
