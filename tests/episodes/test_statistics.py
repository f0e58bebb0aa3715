"""Statistics of pictures against NumPy's of the same pixels."""

import numpy as np
import pytest

from leo_agent.episodes.demonstrations.statistics import QUANTILES, ImageStatistics


@pytest.mark.parametrize("size", [(48, 64), (128, 128), (480, 640), (1, 1)])
@pytest.mark.parametrize("frames", [1, 5])
def test_they_are_numpys_of_the_pixels_that_are_looked_at(size, frames):
    rng = np.random.default_rng(size[0] + frames)
    pictures = rng.integers(0, rng.integers(2, 257), (frames, *size, 3), dtype=np.uint8)
    counted = ImageStatistics()
    for picture in pictures:
        counted.add(picture)
    found = counted.result()
    step = max(1, size[0] // 64)
    pixels = pictures[:, ::step, ::step].reshape(-1, 3) / 255
    for name in ("min", "max", "mean", "std"):
        assert found[name].reshape(3) == pytest.approx(getattr(pixels, name)(0), abs=1e-12)
    for name, share in QUANTILES.items():
        assert found[name].reshape(3) == pytest.approx(np.quantile(pixels, share, axis=0), abs=1e-12)
        assert found[name].shape == (3, 1, 1)
    assert found["count"].tolist() == [frames]
