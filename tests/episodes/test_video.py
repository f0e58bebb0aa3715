"""Videos: what is written comes back, whole or in part, also after joining."""

import contextlib

import av
import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.video import VideoReader, VideoWriter, join_videos, read_video


def frames(count: int, seed: int = 0, height: int = 48, width: int = 64) -> np.ndarray:
    """Smooth pictures whose brightness tells their number."""
    rng = np.random.default_rng(seed)
    base = np.add.outer(np.arange(height), np.arange(width))[None, :, :, None] * rng.integers(0, 2, 3)
    return np.clip(base + 12 * np.arange(count)[:, None, None, None] + 20 * seed, 0, 255).astype(np.uint8)


def write(path, pictures):
    with VideoWriter(path, 10) as writer:
        for picture in pictures:
            writer.add(picture)
    return path


def near(found, expected):
    return found.shape == expected.shape and np.abs(found.astype(int) - expected).mean() < 3


def test_frames_come_back_nearly_the_same(tmp_path):
    pictures = frames(9)
    path = write(tmp_path / "a.mp4", pictures)
    assert near(read_video(path, 0, 9), pictures)
    assert [item.name for item in tmp_path.iterdir()] == ["a.mp4"]


def test_any_part_is_the_same_as_in_the_whole(tmp_path):
    path = write(tmp_path / "a.mp4", frames(11))
    whole = read_video(path, 0, 11)
    for start in range(11):
        assert np.array_equal(read_video(path, start, 11 - start), whole[start:])
        assert np.array_equal(read_video(path, start, 1), whole[start : start + 1])
    reader = VideoReader(path)
    assert np.array_equal(reader.read(2, 3), whole[2:5])
    assert np.array_equal(reader.read(5, 2), whole[5:7])
    assert np.array_equal(reader.read(1, 2), whole[1:3])
    assert reader.read(3, 0).shape == (0, 48, 64, 3)
    reader.close()


@pytest.mark.parametrize("lengths", [(3,), (1, 1, 1), (5, 2, 7, 1)])
def test_joining_keeps_every_frame_where_it_belongs(tmp_path, lengths):
    parts = [write(tmp_path / f"{index}.mp4", frames(count, index)) for index, count in enumerate(lengths)]
    join_videos(parts, lengths, 10, tmp_path / "joined/all.mp4")
    whole = np.concatenate([read_video(path, 0, count) for path, count in zip(parts, lengths, strict=True)])
    joined = tmp_path / "joined/all.mp4"
    assert np.array_equal(read_video(joined, 0, sum(lengths)), whole)
    start = 0
    for count in lengths:
        assert np.array_equal(read_video(joined, start, count), whole[start : start + count])
        start += count
    with pytest.raises(InputError, match="ends after"):
        read_video(joined, 0, sum(lengths) + 1)


def test_videos_of_other_settings_are_not_joined(tmp_path):
    first = write(tmp_path / "first.mp4", frames(3))
    other = tmp_path / "other.mp4"
    with av.open(str(first)) as given, av.open(str(other), "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=10, options={"preset": "medium", "refs": "4", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = (
            given.streams.video[0].width,
            given.streams.video[0].height,
            "yuv420p",
        )
        for picture in given.decode(video=0):
            output.mux(stream.encode(picture.reformat(format="yuv420p")))
        output.mux(stream.encode(None))
    with pytest.raises(InputError, match=r"other\.mp4: encoded with other settings than .*first\.mp4"):
        join_videos([first, other], [3, 3], 10, tmp_path / "all.mp4")
    assert not (tmp_path / "all.mp4").exists()


def test_odd_sizes_lose_their_last_row_and_column(tmp_path):
    path = write(tmp_path / "odd.mp4", frames(2, height=31, width=45))
    assert read_video(path, 0, 2).shape == (2, 30, 44, 3)


def test_the_same_frames_give_the_same_file(tmp_path):
    first, second = (write(tmp_path / name, frames(5)) for name in ("a.mp4", "b.mp4"))
    assert first.read_bytes() == second.read_bytes()


def test_nothing_is_left_of_a_discarded_or_failed_video(tmp_path):
    writer = VideoWriter(tmp_path / "a.mp4", 10)
    writer.add(frames(1)[0])
    writer.discard()
    with contextlib.suppress(RuntimeError), VideoWriter(tmp_path / "b.mp4", 10) as writer:
        writer.add(frames(1)[0])
        raise RuntimeError
    assert VideoWriter(tmp_path / "c.mp4", 10).close() is None
    assert list(tmp_path.iterdir()) == []


def test_wrong_frames_and_files_are_reported(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", 10) as writer:
        with pytest.raises(InputError, match="uint8"):
            writer.add(np.zeros((4, 4, 3)))
        writer.add(np.zeros((16, 16, 3), np.uint8))
        with pytest.raises(InputError, match="expected, found"):
            writer.add(np.zeros((16, 18, 3), np.uint8))
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(InputError, match=r"text\.mp4: cannot be read as a video"):
        read_video(tmp_path / "text.mp4", 0, 1)
    with pytest.raises(InputError, match="no such file, expected a video"):
        read_video(tmp_path / "none.mp4", 0, 1)
