"""Scanned objects from a folder: reading them, what is wrong with them, and the tasks that they are packed in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from leo_agent.contract.errors import InputError
from leo_agent.envs.geometry import Pose
from leo_agent.envs.objects import sample_surface
from leo_agent.envs.procedural.objects import make_shape
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.procedural.objects.scanned.google import google
from leo_agent.envs.procedural.objects.scanned.names import HELD_OUT_NAMES, TRAINING_NAMES
from leo_agent.envs.procedural.objects.scanned.obj_file import read_obj
from leo_agent.envs.rendering.surface_colors import surface_tint
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.layout.task import sample_layout
from leo_agent.envs.tabletop.tasks import make_task
from leo_agent.envs.tabletop.visuals.view import body_mesh
from tests.envs.tabletop.scanned_set import NAMES, REAL_SET, box_obj, write_set

SMALL = {"width": 64, "height": 48, "num_points": 16}
TASKS = ["packing-google-objects-seq", "packing-google-objects-group"]


def shape_of(folder, text, name="red cup", scale=0.5):
    (folder / "meshes").mkdir(exist_ok=True)
    (folder / "meshes" / f"{name.replace(' ', '_')}.obj").write_text(text)
    return google(folder=str(folder), name=name, scale=scale)


# ---------------------------------------------------------------- reading


def test_the_names_are_56_of_which_19_are_held_out():
    assert (len(TRAINING_NAMES), len(HELD_OUT_NAMES), len(set(NAMES))) == (37, 19, 56)


@pytest.mark.parametrize("meshes", ["meshes", "google/meshes_fixed", "meshes_fixed"])
def test_a_mesh_is_scaled_and_centred(tmp_path, meshes):
    write_set(tmp_path, ["alarm clock"], meshes)
    shape = google(folder=str(tmp_path), name="alarm clock", scale=0.5)
    assert shape.name == "alarm clock"
    assert shape.size == pytest.approx((0.05, 0.03, 0.02))
    for points in (shape.vertices, shape.hull):
        assert points.min(axis=0) == pytest.approx(-np.array(shape.size) / 2, abs=1e-6)
        assert points.max(axis=0) == pytest.approx(np.array(shape.size) / 2, abs=1e-6)
    assert len(shape.faces) == 12
    assert make_shape(shape.recipe) is shape


def test_without_a_texture_the_name_tells_the_color(tmp_path):
    text = box_obj(0.1, 0.1, 0.1)
    assert (shape_of(tmp_path, text, "red cup").colors == PALETTE["red"]).all()
    assert (shape_of(tmp_path, text, "tablet").colors == PALETTE["gray"]).all()
    assert (shape_of(tmp_path, text, "grey soccer shoe with cleats").colors == PALETTE["gray"]).all()
    assert shape_of(tmp_path, text, "black sandal").colors.max() < 60


def test_a_texture_lies_the_right_way_up(tmp_path):
    pixels = np.zeros((2048, 1024, 3), np.uint8)
    pixels[:1024] = (255, 0, 0)  # the upper half: v above 0.5
    pixels[1024:] = (0, 0, 255)
    (tmp_path / "textures").mkdir()
    Image.fromarray(pixels).save(tmp_path / "textures" / "red_cup.png")
    shape = shape_of(tmp_path, "v 0 0 0\nv 0.1 0 0\nv 0.1 0.1 0\nv 0 0.1 0\nv 0 0 0.1\n"
                     "vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nf 1/1 2/2 3/3\nf 1/1 3/3 4/4\nf 5/1 1/1 2/1\n")  # fmt: skip
    assert shape.colors is None
    assert max(shape.texture.pixels.shape) == 512
    mesh = body_mesh(Body(1, shape, None, Pose((0, 0, 0)), 0.1))
    points = sample_surface(
        mesh.vertices, mesh.faces, mesh.colors, 400, np.random.default_rng(0), lambda *where: surface_tint(mesh, *where)
    )
    floor = points[points[:, 2] < -0.0499]
    upper = floor[:, 1] > 0
    assert (floor[upper & (floor[:, 1] > 0.005), 3] > 0.9).all()
    assert (floor[~upper & (floor[:, 1] < -0.005), 5] > 0.9).all()


def test_many_faces_are_all_drawn_and_collide_as_a_hull_of_100_points(tmp_path):
    turns = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    rings = [(0.05 * np.sin(h) * np.cos(t), 0.05 * np.sin(h) * np.sin(t), 0.05 * np.cos(h))
             for h in np.linspace(0.01, 3.13, 100) for t in turns]  # fmt: skip
    lines = [f"v {x:.7f} {y:.7f} {z:.7f}" for x, y, z in rings]
    for ring in range(99):
        for k in range(200):
            a, b = ring * 200 + k + 1, ring * 200 + (k + 1) % 200 + 1
            lines += [f"f {a} {b} {b + 200} {a + 200}"]
    shape = shape_of(tmp_path, "\n".join(lines), scale=1.0)
    assert len(shape.faces) == 2 * 99 * 200
    assert len(shape.hull) <= 100
    assert np.linalg.norm(shape.vertices, axis=1) == pytest.approx(0.05, abs=0.001)
    assert shape.size == pytest.approx((0.1, 0.1, 0.1), rel=0.01)


# ---------------------------------------------------------------- what is wrong

BROKEN = {
    "empty": b"",
    "no faces": b"v 0 0 0\nv 1 0 0\nv 0 1 0\n",
    "no vertices": b"f 1 2 3\n",
    "a vertex that is not there": b"v 0 0 0\nv 1 0 0\nv 0 1 1\nf 1 2 9999999\n",
    "a huge vertex number": b"v 0 0 0\nv 1 0 0\nv 0 1 1\nf 1 2 99999999999999999999999\n",
    "not a number": b"v 0 0 nan\nv 1 0 0\nv 0 1 1\nf 1 2 3\n",
    "infinite": b"v 0 0 inf\nv 1 0 0\nv 0 1 1\nf 1 2 3\n",
    "too large": b"v 0 0 1e30\nv 1 0 0\nv 0 1 1\nf 1 2 3\n",
    "flat": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "a point": b"v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n",
    "two coordinates": b"v 0 0\nv 1 0\nv 0 1\nf 1 2 3\n",
    "words": b"v a b c\nf 1 2 3\n",
    "binary": bytes(range(256)) * 20,
    "truncated": box_obj(0.1, 0.1, 0.1).encode()[:150],
    "a pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_broken_meshes_are_refused(tmp_path, content):
    (tmp_path / "meshes").mkdir()
    (tmp_path / "meshes" / "red_cup.obj").write_bytes(content)
    with pytest.raises(InputError, match=r"red_cup\.obj") as caught:
        google(folder=str(tmp_path), name="red cup", scale=0.5)
    assert "\n" not in str(caught.value)


@settings(max_examples=150, deadline=None)
@given(
    position=st.integers(0, 700),
    junk=st.one_of(st.binary(max_size=30), st.sampled_from([b"f -1 -2 -3\n", b"1e999 ", b"/", b"nan", b"f 1"])),
    removed=st.integers(0, 60),
)
def test_damaged_meshes_are_read_or_refused(tmp_path_factory, position, junk, removed):
    content = box_obj(0.1, 0.2, 0.1).encode()
    path = tmp_path_factory.mktemp("damaged") / "thing.obj"
    path.write_bytes(content[:position] + junk + content[position + removed :])
    try:
        mesh = read_obj(path)
    except InputError:
        return
    assert np.isfinite(mesh.vertices).all()
    assert 0 <= mesh.faces.min() <= mesh.faces.max() < len(mesh.vertices)


def test_broken_textures_are_refused(tmp_path):
    (tmp_path / "textures").mkdir()
    (tmp_path / "textures" / "red_cup.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with pytest.raises(InputError, match=r"red_cup\.png"):
        shape_of(tmp_path, box_obj(0.1, 0.1, 0.1))


@pytest.mark.parametrize("name", ["../../etc/passwd", "teapot", ""])
def test_other_names_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="name"):
        make_shape({"kind": "google", "folder": str(tmp_path), "name": name, "scale": 0.5})


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_impossible_scales_are_refused(assets, scale):
    with pytest.raises(InputError, match="scale"):
        make_shape({"kind": "google", "folder": assets, "name": "red cup", "scale": scale})


@pytest.mark.parametrize("task", TASKS)
def test_without_the_folder_it_says_how_to_get_it(tmp_path, task):
    for folder in (None, str(tmp_path / "nowhere"), str(tmp_path), "n" * 5000, 3, [str(tmp_path)]):
        with pytest.raises(InputError, match=r"assets: .*VIMABench.*cliport") as caught:
            TabletopEnv(task, assets=folder)
        assert "\n" not in str(caught.value)


def test_objects_that_are_missing_are_reported_and_left_out(tmp_path, caplog, recwarn):
    write_set(tmp_path, [name for name in NAMES if name not in ("black fedora", "red cup")])
    task = make_task(TASKS[0], str(tmp_path))
    assert caplog.messages == [f"assets: {tmp_path} has no black fedora, red cup: left out of all scenes"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert not recwarn.list
    named = {body.category for seed in range(30) for body in sample_layout(task, seed, "seen", "test").bodies[1:]}
    assert len(named) > 40
    assert not named & {"black fedora", "red cup"}


def test_too_few_objects_are_refused(tmp_path, caplog):
    write_set(tmp_path, HELD_OUT_NAMES[:5])
    task = make_task(TASKS[0], str(tmp_path))
    assert "left out of all scenes" in caplog.text
    with pytest.raises(InputError, match=r"5 of the 19 objects of the split unseen"):
        task.layout(np.random.default_rng(0), "unseen", "test")


# ---------------------------------------------------------------- tasks


@pytest.mark.parametrize(
    ("split", "mode", "names"),
    [
        ("seen", "train", NAMES),
        ("seen", "test", NAMES),
        ("unseen", "train", TRAINING_NAMES),
        ("unseen", "val", HELD_OUT_NAMES),
        ("unseen", "test", HELD_OUT_NAMES),
    ],
)
def test_named_objects_are_those_of_the_split(assets, split, mode, names):
    task = make_task(TASKS[0], assets)
    named = set()
    for seed in range(80):
        layout = sample_layout(task, seed, split, mode)
        words = [body.category for body in layout.bodies[1:]]
        assert len(set(words)) == len(words)
        assert layout.instructions == tuple(f"pack the {word} in the brown box" for word in words[: len(layout.goals)])
        assert layout.max_steps == len(layout.goals) + 1
        scales = [body.shape.recipe["scale"] for body in layout.bodies[1:]]
        assert 0.375 <= min(scales) <= max(scales) <= 0.8
        named |= set(words)
    assert named == set(names)


def test_groups_are_two_of_a_kind_and_two_of_another(assets):
    task = make_task(TASKS[1], assets)
    for seed in range(30):
        layout = sample_layout(task, seed, "unseen", "test")
        words = [body.category for body in layout.bodies[1:]]
        assert words[0] == words[1] != words[2] == words[3]
        assert len(set(words)) == len(words) - 2
        (goal,) = layout.goals
        assert goal.objects == (2, 3)
        assert layout.instruction(0) == f"pack all the {words[0]} objects in the brown box"
        assert layout.instruction(1) == "done packing objects."
        assert layout.max_steps == 3


def expert_scores(task, split, folder, count):
    environment = TabletopEnv(task, split=split, assets=folder, **SMALL)
    scores = []
    for episode_id in range(count):
        environment.reset(options={"episode_id": episode_id})
        over = False
        while not over:
            _, _, terminated, truncated, info = environment.step(environment.expert_action())
            over = terminated or truncated
        scores.append(info["measures"]["score"])
    environment.close()
    return np.array(scores)


@pytest.mark.slow
@pytest.mark.skipif(REAL_SET is None, reason="LEO_GOOGLE_OBJECTS names no folder with the scanned objects")
@pytest.mark.parametrize("split", ["seen", "unseen"])
@pytest.mark.parametrize("task", TASKS)
def test_expert_packs_the_real_set(task, split):
    scores = expert_scores(task, split, REAL_SET, 50)
    print(f"{task} {split}: mean {scores.mean():.3f}, {(scores > 0.99).mean():.0%} above 0.99")
    assert scores.mean() >= {"seen": 0.98, "unseen": 0.95}[split]


@pytest.mark.skipif(REAL_SET is None, reason="LEO_GOOGLE_OBJECTS names no folder with the scanned objects")
@pytest.mark.slow
def test_the_real_set_can_be_read():
    task = make_task(TASKS[0], REAL_SET)
    shapes = [google(folder=REAL_SET, name=name, scale=1.0) for name in task.objects.names("seen", "test")]
    faces = [len(shape.faces) for shape in shapes]
    print(f"{len(shapes)} objects, {np.mean(faces):.0f} faces drawn of each on average, at most {max(faces)}")
    assert len(shapes) >= 55
    assert all(0.01 < max(shape.size) < 0.6 and len(shape.hull) <= 100 for shape in shapes)
