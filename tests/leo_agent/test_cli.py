"""The command line: help, one-line complaints, exit codes."""

import argparse
import contextlib
import errno
import importlib.util
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leo_agent import cli
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.run_folder import read_results
from tests.leo_agent.toy import TOY_ID

OURS = list(cli.command_summaries())
HABITAT_LAB = "leo/HabitatLabObjectNav-v0"


class Lacking:
    """No policy: it decides nothing."""


class Broken:
    """A policy that cannot be built."""

    def __init__(self, context):
        raise KeyError("a part")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "leo_agent.cli", *arguments]


def complaint(capsys) -> str:
    printed = capsys.readouterr().err.strip().splitlines()
    assert len(printed) == 1
    return printed[0]


def test_every_option_has_a_help_text_with_its_default():
    for name in OURS:
        parser = cli.command_parser(name)
        text = " ".join(parser.format_help().split())
        for action in parser._actions:
            if isinstance(action, argparse._HelpAction) or not action.option_strings:
                continue
            assert action.option_strings[0] in text
            printed = parser._get_formatter()._expand_help(action)
            assert "default" in printed or action.required, f"{name} {action.option_strings}"


def test_documented_defaults_are_the_real_ones():
    for name in OURS:
        for action in cli.command_parser(name)._actions:
            printed = (action.help or "").rpartition("(default: ")[2].removesuffix(")")
            if "(default: " in (action.help or "") and printed.replace(".", "").isdigit():
                assert float(printed) == action.default, f"{name} {action.option_strings}"


@pytest.mark.parametrize("name", OURS)
def test_help_of_every_command(name, capsys):
    assert cli.main([name, "--help"]) == 0
    assert f"leo-agent {name}" in capsys.readouterr().out


def test_help_lists_the_commands(capsys):
    assert cli.main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in OURS)
    assert cli.main([]) == 2
    assert "rollout" in capsys.readouterr().out
    assert cli.main(["--version"]) == 0


def test_help_imports_nothing_heavy():
    code = "import sys; from leo_agent import cli; cli.main(['--help']); print(sorted(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not any(f"'{name}'" in printed for name in ("torch", "transformers", "pybullet", "numba", "pyarrow", "av"))


