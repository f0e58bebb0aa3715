"""The modules of the project as text: their names, their files, and every import in them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INNER = ("envs", "policies", "episodes")


@cache
def modules() -> dict[str, Path]:
    """Import name -> file of all modules that are installed."""
    files = [file for package in ("leo_agent", *INNER) for file in sorted((ROOT / package).rglob("*.py"))]
    return {module_name(file): file for file in files}


def module_name(file: Path) -> str:
    """Name by which a file of a checkout is imported."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    parts = ("leo_agent", *parts) if parts[0] in INNER else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(module: str) -> ast.Module:
    """The module, parsed."""
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


@cache
def imported_names(module: str) -> frozenset[str]:
    """Dotted names that a module imports anywhere in it: in functions and for annotations, too.

    Not seen are names that a registry keeps as text, such as Gymnasium's entry points, and modules that a package scan
    imports: there the arrow is on purpose from the new file to the registry alone.
    """
    return frozenset(names_imported_by(tree(module)))


def names_imported_by(parsed: ast.Module) -> set[str]:
    """The same of any file."""
    found: set[str] = set()
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno} imports relatively; the one name is leo_agent"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and _is_import_module(node.func) and isinstance(node.args[0], ast.Constant):
            found.add(str(node.args[0].value))
    return found


def is_defined(name: str) -> bool:
    """Whether a dotted name is a module of ours or a top-level name of one.

    The files are read, not imported: some need libraries that are optional.
    """
    module, _, attribute = name.rpartition(".")
    return name in modules() or (module in modules() and attribute in _top_level_names(module))


@cache
def _top_level_names(module: str) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return frozenset(names)


def _is_import_module(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


@cache
def own_imports(module: str) -> frozenset[str]:
    """Modules of the project that a module imports."""
    return frozenset(_module_of(name) for name in imported_names(module) if name.split(".")[0] == "leo_agent")


def _module_of(name: str) -> str:
    while name not in modules():
        assert "." in name, name
        name = name.rpartition(".")[0]
    return name
