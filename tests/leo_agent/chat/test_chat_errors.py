"""What `leo-agent chat` says of wrong options, scenes and input."""

import io
import subprocess
import sys

import pytest

from leo_agent import cli
from tests.leo_agent.chat.chat_room import QUESTION
from tests.leo_agent.toy import TOY_ID


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task", "poem"], "argument --task: invalid choice: 'poem'"),
        (["--task", "object-caption"], "needs --object ID or --position X Y Z"),
        (["--task", "situated-question"], "--situation: found '', expected where the agent is"),
        (["--situation", "I sit", QUESTION], "--situation: found 'I sit', expected none"),
        ([""], "TEXT: empty, expected a question"),
        (["\udcff"], "TEXT: holds bytes that are not UTF-8"),
        (["--object", "3", QUESTION], "scene 'room': has no object 3; it has"),
        (["--position", "0", "nan", "0", QUESTION], "pose: position: holds numbers that are not finite or too large"),
        (["--yaw-deg", "inf", QUESTION], "--yaw-deg: found inf, expected a finite number"),
        (["--image", "nothing.png", QUESTION], "--image: nothing.png: no such file, expected a picture"),
        (["--image", __file__, QUESTION], "test_chat_errors.py cannot be read as a picture (cannot identify"),
        (["--masks", "no.mask.npz", QUESTION], "no.mask.npz: no such file, expected masks"),
        (["--labels", "no.json", QUESTION], "no.json: no such file, expected an object of id: label"),
        (["--legacy", "bugs", QUESTION], "--legacy: found 'bugs', expected all, none, positions, bos"),
        (["--beams", "0", QUESTION], "--beams: found 0, expected a whole number, 1 to 100"),
        (["--temperature", "2", QUESTION], "--temperature: only with --sample"),
        (["--top-p", "0.5", QUESTION], "--top-p: only with --sample"),
        (["--sample", "--beams", "3", QUESTION], "--beams: not with --sample"),
        (["--sample", "--top-p", "1.5", QUESTION], "--top-p: found 1.5"),
        (["--seed", "-1", QUESTION], "--seed: found -1, expected a whole number, 0 to"),
        (["--split", "val", QUESTION], "--split: belongs to --env; found none"),
        (["--episode", "2", QUESTION], "--episode: belongs to --env"),
        (["--device", "moon", QUESTION], "--device: found 'moon', expected auto"),
        (
            ["--policy", "random", QUESTION],
            "--policy: found 'random', which acts but cannot answer questions",
        ),
        (
            ["--policy", "nobody", QUESTION],
            "--policy: found 'nobody', where nobody/config.json is missing",
        ),
    ],
)
def test_complaints(options, message, ask, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ask(*options) == 2
    line, *more = capsys.readouterr().err.strip().splitlines()
    assert message in line
    assert not more


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--policy", "leo-nano", QUESTION], "--scene or --env: found neither"),
        (["--scene", "no.ply", "--list-objects"], "no.ply: "),
        (["--scene", "no.txt", "--list-objects"], "no.txt: missing; expected .pth (ScanNet's layout), .ply"),
        (["--scene", "no.ply", QUESTION], "--policy: found none, expected a folder"),
        (["--env", TOY_ID, "--up-axis", "z", "--list-objects"], "--up-axis: belongs to a --scene that is a file"),
        (
            ["--env", TOY_ID, "--scene", "moon", "--list-objects"],
            "--scene: found 'moon', expected one of this split's",
        ),
        (["--env", TOY_ID, "--episode", "6", "--list-objects"], "--episode: found 6, expected a whole number, 0 to 5"),
        (["--env", TOY_ID, "--env-seed", "-1", "--list-objects"], "--env-seed: found -1"),
        (["--env", TOY_ID, "--dataset", "d", "--list-objects"], f"--dataset: {TOY_ID} has no such option"),
        (["--env", "leo/No-v0", "--list-objects"], "leo/No-v0"),
    ],
)
def test_complaints_about_the_scene(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["chat", *arguments]) == 2
    line, *more = capsys.readouterr().err.strip().splitlines()
    assert message in line
    assert not more


def test_input_that_is_no_text_is_reported(ask, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n"), "utf-8"))
    assert ask() == 2
    assert "the input: not text" in capsys.readouterr().err


def test_nothing_heavy_is_imported_before_it_is_needed():
    program = (
        "import sys, leo_agent.chat.chat; print([each for each in ('torch', 'transformers') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
