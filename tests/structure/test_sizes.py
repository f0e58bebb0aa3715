"""Budgets of files, functions and folders; what exceeds one is named here, with its reason."""

import ast
from collections import Counter
from pathlib import Path

from tests.structure.sources import ROOT, modules, tree

FILE_LINES, FUNCTION_LINES, PARAMETERS, FOLDER_FILES = 300, 50, 7, 14
# Folder -> files at most. Content: one thing a file, found by a package scan and never read as a whole.
LARGER_FOLDERS = {
    "envs/navmesh/baking": 16,  # Recast's steps, one a file
    "envs/procedural/houses/furniture": 20,  # content: one family of furniture a file
    "envs/procedural/objects": 16,  # content: one family of shapes a file
}
# Compiled kernels take arrays, not objects: their parameters are the columns of what would be a dataclass.
COMPILED = {"jit", "njit", "compiled", "kernel", "func", "exact", "inlined", "vectorize"}


def test_files():
    sizes = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in _paths()}
    assert not {path: lines for path, lines in sizes.items() if lines > FILE_LINES}


def test_function_lines():
    assert not {name: lines for name, lines in _functions(_lines).items() if lines > FUNCTION_LINES}


def test_parameters():
    assert not {name: count for name, count in _functions(_parameters).items() if count > PARAMETERS}


def test_folders():
    sizes = Counter(str(Path(path).parent) for path in _paths())
    larger = {folder: count for folder, count in sizes.items() if count > FOLDER_FILES}
    assert larger == LARGER_FOLDERS


def _paths() -> list[str]:
    return [str(file.relative_to(ROOT)) for file in modules().values()]


def _functions(measure) -> dict[str, int]:
    """path:name -> what is measured of every function."""
    return {
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}": measure(node)
        for module, file in modules().items()
        for node in ast.walk(tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _lines(function: ast.FunctionDef) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def _parameters(function: ast.FunctionDef) -> int:
    """Of a method without self."""
    if any(COMPILED & _names(decorator) for decorator in function.decorator_list):
        return 0
    given = function.args
    names = [
        each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if each
    ]
    return len([name for name in names if name not in ("self", "cls")])


def _names(decorator: ast.expr) -> set[str]:
    return {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(decorator)}
