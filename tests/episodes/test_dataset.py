"""Demonstrations: what is recorded comes back; crashes leave the finished episodes."""

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations import writer as writer_module
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.recorder import DemonstrationRecorder
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from tests.episodes.demonstrations import MASK, NUM_POINTS, STATIC_POINTS, embodiment_of, observation, record


def make(path, lengths, tabletop=False):
    recorded = [record(path, order, length, tabletop) for order, length in enumerate(lengths)]
    DatasetWriter(path).close()
    return recorded


@pytest.mark.parametrize("tabletop", [False, True])
def test_what_is_recorded_comes_back(tmp_path, tabletop):
    recorded = make(tmp_path, (4, 1, 6), tabletop)
    dataset = Dataset(tmp_path)
    frames = dataset.frames()
    to_vector = embodiment_of(tabletop).to_vector
    flat = [frame for episode in recorded for frame in episode]
    assert dataset.num_frames == len(flat) == 11
    assert [episode.length for episode in dataset.episodes] == [4, 1, 6]
    for index, frame in enumerate(flat):
        seen = frame["observation"]
        assert np.array_equal(frames["observation.state"][index][:3], seen["agent_position"])
        assert np.array_equal(frames["observation.object_boxes"][index].reshape(-1, 6), seen["object_boxes"])
        assert frames["observation.object_ids"][index].tolist() == [4, 7, 9, -1, -1]
        assert np.array_equal(np.atleast_1d(frames["action"][index]), to_vector(frame["action"]))
        assert np.array_equal(np.atleast_1d(frames["expert_action"][index]), to_vector(frame["expert_action"]))
        assert frames["next.reward"][index] == np.float32(frame["reward"])
        assert (frames["next.done"][index], frames["next.success"][index]) == (frame["done"], frame["success"])
        assert dataset.tasks[frames["task_index"][index]] == seen["instruction"]
        clouds = dataset.clouds.points(frames["observation.objects"][index])
        assert np.array_equal(clouds[MASK, :, :3], seen["object_points"][MASK, :, :3])
        assert np.abs(clouds[MASK, :, 3:] - seen["object_points"][MASK, :, 3:]).max() <= 0.5 / 255 + 1e-6
        assert not clouds[~MASK].any()


def test_bookkeeping_counts_frames_and_episodes(tmp_path):
    make(tmp_path, (2, 3))
    frames = Dataset(tmp_path).frames()
    assert frames["index"].tolist() == [0, 1, 2, 3, 4]
    assert frames["episode_index"].tolist() == [0, 0, 1, 1, 1]
    assert frames["frame_index"].tolist() == [0, 1, 0, 1, 2]
    assert frames["timestamp"] == pytest.approx([0, 0.1, 0, 0.1, 0.2])


@pytest.mark.parametrize("tabletop", [False, True])
def test_images_come_back_by_episode_and_in_sequence(tmp_path, tabletop):
    recorded = make(tmp_path, (4, 1, 6), tabletop)
    dataset = Dataset(tmp_path)
    cameras = {"observation.images.ego": "image", "observation.images.top": "color_map"}
    assert dataset.image_keys == list(cameras)[: 1 + tabletop]
    for key in dataset.image_keys:
        in_sequence = dict(dataset.iter_images(key))
        for index in (2, 0, 1):
            images = dataset.images(key, index)
            assert np.array_equal(images, in_sequence[index])
            expected = np.stack([frame["observation"][cameras[key]] for frame in recorded[index]])
            assert np.abs(images.astype(int) - expected).max() <= 3
    with pytest.raises(InputError, match="no camera 'side'"):
        dataset.images("side", 0)


def test_every_distinct_cloud_is_stored_once(tmp_path):
    make(tmp_path / "still", (5, 5, 5))
    assert len(Dataset(tmp_path / "still").clouds) == 3
    make(tmp_path / "moving", (5, 5, 5), tabletop=True)
    clouds = Dataset(tmp_path / "moving").clouds
    assert len(clouds) == 2 + 5
    assert clouds.xyz.shape == (7, NUM_POINTS, 3)
    assert np.array_equal(clouds.points(np.array([-1, 1]))[1, :, :3], STATIC_POINTS[1, :, :3])


