"""Whatever is no stored scene is refused in one line that names the place, however it is damaged."""

import copy
import json
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.tabletop.stored.file import read_scene, scene_to_json
from tests.envs.tabletop.test_scenes import stored
from tests.hostile_files import PUT, damage, outcome


def change(scene, path, value):
    """The scene with another value at the path; DROP leaves the key out."""
    changed = copy.deepcopy(scene)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if value is DROP:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


DROP = object()
BODY, GOAL, ZONE = ("layout", "bodies", 1), ("layout", "goals", 0), ("layout", "goals", 1)
WRONG = {
    "version": (("version",), 2),
    "unknown key": (("colour",), 3),
    "no layout": (("layout",), DROP),
    "kind of shape": ((*BODY, "shape", "kind"), "teapot"),
    "no kind of shape": ((*BODY, "shape", "kind"), DROP),
    "parameter of shape": ((*BODY, "shape", "size"), [0.04, 0.04]),
    "missing parameter": ((*BODY, "shape", "name"), DROP),
    "shape of numbers": ((*BODY, "shape", "size"), [0.04, "0.04", 0.04]),
    "size NaN": ((*BODY, "shape", "size"), [0.04, float("nan"), 0.04]),
    "size huge": ((*BODY, "shape", "size"), [0.04, 4.0, 0.04]),
    "size negative": ((*BODY, "shape", "size"), [0.04, -0.04, 0.04]),
    "id": ((*BODY, "object_id"), 5),
    "color": ((*BODY, "color"), "mauve"),
    "mass": ((*BODY, "mass_kg"), 0.0),
    "friction": ((*BODY, "friction"), -1.0),
    "fixed": ((*BODY, "fixed"), 1),
    "NaN position": ((*BODY, "pose", "position"), [0.5, float("nan"), 0.0]),
    "far position": ((*BODY, "pose", "position"), [0.5, 99.0, 0.0]),
    "under the table": ((*BODY, "pose", "position"), [0.4, -0.2, -0.012]),
    "rotation": ((*BODY, "pose", "rotation"), [0.0, 0.0, 0.0, 2.0]),
    "zero rotation": ((*BODY, "pose", "rotation"), [0.0, 0.0, 0.0, 0.0]),
    "no objects": (("layout", "bodies"), []),
    "no goals": (("layout", "goals"), []),
    "goal of unknown object": ((*GOAL, "objects"), [9]),
    "kind of goal": ((*GOAL, "kind"), "hope"),
    "matches": ((*GOAL, "matches"), [[True, False]]),
    "no match": ((*GOAL, "matches"), [[False]]),
    "symmetries": ((*GOAL, "symmetries_rad"), []),
    "weight": ((*GOAL, "weight"), 2.0),
    "tolerance": ((*GOAL, "position_tolerance_m"), 0.0),
    "points": ((*ZONE, "rule", "points"), {"2": [[0.0, 0.0, 0.0]]}),
    "shape of points": ((*ZONE, "rule", "points", "2"), [[0.0, 0.0]]),
    "no points": ((*ZONE, "rule", "points", "2"), []),
    "zone size": ((*ZONE, "rule", "size_m"), [0.1, 0.0]),
    "instructions": (("layout", "instructions"), ["one"]),
    "letters": (("layout", "completed_instruction"), "fertig \u2713"),
    "steps": (("layout", "max_steps"), 0),
    "many steps": (("layout", "max_steps"), 10**30),
    "tool": (("layout", "tool"), "fork"),
    "a spatula for a pose": (("layout", "tool"), "spatula"),
    "goals reached": (("goals_reached",), 3),
    "score": (("score",), 1.5),
    "seed": (("seed",), -1),
    "at rest": (("at_rest",), "yes"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_a_scene_is_named(name):
    path, value = WRONG[name]
    with pytest.raises(InputError) as caught:
        read_scene(change(stored(), path, value))
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    assert message.startswith("scene")
    assert "expected" in message or "shape" in message


def test_what_sinks_into_the_table_a_little_and_a_spatula_with_a_zone_are_scenes():
    sunk = change(stored(), (*BODY, "pose", "position"), [0.4, -0.2, -0.0105])
    assert read_scene(sunk).layout.bodies[1].pose.position[2] == -0.0105
    scene = stored() | {"goals_reached": 0}
    layout = scene["layout"] | {"tool": "spatula", "goals": scene["layout"]["goals"][1:], "instructions": ["push it"]}
    assert read_scene(scene | {"layout": layout}).layout.tool == "spatula"


def test_almost_unit_quaternions_are_made_unit():
    scene = change(stored(), (*BODY, "pose", "rotation"), [0.0, 0.0, 0.6001, 0.8])
    rotation = read_scene(scene).layout.bodies[1].pose.rotation
    assert np.linalg.norm(rotation) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"version": ' + b"9" * 5000 + b"}", b"NaN", None],
    ids=["empty", "cut", "list", "not text", "deep", "long number", "not a number", "missing"],
)
def test_files_that_hold_no_scene_are_refused(tmp_path, content):
    file = tmp_path / "scene.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"scene .*scene\.json") as caught:
        read_scene(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", [3, ["a"], "scene.txt", b"scene.json", {}, {3: 4}, {"version": True}])
def test_what_is_no_scene_at_all_is_refused(source):
    with pytest.raises(InputError):
        read_scene(source)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([1e300, 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def paths(value, path=()):
    """All places of a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from paths(each, (*path, key))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), json_values, st.booleans())
def test_damaged_scenes_are_refused_or_read(chance: random.Random, value, swap):
    scene = stored()
    for _ in range(chance.randint(1, 2)):
        path = chance.choice(list(paths(scene)))
        other = chance.choice(list(paths(scene)))
        if swap:
            value = scene
            for step in other:
                value = value[step]
        scene = change(scene, path, copy.deepcopy(value) if chance.random() < 0.8 else DROP)
        if not isinstance(scene, dict):
            break
    try:
        read = read_scene(scene)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most examples are refused, some are fine
    else:
        scene_to_json(read)


@pytest.mark.parametrize("put", PUT)
def test_what_is_no_such_file_is_refused(tmp_path, put):
    (tmp_path / "scene.json").write_text(json.dumps(stored()))
    put(tmp_path / "scene.json")
    assert str(tmp_path / "scene.json") in outcome(lambda: read_scene(tmp_path / "scene.json"))


def test_damaged_files_are_read_or_refused_in_one_line(tmp_path):
    rng = np.random.default_rng(0)
    messages = []
    for _ in range(60):
        (tmp_path / "scene.json").write_text(json.dumps(stored()))
        damage(tmp_path / "scene.json", rng)
        messages.append(outcome(lambda: read_scene(tmp_path / "scene.json")))
    assert sum(map(bool, messages)) > 30
    assert all("scene.json" in message for message in messages if message)
