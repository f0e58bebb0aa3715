"""However it is installed, leo_agent takes one name, and packages called envs, policies, episodes stay the user's."""

import tarfile
import zipfile
from pathlib import Path

import pytest

import leo_agent
from tests.packaging.installing import INNER, ROOT, Python, build, copy_sources, make_python

WEIGHTS = "policies/leo/pretrained/leo-nano/model.safetensors"
MODULES = ("leo_agent", *(f"leo_agent.{name}" for name in INNER))


@pytest.fixture
def python(tmp_path: Path) -> Python:
    return make_python(tmp_path / "python")


def is_ours(report: dict, home: Path, inner_home: Path) -> None:
    """Every package comes from where it should, and nothing else of the repository is under our name."""
    expected = {"leo_agent": home / "leo_agent", **{f"leo_agent.{name}": inner_home / name for name in INNER}}
    assert {name: Path(file).parent for name, file in report["files"].items()} == expected
    assert report["leaks"] == []


def test_wheel(python, tmp_path):
    wheel = build("wheel", copy_sources(tmp_path / "source"), tmp_path / "dist")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"leo_agent", f"leo_agent-{leo_agent.__version__}.dist-info"}
    sources = {str(file.relative_to(ROOT)) for name in ("leo_agent", *INNER) for file in (ROOT / name).rglob("*.py")}
    inside = {name if name.startswith("leo_agent/") else f"leo_agent/{name}" for name in sources}
    assert {name for name in names if name.endswith(".py")} == inside
    assert {"leo_agent/py.typed", f"leo_agent/{WEIGHTS}"} <= set(names)

    python.install(str(wheel))
    report = python.report_of_foreign_script(tmp_path / "user")
    is_ours(report, python.site_packages, python.site_packages / "leo_agent")


def test_sdist_and_the_wheel_built_from_it(python, tmp_path):
    sdist = build("sdist", copy_sources(tmp_path / "source"), tmp_path / "dist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [source] = (tmp_path / "unpacked").iterdir()
    for name in ("README.md", "LICENSE", "NOTICE", "MANIFEST.in", "leo_agent/py.typed", WEIGHTS):
        assert (source / name).is_file(), name

    python.install(str(build("wheel", source, tmp_path / "wheel")))
    installed = python.site_packages / "leo_agent"
    assert (installed / WEIGHTS).read_bytes() == (ROOT / WEIGHTS).read_bytes()
    assert (installed / "py.typed").is_file()
    is_ours(python.report_of_foreign_script(tmp_path / "user"), python.site_packages, installed)


@pytest.mark.parametrize("mode", ["lenient", "strict"])
def test_editable_install(python, tmp_path, mode):
    source = copy_sources(tmp_path / "source")
    python.install("--editable", str(source), f"--config-settings=editable_mode={mode}")
    assert not set(INNER) & {path.name for path in python.site_packages.iterdir()}
    report = python.report_of_foreign_script(tmp_path / "user")
    if mode == "lenient":
        is_ours(report, source, source)
    else:  # a tree of links, laid out like the wheel
        home = Path(report["files"]["leo_agent"]).parent
        is_ours(report, home.parent, home)
        assert (home / "cli.py").resolve() == source / "leo_agent" / "cli.py"


def test_plain_checkout(python, tmp_path):
    """Scripts of one's own do not run with the repository's root in front: it would bring its `envs` along."""
    source = copy_sources(tmp_path / "source")
    report = python.report_of_foreign_script(tmp_path / "user", PYTHONPATH=str(source))
    is_ours(report, source, source)


def test_checkout_wins_over_the_editable_install_of_another(python, tmp_path):
    """Tests that run in a second checkout test that one, whatever is installed."""
    first, second = copy_sources(tmp_path / "first"), copy_sources(tmp_path / "second")
    python.install("--editable", str(first))
    report = python.report_of_foreign_script(tmp_path / "user", PYTHONPATH=str(second))
    is_ours(report, second, second)
