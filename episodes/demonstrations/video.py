"""MP4 files: written frame by frame, read whole or in part, joined without encoding again."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from leo_agent.contract.errors import InputError, reason
from leo_agent.contract.files import aside_of, check_file, writing
from leo_agent.contract.handles import NotCopyable

CODEC, PIXEL_FORMAT = "h264", "yuv420p"
# What damaged files make the library, and computing with what it read of them, raise.
_DAMAGED = (av.error.FFmpegError, ArithmeticError, IndexError, TypeError, ValueError)
_KEYFRAME_EVERY = 2  # frames; so that any single frame is decoded from at most two, as LeRobot has it
_QUALITY_CRF = 18  # x264's constant rate factor; 18 is taken as visually lossless


class VideoWriter(NotCopyable):
    """Writes one H.264 MP4; the file appears under its name only when it is complete.

    Args:
        path: file to make; until `close` the frames lie beside it under a dotted name.
        fps: frames per second.
        keyframe_every: distance of the key frames, in frames.
    """

    instead = "it holds a file that is being written; make another for another path"

    def __init__(self, path: str | Path, fps: float, keyframe_every: int = _KEYFRAME_EVERY):
        self.path = Path(path)
        self._aside = aside_of(self.path)
        self._fps = Fraction(fps).limit_denominator(1000)
        self._keyframe_every = keyframe_every
        self._container: Any = None
        self._stream: Any = None
        self._to_planar = VideoReformatter()
        self._shape: tuple[int, ...] = ()
        self.num_frames = 0

    def add(self, frame: np.ndarray) -> None:
        """Appends one (H, W, 3) uint8 RGB frame; odd sizes lose their last row or column (4:2:0 needs even ones)."""
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise InputError(f"{self.path}: frames must be (H, W, 3) uint8, found {frame.shape} {frame.dtype}")
        if self._container is not None and frame.shape != self._shape:
            raise InputError(f"{self.path}: frames of {self._shape} expected, found {frame.shape}")
        height, width = frame.shape[0] // 2 * 2, frame.shape[1] // 2 * 2
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[:height, :width]), format="rgb24")
        picture.pts = self.num_frames
        with writing(self.path):
            if self._container is None:
                self._open(frame.shape)
            # In one thread: the encoder's own conversion starts several, which small pictures are not worth.
            planar = self._to_planar.reformat(picture, format=PIXEL_FORMAT, threads=1)
            planar.pts = picture.pts
            self._container.mux(self._stream.encode(planar))
        self.num_frames += 1

    def close(self) -> Path | None:
        """Completes the file and gives it its name; None if there was no frame."""
        if self._container is None:
            return None
        with writing(self.path):
            try:
                self._container.mux(self._stream.encode(None))
                self._container.close()
                self._container = None
                os.replace(self._aside, self.path)
            except OSError:
                self.discard()
                raise
        return self.path

    def discard(self) -> None:
        """Drops what was written."""
        if self._container is not None:
            with contextlib.suppress(OSError):  # a full disk, and the file goes anyway
                self._container.close()
            self._container = None
        self._aside.unlink(missing_ok=True)

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _open(self, shape: tuple[int, ...]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._shape = shape
        self._container = av.open(str(self._aside), "w", format="mp4")
        stream = self._container.add_stream("libx264", rate=self._fps)
        stream.width, stream.height = shape[1] // 2 * 2, shape[0] // 2 * 2
        stream.pix_fmt = PIXEL_FORMAT
        stream.time_base = 1 / self._fps
        # No B-frames: presentation order is coding order, so files are joined by shifting time stamps alone.
        # One thread: the bytes do not depend on the machine's cores.
        stream.options = {
            "crf": str(_QUALITY_CRF),
            "g": str(self._keyframe_every),
            "bf": "0",
            "preset": "superfast",  # a quarter more bytes than veryfast at a higher PSNR, in two thirds of its time
            "threads": "1",
        }
        self._stream = stream


class VideoReader(NotCopyable):
    """An open video; reading forward goes on where the last read ended, other places are sought.

    Attributes:
        stream: PyAV's, of the pictures.

    Raises:
        InputError: the file is missing or not a video.
    """

    instead = "it holds an open file; make another for the same path"

    def __init__(self, path: str | Path):
        self.path = Path(path)
        check_file(self.path, "a video")
        try:
            self._container: Any = av.open(str(self.path))
            self.stream: Any = self._container.streams.video[0]
            self._seconds_per_frame = 1 / Fraction(self.stream.average_rate or 0)
        except _DAMAGED as problem:
            raise InputError(f"{self.path}: cannot be read as a video ({reason(problem)})") from None
        self._time_base = Fraction(self.stream.time_base or 1)
        self._pictures: Iterator[Any] = self._container.decode(self.stream)
        self._next = 0
        # One for all frames: `VideoFrame.to_ndarray` makes a converter for each, which takes ten times as long.
        self._to_rgb = VideoReformatter()

    @property
    def num_frames(self) -> int:
        """How many frames the file says it has."""
        return int(self.stream.frames)

    def read(self, start: int, count: int) -> np.ndarray:
        """Frames `start` to `start + count`, (count, H, W, 3) uint8 RGB.

        Raises:
            InputError: the video is damaged or ends before the last of them.
        """
        frames: list[np.ndarray] = []
        goes_on, self._next = start == self._next, -1  # after an error nobody knows where it stands
        try:
            if not goes_on:
                target = round(start * self._seconds_per_frame / self._time_base)
                self._container.seek(target, stream=self.stream)
                self._pictures = self._container.decode(self.stream)
            while len(frames) < count:
                picture = next(self._pictures)
                if picture.pts is not None and round(picture.pts * self._time_base / self._seconds_per_frame) >= start:
                    frames.append(self._to_rgb.reformat(picture, format="rgb24").to_ndarray())
        except StopIteration:
            raise InputError(
                f"{self.path}: frames {start} to {start + count - 1} expected, but it ends after {start + len(frames)}"
            ) from None
        except _DAMAGED as problem:
            raise InputError(f"{self.path}: cannot be read as a video ({reason(problem)})") from None
        if len({frame.shape for frame in frames}) > 1:
            raise InputError(f"{self.path}: frames of different sizes from {start} on, expected one size")
        self._next = start + count
        return np.stack(frames) if frames else np.empty((0, self.stream.height, self.stream.width, 3), np.uint8)

    def packets(self) -> Iterator[Any]:
        """The coded frames of the whole file, not decoded; a reader that gave them is good for nothing else.

        Raises:
            InputError: the video is damaged.
        """
        try:
            for packet in self._container.demux(self.stream):
                if packet.dts is not None and packet.pts is not None:
                    yield packet
        except _DAMAGED as problem:
            raise InputError(f"{self.path}: cannot be read as a video ({reason(problem)})") from None

    def close(self) -> None:
        """Closes the file."""
        self._container.close()


def read_video(path: str | Path, start: int, count: int) -> np.ndarray:
    """Frames `start` to `start + count` of a file, (count, H, W, 3) uint8 RGB; raises as `VideoReader` does."""
    reader = VideoReader(path)
    try:
        return reader.read(start, count)
    finally:
        reader.close()


def read_last_frame(path: str | Path) -> np.ndarray:
    """The last frame of a file, (H, W, 3) uint8 RGB; raises as `VideoReader` does."""
    reader = VideoReader(path)
    try:
        frame: np.ndarray = reader.read(reader.num_frames - 1, 1)[0]
        return frame
    finally:
        reader.close()


def join_videos(sources: Sequence[Path], frame_counts: Sequence[int], fps: float, target: Path) -> None:
    """Joins videos of `VideoWriter` with equal settings into `target` by copying their packets.

    Args:
        sources: files of the same size and frame rate.
        frame_counts: number of frames of each.
        fps: their frame rate.
        target: made aside, then renamed.

    Raises:
        InputError: a source is missing, damaged, or has another number of frames.
    """
    aside = aside_of(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with av.open(str(aside), "w", format="mp4") as output:
            _copy_packets(output, sources, frame_counts, 1 / Fraction(fps).limit_denominator(1000))
        os.replace(aside, target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def _copy_packets(
    output: Any, sources: Sequence[Path], frame_counts: Sequence[int], seconds_per_frame: Fraction
) -> None:
    stream: Any = None
    first_settings = None
    first_frame = 0
    for source, count in zip(sources, frame_counts, strict=True):
        with closing(VideoReader(source)) as reader:
            try:
                stream = stream or _stream_as(output, reader.stream)
                settings = reader.stream.codec_context.extradata  # a file has one set of them
                if settings != (first_settings := first_settings or settings):
                    raise InputError(f"{source}: encoded with other settings than {sources[0]}")
                shift = round(first_frame * seconds_per_frame / Fraction(reader.stream.time_base or 1))
                found = 0
                for packet in reader.packets():
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = stream
                    output.mux(packet)
                    found += 1
            except (InputError, OSError):  # an OSError is of the output, such as a full disk
                raise
            except _DAMAGED as problem:  # what the output refuses of it, such as times that go back
                raise InputError(f"{source}: cannot be read as a video ({reason(problem)})") from None
        if found != count:
            raise InputError(f"{source}: found {found} frames, expected {count}")
        first_frame += count


def _stream_as(output: Any, given: Any) -> Any:
    stream = output.add_stream_from_template(given)
    stream.time_base = given.time_base
    return stream
