"""Reads the pages of the documentation: their code blocks, links and headings."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = "# Not run by the tests: "  # how a block begins that cannot run; the reason follows

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_INLINE_CODE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced code block."""

    page: Path
    line: int  # of its first line of code, from 1
    language: str  # "" where the fence names none
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[Block]:
    """The blocks of a language, in their order."""
    text = page.read_text(encoding="utf-8")
    found = [
        Block(page, text.count("\n", 0, match.start()) + 2, match["language"], match["text"])
        for match in _BLOCK.finditer(text)
    ]
    return [block for block in found if block.language == language]


def links(page: Path) -> list[str]:
    """Targets of links and pictures."""
    return [match["target"] for match in _LINK.finditer(_prose(page))]


def inline_code(page: Path) -> list[str]:
    """What stands between single back-quotes."""
    return [" ".join(found.split()) for found in _INLINE_CODE.findall(_prose(page))]


def anchors(page: Path) -> set[str]:
    """The headings as GitHub names them in links."""
    titles = _HEADING.findall(_prose(page))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _prose(page: Path) -> str:
    """The page without its code blocks."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))
