"""Room of the packaging tests: a copy of the repository, an empty virtual environment, and foreign packages."""

import json
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INNER = ("envs", "policies", "episodes")
# What a distribution is built from: never a virtual environment or run folders that lie in the checkout too.
SOURCES = ("leo_agent", *INNER, "setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "NOTICE")

# Run as a user's script in a folder that has packages of the same names as ours: tells where everything comes from.
SCRIPT = """
import envs, policies, episodes  # the user's own, beside this script
assert [envs.OWNER, policies.OWNER, episodes.OWNER] == ["user"] * 3, "foreign packages replaced ours"
import importlib.util, json
import leo_agent, leo_agent.envs.navigation, leo_agent.policies.leo, leo_agent.episodes.run_folder
import envs.mine
assert envs is __import__("envs") and envs.mine.OWNER == "user"
ours = (leo_agent, leo_agent.envs, leo_agent.policies, leo_agent.episodes)
leaks = [n for n in ("setup", "tests", "leo_agent", "docs") if importlib.util.find_spec("leo_agent." + n)]
print(json.dumps({"files": {m.__name__: m.__file__ for m in ours}, "leaks": leaks}))
"""


@dataclass(frozen=True)
class Python:
    """The interpreter of a virtual environment that sees the libraries of this one, but not its leo_agent."""

    folder: Path

    @property
    def executable(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        return next(self.folder.glob("lib/python*/site-packages"))

    def install(self, *arguments: str) -> None:
        """pip install without dependencies, network or an environment to build in."""
        run(self.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
            "--ignore-installed", *arguments)  # fmt: skip

    def report_of_foreign_script(self, folder: Path, **environment: str) -> dict:
        """What `SCRIPT` prints in a folder of the user's."""
        for name in INNER:
            (folder / name).mkdir(parents=True)
            (folder / name / "__init__.py").write_text('OWNER = "user"\n')
            (folder / name / "mine.py").write_text('OWNER = "user"\n')
        (folder / "script.py").write_text(SCRIPT)
        return json.loads(run(self.executable, "script.py", cwd=folder, **environment))


def make_python(folder: Path) -> Python:
    """An empty virtual environment. A line of a .pth file adds a folder, but not what that folder's own .pth files add:
    the editable install of this checkout stays outside."""
    run(Path(sys.executable), "-m", "venv", "--without-pip", str(folder))
    python = Python(folder)
    (python.site_packages / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python


def copy_sources(target: Path) -> Path:
    """A copy that building may write into."""
    target.mkdir(parents=True)
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, target / name)
    return target


def build(kind: str, source: Path, out: Path) -> Path:
    """Builds "wheel" or "sdist" by setuptools' build backend, as pip does; gives the file."""
    code = f"import setuptools.build_meta as backend; backend.build_{kind}({str(out)!r})"
    out.mkdir(parents=True, exist_ok=True)
    run(Path(sys.executable), "-c", code, cwd=source)
    [file] = out.iterdir()
    return file


def run(executable: Path, *arguments: str, cwd: Path | None = None, **environment: str) -> str:
    """What a command printed; fails with what it complained about."""
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(cwd or "/"), **environment}
    done = subprocess.run(
        [str(executable), *arguments], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
