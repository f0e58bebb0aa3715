"""A run is known by the user's code, the objects that were given, and the content of files; versions are told."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.episodes.run_folder import read_results, write_json
from leo_agent.rollout import rollout
from leo_agent.rollout.collect import CollectOptions, collect
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.identity.objects import attribute_hashes
from leo_agent.rollout.identity.sources import source_hashes
from tests.leo_agent.toy import TOY_ID, Walker

ROOT = Path(__file__).parents[3]
POLICY = """
import helper_of_mine
class P:
    name = "mine"
    def reset(self, indices): pass
    def act(self, observations, instructions): return [helper_of_mine.ANSWER for _ in observations]
"""
ENVIRONMENT = """
import gymnasium
from tests.leo_agent.toy import ToyEnv
class MyEnv(ToyEnv):
    pass
if "mine/Toy-v0" not in gymnasium.registry:
    gymnasium.register("mine/Toy-v0", entry_point="env_of_mine:MyEnv")
"""


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder of modules of a user's own, forgotten at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ("policy_of_mine", "helper_of_mine", "env_of_mine")
    Path("policy_of_mine.py").write_text(POLICY)
    Path("helper_of_mine.py").write_text("ANSWER = 0\n")
    Path("env_of_mine.py").write_text(ENVIRONMENT)
    yield tmp_path
    for name in names:
        sys.modules.pop(name, None)


def forget_modules():
    """As another process would import them anew."""
    for name in ("policy_of_mine", "helper_of_mine", "env_of_mine"):
        sys.modules.pop(name, None)


def run(out, policy="policy_of_mine:P", env=TOY_ID, **options):
    return rollout(env, policy, out=out, progress=False, **options)


@pytest.mark.parametrize("edited", ["policy_of_mine", "helper_of_mine"])
def test_an_edited_policy_is_refused_whatever_module_was_edited(workplace, edited):
    run("out", episodes=2)
    before = read_results("out")
    Path(f"{edited}.py").write_text(Path(f"{edited}.py").read_text().replace("0", "1") + "# edited\n")
    forget_modules()
    for episodes in (2, 4):
        with pytest.raises(InputError, match=rf'configuration \(code: {edited} was "\w+", is "\w+"\)') as caught:
            run("out", episodes=episodes)
        assert "\n" not in str(caught.value)
    assert read_results("out") == before


def test_another_class_of_the_same_module_is_another_policy(workplace):
    with open("policy_of_mine.py", "a") as file:
        file.write("class Q(P): pass\n")
    run("out", episodes=2)
    with pytest.raises(InputError, match='code: policy was "policy_of_mine:P", is "policy_of_mine:Q"'):
        run("out", "policy_of_mine:Q", episodes=2)


def test_an_edited_environment_is_refused(workplace):
    run("out", Walker(), env="env_of_mine:mine/Toy-v0", episodes=2)
    Path("env_of_mine.py").write_text(ENVIRONMENT + "# edited\n")
    forget_modules()
    with pytest.raises(InputError, match="code: env_of_mine was"):
        run("out", Walker(), env="env_of_mine:mine/Toy-v0", episodes=2)


def test_an_edited_policy_is_refused_by_a_collection_too(workplace):
    def demonstrations():
        options = CollectOptions(episodes=2, policy="policy_of_mine:P")
        collect(EnvConfig(TOY_ID), Path("out"), options, progress=False)

    demonstrations()
    demonstrations()
    Path("helper_of_mine.py").write_text("ANSWER = 1\n")
    forget_modules()
    with pytest.raises(InputError, match="code: helper_of_mine was"):
        demonstrations()


class Settable(Walker):
    """A policy with settings, and a counter that the run moves."""

    def __init__(self, **settings):
        super().__init__()
        vars(self).update(settings)
        self.count = 0

    def act(self, observations, instructions):
        self.count += 1
        return super().act(observations, instructions)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (0.5, 0.7),
        ("a", "b"),
        ({"k": [1, 2]}, {"k": [1, 3]}),
        (np.zeros(3), np.ones(3)),
        (torch.zeros(3, dtype=torch.bfloat16), torch.ones(3, dtype=torch.bfloat16)),
        (torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)),
        (lambda x: x + 1, lambda x: x - 1),
        (partial(max, 1), partial(max, 2)),
    ],
)
def test_an_object_with_other_settings_is_refused_and_one_with_the_same_is_not(tmp_path, was, becomes):
    run(tmp_path / "out", Settable(limit=was), episodes=2)
    run(tmp_path / "out", Settable(limit=was), episodes=4)
    with pytest.raises(InputError, match=r'attributes: limit was "\w+", is "\w+"'):
        run(tmp_path / "out", Settable(limit=becomes), episodes=4)


def test_the_same_object_may_go_on_though_the_run_has_changed_it(tmp_path):
    policy = Settable(limit=3)
    run(tmp_path / "out", policy, episodes=2)
    assert len(run(tmp_path / "out", policy, episodes=4).results) == 4
    assert json.loads((tmp_path / "out/config.json").read_text())["run"]["attributes"].keys() == {"limit"}
    policy.limit = 4
    with pytest.raises(InputError, match="attributes: limit was"):
        run(tmp_path / "out", policy, episodes=4)


def test_a_fingerprint_of_its_own_stands_for_the_attributes(tmp_path):
    class Named(Settable):
        def fingerprint(self):
            return f"weights {self.version}"

    run(tmp_path / "out", Named(version=1, made_at=1.0), episodes=2)
    run(tmp_path / "out", Named(version=1, made_at=2.0), episodes=2)
    with pytest.raises(InputError, match='policy_fingerprint was "weights 1", is "weights 2"'):
        run(tmp_path / "out", Named(version=2, made_at=2.0), episodes=2)


def test_a_fingerprint_that_fails_costs_no_results(tmp_path, caplog):
    class Failing(Walker):
        def fingerprint(self):
            raise RuntimeError("no weights here")

    assert len(run(tmp_path / "out", Failing()).results) == 6
    assert "fingerprint() failed (RuntimeError: no weights here)" in caplog.text


SCRIPT = """
from leo_agent.rollout import rollout
LIMIT = {limit}
def decide(): return 1 if LIMIT > 2 else 0
class P:
    name = "mine"
    def reset(self, indices): pass
    def act(self, observations, instructions): return [decide() for _ in observations]
