"""Draws tabletop scenes for texts: layouts of the tabletop's tasks in new colours, partly carried out already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leo_agent.contract.checks import check_choice
from leo_agent.data.made.tables.progress import fill_bowls, fill_square, pack_box
from leo_agent.envs.procedural.objects.household import SEEN_KINDS, UNSEEN_KINDS
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.goals import Scorekeeper
from leo_agent.envs.tabletop.layout.colors import SEEN_COLORS
from leo_agent.envs.tabletop.layout.layout import Body, Layout
from leo_agent.envs.tabletop.layout.task import Task, sample_layout
from leo_agent.envs.tabletop.stored.file import StoredScene
from leo_agent.envs.tabletop.tasks.packing_objects_seq import PackingObjectsSeq
from leo_agent.envs.tabletop.tasks.packing_shapes import PackingShapes
from leo_agent.envs.tabletop.tasks.put_blocks_in_bowls import PutBlocksInBowls
from leo_agent.envs.tabletop.tasks.separating_piles import SeparatingPiles

WORDS = ("all", "seen")
"""All colours and kinds of the tabletop, or those alone that its tasks name in training."""
FEWEST_CUBES, MOST_CUBES = 4, 12  # of a pile; a task's 50 nobody counts
_FEWEST_DISTRACTORS, _MOST_DISTRACTORS = 3, 6
_HELD_OUT_SHARE = len(UNSEEN_KINDS) / (len(SEEN_KINDS) + len(UNSEEN_KINDS))
_TRIES = 20


@dataclass(frozen=True)
class TableKind:
    """What a table shows, and what of it is done."""

    task: str
    draw_task: Callable[[np.random.Generator, Sequence[str]], Task]
    advance: Callable[[Layout, np.random.Generator], Layout]


def _bowls(rng: np.random.Generator, colors: Sequence[str]) -> Task:
    most = min(_MOST_DISTRACTORS, len(colors) - 2)
    return PutBlocksInBowls(num_distractors=int(rng.integers(_FEWEST_DISTRACTORS, most + 1)))


def _piles(rng: np.random.Generator, colors: Sequence[str]) -> Task:
    return SeparatingPiles(num_cubes=int(rng.integers(FEWEST_CUBES, MOST_CUBES + 1)))


TABLE_KINDS = (
    TableKind("put-blocks-in-bowls", _bowls, fill_bowls),
    TableKind("packing-objects-seq", lambda rng, colors: PackingObjectsSeq(), pack_box),
    TableKind("packing-shapes", lambda rng, colors: PackingShapes(), pack_box),
    TableKind("separating-piles", _piles, fill_square),
)
TABLE_PREFIX = "table_"  # of the names of tables, which tells them from houses


def table_name(number: int) -> str:
    """The name of a table by its number, counted from 1."""
    return f"{TABLE_PREFIX}{number:04d}"


def draw_table(number: int, seed: int, words: str = "all") -> StoredScene:
    """The scene of a table, at rest; nothing is simulated, places follow from the shapes.

    Kinds of tables take turns. An environment of the scene's task starts from it.

    Args:
        number: of the table, counted from 1.
        seed: with the number it decides everything.
        words: one of WORDS.

    Raises:
        InputError: other words.
    """
    check_choice("table_words", words, WORDS)
    kind = TABLE_KINDS[(number - 1) % len(TABLE_KINDS)]
    rng = np.random.default_rng([seed, *table_name(number).encode()])
    colors = tuple(PALETTE) if words == "all" else SEEN_COLORS
    # The tasks' held-out objects are those that they name in tests of the split "unseen".
    held_out = words == "all" and rng.random() < _HELD_OUT_SHARE
    layout_seed = int(rng.integers(2**31))
    mode = "test" if held_out else "train"
    drawn = sample_layout(kind.draw_task(rng, colors), layout_seed, "unseen", mode)
    colored = recolored(drawn, kind.task, colors, rng)
    for _ in range(_TRIES):
        layout = kind.advance(colored, rng)
        keeper = scored(layout)
        if not keeper.done:
            return StoredScene(layout, kind.task, layout_seed, keeper.goals_reached, keeper.score, at_rest=True)
    return StoredScene(colored, kind.task, layout_seed, at_rest=True)


def scored(layout: Layout) -> Scorekeeper:
    """How far the goals of a layout have come."""
    keeper, poses = Scorekeeper(layout.goals), {body.object_id: body.pose for body in layout.bodies}
    reached = -1
    while keeper.goals_reached > reached:
        reached = keeper.goals_reached
        keeper.update(poses)
    return keeper


def recolored(layout: Layout, task: str, colors: Sequence[str], rng: np.random.Generator) -> Layout:
    """The layout with each colour replaced by one drawn from `colors`; boxes, and what has its own colours, stay.

    Blocks and bowls that the instruction is not about take any colours that leave it unambiguous.
    """
    painted = [body for body in layout.bodies if body.color is not None and body.shape.name != "box"]
    used = list(dict.fromkeys(body.color for body in painted))
    new = dict(zip(used, map(str, rng.permutation(list(colors))), strict=False))
    bodies = [replace(body, color=new[body.color]) if body in painted else body for body in layout.bodies]
    instructions = layout.instructions
    if painted and task != "packing-shapes":
        instructions = tuple(" ".join(new.get(word, word) for word in text.split(" ")) for text in instructions)
    if task == "put-blocks-in-bowls":
        named = {body.shape.name: body.color for body in _named(layout, bodies)}
        bodies = [body if body.color in named.values() else _any_color(body, named, colors, rng) for body in bodies]
    return replace(layout, bodies=tuple(bodies), instructions=instructions)


def _named(layout: Layout, bodies: Sequence[Body]) -> tuple[Body, Body]:
    """A block that the goal is about, and one of its bowls, which stand first."""
    return bodies[layout.goals[0].objects[0] - 1], bodies[0]


def _any_color(body: Body, named: dict[str, str | None], colors: Sequence[str], rng: np.random.Generator) -> Body:
    free = [color for color in colors if color != named[body.shape.name]]
    return replace(body, color=free[int(rng.integers(len(free)))])
