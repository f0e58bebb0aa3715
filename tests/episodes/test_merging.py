"""Joined datasets hold what each source held, clouds and descriptions with it, in the layout of today."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations import merging
from leo_agent.episodes.demonstrations.contact_sheet import write_contact_sheet
from leo_agent.episodes.demonstrations.description import describe_dataset
from leo_agent.episodes.demonstrations.merging import merge_datasets
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from tests.episodes.demonstrations import record
from tests.episodes.rewriting import (
    EPISODES,
    as_an_earlier_version,
    change_info,
    put_boxes_around_clouds,
    rewrite,
    without,
)


def make(path: Path, orders: list[int], tabletop: bool = False) -> Path:
    for order in orders:
        record(path, order, length=3 + order, tabletop=tabletop)
    DatasetWriter(path).close()
    (path / "episodes.jsonl").write_text("".join(f'{{"seed": {order}}}\n' for order in orders))
    (path / "config.json").write_text(json.dumps({"run": {"env": "leo/Made-v0"}, "leo_agent": "0.1.0"}))
    return path


@pytest.fixture(params=[False, True], ids=["navigation", "tabletop"])
def sources(request, tmp_path) -> list[Path]:
    return [make(tmp_path / "a", [0, 1], request.param), make(tmp_path / "b", [2, 3, 4], request.param)]


def test_everything_of_every_source_is_there(sources, tmp_path):
    merged = merge_datasets(sources, tmp_path / "merged")
    parts = [Dataset(source) for source in sources]
    assert (merged.num_episodes, merged.num_frames) == (5, sum(part.num_frames for part in parts))
    first_frame = first_episode = 0
    for part in parts:
        for name in ("action", "expert_action", "observation.state", "observation.object_boxes", "next.reward"):
            values = merged.frames()[name][first_frame : first_frame + part.num_frames]
            assert np.array_equal(values, part.frames()[name]), name
        for frame in range(part.num_frames):
            rows, own = (
                merged.frames()["observation.objects"][first_frame + frame],
                part.frames()["observation.objects"],
            )
            assert np.array_equal(merged.clouds.points(rows), part.clouds.points(own[frame]))
            numbers = merged.frames()["task_index"][first_frame + frame], part.frames()["task_index"][frame]
            assert merged.tasks[numbers[0]] == part.tasks[numbers[1]]
        for index, episode in enumerate(part.episodes):
            other = merged.episodes[first_episode + index]
            assert (other.length, other.task) == (episode.length, episode.task)
            assert other.row["leo/measures"] == episode.row["leo/measures"]
            for key in part.image_keys:
                assert np.array_equal(merged.images(key, other.index), part.images(key, index))
        first_frame += part.num_frames
        first_episode += part.num_episodes
    assert [episode.row["leo/order"] for episode in merged.episodes] == [0, 1, 2, 3, 4]
    assert [json.loads(line)["seed"] for line in (merged.path / "episodes.jsonl").open()] == [0, 1, 2, 3, 4]
    assert describe_dataset(merged.path).endswith("leo-agent data merge, of a, b")


def test_its_statistics_are_those_of_all_frames(sources, tmp_path):
    merged = merge_datasets(sources, tmp_path / "merged")
    for name in ("action", "observation.object_ids", "observation.objects"):
        values = merged.frames()[name].astype(np.float64)
        assert merged.statistics[name]["mean"] == pytest.approx(values.mean(0))
    whole = tmp_path / "whole"
    for order in range(5):
        record(whole, order, length=3 + order, tabletop=len(merged.image_keys) == 2)
    DatasetWriter(whole).close()
    for key in merged.image_keys:
        once = Dataset(whole).statistics[key]
        assert merged.statistics[key]["mean"] == pytest.approx(once["mean"], abs=0.02)
        assert merged.statistics[key]["count"] == once["count"]


def test_long_sources_become_several_files(sources, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "FRAMES_PER_FILE", 6)
    merged = merge_datasets(sources, tmp_path / "merged")
    assert len(list(merged.path.glob("data/*/*.parquet"))) > 2
    assert [episode.length for episode in merged.episodes] == [3, 4, 5, 6, 7]
    assert len(merged.clouds) == len(set(merged.clouds.hashes))


def test_one_dataset_of_an_earlier_version_is_brought_up_to_date(sources, tmp_path):
    today = Dataset(sources[0])
    earlier = shutil.copytree(sources[0], tmp_path / "earlier")
    put_boxes_around_clouds(earlier)
    as_an_earlier_version(earlier)
    rewrite(earlier / EPISODES, without("leo/scene", "leo/measures", "leo/seed", "leo/order"))
    merged = merge_datasets([earlier, sources[1]], tmp_path / "merged")
    assert np.array_equal(merged.frames()["action"][: today.num_frames], today.frames()["action"])
    assert np.array_equal(merged.frames()["objects_digest"][: today.num_frames], today.frames()["objects_digest"])
    assert [episode.row["leo/measures"] is None for episode in merged.episodes] == [True, True, False, False, False]


def test_what_does_not_go_together_is_refused_and_nothing_is_left(sources, tmp_path):
    other = make(tmp_path / "other", [0], tabletop=len(Dataset(sources[0]).image_keys) == 1)
    out = tmp_path / "merged"
    with pytest.raises(InputError, match=r"other: cannot be merged with .*a: only one of them has the column"):
        merge_datasets([sources[0], other], out)
    change_info(sources[1], lambda info: info.update(fps=30))
    with pytest.raises(InputError, match=r"b: cannot be merged with .*a: fps is 30, there 10"):
        merge_datasets(sources, out)
    change_info(sources[1], lambda info: info.update(fps=10))
    change_info(sources[1], lambda info: info["features"]["observation.images.ego"].update(shape=[48, 64, 3]))
    with pytest.raises(InputError, match=r"observation\.images\.ego is video \[48, 64, 3\], there video \[24, 32, 3\]"):
        merge_datasets(sources, out)
    with pytest.raises(InputError, match=r"out: found .*inside, which lies in the source .*b, expected a folder"):
        merge_datasets(sources, sources[1] / "inside")
    with pytest.raises(InputError, match=r"out: found .*a, which exists already, expected a new or empty folder"):
        merge_datasets([sources[0]], sources[0])
    shutil.rmtree(sources[0] / "clouds")
    with pytest.raises(InputError, match="has no object clouds"):
        merge_datasets(sources[:1], out)
    assert not out.exists()
    assert not list(tmp_path.glob(".merged*"))


def test_a_contact_sheet_has_the_pictures_of_every_camera(sources, tmp_path):
    from PIL import Image

    told = write_contact_sheet(sources[1], 2, tmp_path / "sheet.png")
    assert "episode 2 of 3, 7 frames" in told
    picture = np.asarray(Image.open(tmp_path / "sheet.png"))
    cameras = len(Dataset(sources[1]).image_keys)
    assert picture.shape[1] >= 7 * 128
    assert picture.shape[0] >= cameras * 128
    with pytest.raises(InputError, match="episode: found 3, expected a whole number, 0 to 2"):
        write_contact_sheet(sources[1], 3, tmp_path / "sheet.png")
    with pytest.raises(InputError, match=r"out: .*sheet\.nothing cannot be written as an image"):
        write_contact_sheet(sources[1], 0, tmp_path / "sheet.nothing")
