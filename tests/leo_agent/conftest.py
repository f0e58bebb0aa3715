"""What tests of this package share: interrupts as a terminal sends them, a few demonstrations, the small model, and a
room to ask it about."""

import signal

import pytest

from leo_agent import cli
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.weights.checkpoint import save_pretrained
from tests.leo_agent.chat.chat_room import PLY_HEADER, SHORT, cloud
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import wake_adapters

HOUSES = "tests/data/habitat_houses/objectnav/val"


@pytest.fixture
def heard_interrupts():
    """Processes that a test starts hear SIGINT and SIGHUP, which a shell and nohup ignore for what they run."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, before[0])
    signal.signal(signal.SIGHUP, before[1])


@pytest.fixture(scope="session")
def sets(tmp_path_factory):
    """A folder for the datasets that `every_env` writes."""
    return tmp_path_factory.mktemp("sets")


@pytest.fixture(scope="session")
def demonstrations(tmp_path_factory):
    """Folders of a few demonstrations of navigation and of the tabletop, made by `leo-agent collect`."""
    folder = tmp_path_factory.mktemp("demonstrations")
    navigation, bowls = folder / "navigation", folder / "bowls"
    common = ["--width", "64", "--height", "64", "--env-option", "num_points=256"]
    house = ["--dataset", HOUSES, "--scene", "house_0001", "--episodes", "5"]
    assert cli.main(["collect", "--env", "leo/ObjectNav-v0", *house, *common, "--out", str(navigation)]) == 0
    assert (
        cli.main(["collect", "--env", "leo/PutBlocksInBowls-v0", "--episodes", "12", *common, "--out", str(bowls)]) == 0
    )
    return navigation, bowls


@pytest.fixture(scope="session")
def nano():
    """A new leo-nano and its tokenizer; not to be changed."""
    from leo_agent.policies.leo.weights.checkpoint import new_model

    return new_model("leo-nano", seed=0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> str:
    model = tiny.model()
    wake_adapters(tiny.look_around(model))
    folder = tmp_path_factory.mktemp("chat") / "tiny"
    save_pretrained(model, tiny.tokenizer(), folder)
    return str(folder)


@pytest.fixture
def room(tmp_path) -> str:
    rows = cloud()
    path = tmp_path / "room.ply"
    lines = (f"{x:.4f} {y:.4f} {z:.4f} {r:.0f} {g:.0f} {b:.0f} {k:.0f}\n" for x, y, z, r, g, b, k in rows)
    path.write_text(PLY_HEADER.format(len(rows)) + "".join(lines))
    return str(path)


@pytest.fixture
def asked(monkeypatch) -> list:
    """The (query, decoding) of every question that the model is asked; its answers stay its own."""
    seen, answer = [], LeoAgent.answer

    def noting(agent, queries, decoding=None):
        seen.extend((query, decoding) for query in queries)
        return answer(agent, queries, decoding)

    monkeypatch.setattr(LeoAgent, "answer", noting)
    return seen


@pytest.fixture
def ask(weights, room):
    """Runs the command about the room, or what `about` names, and gives the exit code."""
    return lambda *options, about=("--scene", room): cli.main(["chat", "--policy", weights, *about, *SHORT, *options])
