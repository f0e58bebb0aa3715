"""Rollouts of a toy environment: outcomes, resume, workers, videos."""

import json
import os
from pathlib import Path

import av
import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.run_folder import read_results
from leo_agent.results.tables import format_rows
from leo_agent.rollout import rollout
from tests.leo_agent.toy import TOY_ID, Walker

TIMELESS = ("env", "split", "scene", "episode_id", "seed", "policy", "instruction", "steps", "measures", "outcome")


def run(out: Path, policy=None, **options):
    return rollout(TOY_ID, policy or Walker(), out=out, progress=False, **options)


def timeless(results):
    return sorted(json.dumps([result[key] for key in TIMELESS]) for result in results)


class Interrupting(Walker):
    """Is interrupted after a few decisions, as by Ctrl-C."""

    def __init__(self, decisions: int):
        super().__init__()
        self._left = decisions

    def act(self, observations, instructions):
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        return super().act(observations, instructions)


class Broken(Walker):
    """Fails on one instruction, as long as the machine is in trouble."""

    def act(self, observations, instructions):
        if "find the end" in instructions and not os.environ.get("TROUBLE_IS_OVER"):
            raise ZeroDivisionError("no idea")
        return super().act(observations, instructions)


def test_one_line_an_episode_and_a_summary(tmp_path):
    report = run(tmp_path / "run")
    lines = read_results(tmp_path / "run")
    assert len(lines) == 6
    assert report.results == lines
    assert {line["outcome"] for line in lines} <= {"success", "failure"}
    assert all(line["seconds"]["total"] >= line["seconds"]["policy"] for line in lines)
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    [group] = summary["groups"]
    assert group["episodes"] == 6
    successes = sum(line["outcome"] == "success" for line in lines)
    assert group["measures"]["success"]["mean"] == pytest.approx(successes / 6)
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert config["run"]["policy"] == "walker"
    assert config["packages"]["numpy"]


def test_same_results_with_one_and_with_two_workers_in_any_order(tmp_path):
    one = run(tmp_path / "one")
    two = run(tmp_path / "two", workers=2)
    three = run(tmp_path / "three", workers=3)
    assert timeless(one.results) == timeless(two.results) == timeless(three.results)


def test_another_seed_gives_other_episodes(tmp_path):
    assert timeless(run(tmp_path / "a", seed=0).results) != timeless(run(tmp_path / "b", seed=1).results)


def test_interrupted_run_resumes_to_the_same_results(tmp_path, caplog):
    whole = run(tmp_path / "whole", Interrupting(1000))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", Interrupting(10))
    before = read_results(tmp_path / "cut")
    assert 0 < len(before) < 6
    assert json.loads((tmp_path / "cut/summary.json").read_text())["timing"]["episodes"] == len(before)
    assert "the same command continues" in caplog.text
    assert "Episodes" in (tmp_path / "cut/report.html").read_text()
    resumed = run(tmp_path / "cut", Interrupting(1000))
    assert resumed.results[: len(before)] == before
    assert timeless(resumed.results) == timeless(whole.results)