def test_layout_is_lerobots(tmp_path):
    make(tmp_path, (4, 2), tabletop=True)
    info = json.loads((tmp_path / "meta/info.json").read_text())
    assert info["codebase_version"] == "v3.0"
    assert (info["total_episodes"], info["total_frames"], info["total_tasks"]) == (2, 6, 2)
    assert info["features"]["action"] == {
        "dtype": "float32",
        "shape": [14],
        "names": [f"{move}_{name}" for move in ("pick", "place") for name in ("x", "y", "z", "qx", "qy", "qz", "qw")],
    }
    assert info["features"]["observation.images.top"]["shape"] == [32, 16, 3]
    data = pq.read_table(tmp_path / info["data_path"].format(chunk_index=0, file_index=0))
    stored = {name for name, feature in info["features"].items() if feature["dtype"] != "video"}
    assert set(data.column_names) == stored
    tasks = pq.read_table(tmp_path / "meta/tasks.parquet")
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]
    episode = pq.read_table(tmp_path / "meta/episodes/chunk-000/file-000.parquet").to_pylist()[1]
    assert (episode["dataset_from_index"], episode["dataset_to_index"], episode["length"]) == (4, 6, 2)
    assert episode["videos/observation.images.top/from_timestamp"] == pytest.approx(0.4)
    assert episode["videos/observation.images.top/to_timestamp"] == pytest.approx(0.6)
    assert np.array(episode["stats/observation.images.top/mean"]).shape == (3, 1, 1)


def test_statistics_are_those_of_all_frames(tmp_path):
    make(tmp_path, (4, 1, 6))
    make_again = Dataset(tmp_path)
    frames, statistics = make_again.frames(), make_again.statistics
    for key in ("observation.state", "action", "next.reward"):
        values = frames[key].reshape(len(frames[key]), -1).astype(np.float64)
        assert statistics[key]["mean"] == pytest.approx(values.mean(0))
        assert statistics[key]["std"] == pytest.approx(values.std(0), abs=1e-9)
        assert np.array_equal(statistics[key]["min"], values.min(0))
        assert statistics[key]["count"].tolist() == [11]
    images = np.concatenate([images for _, images in make_again.iter_images("observation.images.ego")])
    found = statistics["observation.images.ego"]["mean"].reshape(3)
    assert found == pytest.approx(images.mean((0, 1, 2)) / 255, abs=0.02)


def test_appending_goes_on_where_it_ended(tmp_path):
    make(tmp_path / "once", (4, 1, 6))
    record(tmp_path / "twice", 0, 4)
    DatasetWriter(tmp_path / "twice").close()
    record(tmp_path / "twice", 1, 1)
    record(tmp_path / "twice", 2, 6)
    writer = DatasetWriter(tmp_path / "twice")
    assert (writer.num_episodes, writer.waiting()) == (1, [1, 2])
    writer.close()
    once, twice = Dataset(tmp_path / "once"), Dataset(tmp_path / "twice")
    assert len(list((tmp_path / "twice/data/chunk-000").iterdir())) == 2
    for name, values in once.frames().items():
        assert np.array_equal(values, twice.frames()[name]), name
    assert np.array_equal(once.clouds.xyz, twice.clouds.xyz)
    for index in range(3):
        key = once.image_keys[0]
        assert np.array_equal(once.images(key, index), twice.images(key, index))
    for key, values in once.statistics["action"].items():
        assert values == pytest.approx(twice.statistics["action"][key])


def test_only_chosen_episodes_are_taken_and_the_rest_dropped(tmp_path):
    for order in range(4):
        record(tmp_path, order)
    writer = DatasetWriter(tmp_path)
    assert writer.flush({2}) == 1
    assert writer.waiting() == [0, 1, 3]
    writer.close({0})
    assert [episode.row["leo/order"] for episode in Dataset(tmp_path).episodes] == [2, 0]
    assert not (tmp_path / ".staging").exists()


def test_long_collections_are_split_into_files(tmp_path, monkeypatch):
    monkeypatch.setattr(writer_module, "FRAMES_PER_FILE", 7)
    make(tmp_path, (4, 4, 2, 9, 1))
    dataset = Dataset(tmp_path)
    assert len(list((tmp_path / "data/chunk-000").iterdir())) == 4
    assert dataset.num_frames == 20
    key = dataset.image_keys[0]
    assert [len(images) for _, images in dataset.iter_images(key)] == [4, 4, 2, 9, 1]