report = rollout({env!r}, P(), out="out", episodes={episodes}, progress=False)
print(len(report.results))
"""


def test_a_class_of_a_script_is_known_by_what_it_does_not_by_the_rest_of_the_script(tmp_path):
    def script(limit, episodes):
        (tmp_path / "script.py").write_text(SCRIPT.format(limit=limit, episodes=episodes, env=TOY_ID))
        command, environment = [sys.executable, "script.py"], {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert script(1, 2).stdout == "2\n"
    assert script(1, 4).stdout == "4\n"
    assert "attributes: its class was" in script(3, 4).stderr.splitlines()[-1]


def test_hashes_of_objects_are_the_same_in_every_process():
    values = "dict(a={1, 'x', None}, b=frozenset('abc'), c=lambda x: x in {'p', 'q'}, d=object(), e=print)"
    code = (
        "from types import SimpleNamespace\nfrom leo_agent.rollout.identity.objects import attribute_hashes\n"
        f"print(sorted(attribute_hashes(SimpleNamespace(**{values})).items()))"
    )
    told = set()
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PATH": ""}
        command = [sys.executable, "-c", code]
        told.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(told) == 1


def test_objects_in_circles_and_odd_ones_are_hashed():
    class Odd:
        __slots__ = ("__dict__", "slot")

    odd, other = Odd(), Odd()
    odd.me = other.me = odd
    odd.slot, other.slot = 1, 2
    odd.generator = other.generator = np.random.default_rng()
    changed = {name for name, each in attribute_hashes(odd).items() if attribute_hashes(other)[name] != each}
    assert changed == {"slot"}


def test_modules_that_are_installed_or_pythons_own_have_no_hash(workplace):
    assert source_hashes(["policy_of_mine"]).keys() == {"policy_of_mine", "helper_of_mine"}
    assert source_hashes(["json", "numpy", "leo_agent.cli", "no_such_module", "..", ""]) == {}


def test_relative_and_lazy_imports_count(workplace):
    Path("package_of_mine/inner").mkdir(parents=True)
    for name in ("package_of_mine/__init__.py", "package_of_mine/inner/__init__.py", "package_of_mine/far.py"):
        Path(name).write_text("")
    Path("package_of_mine/near.py").write_text("def f():\n    from .inner import deep\n    from . import far\n")
    Path("package_of_mine/inner/deep.py").write_text("from .. import near\nbroken syntax here")
    expected = {"", ".near", ".far", ".inner", ".inner.deep"}
    assert source_hashes(["package_of_mine.near"]).keys() == {f"package_of_mine{name}" for name in expected}
    for name in [name for name in sys.modules if name.startswith("package_of_mine")]:
        sys.modules.pop(name)


def test_what_is_imported_lazily_is_hashed_and_not_run(workplace):
    Path("explosive_of_mine/shared").mkdir(parents=True)
    Path("explosive_of_mine/__init__.py").write_text("raise RuntimeError('needs a robot')\n")
    Path("explosive_of_mine/shared/arm.py").write_text("import explosive_of_mine.hand\n")  # shared: a namespace
    Path("explosive_of_mine/hand.py").write_text("")
    lazy = "def f():\n    from torch import nn\n    from explosive_of_mine.shared import arm\n"
    Path("policy_of_mine.py").write_text(lazy)
    show = (
        "import sys, json; sys.path.insert(0, '.');"
        "from leo_agent.rollout.identity.sources import source_hashes;"
        "print(json.dumps([list(source_hashes(['policy_of_mine'])), list(sys.modules)]))"
    )
    there = {**os.environ, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run([sys.executable, "-c", show], env=there, check=True, capture_output=True).stdout
    hashed, imported = json.loads(printed)
    explosive = ["explosive_of_mine", "explosive_of_mine.hand", "explosive_of_mine.shared.arm"]
    assert hashed == [*explosive, "policy_of_mine"]
    assert not {"torch", "explosive_of_mine", "policy_of_mine"} & set(imported)


def test_a_resume_by_another_version_is_told_and_what_came_first_stays_recorded(tmp_path, caplog):
    run(tmp_path / "out", Walker(), episodes=2)
    path = tmp_path / "out/config.json"
    config = json.loads(path.read_text())
    config["sessions"][0]["packages"]["numpy"] = "1.0"
    config["sessions"][0]["python"] = "3.1"
    write_json(path, config)
    run(tmp_path / "out", Walker(), episodes=2)
    assert "2 of 2 episodes were in" in caplog.text
    assert "already; nothing was run" in caplog.text
    assert "versions" not in caplog.text
    assert json.loads(path.read_text()) == config
    run(tmp_path / "out", Walker(), episodes=4)
    assert "2 of 4 episodes were in" in caplog.text
    assert (
        f"other versions, as config.json tells (python 3.1, now {sys.version.split()[0]}; numpy 1.0, now" in caplog.text
    )
    sessions = json.loads(path.read_text())["sessions"]
    assert [each["first_line"] for each in sessions] == [0, 2]
    assert [each["packages"]["numpy"] for each in sessions] == ["1.0", np.__version__]


def test_a_folder_of_an_earlier_version_is_resumed_with_what_it_knew_of_its_versions(tmp_path, caplog):
    run(tmp_path / "out", Walker(), episodes=2)
    path = tmp_path / "out/config.json"
    config = json.loads(path.read_text())
    for name in ("code", "data", "attributes"):
        del config["run"][name]
    del config["sessions"]
    config["packages"]["numpy"] = "1.0"
    write_json(path, config)
    run(tmp_path / "out", Walker(), episodes=4)
    assert "numpy 1.0, now" in caplog.text
    assert json.loads(path.read_text())["sessions"][0]["packages"]["numpy"] == "1.0"
