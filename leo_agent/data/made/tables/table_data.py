"""The files of one table: its scene, its scans; and its texts."""

from __future__ import annotations

import json
from pathlib import Path

from leo_agent.contract.files import write_file, writing
from leo_agent.data.made.asked import MadeText
from leo_agent.data.made.scans import POINTS_AN_OBJECT, write_object, write_scan
from leo_agent.data.made.tables.drawing import draw_table, table_name
from leo_agent.data.made.tables.table_texts import object_uid, table_texts
from leo_agent.data.made.tables.truth import spoken, table_truth
from leo_agent.envs.procedural.objects.household import SEEN_KINDS, UNSEEN_KINDS
from leo_agent.envs.tabletop.observation.clouds import SurfaceClouds
from leo_agent.envs.tabletop.stored.file import scene_to_json

SCENES = "tables"
"""Folder of the scenes, from which environments of the tabletop start."""


def make_table_data(number: int, words: str, split: str, seed: int, out: Path) -> dict[str, list[MadeText]]:
    """Writes a table's scene and scans; returns its texts by set.

    Args:
        number: of the table, counted from 1.
        words: one of `drawing.WORDS`.
        split: "train" or "val".
        seed: of the scene, of words and of what is asked.
        out: the data folder.
    """
    name, scene = table_name(number), draw_table(number, seed, words)
    bodies = scene.layout.bodies
    truth = table_truth(name, bodies)
    kinds = SEEN_KINDS if words == "seen" else SEEN_KINDS + UNSEEN_KINDS
    texts = table_texts(truth, seed, split == "train", sorted(map(spoken, kinds)))
    clouds = SurfaceClouds(bodies, POINTS_AN_OBJECT, scene.seed)
    objects = clouds.objects({body.object_id: body.pose for body in bodies})
    with writing(out):
        write_scan(out, name, objects.ids, objects.points, {thing.id: thing.kind for thing in truth.things})
        alone = {item.scan for item in texts["cap3d"]}
        for thing, points in zip(truth.things, objects.points, strict=True):
            if (uid := object_uid(truth, thing)) in alone:
                write_object(out, uid, points)
        (out / SCENES).mkdir(parents=True, exist_ok=True)
    write_file(out / SCENES / f"{name}.json", (json.dumps(scene_to_json(scene)) + "\n").encode())
    return {key: [MadeText(item) for item in items] for key, items in texts.items()}
