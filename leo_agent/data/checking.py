"""What of the paper's data is in a folder, what is missing, and what is broken."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from leo_agent.contract.errors import InputError
from leo_agent.data.items import TextItem
from leo_agent.data.sets.base import SPLITS, TextSet, find_set, is_there, locate, set_names
from leo_agent.data.sets.cap3d import CLOUDS

SCAN_FILES = {
    "scannet": ("scan_data/pcd_with_global_alignment/{}.pth", "scan_family/scan_data/pcd_with_global_alignment/{}.pth"),
    "3rscan": ("3RScan-ours-align/{}/pcd-align.pth", "rscan/3RScan-ours-align/{}/pcd-align.pth"),
    "objaverse": (f"{CLOUDS}/{{}}.pt",),
}
"""Where the scan of a text may lie below a data folder, by family; see `leo_agent.data.sets.base.locate`, too."""
_SHOWN = 3


@dataclass
class SplitReport:
    """One split of one set."""

    texts: int = 0
    broken: list[str] = field(default_factory=list)  # one line each
    scans: set[str] = field(default_factory=set)
    missing_scans: set[str] = field(default_factory=set)
    published: int | None = None


def scan_path(root: Path, item: TextItem) -> Path | None:
    """The scan that a text is about; None where it is not there."""
    for pattern in SCAN_FILES[item.family]:
        if (path := locate(root, pattern.format(item.scan))) is not None:
            return path
    return None


def check_data(root: Path) -> dict[str, dict[str, SplitReport]]:
    """Reads every entry of every set that is there; scans are looked for, not read.

    Raises:
        InputError: the folder is missing, or holds no file of any set.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder, expected one with data of LEO's layouts")
    found: dict[str, dict[str, SplitReport]] = {}
    for name in set_names():
        text_set = find_set(name)
        for split in SPLITS:
            if text_set.files(split) and is_there(text_set, root, split) and not _is_val_again(text_set, split):
                found.setdefault(name, {})[split] = _check_split(text_set, root, split)
    if not found:
        raise InputError(f"{root}: holds no file of the sets {', '.join(set_names())}")
    return found


def check_report(root: Path, found: dict[str, dict[str, SplitReport]]) -> str:
    """The same in a few lines."""
    lines = []
    for name in set_names():
        if name not in found:
            lines.append(f"{name:14} missing: {', '.join(find_set(name).files('train'))}")
        for split, report in found.get(name, {}).items():
            published = "" if report.published is None else f" (published {report.published:,})"
            absent = f", {len(report.missing_scans)} missing" if report.missing_scans else ""
            lines.append(
                f"{name:14} {split:5} {report.texts:,} texts{published}, {len(report.scans):,} scans{absent}"
                + (f", {len(report.broken)} broken" if report.broken else "")
            )
            lines += [f"  {line}" for line in report.broken[:_SHOWN]]
            lines += [f"  missing scan: {scan}" for scan in sorted(report.missing_scans)[:_SHOWN]]
    return "\n".join(lines)


def _is_val_again(text_set: TextSet, split: str) -> bool:
    """Sets without a test of their own have the validation in its place."""
    return split == "test" and text_set.files("test") == text_set.files("val")


def _check_split(text_set: TextSet, root: Path, split: str) -> SplitReport:
    report = SplitReport(published=text_set.published.get(split))
    try:
        for item in text_set.read(root, split, lambda error: report.broken.append(str(error))):
            report.texts += 1
            if item.scan not in report.scans:
                report.scans.add(item.scan)
                if scan_path(root, item) is None:
                    report.missing_scans.add(item.scan)
    except InputError as error:
        report.broken.append(str(error))
    return report
