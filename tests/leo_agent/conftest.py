"""What tests of this package share: interrupts as a terminal sends them, a few demonstrations, the small model."""

import signal

import pytest

HOUSES = "tests/data/habitat_houses/objectnav/val"


@pytest.fixture
def heard_interrupts():
    """Processes that a test starts hear SIGINT, though a shell ignores it for what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def demonstrations(tmp_path_factory):
    """Folders of a few demonstrations of navigation and of the tabletop, made by `leo-agent collect`."""
    from leo_agent.cli import main

    folder = tmp_path_factory.mktemp("demonstrations")
    navigation, bowls = folder / "navigation", folder / "bowls"
    common = ["--width", "64", "--height", "64", "--env-option", "num_points=256"]
    house = ["--dataset", HOUSES, "--scene", "house_0001", "--episodes", "5"]
    assert main(["collect", "--env", "leo/ObjectNav-v0", *house, *common, "--out", str(navigation)]) == 0
    assert main(["collect", "--env", "leo/PutBlocksInBowls-v0", "--episodes", "12", *common, "--out", str(bowls)]) == 0
    return navigation, bowls


@pytest.fixture(scope="session")
def nano():
    """A new leo-nano and its tokenizer; not to be changed."""
    from policies.leo.checkpoint import new_model

    return new_model("leo-nano", seed=0)
