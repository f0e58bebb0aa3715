"""What the documentation links to or names exists."""

import re
from itertools import product

import pytest

from tests.docs.markdown import PAGES, ROOT, anchors, blocks, inline_code, links, page_id
from tests.structure.sources import is_defined

FOLDERS = r"(?:leo_agent|envs|policies|episodes|tests|benchmarks|docs|examples|\.ci)"
PATH = re.compile(rf"(?<![\w./-]){FOLDERS}/[\w./{{}},*-]*[\w}}*/]")
MODULE = re.compile(r"leo_agent(?:\.\w+)+")
README_LINES = 150


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_relative_links_resolve(page):
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page_id(page)} links to {target}"
        if anchor:
            assert anchor in anchors(linked), f"{page_id(page)} links to {target}, whose headings are {anchors(linked)}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_files_that_are_named_exist(page):
    texts = [*inline_code(page), *(block.text for block in blocks(page, "bash"))]
    named = [path for text in texts for match in PATH.findall(text) for path in _without_braces(match)]
    missing = [path for path in named if not _exists(path)]
    assert not missing, f"{page_id(page)} names {missing}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_modules_that_are_named_exist(page):
    for name in (name for text in inline_code(page) for name in MODULE.findall(text)):
        assert is_defined(name), f"{page_id(page)} names {name}"


def test_every_page_can_be_found():
    """From the README, by links."""
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for target in links(page) if ":" not in target]
    assert seen >= set(PAGES)


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def _without_braces(path: str) -> list[str]:
    """a/{b,c}.py as a/b.py and a/c.py."""
    parts = [part.split(",") for part in re.split(r"[{}]", path)]
    return ["".join(chosen) for chosen in product(*parts)]


def _exists(path: str) -> bool:
    return any(ROOT.glob(path)) if "*" in path else (ROOT / path).exists()
