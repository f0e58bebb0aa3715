"""The user's own modules by the content of their files: one that was edited is another one."""

import ast
import importlib.util
import pkgutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file, short_hash

MAIN = "__main__"  # a script or notebook: what it runs with is in it, too, so its file says too much


def source_hashes(module_names: Iterable[str]) -> dict[str, str]:
    """Hashes of the files of modules and of all modules that they import, by module name.

    What is installed, Python's own library and this package are left out: a run records their versions. So are modules
    without a file, and those that are named at run time alone (`importlib.import_module(name)`).
    """
    hashes: dict[str, str] = {}
    waiting = list(module_names)
    while waiting:
        name = waiting.pop()
        path = None if name in hashes else _own_file(name)
        if path is None:
            continue
        try:
            content = read_file(path, "a module")
        except InputError:  # deleted since it was imported
            continue
        hashes[name] = short_hash(content)
        waiting += _imports(content, name, path.name == "__init__.py")
        waiting += [name.rpartition(".")[0]] if "." in name else []  # a package is imported before what is in it
    return dict(sorted(hashes.items()))


def is_own(module_name: str) -> bool:
    """Whether a module is the user's: neither installed, nor of Python, nor of this package."""
    return module_name == MAIN or _own_file(module_name) is not None


def _own_file(module_name: str) -> Path | None:
    top = module_name.partition(".")[0]
    if top in sys.stdlib_module_names or top in ("leo_agent", MAIN):
        return None
    try:
        file = _file_and_folders(module_name)[0]
    except (ImportError, ValueError, AttributeError):
        return None
    if not file:
        return None
    path = Path(file).resolve()
    return None if any(path.is_relative_to(folder) for folder in _installed()) else path


def _file_and_folders(module_name: str) -> tuple[str | None, list[str]]:
    """The file of a module, and the folders of the modules in it.

    Nothing is imported: `importlib.util.find_spec` imports the packages that a module lies in, and so runs their code.
    """
    if module_name in sys.modules:
        module = sys.modules[module_name]
        return getattr(module, "__file__", None), list(getattr(module, "__path__", None) or ())
    parent = module_name.rpartition(".")[0]
    if parent:
        finders = map(pkgutil.get_importer, _file_and_folders(parent)[1])
        specs = [finder.find_spec(module_name, None) for finder in finders if finder is not None]
    else:
        specs = [importlib.util.find_spec(module_name)]
    found = [spec for spec in specs if spec is not None]
    regular = next((spec for spec in found if spec.loader is not None and spec.has_location), None)
    chosen = found if regular is None else [regular]  # a namespace package lies in several folders
    folders = [folder for spec in chosen for folder in spec.submodule_search_locations or ()]
    return None if regular is None else regular.origin, folders


@cache
def _installed() -> tuple[Path, ...]:
    """Where packages are installed."""
    folders = {Path(sysconfig.get_paths()[name]).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders |= {Path(each).resolve() for each in sys.path if Path(each).name in ("site-packages", "dist-packages")}
    return tuple(folders)


def _imports(content: bytes, module_name: str, is_package: bool) -> Iterator[str]:
    """The names that a module's source imports anywhere; a name may be that of a module or of something in one."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):  # a compiled extension
        return
    package = module_name if is_package else module_name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{each.name}" for each in node.names)
