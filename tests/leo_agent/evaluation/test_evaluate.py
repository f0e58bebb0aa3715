"""Answers of a tiny model to made texts: written as they come, gone on with, scored, shown."""

import json
from pathlib import Path

import numpy as np
import pytest

from leo_agent.cli import main
from leo_agent.contract.errors import InputError
from leo_agent.data.items import TextItem
from leo_agent.episodes.run_folder import RESULT_KEYS, RunFolder
from leo_agent.evaluation import evaluate as module
from leo_agent.evaluation.answers_folder import ANSWERS_FILE, read_answers
from leo_agent.evaluation.evaluate import EvaluationConfig, evaluate
from leo_agent.evaluation.floors import FLOORS
from leo_agent.evaluation.page import plan_picture
from leo_agent.evaluation.scoring import clustered, scores
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.weights.checkpoint import save_pretrained
from tests.policies.leo import tiny


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    save_pretrained(tiny.model(), tiny.tokenizer(), folder)
    return folder


def config(weights, made, **changes) -> EvaluationConfig:
    given = {"policy": str(weights), "data": made, "limit": 4, "beams": 1, "max_tokens": 4, "batch_size": 3}
    return EvaluationConfig(**{**given, **changes})


def test_every_set_is_answered_and_scored(weights, made, tmp_path):
    found = evaluate(config(weights, made), tmp_path / "run")
    lines = read_answers(tmp_path / "run")
    assert set(found) == {line["set"] for line in lines}
    assert all(part["texts"] == 4 for part in found.values())
    assert {"em", "em_refined", "bleu_4", "cider", "rouge_l"} <= found["sqa3d"]["scores"].keys()
    assert "em" not in found["scene_cap"]["scores"]
    assert json.loads((tmp_path / "run/summary.json").read_text())["sets"].keys() == found.keys()
    page = (tmp_path / "run/report.html").read_text()
    assert "house_0002 from above" in page
    assert page.count("<article") == len(lines)


def test_a_run_that_was_killed_goes_on_and_gives_the_same_answers(weights, made, tmp_path, monkeypatch):
    tasks = {"tasks": ("scanqa", "rscan_plan")}
    evaluate(config(weights, made, **tasks), tmp_path / "whole")
    asked = []
    real = LeoAgent.answer

    def stopping(self, queries, decoding=None):
        asked.append(len(queries))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return real(self, queries, decoding)

    with monkeypatch.context() as patch:
        patch.setattr(LeoAgent, "answer", stopping)
        with pytest.raises(KeyboardInterrupt):
            evaluate(config(weights, made, **tasks), tmp_path / "run")
    path = tmp_path / "run" / ANSWERS_FILE
    assert len(read_answers(tmp_path / "run")) == 3
    with path.open("ab") as file:
        file.write(b'{"set": "scanqa", "id": "ha')  # a kill in the middle of a line
    evaluate(config(weights, made, **tasks), tmp_path / "run")
    assert read_answers(tmp_path / "run") == read_answers(tmp_path / "whole")


def test_another_evaluation_in_the_folder_is_refused(weights, made, tmp_path):
    evaluate(config(weights, made, tasks=("rscan_plan",)), tmp_path / "run")
    with pytest.raises(InputError, match=r"holds another evaluation \(.*limit.*\); choose another folder"):
        evaluate(config(weights, made, tasks=("rscan_plan",), limit=2), tmp_path / "run")
    with pytest.raises(InputError, match=r"data: .* has the split test of none of"):
        evaluate(config(weights, tmp_path, split="test"), tmp_path / "none")
    with pytest.raises(InputError, match="sets: found 'dance'"):
        evaluate(config(weights, made, tasks=("dance",)), tmp_path / "none")


def test_blind_it_sees_nothing_and_answers_otherwise(weights, made, tmp_path, monkeypatch):
    seen = []
    real = LeoAgent.answer

    def noting(self, queries, decoding=None):
        seen.extend(len(query.view.scene) for query in queries)
        return real(self, queries, decoding)

    monkeypatch.setattr(LeoAgent, "answer", noting)
    evaluate(config(weights, made, tasks=("scanqa", "scan2cap"), is_blind=True), tmp_path / "blind")
    assert seen
    assert not any(seen)


def test_a_missing_scan_and_a_broken_entry_are_named_or_counted(weights, made, tmp_path, caplog):
    folder = tmp_path / "data/instruction/scanqa"
    folder.mkdir(parents=True)
    rows = json.loads((made / "instruction/scanqa/ScanQA_v1.0_val.json").read_text())[:3]
    rows[1]["answers"] = []
    (folder / "ScanQA_v1.0_val.json").write_text(json.dumps(rows))
    with pytest.raises(InputError, match="entry 1: answers"):
        evaluate(config(weights, tmp_path / "data"), tmp_path / "run")
    with pytest.raises(InputError, match=r"house_0002\.pth is missing, which house_0002-\w+-\d+ is about"):
        evaluate(config(weights, tmp_path / "data", skip_broken=True), tmp_path / "run")
    assert "scanqa: 1 broken entries are left out" in caplog.text


def test_on_the_command_line(weights, made, tmp_path, capsys):
    command = ["evaluate", "--policy", str(weights), "--data", str(made), "--out", str(tmp_path / "run")]
    assert main([*command, "--task", "rscan_qa", "--limit", "2", "--beams", "1", "--max-tokens", "3"]) == 0
    assert "run: 2 of rscan_qa in 1 scans" in capsys.readouterr().out
    assert main([*command, "--split", "all"]) == 2
    assert "--split: found 'all', expected one of train, val, test" in capsys.readouterr().err


