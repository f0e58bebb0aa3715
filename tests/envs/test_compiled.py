"""Compiled functions are kept in the user's cache folder, never beside the modules."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from leo_agent.envs.cache_folder import VARIABLE
from tests.structure.sources import ROOT, imported_names, modules

MODULE = """
    from leo_agent.envs.compiled import Compiler

    _compiler = Compiler(__file__)


    @_compiler.kernel
    def twice(number):
        return 2 * number + SHIFT


    def was_compiled():
        return sum(twice.stats.cache_misses.values())
"""
ASK = "import kernels; print(kernels.twice(21), kernels.was_compiled())"


@pytest.fixture
def package(tmp_path):
    """A folder with one compiled function in it."""
    folder = tmp_path / "package"
    folder.mkdir()
    write(folder, shift=0)
    return folder


def write(folder: Path, shift: int) -> None:
    (folder / "kernels.py").write_text(textwrap.dedent(MODULE).replace("SHIFT", str(shift)))


def ask(package: Path, cache: Path, code: str = ASK, **environment: str) -> str:
    """What a new process prints that has this cache folder."""
    variables = {"PATH": "/usr/bin:/bin", VARIABLE: str(cache), "PYTHONPATH": f"{package}:{ROOT}", **environment}
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], env=variables, capture_output=True, text=True, check=False, cwd=package
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def kept(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".nbi", ".nbc"))


def test_the_next_process_finds_it_in_the_cache_folder_and_nothing_lies_beside_the_module(package, tmp_path):
    cache = tmp_path / "cache"
    assert ask(package, cache) == "42 1"
    assert [path.suffix for path in kept(cache / "kernels")] == [".nbc", ".nbi"]
    assert [path.name for path in package.iterdir()] == ["kernels.py"]
    assert ask(package, cache) == "42 0"


def test_an_edit_in_the_package_makes_it_anew(package, tmp_path):
    cache = tmp_path / "cache"
    assert ask(package, cache) == "42 1"
    (package / "helper.py").write_text("# another file of the package\n")
    assert ask(package, cache) == "42 1"
    write(package, shift=100)
    assert ask(package, cache) == "142 1"


def test_long_compilation_is_told_once_and_what_is_kept_says_nothing(package, tmp_path):
    code = """
        import sys
        from leo_agent.envs import compiled

        sys.stderr = sys.stdout
        compiled._Notice.FROM_S = {seconds}
        import kernels

        print(kernels.twice(1), kernels.twice(1.5), end="")
    """
    cold = ask(package, tmp_path / "cache", textwrap.dedent(code).format(seconds=0))
    assert cold.splitlines() == [
        "compiling functions that no earlier run has kept; all of them take about a minute",
        "2 3.0",
    ]
    assert ask(package, tmp_path / "cache", textwrap.dedent(code).format(seconds=0)) == "2 3.0"
    assert ask(package, tmp_path / "short", textwrap.dedent(code).format(seconds=600)) == "2 3.0"


def test_numba_s_own_variable_comes_first(package, tmp_path):
    assert ask(package, tmp_path / "cache", NUMBA_CACHE_DIR=str(tmp_path / "numba")) == "42 1"
    assert kept(tmp_path / "numba")
    assert not (tmp_path / "cache").exists()


def test_an_import_writes_nothing(package, tmp_path):
    ask(package, tmp_path / "cache", "import kernels")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("harm", ["a file in the way", "cut short", "a folder in the place of a file"])
def test_a_cache_that_fails_costs_time_and_not_the_run(package, tmp_path, harm):
    cache = tmp_path / "cache"
    if harm == "a file in the way":
        cache.write_text("")
    else:
        ask(package, cache)
        for path in kept(cache):
            if harm == "cut short":
                path.write_bytes(b"")
            else:
                path.unlink()
                path.mkdir()
    assert ask(package, cache) == "42 1"
    if harm == "cut short":
        assert ask(package, cache) == "42 0"


def test_it_works_without_compilation_too(package, tmp_path):
    assert ask(package, tmp_path / "cache", "import kernels; print(kernels.twice(21))", NUMBA_DISABLE_JIT="1") == "42"


def test_nothing_is_compiled_in_another_way():
    """numba's own `cache=True` writes into site-packages."""
    direct = {
        module
        for module in modules()
        if {"numba.njit", "numba.jit", "numba.vectorize", "numba.guvectorize"} & imported_names(module)
    }
    assert direct == {"leo_agent.envs.compiled"}
