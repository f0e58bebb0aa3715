"""The four packages import each other only as the design allows."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {
    "envs": {"envs", "contract"},
    "policies": {"policies", "contract"},
    "episodes": {"episodes", "contract"},
    "leo_agent": {"leo_agent", "contract", "envs", "policies", "episodes"},
}
FILES = [(package, file) for package in ALLOWED for file in sorted((ROOT / package).rglob("*.py"))]


def imported_packages(file: Path) -> set[str]:
    """What a file imports anywhere in it: our packages by their folders, others by their top-level names."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {package_of(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {package_of(f"{node.module}.{alias.name}") for alias in node.names}
    return names


def package_of(module: str) -> str:
    first, _, rest = module.partition(".")
    inner = rest.partition(".")[0]
    return inner if first == "leo_agent" and inner in ("contract", "envs", "policies", "episodes") else first


@pytest.mark.parametrize(("package", "file"), FILES, ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_imports_stay_inside_the_walls(package, file):
    crossing = imported_packages(file) & set(ALLOWED) - ALLOWED[package]
    assert not crossing, f"{file.relative_to(ROOT)} imports {crossing}"


@pytest.mark.parametrize(("package", "file"), FILES, ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_every_file_tells_what_it_is_for(package, file):
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), f"{file.relative_to(ROOT)}: no docstring"


def test_simulators_and_test_code_are_not_imported_by_the_packages():
    forbidden = {"tests", "benchmarks", "pytest", "pickle"}
    found = {str(file.relative_to(ROOT)): imported_packages(file) & forbidden for _, file in FILES}
    assert not {name: names for name, names in found.items() if names}