def test_floors_stand_side_by_side_with_the_published_scores(weights, made, tmp_path, capsys):
    for policy, more in ((str(weights), []), (str(weights), ["--blind"]), ("most-frequent", []), ("same-words", [])):
        out = tmp_path / "runs" / (more[0].strip("-") if more else Path(policy).name)
        command = ["evaluate", "--policy", policy, "--data", str(made), "--out", str(out), "--task", "sqa3d", *more]
        assert main([*command, "--limit", "6", "--beams", "1", "--max-tokens", "3"]) == 0
    capsys.readouterr()
    assert main(["score", str(tmp_path / "runs")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["set", "score", "blind", "most-frequent", "same-words", "tiny", "published"]
    assert next(each for each in printed if each.split()[:2] == ["sqa3d", "em"]).endswith("50.0")
    assert main(["score", "--json", str(tmp_path / "runs/most-frequent")]) == 0
    assert json.loads(capsys.readouterr().out)["most-frequent"]["sqa3d"]["texts"] == 6
    result = {"env": "world", "split": "val", "policy": "walker", "scene": "s", "episode_id": "0", "seed": 0}
    result |= {"instruction": "", "outcome": "success", "steps": 1, "measures": {"success": 1.0}, "seconds": {}}
    with RunFolder(tmp_path / "runs/walks", {"env": "world"}, {}) as folder:
        folder.append({**dict.fromkeys(RESULT_KEYS), **result})
    assert main(["score", str(tmp_path / "runs")]) == 0
    printed = capsys.readouterr().out
    assert "walker" in printed, "rollouts beside evaluations are not hidden"
    assert "most-frequent" in printed
    assert main(["score", "--json", str(tmp_path / "runs")]) == 2
    assert "found rollouts and evaluations" in capsys.readouterr().err
    answers = {line["answer"] for line in read_answers(tmp_path / "runs/most-frequent")}
    assert answers <= {"yes", "no"}, "the most frequent answer of the training"
    assert len(answers) == 1


def test_the_same_words_get_what_training_mostly_answers_to_them(tmp_path):
    def row(number: int, question: str, answer: str) -> dict:
        return {
            "scene_id": "s",
            "question_id": f"{number}",
            "question": question,
            "answers": [answer],
            "object_ids": [],
        }

    asked = ["What color is the stove?", "How many stoves are there?"] + ["Which color does the tub have?"] * 2
    rows = [row(n, *each) for n, each in enumerate(zip(asked * 2, ["gray", "two", "white", "red"] * 2, strict=True))]
    (tmp_path / "scanqa").mkdir()
    rows += [row(8, "What color is the stove?", "black"), row(9, "Which color does the tub have?", "red")]
    (tmp_path / "scanqa/ScanQA_v1.0_train.json").write_text(json.dumps(rows))
    floor, frequent = (FLOORS[name](tmp_path, "scanqa") for name in ("same-words", "most-frequent"))
    said = {
        "What color is the stove?": "gray",
        "Which color has the tub?": "red",
        "How many stoves?": "two",
        "Sofa?": "red",
    }
    for number, (question, answer) in enumerate(said.items()):
        item = TextItem(id=f"{number}", task="question", family="scannet", scan="s", text=question, answers=("?",))
        assert floor.answer(item) == answer
        assert frequent.answer(item) == "red"
    with pytest.raises(InputError, match="needs texts of sqa3d in the split train, found none"):
        FLOORS["same-words"](tmp_path, "sqa3d")


def line(name: str, number: int, answer: str, references: list[str], **more) -> dict:
    given = {"set": name, "id": f"house-count-{number}", "scan": f"house{number % 3}", "text": "how many?", "task": "q"}
    return {**given, "answer": answer, "references": references, **more}


def test_scores_worked_out_by_hand():
    lines = [line("sqa3d", 0, "two", ["2"]), line("sqa3d", 1, "a red chair", ["red"]), line("sqa3d", 2, "no", ["yes"])]
    found = scores(lines)["sqa3d"]["scores"]
    assert found["em"]["mean"] == pytest.approx(1 / 3)
    assert found["em_refined"]["mean"] == pytest.approx(2 / 3)
    assert found["em/type/how"]["mean"] == pytest.approx(1 / 3)
    captions = [line("scan2cap", n, "it is red", ["sos it is red eos"]) for n in range(3)]
    assert scores(captions)["scan2cap"]["scores"]["rouge_l"]["mean"] == 1.0


def test_intervals_are_over_scenes():
    values, scans = [1.0] * 50 + [0.0] * 50, ["a"] * 50 + ["b"] * 50
    wide = clustered(values, scans)
    assert (wide["low"], wide["mean"], wide["high"]) == (0.0, 0.5, 1.0), "two scenes tell little"
    narrow = clustered(values, [str(number % 50) for number in range(100)])
    assert narrow["high"] - narrow["low"] < 0.2
    assert clustered(values, scans) == wide


def test_a_picture_shows_objects_from_above():
    red, blue = (
        np.array([[x, y, z, *color] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
        for color in ((1, 0, 0), (0, 0, 1))
    )
    blue[:, 0] += 3
    picture = plan_picture(ObjectScene("room", (red, blue), np.array([1, 2]), ("a", "b")))
    width, height = picture.size
    assert picture.getpixel((int(width * 1 / 5), height // 2)) == (255, 0, 0)
    assert picture.getpixel((int(width * 4 / 5), height // 2)) == (0, 0, 255)


def test_the_module_asks_for_scenes_one_after_the_other(weights, made, tmp_path, monkeypatch):
    read = []
    real = module.item_scene
    monkeypatch.setattr(module, "item_scene", lambda root, item: read.append(item.scan) or real(root, item))
    evaluate(config(weights, made, tasks=("rscan_qa",), split="train"), tmp_path / "run")
    assert len(read) <= 2, "once for all texts, once for the report"
