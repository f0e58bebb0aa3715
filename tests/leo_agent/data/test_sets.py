"""The paper's layouts: what is written is read back, by every set of the registry; what is broken is named."""

import json

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.data.checking import check_data, check_report, scan_path
from leo_agent.data.making import MakingConfig, make_data
from leo_agent.data.sets.base import SPLITS, find_set, locate, set_names
from leo_agent.data.sets.cap3d import TABLE
from leo_agent.policies.leo.scenes.scene_files import read_scene
from leo_agent.policies.leo.text.question_prompts import text_prompt

LEO = {"cap3d", "obj_scene_cap", "scene_cap", "scan2cap", "scanqa", "sqa3d", "rscan_qa", "rscan_plan", "rscan_dialog"}


def read(folder, name, split="train", **options):
    return list(find_set(name).read(folder, split, **options))


def test_there_are_the_nine_of_the_paper():
    assert set(set_names()) == LEO
    with pytest.raises(InputError, match="sets: found 'nr3d', expected some of cap3d, "):
        find_set("nr3d")


@pytest.mark.parametrize("name", sorted(LEO))
@pytest.mark.parametrize("split", ["train", "val"])
def test_what_is_written_is_read_back(made, tmp_path, name, split):
    items = read(made, name, split) if find_set(name).files(split) else []
    assert bool(items) == (name != "obj_scene_cap" or split == "train")
    assert len({item.id for item in items}) == len(items)
    for relative, value in find_set(name).contents(items, split).items():
        path = tmp_path / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        if relative == TABLE:
            path.write_text("".join(f"{uid},{json.dumps(text)}\n" for uid, text in value))
        else:
            path.write_text(json.dumps(value))
    if name == "cap3d":
        (tmp_path / "obj_caption/split.json").write_text(json.dumps({"validation_rows": len(items) * (split == "val")}))
    if (name, split) == ("scan2cap", "val"):  # an object's references stand in the corpus, where they are marked
        assert all(answer.startswith("sos ") and answer.endswith(" eos") for item in items for answer in item.answers)
        assert max(len(item.answers) for item in items) > 1
    elif items:
        assert read(tmp_path, name, split) == items


@pytest.mark.parametrize("name", sorted(LEO))
def test_every_text_makes_a_prompt_and_has_its_scan(made, name):
    for item in read(made, name):
        text_prompt(item.task, item.text, item.situation, item.history)
        assert scan_path(made, item) is not None


@pytest.mark.parametrize("family", ["scannet", "3rscan"])
def test_scans_are_read_with_the_ids_that_texts_name(made, family):
    names = {"scannet": ("scan2cap", "scanqa"), "3rscan": ("rscan_qa", "scene_cap")}[family]
    items = [item for name in names for item in read(made, name)]
    path = scan_path(made, items[0])
    scene = read_scene(path.parent if family == "3rscan" else path)
    named = {number for item in items for number in (*item.relevant, item.object_id) if number is not None}
    assert len(named) > 50
    assert named <= set(scene.ids.tolist())
    if family == "3rscan":
        labels = dict(zip(scene.ids.tolist(), scene.labels, strict=True))
        captions = [item for item in read(made, "obj_scene_cap") if item.family == "3rscan" and item.object_name]
        assert captions
        assert all(labels[item.object_id] == item.object_name for item in captions)


