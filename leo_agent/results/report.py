"""The report of a run as one HTML file: the scores, every episode, and the last picture of each video."""

import base64
import html
import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import write_file
from leo_agent.contract.json_file import read_json_object
from leo_agent.contract.measures import Measure
from leo_agent.episodes.demonstrations.video import read_last_frame
from leo_agent.episodes.run_folder import CONFIG_FILE, read_results
from leo_agent.results.measures import default_measure, heading, in_column_order, measures_of_config
from leo_agent.results.published import SCENES_DIFFER, published_beside
from leo_agent.results.rows import Row, rows_of_results
from leo_agent.results.tables import tabulate_published, tabulate_rows

REPORT_FILE, VIDEO_FOLDER = "report.html", "videos"
MAX_PICTURES = 60  # about 60 kB each
_JPEG_QUALITY = 85
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: left; white-space: nowrap }
.success td:first-child { border-left: 4px solid #3a9a4b } .failure td:first-child { border-left: 4px solid #c7533a }
.error td:first-child, .invalid td:first-child { border-left: 4px solid #999 }
figure { margin: 1.5rem 0 } img { max-width: 100% } figcaption { color: #555 }
pre { background: #f5f5f5; padding: 1rem }
"""


def write_report(folder: Path) -> Path:
    """Writes `report.html` of a run folder from its files, complete or not at all; returns its path.

    Raises:
        InputError: the folder is no run folder, or one of its files is damaged.
    """
    config, results = read_json_object(folder / CONFIG_FILE, "the configuration of a run"), read_results(folder)
    measures = measures_of_config(config, str(folder / CONFIG_FILE))
    run = config.get("run")
    identity = run if isinstance(run, dict) else {}
    title = f"{identity.get('policy', 'policy')} in {identity.get('env', 'environment')}"
    body = [
        f"<h1>{html.escape(title)}</h1>",
        _scores(rows_of_results(results, measures)),
        _pictures(sorted((folder / VIDEO_FOLDER).glob("[!.]*.mp4")), folder),
        "<h2>Episodes</h2>",
        _episodes(results, measures),
        f"<h2>Configuration</h2><pre>{html.escape(_indented(config))}</pre>",
    ]
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style>\n" + "\n".join(body) + "</html>\n"
    )
    write_file(folder / REPORT_FILE, page.encode("utf-8", "replace"))
    return folder / REPORT_FILE


def _table(lines: Sequence[Sequence[str]], kinds: Iterable[str] = ()) -> str:
    """The first line is the header; `kinds` are the classes of the others."""
    header, *body = lines
    rows = [
        f'<tr class="{html.escape(kind)}">{_cells("td", line)}</tr>'
        for line, kind in itertools.zip_longest(body, kinds, fillvalue="")
    ]
    return f"<table><tr>{_cells('th', header)}</tr>\n" + "\n".join(rows) + "</table>"


def _cells(tag: str, line: Sequence[str]) -> str:
    return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in line)


def _scores(rows: Sequence[Row]) -> str:
    parts = ["<p>Means with 95 % intervals.</p>", _table(tabulate_rows(rows))]
    beside = published_beside([row.env for row in rows])
    if beside:
        parts += [f"<h2>Published</h2><p>{html.escape(SCENES_DIFFER)}</p>", _table(tabulate_published(beside))]
    return "\n".join(parts)


def _episodes(results: Sequence[Mapping[str, Any]], described: Iterable[Measure]) -> str:
    """Every episode with all of its measures, a line each."""
    known = {measure.name: measure for measure in described}
    names = dict.fromkeys(name for result in results for name in result["measures"])
    measures = in_column_order(known.get(name) or default_measure(name) for name in names)
    labels = [measure.label if measure.kind != "quantity" else heading(measure) for measure in measures]
    lines = [["scene", "episode", "instruction", "outcome", "steps", *labels, "error"]]
    for result in results:
        numbers = [_number(result["measures"].get(measure.name)) for measure in measures]
        fields = [result["scene"] or "-", result["episode_id"], result["instruction"] or "-", result["outcome"]]
        trace = (result["error"] or "").strip().splitlines()
        lines.append([*map(str, fields), str(result["steps"]), *numbers, trace[-1] if trace else ""])
    return _table(lines, [result["outcome"] for result in results])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def _pictures(videos: Sequence[Path], folder: Path) -> str:
    """The last frame of each video, which in navigation shows the whole walk on the map from above."""
    if not videos:
        return ""
    parts = ["<h2>How episodes ended</h2>"]
    for video in videos[:MAX_PICTURES]:
        link = html.escape(video.relative_to(folder).as_posix())
        try:
            picture = f'<a href="{link}"><img alt="{html.escape(video.stem)}" src="{_data_url(video)}"></a>'
        except InputError as problem:
            picture = f"<p>{html.escape(str(problem))}</p>"
        parts.append(f"<figure>{picture}<figcaption>{html.escape(video.stem)}</figcaption></figure>")
    if len(videos) > MAX_PICTURES:
        parts.append(f"<p>{len(videos) - MAX_PICTURES} more videos are in {VIDEO_FOLDER}/.</p>")
    return "\n".join(parts)


def _data_url(video: Path) -> str:
    encoded = io.BytesIO()
    Image.fromarray(read_last_frame(video)).save(encoded, "JPEG", quality=_JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")


def _indented(value: Any, indent: str = "") -> str:
    """Nested dictionaries as indented lines."""
    if not isinstance(value, dict):
        return f"{indent}{value}"
    lines = []
    for key, item in value.items():
        nested = isinstance(item, dict) and item
        lines.append(f"{indent}{key}:" + ("\n" + _indented(item, indent + "  ") if nested else f" {item}"))
    return "\n".join(lines)
