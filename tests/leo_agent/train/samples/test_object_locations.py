"""Training sees objects at the very same places as acting."""

import dataclasses

import numpy as np
import pytest

from leo_agent.episodes.demonstrations.writer import DatasetWriter
from leo_agent.policies.leo.acting.policy import LeoPolicy
from tests.episodes.demonstrations import record
from tests.leo_agent.train.samples.sources import read
from tests.policies.leo import tiny


@pytest.mark.parametrize("tabletop", [False, True])
@pytest.mark.parametrize("center", ["centroid", "box_center"])
def test_training_and_acting_agree(tmp_path, center, tabletop):
    observations = [frame["observation"] for frame in record(tmp_path / "dataset", 0, tabletop=tabletop)]
    DatasetWriter(tmp_path / "dataset").close()
    model = tiny.model(spatial=dataclasses.replace(tiny.config().spatial, object_center=center))
    given: list[np.ndarray] = []
    model.pcd_encoder.register_forward_pre_hook(lambda _, arguments: given.append(arguments[1][0].numpy().copy()))
    dataset = read(tmp_path / "dataset", model)
    policy = LeoPolicy(model, tiny.tokenizer(), tiny.context("tabletop" if tabletop else "navigation"))
    for row, observation in enumerate(observations):
        if tabletop:
            observation["height_map"] = np.zeros((320, 160), np.float32)
        policy.act([observation], [observation["instruction"]])
        sample = dataset.sample(row)
        assert np.array_equal(sample.object_locations[sample.object_rows >= 0], given[row])