GOOGLE_ID = "leo/PackingGoogleObjectsSeq-v0"


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["fly"], "unknown command 'fly'; expected one of chat, collect"),
        (["rollout"], "--env, --out, --policy"),
        (["rollout", "--env", "x", "--out", "o", "--policy", "p", "--wings"], "--wings"),
        (["rollout", "--env", "leo/No-v0", "--out", "o", "--policy", "random"], "leo/No-v0"),
        (
            ["rollout", "--env", TOY_ID, "--out", "o", "--policy", "nobody"],
            "--policy: found 'nobody', expected one of",
        ),
        (["rollout", "--env", TOY_ID, "--out", "o", "--policy", "random", "--split", "moon"], "split 'moon'"),
        (
            ["rollout", "--env", TOY_ID, "--out", "o", "--policy", "random", "--env-option", "x"],
            "--env-option: found 'x', expected KEY=VALUE",
        ),
        (["rollout", "--env", TOY_ID, "--out", "o", "--policy", "random", "--episodes", "many"], "--episodes"),
        (
            ["rollout", "--env", TOY_ID, "--out", "o", "--policy", "random", "--dataset", "d"],
            f"--dataset: {TOY_ID} has no such option",
        ),
        (["rollout", "--env", GOOGLE_ID, "--out", "o", "--policy", "random"], "--assets: found none, expected"),
        (["rollout", "--env", GOOGLE_ID, "--out", "o", "--policy", "random", "--assets", "d"], "found no folder d"),
        (
            ["rollout", "--env", TOY_ID, "--out", "o", "--policy", "random", "--seed", "-1"],
            "--seed: found -1, expected a whole number",
        ),
        (
            ["rollout", "--env", TOY_ID, "--out", "o", "--policy", "random", "--video", "-1"],
            "--video: found -1, expected a whole number",
        ),
        (["rollout", "--env", TOY_ID, "--out", "o", "--policy", f"{__name__}:Lacking"], "no reset and no act"),
        (["rollout", "--env", TOY_ID, "--out", "o", "--policy", f"{__name__}:Broken"], "KeyError: 'a part'"),
        (["rollout", "--env", TOY_ID, "--out", "o", "--policy", "tests.leo_agent.broken:X"], "ZeroDivisionError"),
        (["rollout", "--env", TOY_ID, "--out", "o", "--policy", ":X"], "'' is not the name of a module"),
        (["collect", "--env", TOY_ID, "--out", "o", "--seed", "-1"], "--seed: found -1"),
        (
            ["collect", "--env", TOY_ID, "--out", "o", "--random-actions", "7"],
            "--random-actions: found 7.0, expected a number, 0 to 1",
        ),
        (
            ["collect", "--env", TOY_ID, "--out", "o", "--mode", "train"],
            f"--mode: {TOY_ID} has no such option",
        ),
        (["score", "nowhere"], "nowhere: no such folder"),
        (["envs", "leo/No-v0"], "leo/No-v0"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(arguments, printed, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    assert printed in complaint(capsys)


def test_a_full_disk_is_one_line_and_silences_no_output_of_its_own(monkeypatch, capfd):
    def write(args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out.png")

    monkeypatch.setattr("leo_agent.commands.envs.run", write)
    assert cli.main(["envs"]) == 2
    print("after it", flush=True)
    assert capfd.readouterr() == ("after it\n", "leo-agent envs: error: out.png: No space left on device\n")
    with contextlib.redirect_stdout(io.StringIO()):  # such as a notebook has it: no file
        assert cli.main(["envs"]) == 2
    assert capfd.readouterr().err == "leo-agent envs: error: out.png: No space left on device\n"


@pytest.mark.skipif(importlib.util.find_spec("habitat_sim") is not None, reason="habitat-sim is installed")
@pytest.mark.parametrize("chosen", [["leo/ObjectNav-v0", "--env-option", "simulator=habitat"], [HABITAT_LAB]])
def test_without_habitat_the_way_to_get_it_is_three_lines(chosen, capsys, tmp_path):
    houses = Path(__file__).parents[1] / "data/habitat_houses/objectnav"
    rest = ["--dataset", str(houses), "--policy", "random", "--out", str(tmp_path / "run")]
    assert cli.main(["rollout", "--env", *chosen, *rest]) == 2
    complaint, *way = capsys.readouterr().err.strip().splitlines()
    assert "cannot be imported" in complaint
    assert [line.split()[0] for line in way] == ["conda", "conda", "pip"]


def test_rollout_collect_and_score(tmp_path, capsys):
    run = str(tmp_path / "run")
    arguments = ["rollout", "--env", TOY_ID, "--policy", "expert", "--episodes", "4", "--video", "1", "--out", run]
    assert cli.main([*arguments, "--env-option", "num_episodes=8", "--split", "test", "--width", "48"]) == 0
    assert "100.0 [51.0, 100.0]" in capsys.readouterr().out
    assert {line["split"] for line in read_results(run)} == {"test"}
    data = str(tmp_path / "data")
    assert cli.main(["collect", "--env", TOY_ID, "--random-actions", "0.2", "--out", data]) == 0
    assert "6 demonstrations" in capsys.readouterr().out
    assert Dataset(data).num_episodes == 6
    assert cli.main(["score", run]) == 0
    assert "expert" in capsys.readouterr().out


def test_interrupt_ends_with_130_leaves_whole_files_and_tells_how_to_go_on(tmp_path, heard_interrupts):
    out = str(tmp_path / "run")
    arguments = ["rollout", "--env", TOY_ID, "--policy", "tests.leo_agent.toy:Slow", "--workers", "2", "--out", out]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen(
        command(*arguments), env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    lines = tmp_path / "run/episodes.jsonl"
    while time.monotonic() < deadline and not (lines.exists() and lines.read_text().count("\n") >= 1):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to all processes of the group
    printed = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "the same command continues" in printed
    assert "Traceback" not in printed
    assert 1 <= len(read_results(out)) < 6


def test_every_environment_of_the_project_is_listed(capsys):
    assert cli.main(["envs"]) == 0
    printed = capsys.readouterr().out
    assert "leo/ObjectNav-v0" in printed
    assert "seen, unseen" in printed
    assert cli.main(["envs", "leo/PutBlocksInBowls-v0"]) == 0
    assert "num_points = 1024" in capsys.readouterr().out
