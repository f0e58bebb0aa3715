"""One rule for the files of a dataset: hidden ones, packed and plain ones, category maps, and what messages say."""

import gzip
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav
from tests.envs.navigation.test_episodes import CONTENT, TOP

NO_MAP = {"episodes": []}
MAP = "category_to_task_category_id"


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" and not isinstance(value, bytes) else content)


@pytest.mark.parametrize("top", ["val.json", "val.json.gz"])
@pytest.mark.parametrize("content", ["house_0007.json", "house_0007.json.gz"])
@pytest.mark.parametrize("folder", ["val", ""])
def test_packed_and_plain_are_alike_at_both_places(tmp_path: Path, top: str, content: str, folder: str) -> None:
    write(tmp_path / folder / top, TOP)
    write(tmp_path / folder / "content" / content, CONTENT)
    assert len(list(ObjectNav.read_episodes(tmp_path))) == 2


@pytest.mark.parametrize("template", ["{data_path}/parts/{scene}.json", "{data_path}/parts/{scene}.json.gz"])
def test_a_content_path_of_ones_own(tmp_path: Path, template: str) -> None:
    write(tmp_path / "val.json", {**TOP, "content_scenes_path": template})
    write(tmp_path / "parts/one.json", CONTENT)
    write(tmp_path / "parts/two.json.gz", CONTENT)
    assert [path.name for path in ObjectNav.read_episodes(tmp_path).episode_files] == ["one.json", "two.json.gz"]
    write(tmp_path / "val.json", {**TOP, "content_scenes_path": ""})  # as if there were none
    write(tmp_path / "content/one.json", CONTENT)
    assert len(ObjectNav.read_episodes(tmp_path).episode_files) == 1


def test_where_both_are_there_the_packed_one_is_read_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for ending in ("json", "json.gz"):
        write(tmp_path / f"val.{ending}", TOP)
        write(tmp_path / f"content/house_0007.{ending}", CONTENT)
    episodes = ObjectNav.read_episodes(tmp_path)
    assert episodes.path.name == "val.json.gz"
    assert [path.name for path in episodes.episode_files] == ["house_0007.json.gz"]
    passed_over = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [message.partition(" is passed over")[0][-15:] for message in passed_over] == [
        str(tmp_path / "val.json")[-15:],
        "house_0007.json",
    ]


def test_names_that_do_not_say_whether_a_file_is_packed(tmp_path: Path) -> None:
    write(tmp_path / "val.json", gzip.compress(json.dumps(TOP).encode()))
    write(tmp_path / "content/house_0007.json.gz", json.dumps(CONTENT).encode())
    assert len(list(ObjectNav.read_episodes(tmp_path))) == 2


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "val.json", TOP)
    write(tmp_path / "content/house_0007.json", CONTENT)
    for name in (".DS_Store", "._val.json", "content/.DS_Store", "content/._house_0007.json", "content/._x.json.gz"):
        write(tmp_path / name, b"\0\5\x16\7of a Mac")
    assert len(list(ObjectNav.read_episodes(tmp_path))) == 2
    with pytest.raises(InputError, match=r"no split 'train'; found val$"):
        ObjectNav.read_episodes(tmp_path, "train")


@pytest.mark.parametrize(
    ("tops", "contents", "expected"),
    [
        ({MAP: {"bed": 4, "chair": 7}}, [{}], {"bed": 4, "chair": 7}),
        ({}, [{MAP: {"chair": 7}}], {"chair": 7}),
        ({}, [{}, {MAP: {"chair": 7, "bed": 1}}], {"chair": 7, "bed": 1}),
        ({}, [{MAP: {"bed": 1}}, {MAP: {"chair": 7}}], {"bed": 1, "chair": 7}),
        ({MAP: {}}, [{MAP: {"chair": 3}}], {"chair": 3}),
        ({MAP: {}}, [{}, {}], {"chair": 0}),
        ({MAP: None}, [{}], {"chair": 0}),
    ],
)
def test_category_maps_come_from_any_file_or_from_the_words(
    tmp_path: Path, tops: dict[str, Any], contents: list[dict[str, Any]], expected: dict[str, int]
) -> None:
    write(tmp_path / "val.json", {**NO_MAP, **tops})
    for number, more in enumerate(contents):
        write(tmp_path / f"content/{number}.json", {**CONTENT, **more})
    assert ObjectNav.read_episodes(tmp_path).category_ids == expected


def test_category_maps_that_contradict_each_other(tmp_path: Path) -> None:
    write(tmp_path / "val.json", NO_MAP)
    for number in range(2):
        write(tmp_path / f"content/{number}.json", {**CONTENT, MAP: {"chair": number}})
    with pytest.raises(InputError, match=r"1\.json: found number 1 of 'chair' in .*, expected 0 as in other files"):
        ObjectNav.read_episodes(tmp_path)


def test_messages_say_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no split at all; found nothing, expected val/val"):
        ObjectNav.read_episodes(tmp_path)
    write(tmp_path / "val.json", NO_MAP)
    with pytest.raises(InputError, match=r"no content files: there is no folder .*content$"):
        ObjectNav.read_episodes(tmp_path)
    write(tmp_path / "content/house_0007.txt", b"")
    with pytest.raises(InputError, match=r"found house_0007\.txt in .*content, expected \*\.json\.gz or \.json$"):
        ObjectNav.read_episodes(tmp_path)
    with pytest.raises(InputError, match=r"no split 'val', and no split at all; found house_0007\.txt, expected"):
        ObjectNav.read_episodes(tmp_path / "content")


@pytest.mark.parametrize("name", ["val.json", "val/val.json.gz", "content/house_0007.json"])
def test_a_pipe_in_place_of_a_file_is_told_at_once(tmp_path: Path, name: str) -> None:
    if name.startswith("content"):
        write(tmp_path / "val.json", TOP)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=f"{name}: found a named pipe") as caught:
        list(ObjectNav.read_episodes(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_small_file_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leo_agent.contract.json_file.read_json.__defaults__", ("a JSON file", 1 << 20))
    monkeypatch.setattr("leo_agent.contract.json_file.read_json_object.__defaults__", ("a JSON object", 1 << 20))
    write(tmp_path / "val.json.gz", gzip.compress(b" " * (1 << 21)))
    with pytest.raises(InputError, match="unpacks to more than 1048576 bytes"):
        ObjectNav.read_episodes(tmp_path)
