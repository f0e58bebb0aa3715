"""Demonstrations as samples: what a frame becomes, what is held out, and that nothing grows with the data."""

import json
import shutil

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.policies.leo.batches.batch import LeoSample
from leo_agent.policies.leo.model.image_encoder import resize_image
from leo_agent.train.samples import demonstrations as module
from leo_agent.train.samples.source import Showing
from tests.episodes.rewriting import DATA, EPISODES, rewrite, without
from tests.leo_agent.conftest import HOUSES
from tests.leo_agent.train.samples.sources import mixture, read, recorded
from tests.policies.leo import tiny


@pytest.mark.parametrize("tabletop", [False, True])
def test_samples_are_those_of_the_whole_dataset_in_memory(tmp_path, tabletop):
    dataset = Dataset(recorded(tmp_path / "data", 4, tabletop))
    source, columns = read(dataset.path), dataset.frames()
    camera = "observation.images.top" if tabletop else "observation.images.ego"
    for episode in dataset.episodes:
        images = dataset.images(camera, episode.index)
        for row in range(episode.start, episode.stop):
            sample = source.sample(row)
            rows = columns["observation.objects"][row]
            assert np.array_equal(sample.object_rows, rows)
            boxes = columns["observation.object_boxes"][row].reshape(-1, 6)
            assert np.array_equal(sample.object_locations[:, 3:], boxes[:, 3:])
            assert np.array_equal(sample.image, resize_image(images[row - episode.start], tiny.IMAGE_PX))
            if not tabletop:
                assert np.array_equal(sample.agent_position, columns["observation.state"][row][:3])
            assert dataset.tasks[int(columns["task_index"][row])] in sample.instruction


def test_labels_are_the_experts_actions_and_history_what_was_executed(demonstrations, nano):
    _, tokenizer = nano
    source = read(demonstrations[1], *nano)
    assert source.embodiment == TabletopEmbodiment()
    columns, episodes = Dataset(demonstrations[1]).frames(), Dataset(demonstrations[1]).episodes
    frames = [(episode.start, row) for episode in episodes for row in range(episode.start, episode.stop)]
    assert any(row > start for start, row in frames)
    for start, row in frames:
        executed, expert = (
            [source._leo.encode(source.embodiment.from_vector(vector)) for vector in columns[name][start : row + 1]]
            for name in ("action", "expert_action")
        )
        sample = source.sample(row)
        assert [tokenizer.action_index(each) for each in sample.answer_ids] == list(expert[-1])
        shown = [index for action in executed[:-1][-4:] for index in action]
        past = [index for index in map(tokenizer.action_index, sample.prompt_ids) if index is not None]
        assert past[len(past) - len(shown) :] == shown


def test_validation_holds_out_whole_episodes(demonstrations, nano):
    source = read(demonstrations[1], *nano, validation_share=0.25)
    episodes = [set(source._episodes_of(rows).tolist()) for rows in (source.train_rows, source.validation_rows)]
    assert len(source.validation_rows)
    assert not episodes[0] & episodes[1]
    frames = Dataset(demonstrations[1]).num_frames
    assert sorted([*source.train_rows, *source.validation_rows]) == list(range(frames))


def test_samples_held_out_are_those_of_their_frames_and_kept(tmp_path, monkeypatch):
    source = read(recorded(tmp_path / "data", 6), validation_share=0.5)
    held_out = [source.validation_sample(number) for number in range(source.num_validation)]
    for number, sample in enumerate(held_out):
        assert_same(sample, source.sample(int(source.validation_rows[number])))
    monkeypatch.setattr(source._reader, "up_to", None)
    assert all(source.validation_sample(number) is sample for number, sample in enumerate(held_out))


def assert_same(one: LeoSample, other: LeoSample) -> None:
    for name, value in vars(one).items():
        if name != "action_mask":
            assert np.array_equal(value, getattr(other, name)), name


def test_a_dropped_history_shows_every_step_as_the_first(demonstrations, nano):
    for folder in demonstrations:
        source = read(folder, *nano)
        first, later = source.sample(0), source.sample(1)
        dropped = source.training_sample(1, np.random.default_rng(0), Showing(history_dropout=1.0))
        assert later.prompt_ids != first.prompt_ids
        assert dropped.prompt_ids == first.prompt_ids
        assert dropped.answer_ids == later.answer_ids


def test_a_mixture_drops_the_history_of_that_share(demonstrations, nano):
    model, tokenizer = nano
    source = read(demonstrations[0], model, tokenizer)
    past_moves = {}
    for share in (0.0, 1.0):
        drawn = mixture([source], model=model, tokenizer=tokenizer, batch_size=32, steps=1, history_dropout=share)
        (batch,) = next(drawn.batches(0)).parts
        moves = torch.isin(batch.tokens, torch.tensor([tokenizer.action_id(index) for index in (1, 2, 3)]))
        past_moves[share] = int(moves.sum())
    assert past_moves[0.0] > 32
    assert past_moves[1.0] == 0


