"""Interrupts as a terminal sends them, also where the tests were started in the background."""

import signal

import pytest


@pytest.fixture
def heard_interrupts():
    """Processes that a test starts hear SIGINT, though a shell ignores it for what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
