"""Scores of answers: exact match of questions, the published metrics of captions, with intervals over scenes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.metrics.captions.scoring import score_captions
from leo_agent.metrics.captions.similarity import SentenceSimilarity, is_similarity_there
from leo_agent.metrics.exact_match import clean_answer, exact_match
from leo_agent.metrics.question_types import question_type
from leo_agent.metrics.scan2cap import scored_caption

QUESTION_SETS = ("scanqa", "sqa3d", "rscan_qa")
_RESAMPLES = 2000
Line = Mapping[str, Any]


def scores(lines: Sequence[Line]) -> dict[str, dict[str, Any]]:
    """Of each set: number of texts and scans, and every score as {mean, low, high}.

    Intervals are 95 % of a bootstrap over scenes, since texts of one scene are not independent. BLEU is the corpus's,
    and has none. Values are fractions, CIDEr up to 10.
    """
    similarity = SentenceSimilarity() if is_similarity_there() else None
    found: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(line["set"] for line in lines):
        own = [line for line in lines if line["set"] == name]
        measures = _question_scores(own, name) if name in QUESTION_SETS else {}
        measures |= _caption_scores(own, name)
        if similarity is not None and name not in QUESTION_SETS:
            alike = similarity.cosine([line["answer"] for line in own], [line["references"][0] for line in own])
            measures["similarity"] = clustered(alike, [line["scan"] for line in own])
        found[name] = {"texts": len(own), "scans": len({line["scan"] for line in own}), "scores": measures}
    return found


def clustered(values: Sequence[float] | NDArray[np.floating], scans: Sequence[str]) -> dict[str, float]:
    """Mean of values with a 95 % interval of a bootstrap over their scenes, with a generator of its own."""
    names, rows = np.unique(np.asarray(scans), return_inverse=True)
    data = np.asarray(values, np.float64)
    sums, counts = np.bincount(rows, data, len(names)), np.bincount(rows, minlength=len(names))
    drawn = np.random.default_rng(0).integers(len(names), size=(_RESAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {"mean": float(data.mean()), "low": float(low), "high": float(high)}


def _question_scores(lines: Sequence[Line], name: str) -> dict[str, Any]:
    scans = [line["scan"] for line in lines]
    matches = {protocol: [_match(line, protocol) for line in lines] for protocol in ("corrected", "legacy")}
    exact = [float(match.em) for match in matches["corrected"]]
    found = {
        "em": clustered(exact, scans),
        "em_refined": clustered([float(match.refined) for match in matches["corrected"]], scans),
        "em_refined_legacy": clustered([float(match.refined) for match in matches["legacy"]], scans),
    }
    groupings: list[tuple[str, Callable[[Line], str]]] = [("kind", _kind)]
    if name == "sqa3d":
        groupings.append(("type", lambda line: question_type(line["text"])))
    for title, group_of in groupings:
        groups = [group_of(line) for line in lines]
        for group in sorted(set(groups) - {""}):
            chosen = [number for number, each in enumerate(groups) if each == group]
            found[f"em/{title}/{group}"] = clustered([exact[n] for n in chosen], [scans[n] for n in chosen])
    return found


def _match(line: Line, protocol: Any) -> Any:
    return exact_match(line["answer"], line["references"], protocol)


def _kind(line: Line) -> str:
    """The kind of a question that was made, which is a part of its id; none of others."""
    parts = line["id"].removeprefix(f"{line['scan']}-").split("-")
    return parts[0] if len(parts) == 2 and parts[0].isalpha() else ""


def _caption_scores(lines: Sequence[Line], name: str) -> dict[str, Any]:
    """Questions are compared as they are cleaned, ScanRefer's captions as its corpus is written."""
    written: Callable[[str], str] = clean_answer if name in QUESTION_SETS else str
    said: Callable[[str], str] = written
    if name == "scan2cap" and all(text.startswith("sos ") for line in lines for text in line["references"]):
        said = scored_caption
    ids = [line["id"] for line in lines]
    candidates = {line["id"]: said(line["answer"]) for line in lines}
    references = {line["id"]: [written(text) for text in line["references"]] for line in lines}
    found = score_captions(candidates, references)
    scans = [line["scan"] for line in lines]
    measures: dict[str, Any] = {"bleu_4": {"mean": found["bleu"][3], "low": None, "high": None}}
    for measure in ("cider", "rouge_l", "meteor"):
        if found[measure] is not None:
            measures[measure] = clustered([found["each"][each][measure] for each in ids], scans)
    return measures
