"""Budgets of files, functions and folders; what exceeds one is named here, with its reason."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.structure.sources import ROOT, modules, tree

FILE_LINES, FUNCTION_LINES, PARAMETERS, FOLDER_FILES = 300, 50, 7, 14
# Folder -> files at most. Content: one thing a file, found by a package scan and never read as a whole;
# and the room that all others share.
LARGER_FOLDERS = {
    "envs/procedural/houses/furniture": 20,  # content: one family of furniture a file
    "episodes/demonstrations": 15,  # the parts of one layout on disk
    "leo_agent/contract": 17,
}
# Function -> parameters: what `gymnasium.make` takes, keywords that are the options of an environment.
MORE_PARAMETERS = {
    "envs/navigation/env.py NavigationEnv.__init__": 21,
    "envs/navigation/habitat_lab/env.py HabitatLabObjectNavEnv.__init__": 15,
    "envs/tabletop/env.py TabletopEnv.__init__": 16,
}
MORE_LINES = {
    "envs/navigation/env.py NavigationEnv.__init__": 53,  # half of them the parameters
}
# Compiled kernels take arrays, not objects: their parameters are the columns of what would be a dataclass.
COMPILED = {"jit", "njit", "compiled", "kernel", "func", "exact", "inlined", "vectorize"}


def test_files():
    sizes = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in _paths()}
    assert not {path: lines for path, lines in sizes.items() if lines > FILE_LINES}


def test_function_lines():
    longer = {name: lines for name, lines in _functions(_lines).items() if lines > FUNCTION_LINES}
    assert longer == MORE_LINES


def test_parameters():
    more = {name: count for name, count in _functions(_parameters).items() if count > PARAMETERS}
    assert more == MORE_PARAMETERS


def test_folders():
    sizes = Counter(str(Path(path).parent) for path in _paths())
    larger = {folder: count for folder, count in sizes.items() if count > FOLDER_FILES}
    assert larger == LARGER_FOLDERS


def _paths() -> list[str]:
    return [str(file.relative_to(ROOT)) for file in modules().values()]


def _functions(measure: Callable[[ast.FunctionDef], int]) -> dict[str, int]:
    """File and qualified name -> what is measured of every function."""
    return {
        f"{file.relative_to(ROOT)} {name}": measure(function)
        for module, file in modules().items()
        for name, function in _named_functions(tree(module))
    }


def _named_functions(parent: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(parent):
        name = prefix
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = f"{prefix}.{node.name}" if prefix else node.name
        if isinstance(node, ast.FunctionDef):
            yield name, node
        yield from _named_functions(node, name)


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
