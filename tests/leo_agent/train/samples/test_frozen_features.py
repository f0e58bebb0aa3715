"""Features that are kept: those of the encoders in place, computed once, made anew where they are damaged."""

import dataclasses
import errno
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import OutputError
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.train.samples import cloud_store, frozen_features
from leo_agent.train.samples.demonstrations import Demonstrations
from leo_agent.train.samples.frozen_features import FeatureFile
from tests.leo_agent.train.samples.sources import mixture, read, recorded
from tests.policies.leo import tiny

FROZEN = frozenset({"point_encoder", "image_encoder"})


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    for module in (cloud_store, frozen_features):
        monkeypatch.setattr(module, "CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def walks(tmp_path_factory) -> Path:
    return recorded(tmp_path_factory.mktemp("frozen") / "walks", 4)


def frozen_model(seed: int = 0) -> LeoModel:
    """Encoders that are not trained, as in the published stages, with statistics of their own."""
    config = tiny.config()
    points, image = (dataclasses.replace(each, trainable=False) for each in (config.points, config.image))
    model = tiny.model(seed, points=points, image=image).train()
    rng = np.random.default_rng(seed)
    for name, each in model.pcd_encoder.obj_encoder.named_buffers():
        if "running" in name:
            each.copy_(torch.from_numpy(rng.uniform(0.5, 1.5, each.shape)))
    return model


@pytest.mark.parametrize("parts", [FROZEN, frozenset({"point_encoder"}), frozenset({"image_encoder"})])
@pytest.mark.parametrize("moves", [{}, {"mirror": True}, {"mirror": True, "rotate": True}])
def test_training_with_them_is_training_with_the_encoders_in_place(walks, cache, parts, moves):
    model = frozen_model()
    kept, in_place = (read(walks, model, frozen=each, **moves) for each in (parts, frozenset()))
    model.pcd_encoder.obj_encoder.float()
    for one, other in zip(*(mixture([each], model=model).batches(0) for each in (kept, in_place)), strict=True):
        (batch,), (whole,) = one.parts, other.parts
        assert (len(batch.clouds) == 0) == ("point_encoder" in parts)
        assert (len(batch.images) == 0) == ("image_encoder" in parts)
        losses = []
        for each in (batch, whole):
            torch.manual_seed(0)  # of dropout
            model.zero_grad()
            loss = model.loss(each).mean()
            loss.backward()
            losses.append((loss, model.pcd_proj.weight.grad.clone(), model.img_proj.weight.grad.clone()))
        for cached, computed in zip(*losses, strict=True):
            torch.testing.assert_close(cached, computed, rtol=1e-5, atol=1e-6)


def test_samples_held_out_are_judged_by_the_same_features(walks, cache):
    model = frozen_model().eval()
    losses = []
    for parts in (FROZEN, frozenset()):
        held_out = read(walks, model, frozen=parts, validation_share=0.5)
        (batch,) = mixture([held_out], model=model).validation_batches(0, 32, 1)
        with torch.inference_mode():
            losses.append(model.loss(batch))
    torch.testing.assert_close(*losses, rtol=1e-5, atol=1e-6)


def drawn(source: Demonstrations, model: LeoModel) -> list[torch.Tensor]:
    """All features of some batches."""
    parts = [part for step in mixture([source], model=model).batches(0) for part in step.parts]
    return [each for part in parts for each in (part.cloud_features, part.image_features)]


def assert_same(one: list[torch.Tensor], other: list[torch.Tensor]) -> None:
    assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))


def test_the_next_run_computes_nothing(walks, cache):
    model = frozen_model()
    first = drawn(read(walks, model, frozen=FROZEN, mirror=True), model)
    for encoder in (model.img_encoder, model.pcd_encoder.obj_encoder):
        encoder.forward = None
    assert_same(drawn(read(walks, model, frozen=FROZEN, mirror=True), model), first)


def test_other_weights_have_features_of_their_own(walks, cache):
    first, other = (drawn(read(walks, model, frozen=FROZEN), model) for model in map(frozen_model, (0, 1)))
    assert not any(torch.equal(*pair) for pair in zip(first, other, strict=True))


@pytest.mark.parametrize("part", ["values", "index"])
@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_what_is_damaged_is_computed_again(walks, cache, part, damage):
    model = frozen_model()
    first = drawn(read(walks, model, frozen=FROZEN, mirror=True), model)
    for path in cache.rglob(part):
        content = path.read_bytes()
        middle = next(place for place in range(len(content) - 1, -1, -1) if content[place])
        changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"cut": content[: len(content) // 2], "changed": changed, "empty": b""}[damage])
    assert_same(drawn(read(walks, model, frozen=FROZEN, mirror=True), model), first)


def test_a_group_that_was_half_written_is_computed_again(cache):
    calls: list[int] = []

    def compute(group: int) -> np.ndarray:
        calls.append(group)
        return np.full((2, 3), group + 1.0, np.float32)

    bounds = np.array([0, 2, 4, 6])
    first = FeatureFile(f"{cache}/file", bounds, 3, compute)
    assert first.rows(np.array([5, 0, 5])).tolist() == [[3.0] * 3, [1.0] * 3, [3.0] * 3]
    with open(first.folder / "values", "r+b") as values:
        values.seek(6 * 4 * 2)
        values.write(b"\1" * 10)
    second = FeatureFile(f"{cache}/file", bounds, 3, compute)
    assert second.group(2).tolist() == [[3.0] * 3] * 2
    assert second.group(0).tolist() == [[1.0] * 3] * 2
    assert calls == [0, 2, 2]


def test_two_that_fill_one_file_see_what_the_other_has(cache):
    calls: list[int] = []
    bounds = np.array([0, 1, 2])
    one, other = (
        FeatureFile(f"{cache}/file", bounds, 2, lambda group: (calls.append(group), np.ones((1, 2), np.float32))[1])
        for _ in range(2)
    )
    one.group(0), other.group(0), other.group(1), one.group(1)
    assert calls == [0, 1]


def test_a_full_disk_is_one_line(cache, monkeypatch):
    file = FeatureFile(f"{cache}/file", np.array([0, 1]), 2, lambda group: np.ones((1, 2), np.float32))
    (file.folder / "values").unlink()
    (file.folder / "values").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=rf"values: cannot be written \({os.strerror(errno.ENOSPC)}\)"):
        file.group(0)
