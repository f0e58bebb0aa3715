"""The report of an evaluation as one HTML file: scores, then questions with the scene from above and the answers."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from leo_agent.contract.files import write_file
from leo_agent.evaluation.published import PUBLISHED
from leo_agent.policies.leo.scenes.object_scene import ObjectScene

REPORT_FILE = "report.html"
MOST_SHOWN = 40  # answers of a set
_WIDTH_PX, _MARGIN_M = 420, 0.5
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd;
text-align: left } article { border-top: 1px solid #ddd; padding: .6rem 0 } .answer { font-weight: 600 }
.right { border-left: 4px solid #3a9a4b; padding-left: .7rem } .wrong { border-left: 4px solid #c7533a;
padding-left: .7rem } img { max-width: 100% } .said { color: #666 }
"""
Line = Mapping[str, Any]


def write_page(
    folder: Path, lines: Sequence[Line], found: Mapping[str, Any], scene_of: Callable[[str], ObjectScene]
) -> Path:
    """Writes `report.html`; returns its path.

    Args:
        folder: of the evaluation.
        lines: the answers.
        found: scores as `scoring.scores` has them.
        scene_of: reads the scene of a scan, for its picture.
    """
    parts = ["<h1>Answers to 3D-language sets</h1>", _scores(found)]
    pictures: dict[str, str] = {}
    for name in found:
        own = [line for line in lines if line["set"] == name]
        shown = [own[number * len(own) // min(MOST_SHOWN, len(own))] for number in range(min(MOST_SHOWN, len(own)))]
        parts.append(f"<h2>{html.escape(name)}</h2><p>{len(shown)} of {len(own):,} answers.</p>")
        scan = None
        for line in shown:
            if line["scan"] != scan and line["task"] != "object-caption":
                scan = line["scan"]
                if scan not in pictures:
                    pictures[scan] = _data_url(plan_picture(scene_of(scan)))
                parts.append(f'<figure><img alt="{html.escape(scan)} from above" src="{pictures[scan]}"></figure>')
            parts.append(_answer(line))
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Answers</title>'
        f"<style>{_STYLE}</style>\n" + "\n".join(parts) + "</html>\n"
    )
    write_file(folder / REPORT_FILE, page.encode("utf-8", "replace"))
    return folder / REPORT_FILE


def plan_picture(scene: ObjectScene) -> Image.Image:
    """The boxes of objects from above, the highest on top, in their mean colours, labelled where there is room."""
    across, along = (0, 1) if scene.up_axis == "z" else (0, 2)
    centers, extents = scene.box_centers, scene.extents
    low = (centers - extents / 2)[:, [across, along]].min(axis=0) - _MARGIN_M
    high = (centers + extents / 2)[:, [across, along]].max(axis=0) + _MARGIN_M
    scale = _WIDTH_PX / float(high[0] - low[0])
    height = max(1, round(float(high[1] - low[1]) * scale))
    picture = Image.new("RGB", (_WIDTH_PX, height), "white")
    draw = ImageDraw.Draw(picture)
    up = 2 if scene.up_axis == "z" else 1
    for row in np.argsort(centers[:, up] + extents[:, up] / 2):
        corners = [(centers[row] + sign * extents[row] / 2)[[across, along]] for sign in (-1, 1)]
        (x0, y0), (x1, y1) = (((corner - low) * scale).tolist() for corner in corners)
        color = tuple(int(255 * each) for each in scene.points[row][:, 3:].mean(axis=0))
        draw.rectangle((x0, height - y1, x1, height - y0), fill=color, outline="#444444")
        if x1 - x0 > 6 * len(scene.labels[row]) and y1 - y0 > 12:
            draw.text((x0 + 2, height - y1 + 1), scene.labels[row], fill="black" if sum(color) > 330 else "white")
    return picture


def _scores(found: Mapping[str, Any]) -> str:
    rows = ["<tr><th>set</th><th>score</th><th>value</th><th>95 % interval</th><th>published</th></tr>"]
    for name, part in found.items():
        for measure, value in part["scores"].items():
            interval = "" if value["low"] is None else f"{100 * value['low']:.1f} to {100 * value['high']:.1f}"
            published = PUBLISHED.get((name, measure))
            cells = [name, measure, f"{100 * value['mean']:.1f}", interval, "" if published is None else f"{published}"]
            rows.append(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>")
    note = "In percent, CIDEr times 100. Published: LEO (Vicuna-7B) on the authors' scans, which ours are not."
    return f"<p>{note}</p><table>{''.join(rows)}</table>"


def _answer(line: Line) -> str:
    said = [*(f"{user} — {agent}" for user, agent in line["history"]), line["situation"], line["text"]]
    is_right = line["answer"].strip().lower() in {text.strip().lower() for text in line["references"]}
    asked = " ".join(html.escape(text) for text in said if text) or html.escape(line["task"])
    about = "" if line.get("object_id") is None else f" (object {line['object_id']} of {html.escape(line['scan'])})"
    references = html.escape(" | ".join(line["references"]))
    return (
        f'<article class="{"right" if is_right else "wrong"}"><div>{asked}{about}</div>'
        f'<div class="answer">{html.escape(line["answer"]) or "(nothing)"}</div>'
        f'<div class="said">{references}</div></article>'
    )


def _data_url(picture: Image.Image) -> str:
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")
