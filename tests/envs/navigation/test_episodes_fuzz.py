"""Damaged ObjectNav-v1 files of any kind: episodes that can be run, or one clear line."""

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.split_files import find_scenes_folder
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav
from tests.envs.fuzzing import HANG
from tests.envs.navigation.test_episodes import CONTENT, TOP, replace, write_dataset

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -1, 2**31, 2**63])
    | st.floats()
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


def paths_in(value: object, prefix: tuple = ()) -> list[tuple]:
    """Every place in a JSON value, as the keys that lead there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in ((*prefix, key), *paths_in(inner, (*prefix, key)))]


def complaint(function: Callable[..., object], *arguments: object) -> str:
    """The text of the `InputError` that a call ends in, empty if it ends well; any other error is not caught."""
    try:
        function(*arguments)
    except InputError as error:
        return str(error)
    return ""


def read_all(folder: Path) -> None:
    dataset = ObjectNav.read_episodes(folder)
    for episode in dataset:
        assert np.all(np.isfinite(episode.view_points.astype(np.float32)))
        assert np.all(np.isfinite(episode.start_position.astype(np.float32)))
        assert abs(np.linalg.norm(episode.start_rotation) - 1) < 1e-3
        assert episode.instruction.startswith("find ")
        json.dumps(episode.info)
        assert "\n" not in complaint(find_scenes_folder, dataset.path, episode)


FUZZ = settings(deadline=HANG, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(data=st.data())
def test_fuzzed_fields_raise_nothing_but_input_errors(tmp_path, data):
    files = {"top": copy.deepcopy(TOP), "content": copy.deepcopy(CONTENT)}
    files["top"]["content_scenes_path"] = "{data_path}/content/{scene}.json.gz"
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(paths_in(files)))
        replace(files, path, data.draw(JSON_VALUES))
    assert "\n" not in complaint(read_all, write_dataset(tmp_path, files["top"], files["content"]))


@FUZZ
@given(data=st.data())
def test_fuzzed_bytes_raise_nothing_but_input_errors(tmp_path, data):
    write_dataset(tmp_path)
    path = tmp_path / "val" / data.draw(st.sampled_from(["val.json.gz", "content/house_0007.json.gz"]))
    raw = bytearray(data.draw(st.sampled_from([path.read_bytes(), gzip.decompress(path.read_bytes())])))
    compress = raw[:2] != b"\x1f\x8b"
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(gzip.compress(bytes(raw), 1) if compress else bytes(raw))
    assert "\n" not in complaint(read_all, tmp_path)