@pytest.mark.parametrize("stop_at", range(8))
def test_a_crash_at_any_write_leaves_a_dataset_that_goes_on(tmp_path, monkeypatch, stop_at):
    """Fails the n-th file that `flush` writes, as a kill would, and resumes."""
    make(tmp_path / "whole", (4, 2, 3))
    record(tmp_path / "cut", 0, 4)
    DatasetWriter(tmp_path / "cut").close()
    record(tmp_path / "cut", 1, 2)
    record(tmp_path / "cut", 2, 3)
    written = iter(range(stop_at))

    def failing(write):
        def attempt(*arguments):
            if next(written, None) is None:
                raise KeyboardInterrupt
            return write(*arguments)

        return attempt

    with monkeypatch.context() as patch:
        for name in ("write_table", "write_json", "join_videos"):
            patch.setattr(writer_module, name, failing(getattr(writer_module, name)))
        patch.setattr(shutil, "rmtree", failing(shutil.rmtree))
        with pytest.raises(KeyboardInterrupt):
            DatasetWriter(tmp_path / "cut").flush()
    cut = Dataset(tmp_path / "cut")
    assert cut.num_episodes in (1, 3)
    assert len(cut.images(cut.image_keys[0], 0)) == 4
    DatasetWriter(tmp_path / "cut").close()
    whole, resumed = Dataset(tmp_path / "whole"), Dataset(tmp_path / "cut")
    for name, values in whole.frames().items():
        assert np.array_equal(values, resumed.frames()[name]), name
    assert np.array_equal(whole.clouds.xyz, resumed.clouds.xyz)
    assert resumed.statistics["action"]["count"].tolist() == [9]
    assert len(list((tmp_path / "cut/data/chunk-000").iterdir())) == 2


def test_an_unfinished_or_discarded_episode_leaves_nothing(tmp_path):
    record(tmp_path, 0)
    first = DemonstrationRecorder(tmp_path, 1, embodiment_of(False))
    second = DemonstrationRecorder(tmp_path, 2, embodiment_of(False))
    second.discard()
    with pytest.raises(InputError, match="at least one frame"):
        first.commit({})
    DatasetWriter(tmp_path).close()
    assert Dataset(tmp_path).num_episodes == 1
    assert not (tmp_path / ".staging").exists()


def test_worlds_do_not_mix(tmp_path):
    make(tmp_path, (2,))
    record(tmp_path, 1, tabletop=True)
    with pytest.raises(InputError, match="other columns"):
        DatasetWriter(tmp_path).close()
    assert Dataset(tmp_path).num_episodes == 1


@pytest.mark.parametrize("tabletop", [False, True])
def test_a_dataset_knows_its_embodiment_and_gives_its_actions(tmp_path, tabletop):
    (recorded,) = make(tmp_path, (4,), tabletop)
    dataset = Dataset(tmp_path)
    assert dataset.embodiment == embodiment_of(tabletop)
    assert dataset.features["action"]["names"] == list(embodiment_of(tabletop).action_names)
    for vector, frame in zip(dataset.frames()["action"].reshape(4, -1), recorded, strict=True):
        action = dataset.embodiment.from_vector(vector)
        assert np.array_equal(embodiment_of(tabletop).to_vector(action), vector)
        if tabletop:
            assert all(np.array_equal(action[move], frame["action"][move]) for move in ("pick", "place"))
        else:
            assert action == frame["action"]


def test_another_body_is_reported(tmp_path):
    make(tmp_path, (1,))
    info = json.loads((tmp_path / "meta/info.json").read_text())
    info["features"]["action"]["names"] = ["left_wheel"]
    (tmp_path / "meta/info.json").write_text(json.dumps(info))
    with pytest.raises(InputError, match=r"info\.json: action names: found \['left_wheel'\], expected stop, …"):
        _ = Dataset(tmp_path).embodiment


def test_what_is_no_action_of_the_embodiment_is_refused(tmp_path):
    recorder = DemonstrationRecorder(tmp_path, 0, embodiment_of(True))
    seen = observation(np.random.default_rng(0), True, 0)
    with pytest.raises(InputError, match=r"found shape \(3,\), expected finite numbers of shape \(7\)"):
        recorder.add(seen, {"pick": np.ones(3), "place": np.ones(7)}, None, 0.0, False, False)
    with pytest.raises(InputError, match="expected a mapping with 'pick' and 'place'"):
        recorder.add(seen, 3, 3, 0.0, False, False)


def test_an_episode_that_an_earlier_version_left_waiting_is_reported(tmp_path):
    record(tmp_path, 0)
    path = tmp_path / ".staging/episode-00000000/episode.json"
    staged = json.loads(path.read_text())
    del staged["action_names"]
    path.write_text(json.dumps(staged))
    with pytest.raises(InputError, match="episode-00000000: recorded by an earlier version"):
        DatasetWriter(tmp_path).close()
