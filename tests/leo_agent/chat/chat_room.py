"""What tests of `leo-agent chat` ask, about which room, and how a user types."""

import io
import sys

import numpy as np

QUESTION = "Where is a chair?"
SHORT = ["--max-tokens", "6", "--device", "cpu"]
PLY_HEADER = """ply
format ascii 1.0
element vertex {}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
property int instance_id
end_header
"""


def cloud(count: int = 3) -> np.ndarray:
    """Points of objects 7, 8, ...: (n, 7), xyz, rgb 0 to 255, id; object k is 0.4 m large around (k - 7, 1, 0.5)."""
    rng = np.random.default_rng(0)
    ids = np.repeat(np.arange(count), 40)
    places = np.column_stack([ids, np.full(len(ids), 1.0), np.full(len(ids), 0.5)])
    xyz = places + rng.uniform(-0.2, 0.2, (len(ids), 3))
    return np.column_stack([xyz, rng.integers(0, 256, (len(ids), 3)), ids + 7])


def typed(monkeypatch, text: str, terminal: bool = False) -> None:
    stream = io.StringIO(text)
    stream.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stdin", stream)
