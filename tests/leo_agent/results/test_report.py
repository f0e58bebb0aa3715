"""The report of a run: one file, complete, whatever the names in it are."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from leo_agent.cli import main
from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.video import VideoWriter, read_last_frame
from leo_agent.episodes.run_folder import RunFolder
from leo_agent.results.report import REPORT_FILE, write_report


class Cells(HTMLParser):
    """The texts of all table cells, and the sources of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.texts, self.pictures, self._inside = [], [], False

    def handle_starttag(self, tag, attrs):
        self._inside = tag in ("td", "th")
        if tag == "img":
            self.pictures.append(dict(attrs)["src"])
        assert tag != "script"

    def handle_endtag(self, tag):
        self._inside = False

    def handle_data(self, data):
        if self._inside:
            self.texts.append(data)


def line(number: int, outcome: str = "success", instruction: str = "find a bed", error: str | None = None) -> dict:
    measures = {"success": float(outcome == "success"), "spl": 0.25}
    return {
        "env": "leo/ObjectNav-v0", "split": "val", "scene": "house_1", "episode_id": str(number), "seed": number,
        "policy": "walker", "instruction": instruction, "steps": 7 + number, "measures": measures, "outcome": outcome,
        "error": error, "seconds": {"total": 1.0},
    }  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    with RunFolder(
        tmp_path / "run", {"env": "leo/ObjectNav-v0", "policy": "walker"}, {"versions": {"numpy": "2"}}
    ) as out:
        out.append(line(0))
        out.append(line(1, "failure", instruction="find <script>alert(1)</script>"))
        out.append(line(2, "error", error="Traceback\nValueError: a & b"))
    return tmp_path / "run"


def film(path: Path, frames: int) -> None:
    path.parent.mkdir(exist_ok=True)
    with VideoWriter(path, 5) as video:
        for number in range(frames):
            video.add(np.full((32, 48, 3), 40 * number, np.uint8))


def test_scores_and_every_episode_are_in_it(run: Path) -> None:
    page = Cells()
    page.feed(write_report(run).read_text())
    assert "50.0 [9.5, 90.5]" in page.texts
    assert "find <script>alert(1)</script>" in page.texts
    assert "ValueError: a & b" in page.texts
    assert page.texts.count("house_1") == 3
    assert "LEO" in page.texts  # published, beside ours
    assert not page.pictures


def test_the_last_frame_of_each_video_is_in_it(run: Path) -> None:
    film(run / "videos" / "house_1-0-success.mp4", 6)
    (run / "videos" / "house_1-1-failure.mp4").write_bytes(b"no video")
    text = write_report(run).read_text()
    page = Cells()
    page.feed(text)
    assert len(page.pictures) == 1
    assert page.pictures[0].startswith("data:image/jpeg;base64,")
    assert 'href="videos/house_1-0-success.mp4"' in text
    assert "cannot be read as a video" in text
    assert np.abs(read_last_frame(run / "videos" / "house_1-0-success.mp4").astype(int) - 200).max() < 6


def test_it_is_written_anew_and_nothing_lies_beside_it(run: Path, capsys) -> None:
    assert main(["report", str(run.parent)]) == 0
    assert str(run / REPORT_FILE) in capsys.readouterr().out
    before = {path.name for path in run.iterdir()}
    write_report(run)
    assert {path.name for path in run.iterdir()} == before


def test_what_is_no_run_folder_is_said(tmp_path: Path, run: Path, capsys) -> None:
    assert main(["report", str(tmp_path / "nowhere")]) == 2
    assert re.search("nowhere: no such folder", capsys.readouterr().err)
    (run / "config.json").write_text(json.dumps([1]))
    with pytest.raises(InputError, match=r"config\.json"):
        write_report(run)