def test_the_curriculum_keeps_the_objects_that_the_label_is_about(demonstrations, nano):
    source = read(demonstrations[1], *nano)
    labels = Dataset(demonstrations[1]).frames()["expert_action"]
    rng = np.random.default_rng(0)
    for row in range(10):
        whole, few = source.sample(row), source.training_sample(row, rng, Showing(others_share=0.0))
        assert len(few.object_rows) == 2
        for x, y in (labels[row][0:2], labels[row][7:9]):
            distances = np.hypot(*(whole.object_locations[whole.object_rows >= 0, :2] - (x, y)).T)
            nearest = whole.object_rows[whole.object_rows >= 0][distances.argmin()]
            assert nearest in few.object_rows


def test_the_curriculum_keeps_all_instances_of_the_goal(demonstrations, nano):
    source, dataset = read(demonstrations[0], *nano), Dataset(demonstrations[0])
    with open(f"{HOUSES}/../../house_0001.instances.json", encoding="utf-8") as file:
        category_of = {instance["id"]: instance["category"] for instance in json.load(file)}
    columns = dataset.frames()
    ids, rows = columns["observation.object_ids"], columns["observation.objects"]
    for row in range(0, 60, 10):
        goal = dataset.tasks[columns["task_index"][row]].removeprefix("find a ").replace(" ", "_")
        few = source.training_sample(row, np.random.default_rng(row), Showing(others_share=0.1))
        kept = [category_of[int(ids[row][rows[row] == each][0])] for each in few.object_rows]
        assert kept.count(goal) == list(category_of.values()).count(goal) > 0
        assert len(kept) == kept.count(goal) + round(0.1 * (len(category_of) - kept.count(goal)))


def test_where_the_goals_are_lost_the_curriculum_keeps_all_objects(tmp_path, caplog):
    folder = recorded(tmp_path / "cut")
    rewrite(folder / EPISODES, without("leo/order", "leo/scene", "leo/measures", "leo/seed"))
    source = read(folder)
    few = source.training_sample(0, np.random.default_rng(0), Showing(others_share=0.0))
    assert len(few.object_rows) == 3
    assert "3 episodes do not say which objects are the goal" in caplog.text
    assert sorted(source.order(0, 0)) == list(range(source.num_train)), "without the names of houses, too"


def test_memory_holds_a_few_episodes_of_many(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BUFFER_BYTES", 1_500_000)
    source = read(recorded(tmp_path / "data", 60, length=6))
    most, seen = 0, 0
    for step in mixture([source], batch_size=12, steps=30).batches(0):
        most, seen = max(most, source._buffer.num_bytes), seen + step.samples
    every = 3 * tiny.IMAGE_PX**2 * source.num_train
    print(f"most held: {most / 1e6:.1f} MB of {every / 1e6:.1f} MB")
    assert seen == source.num_train
    assert most < 1.1 * 1_500_000 < every


def test_passes_go_over_blocks_of_the_size_that_memory_allows(tmp_path, monkeypatch):
    source = read(recorded(tmp_path / "data", 30))
    wide = source.order(0, 0)
    monkeypatch.setattr(module, "BUFFER_BYTES", 2 * 12 * 3 * tiny.IMAGE_PX**2)  # blocks of 12 frames
    narrow = source.order(0, 0)
    episodes = source._episodes_of(source.train_rows[narrow])
    assert sorted(narrow) == sorted(wide)
    assert max(np.ptp(np.flatnonzero(episodes == each)) for each in range(30)) < 2 * 12
    assert len(set(source._episodes_of(source.train_rows[wide][:24]).tolist())) > 12


def test_a_folder_that_is_no_dataset_is_named(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        read(tmp_path / "nothing")


def test_a_dataset_without_clouds_is_told_so(tmp_path):
    folder = recorded(tmp_path / "cut")
    shutil.rmtree(folder / "clouds")
    with pytest.raises(InputError, match="cut: has no object clouds: clouds/ is missing"):
        read(folder)


def test_a_video_that_ends_early_is_named_where_its_frames_are_needed(tmp_path):
    folder = recorded(tmp_path / "cut")
    (video,) = (folder / "videos").rglob("*.mp4")
    source = read(folder)
    video.write_bytes(video.read_bytes()[:200])
    with pytest.raises(InputError, match=r"file-000\.mp4: cannot be read as a video"):
        next(mixture([source]).batches(0))


def test_a_table_that_changed_since_is_told(tmp_path):
    folder = recorded(tmp_path / "cut")
    source = read(folder)
    source.sample(0)
    rewrite(folder / DATA, lambda table: table.slice(1))
    with pytest.raises(InputError, match="'index' does not count the frames from 0"):
        source.sample(5)
