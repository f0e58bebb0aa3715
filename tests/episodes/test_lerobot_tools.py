"""Round trips through LeRobot itself (its own Python, 3.12 or newer: the extra `lerobot`)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.merging import merge_datasets
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from tests.episodes.demonstrations import record

os.environ.setdefault("HF_HUB_OFFLINE", "1")
lerobot_dataset = pytest.importorskip("lerobot.datasets.lerobot_dataset")
tools = pytest.importorskip("lerobot.datasets.dataset_tools")

TINY_ACT = {
    "policy.type": "act",
    "policy.device": "cpu",
    "policy.push_to_hub": "false",
    "policy.chunk_size": 4,
    "policy.n_action_steps": 4,
    "policy.dim_model": 64,
    "policy.dim_feedforward": 64,
    "policy.n_heads": 2,
    "policy.n_encoder_layers": 1,
    "policy.n_vae_encoder_layers": 1,
    "policy.pretrained_backbone_weights": "null",
    "dataset.video_backend": "pyav",
    "steps": 2,
    "save_freq": 2,
    "batch_size": 2,
    "num_workers": 0,
    "wandb.enable": "false",
}


@pytest.fixture(scope="module", params=[False, True], ids=["navigation", "tabletop"])
def folder(request, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("home") / "recorded"
    for order in range(4):
        record(path, order, length=4 + order, tabletop=request.param)
    DatasetWriter(path).close()
    return path


def opened(path: Path):
    return lerobot_dataset.LeRobotDataset(f"local/{path.name}", root=path, video_backend="pyav")


def same_frames(found: Dataset, source: Dataset, episodes: list[int]) -> None:
    """Checks that the episodes of `found` are these of `source`, in content, words and pictures."""
    assert [each.length for each in found.episodes] == [source.episodes[index].length for index in episodes]
    for episode, index in zip(found.episodes, episodes, strict=True):
        here, there = (slice(each.start, each.stop) for each in (episode, source.episodes[index]))
        for name in ("action", "expert_action", "observation.state", "observation.objects", "objects_digest"):
            assert np.array_equal(found.frames()[name][here], source.frames()[name][there]), name
        words = [[each.tasks[number] for number in each.frames()["task_index"].tolist()] for each in (found, source)]
        assert words[0][here] == words[1][there]
        for key in source.image_keys:
            pictures = found.images(key, episode.index).astype(int)
            assert np.abs(pictures - source.images(key, index)).max() <= 12  # encoded once more


def test_lerobot_reads_what_we_write(folder):
    theirs, ours = opened(folder), Dataset(folder)
    assert (theirs.num_episodes, len(theirs)) == (ours.num_episodes, ours.num_frames)
    for number in range(len(theirs)):
        item = theirs[number]
        assert item["task"] == ours.tasks[int(ours.frames()["task_index"][number])]
        assert np.allclose(item["action"].numpy(), ours.frames()["action"][number])
        assert item["action"].ndim == 1


def test_deleted_and_split_episodes_are_read_with_the_clouds_of_the_source(folder, tmp_path):
    source = Dataset(folder)
    tools.delete_episodes(opened(folder), [1], output_dir=tmp_path / "deleted", repo_id="local/deleted")
    tools.split_dataset(opened(folder), {"train": 0.5, "val": 0.5}, output_dir=tmp_path / "split")
    kept = {"deleted": [0, 2, 3], "split/train": [0, 1], "split/val": [2, 3]}
    for name, episodes in kept.items():
        with pytest.raises(InputError, match="has no object clouds: clouds/ is missing"):
            _ = Dataset(tmp_path / name).clouds
        shutil.copytree(folder / "clouds", tmp_path / name / "clouds")
        found = Dataset(tmp_path / name)
        same_frames(found, source, episodes)
        assert found.clouds.hashes == source.clouds.hashes


def test_after_their_merge_the_clouds_of_one_source_are_not_taken_for_anothers(folder, tmp_path, monkeypatch):
    other = tmp_path / "other"
    tabletop = len(Dataset(folder).image_keys) == 2
    monkeypatch.setattr(
        "tests.episodes.demonstrations.STATIC_POINTS", np.random.default_rng(5).random((5, 16, 6), "f4")
    )
    record(other, 9, tabletop=tabletop)
    DatasetWriter(other).close()
    tools.merge_datasets([opened(folder), opened(other)], output_repo_id="local/merged", output_dir=tmp_path / "merged")
    merged = Dataset(tmp_path / "merged")
    assert merged.num_episodes == 5
    assert np.array_equal(merged.frames()["action"][: Dataset(folder).num_frames], Dataset(folder).frames()["action"])
    shutil.copytree(folder / "clouds", tmp_path / "merged" / "clouds")
    first = Dataset(folder).num_frames
    with pytest.raises(InputError, match=rf"not the clouds of this dataset: frame {first} \(episode 4\) means others"):
        _ = Dataset(tmp_path / "merged").clouds
    ours = merge_datasets([folder, other], tmp_path / "ours")
    assert len(opened(ours.path)) == ours.num_frames
    assert np.array_equal(ours.frames()["objects_digest"], merged.frames()["objects_digest"])


def test_features_and_tasks_that_were_edited(folder, tmp_path):
    tools.remove_feature(opened(folder), ["next.reward"], output_dir=tmp_path / "removed", repo_id="local/removed")
    removed = Dataset(tmp_path / "removed")
    assert "next.reward" not in removed.frames()
    shutil.copytree(folder, tmp_path / "told")
    tools.modify_tasks(opened(tmp_path / "told"), new_task="do it")
    told = Dataset(tmp_path / "told")
    assert list(told.tasks.values()) == ["do it"]
    assert told.clouds.hashes == Dataset(folder).clouds.hashes


def test_hugging_faces_datasets_reads_the_rows(folder, tmp_path):
    datasets = pytest.importorskip("datasets")
    rows = datasets.load_dataset(str(folder), cache_dir=str(tmp_path))["train"]
    assert len(rows) == Dataset(folder).num_frames
    assert np.allclose(rows["action"], Dataset(folder).frames()["action"])


@pytest.mark.slow
def test_lerobot_trains_act_on_it(folder, tmp_path):
    program = Path(sys.executable).with_name("lerobot-train")
    data = {"dataset.repo_id": f"local/{folder.name}", "dataset.root": folder, "output_dir": tmp_path / "run"}
    options = [f"--{name}={value}" for name, value in {**data, **TINY_ACT}.items()]
    done = subprocess.run([program, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert list((tmp_path / "run").rglob("model.safetensors"))
