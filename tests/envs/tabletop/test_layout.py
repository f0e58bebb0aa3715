"""Scenes of the bowls task: counts, colours, places, language, and the shapes they are made of."""

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs import env_ids, tabletop_id
from leo_agent.envs.navigation.ids import navigation_ids
from leo_agent.envs.procedural.objects import block, bowl, container
from leo_agent.envs.procedural.objects.cliport.square import square
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.layout.colors import SEEN_COLORS, UNSEEN_COLORS
from leo_agent.envs.tabletop.layout.placement import separation
from leo_agent.envs.tabletop.layout.task import sample_layout
from leo_agent.envs.tabletop.tasks import make_task, registered_tasks
from leo_agent.envs.tabletop.workspace import BOUNDS
from tests.envs.tabletop.tabletop_tasks import tasks_without_files

SHAPES = [block(), bowl(), container(width_m=0.3, depth_m=0.2), square()]


def layouts(split="seen", mode="test", count=60):
    task = make_task("put-blocks-in-bowls")
    return [sample_layout(task, seed, split, mode) for seed in range(count)]


def test_every_task_file_registers_its_own_name():
    assert {tabletop_id(name) for name in registered_tasks()} == set(env_ids()) - set(navigation_ids())
    for name, make in registered_tasks().items():
        assert make.__module__ == f"leo_agent.envs.tabletop.tasks.{name.replace('-', '_')}"


def test_counts_colors_and_language():
    counts = set()
    for layout in layouts():
        (goal,) = layout.goals
        bodies = {body.object_id: body for body in layout.bodies}
        assert list(bodies) == list(range(1, len(bodies) + 1))
        blocks = [bodies[object_id] for object_id in goal.objects]
        bowls = [body for body in layout.bodies if body.fixed]
        counts.add((len(blocks), len(bowls)))
        assert len(goal.targets) == len(bowls)
        assert len(layout.bodies) == len(blocks) + len(bowls) + 6
        assert layout.max_steps == len(blocks) + 1
        (block_color,), (bowl_color,) = {body.color for body in blocks}, {body.color for body in bowls}
        assert layout.instruction(0) == f"put the {block_color} blocks in a {bowl_color} bowl"
        assert layout.instruction(1) == "done placing blocks in bowls."
        distractors = [body.color for body in layout.bodies if body not in blocks and body not in bowls]
        assert distractors == [color for color in PALETTE if color not in (block_color, bowl_color)][:6]
    assert counts == {(1, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3)}


@pytest.mark.parametrize(
    ("split", "mode", "colors"),
    [
        ("seen", "train", SEEN_COLORS),
        ("seen", "test", SEEN_COLORS),
        ("unseen", "train", SEEN_COLORS),
        ("unseen", "val", UNSEEN_COLORS),
        ("unseen", "test", UNSEEN_COLORS),
    ],
)
def test_named_colors_are_those_of_the_split(split, mode, colors):
    named = set()
    for layout in layouts(split, mode, count=80):
        words = layout.instruction(0).split()
        named |= {words[2], words[6]}
    assert named == set(colors)


def test_objects_keep_clear_of_each_other_and_of_the_edge():
    for layout in layouts(count=30):
        footprints = []
        for body in layout.bodies:
            cosine, sine = np.cos(body.pose.yaw_rad), np.sin(body.pose.yaw_rad)
            turned = body.shape.footprint @ np.array([[cosine, sine], [-sine, cosine]]) + body.pose.position[:2]
            assert (turned > BOUNDS[:2, 0]).all()
            assert (turned < BOUNDS[:2, 1]).all()
            assert all(separation(turned, other) > 0.009 for other in footprints)
            footprints.append(turned)


def test_a_seed_is_a_scene():
    first, again = layouts(count=5), layouts(count=5)
    assert [layout.bodies for layout in first] == [layout.bodies for layout in again]
    assert first[0].bodies != first[1].bodies


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_shapes_are_centred_closed_and_point_outward(shape):
    low, high = shape.vertices.min(axis=0), shape.vertices.max(axis=0)
    assert high + low == pytest.approx(0, abs=1e-6)
    assert high - low == pytest.approx(shape.size, abs=1e-6)
    edges = np.concatenate([shape.faces[:, [0, 1]], shape.faces[:, [1, 2]], shape.faces[:, [2, 0]]])
    forward, backward = {tuple(edge) for edge in edges}, {tuple(edge[::-1]) for edge in edges}
    assert len(forward) == len(edges)
    assert forward == backward
    corners = shape.vertices[shape.faces].astype(np.float64)
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0


def test_bowl_has_the_size_of_the_original_and_room_for_a_block():
    assert bowl().size == pytest.approx((0.116, 0.116, 0.035))
    radii = [np.hypot(*part.position[:2]) - part.size[0] for part in bowl().parts if part.kind == "box"]
    assert min(radii) > np.hypot(0.02, 0.02)


@pytest.mark.parametrize("name", tasks_without_files())
def test_unknown_splits_and_modes_are_refused_by_every_task(name):
    task = make_task(name)
    for split, mode, message in [
        ("half-seen", "test", "split: found 'half-seen', expected one of seen, unseen"),
        (["seen"], "test", r"split: found \['seen'\], expected"),
        ("seen", "dev", "mode: found 'dev', expected one of train, val, test"),
    ]:
        with pytest.raises(InputError, match=message):
            sample_layout(task, 0, split, mode)


def test_unknown_tasks_are_refused():
    with pytest.raises(InputError, match="put-blocks-in-bowls"):
        make_task("juggle")