def test_the_same_houses_and_seed_give_the_same_files(houses, made, tmp_path):
    make_data(MakingConfig(houses=houses, seed=1), tmp_path / "again", workers=2)
    for path in sorted(made.rglob("*.*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(made)).read_bytes(), path
    make_data(MakingConfig(houses=houses, seed=2), tmp_path / "other")
    assert read(tmp_path / "other", "scanqa") != read(made, "scanqa")


def test_an_interrupted_run_goes_on_and_others_are_refused(houses, made, tmp_path):
    out = tmp_path / "out"

    def stop(finished, count):
        if finished == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_data(MakingConfig(houses=houses, seed=1), out, 1, stop)
    assert (out / ".unfinished/house_0001.json").exists()
    with pytest.raises(InputError, match="begun with other houses or another seed"):
        make_data(MakingConfig(houses=houses, seed=3), out)
    make_data(MakingConfig(houses=houses, seed=1), out)
    assert read(out, "sqa3d") == read(made, "sqa3d")
    with pytest.raises(InputError, match="is complete, expected a new or empty folder"):
        make_data(MakingConfig(houses=houses, seed=1), out)
    with pytest.raises(InputError, match="holds no houses, expected a folder of 'leo-agent scenes make'"):
        make_data(MakingConfig(houses=tmp_path), tmp_path / "new")


def test_houses_of_earlier_versions_are_named(houses, tmp_path):
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes/house_0001.scene_instance.json").write_text("{}")
    with pytest.raises(InputError, match=r"house_0001\.facts\.json is missing; houses of earlier versions have none"):
        make_data(MakingConfig(houses=tmp_path), tmp_path / "out")


def test_check_counts_what_is_there_missing_and_broken(made, tmp_path):
    found = check_data(made)
    assert found["sqa3d"]["train"].texts == len(read(made, "sqa3d"))
    assert not any(report.broken or report.missing_scans for splits in found.values() for report in splits.values())
    assert "(published 25,563)" in check_report(made, found)
    folder = tmp_path / "instruction/scanqa"
    folder.mkdir(parents=True)
    rows = json.loads(locate(made, "scanqa/ScanQA_v1.0_train.json").read_text())[:3]
    rows[1]["answers"] = []
    (folder / "ScanQA_v1.0_train.json").write_text(json.dumps(rows))
    report = check_data(tmp_path)["scanqa"]["train"]
    assert (report.texts, len(report.broken), report.missing_scans) == (2, 1, {"house_0001"})
    assert "entry 1: answers: found [], expected a list of texts" in report.broken[0]
    assert "rscan_plan     missing: planning/3rscan_plan_train.json" in check_report(tmp_path, check_data(tmp_path))
    with pytest.raises(InputError, match="entry 1: answers"):
        read(tmp_path, "scanqa")
    with pytest.raises(InputError, match="holds no file of the sets"):
        check_data(tmp_path / "instruction/scanqa")


MUTATIONS = 300


@pytest.mark.parametrize("name", sorted(LEO))
def test_mutated_files_are_read_or_refused_in_one_line(made, tmp_path, name):
    import numpy as np

    files = [relative for relative in find_set(name).files("train") if locate(made, relative)]
    contents = {relative: locate(made, relative).read_bytes()[:4000] for relative in files}
    rng = np.random.default_rng(len(name))
    told = 0
    for number in range(MUTATIONS):
        for relative, content in contents.items():
            path = tmp_path / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_mutated(content, rng, number))
        broken: list[InputError] = []
        try:
            read(tmp_path, name, on_broken=broken.append)
        except InputError as error:
            broken.append(error)
        told += bool(broken)
        for error in broken:
            assert "\n" not in str(error)
            assert len(str(error)) < 1000
    # A table of captions takes nearly anything for a caption, also values of JSON.
    assert told > MUTATIONS // (3 if name == "cap3d" else 2)


def _mutated(content: bytes, rng, number: int) -> bytes:
    """Cut, with bytes changed, or with a value of another kind in place of one."""
    kind = number % 3
    if kind == 0:
        return content[: int(rng.integers(len(content)))]
    if kind == 1:
        changed = bytearray(content)
        for place in rng.integers(len(changed), size=5):
            changed[place] = int(rng.integers(256))
        return bytes(changed)
    values = [
        b"null",
        b"-1",
        b"1e999",
        b"[]",
        b"{}",
        b'""',
        b"\xff\xfe",
        b'"\\ud800"',
        b"[" * 200,
        b"true",
        b"9" * 5000,
    ]
    text = content.decode(errors="ignore")
    places = [i for i, letter in enumerate(text) if letter in '":,[']
    place = places[int(rng.integers(len(places)))]
    return (text[: place + 1]).encode() + values[int(rng.integers(len(values)))] + text[place + 1 :].encode()


def test_splits_are_houses(made):
    for name in sorted(LEO - {"obj_scene_cap"}):
        for split in SPLITS:
            wanted = "house_0001" if split == "train" else "house_0002"
            items = read(made, name, split)
            assert items
            assert all(item.scan.startswith(wanted) for item in items), (name, split)