def test_interrupted_workers_end_and_leave_no_unfinished_video(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", Interrupting(3), workers=2, videos=6)
    left = [path.name for path in (tmp_path / "cut").rglob("*") if path.is_file()]
    assert not [name for name in left if name.startswith(".")]


def test_more_episodes_may_be_asked_for_later_but_not_fewer(tmp_path):
    first = run(tmp_path / "run", episodes=2)
    # In turn from every scene, so that few episodes still see all of them.
    assert [(line["scene"], line["episode_id"]) for line in first.results] == [("house_a", "0"), ("house_b", "0")]
    more = run(tmp_path / "run", episodes=4)
    assert more.results[:2] == first.results
    assert len(more.results) == 4
    with pytest.raises(InputError, match=r"episodes: found 2, but .* holds 2 finished ones that"):
        run(tmp_path / "run", episodes=2)


@pytest.mark.parametrize("change", [{"seed": 5}, {"env_options": {"num_episodes": 4}}, {"scenes": ("house_a",)}])
def test_another_configuration_is_refused(tmp_path, change):
    run(tmp_path / "run", episodes=2)
    with pytest.raises(InputError, match=r"another configuration.*was.*is") as caught:
        run(tmp_path / "run", episodes=2, **change)
    assert str(tmp_path / "run") in str(caught.value)


@pytest.mark.parametrize("trouble", ["reset", "step"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_episode_is_recorded_and_the_run_goes_on(tmp_path, trouble, workers):
    report = run(tmp_path / "run", env_options={"trouble": trouble}, workers=workers)
    errors = [line for line in report.results if line["outcome"] == "error"]
    assert [line["episode_id"] for line in errors] == ["1", "1"]
    assert all("RuntimeError" in line["error"] and "Traceback" in line["error"] for line in errors)
    [group] = report.summary["groups"]
    assert (group["episodes"], group["errors"]) == (4, 2)


def test_a_dying_worker_costs_its_episode_only(tmp_path):
    report = run(tmp_path / "run", env_options={"trouble": "die"}, workers=2)
    errors = [line for line in report.results if line["outcome"] == "error"]
    assert len(errors) == 2
    assert all("exit code 7" in line["error"] for line in errors)
    assert len(report.results) == 6


def test_a_failing_policy_is_recorded(tmp_path):
    report = run(tmp_path / "run", Broken())
    assert sorted(line["outcome"] == "error" for line in report.results) == [False] * 3 + [True] * 3
    assert all("ZeroDivisionError" in line["error"] for line in report.results if line["scene"] == "house_b")


def test_episodes_that_failed_are_tried_again_when_the_run_goes_on(tmp_path, monkeypatch):
    whole = run(tmp_path / "whole")
    broken = run(tmp_path / "run", Broken())
    assert sum(line["outcome"] == "error" for line in broken.results) == 3
    monkeypatch.setenv("TROUBLE_IS_OVER", "1")
    mended = run(tmp_path / "run", Broken())
    assert timeless(mended.results) == timeless(whole.results)
    assert len((tmp_path / "run/episodes.jsonl").read_text().splitlines()) == 9
    assert read_results(tmp_path / "run") == mended.results


def test_invalid_episodes_are_counted_not_run(tmp_path):
    report = run(tmp_path / "run", env_options={"trouble": "invalid"}, videos=6)
    invalid = [line for line in report.results if line["outcome"] == "invalid"]
    assert len(invalid) == 2
    assert all(line["steps"] == 0 and line["error"] == "the goal is unreachable" for line in invalid)
    [group] = report.summary["groups"]
    assert (group["episodes"], group["invalid"]) == (4, 2)
    assert group["measures"]["success"]["count"] == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_videos_are_named_by_outcome_and_hold_every_step(tmp_path, workers):
    report = run(tmp_path / "run", videos=2, workers=workers)
    files = sorted((tmp_path / "run/videos").iterdir())
    by_id = {(line["scene"], line["episode_id"]): line for line in report.results}
    expected = [f"house_a-{number}-{by_id['house_a', str(number)]['outcome']}.mp4" for number in (0, 1)]
    assert [file.name for file in files] == expected
    with av.open(str(files[0])) as container:
        assert sum(1 for _ in container.decode(video=0)) == by_id["house_a", "0"]["steps"] + 1


def test_unchanged_object_arrays_keep_their_identity_across_the_process_border(tmp_path):
    class Watching(Walker):
        seen: dict = {}  # noqa: RUF012 - of the one instance

        def act(self, observations, instructions):
            for observation in observations:
                self.seen.setdefault(observation["slot"], []).append(observation["object_points"])
            return super().act(observations, instructions)

    watching = Watching()
    run(tmp_path / "run", watching, workers=2, scenes=("house_a",))
    assert all(points is arrays[0] for arrays in watching.seen.values() for points in arrays)


def test_wrong_input_is_reported_in_a_line(tmp_path):
    with pytest.raises(InputError, match="leo/Nothing-v0"):
        rollout("leo/Nothing-v0", Walker(), out=tmp_path / "a", progress=False)
    with pytest.raises(InputError, match=r"^colour: .* has no such option; it has .*split"):
        run(tmp_path / "b", env_options={"colour": 1})
    with pytest.raises(InputError, match=r"scene: found 'house_c', expected one of this split's house_a, house_b"):
        run(tmp_path / "c", scenes=("house_c",))
    with pytest.raises(InputError, match="episodes: found 7, expected at most the 6"):
        run(tmp_path / "d", episodes=7)
    with pytest.raises(InputError, match="workers: found 0, expected a whole number, at least 1"):
        run(tmp_path / "e", workers=0)
    with pytest.raises(InputError, match="a dict has no reset and no act"):
        run(tmp_path / "g", {"not": "a policy"})
    with pytest.raises(ValueError, match=r"split 'moon': expected val or test"):
        run(tmp_path / "f", env_options={"split": "moon"}, workers=2)


def test_options_for_a_policy_that_is_made_already_are_told(tmp_path):
    with pytest.raises(InputError, match=r"^policy_options: found \{'beams': 3\} for an object"):
        run(tmp_path, policy_options={"beams": 3})
    with pytest.raises(InputError, match=r"^device: found 'cuda', but a policy given as an object has no device"):
        run(tmp_path, device="cuda")


def test_large_and_odd_arrays_cross_the_process_border_as_they_are(tmp_path):
    class Remembering(Walker):
        def __init__(self):
            super().__init__()
            self.images = {}

        def act(self, observations, instructions):
            for observation in observations:
                key = (observation["episode_seed"], float(observation["agent_position"][0]))
                self.images[key] = observation["image"].copy()
                with pytest.raises(ValueError, match="read-only"):
                    observation["image"][:] = 0
            return super().act(observations, instructions)

    local, remote = Remembering(), Remembering()
    options = {"width": 200, "height": 101}  # 60 kB an image
    run(tmp_path / "one", local, env_options=options)
    run(tmp_path / "two", remote, env_options=options, workers=2)
    assert local.images.keys() == remote.images.keys()
    assert all(np.array_equal(image, remote.images[key]) for key, image in local.images.items())


def test_the_environments_measures_are_recorded_and_shown(tmp_path):
    report = run(tmp_path / "run", episodes=2)
    described = json.loads((tmp_path / "run/config.json").read_text())["measures"]
    assert described["distance"] == {"label": "Distance left", "kind": "quantity", "unit": "m", "headline": True}
    assert "Distance left m" in format_rows(report.rows)
    assert report.summary["measures"] == described


def test_an_environment_of_another_contract_is_reported(tmp_path):
    with pytest.raises(InputError, match=r"env: .*Toy-v0 gives no measures in info"):
        run(tmp_path / "a", env_options={"trouble": "info"})
    with pytest.raises(InputError, match="env: CartPole-v1 has no embodiment, measures, renderer"):
        rollout("CartPole-v1", Walker(), out=tmp_path / "b", progress=False)
