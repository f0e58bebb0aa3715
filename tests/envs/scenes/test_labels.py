"""Files that name the instances of a scan: Matterport3D's .house, HM3D's .semantic.txt, JSON descriptors."""

import json
from typing import Any

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.instances.labels import Labels, parse_labels

HOUSE = """ASCII 1.1
H scan label 0 0 0 0 3 3 2 1 0 1  0 0 0 0 0  0 0 0 9 9 9  0 0 0 0 0
L 0 1 a  0 0 0  0 0 0 9 9 9  0 0 0 0 0
R 0 0 0 0 l  0 0 0  0 0 0 9 9 9  3  0 0 0 0
C 0 5 dining#chair 3 chair 0 0 0 0 0
C 1 9 tv 22 tv_monitor 0 0 0 0 0
O 0 0 -1  0 0 0  1 0 0  0 1 0  1 1 1 0 0 0 0 0 0 0 0
O 1 0 0  0 0 0  1 0 0  0 1 0  1 1 1 0 0 0 0 0 0 0 0
O 2 0 1  0 0 0  1 0 0  0 1 0  1 1 1 0 0 0 0 0 0 0 0
E 0 1 17 1.0  0 0 0  0 0 0 1 1 1  0 0 0 0 0
"""
HM3D = 'HM3D Semantic Annotations\n1,FF00AA,"chair",3\n2,0A0B0C,"table, round",3\n\n7,00FF00,"wall",1\n'


def test_house_file() -> None:
    assert parse_labels(HOUSE.encode(), "scan.house") == Labels({1: "chair", 2: "tv_monitor"})


def test_hm3d_file() -> None:
    expected = Labels({1: "chair", 2: "table, round", 7: "wall"}, {}, {0xFF00AA: 1, 0x0A0B0C: 2, 0x00FF00: 7})
    assert parse_labels(HM3D.encode(), "a.semantic.txt") == expected
    assert parse_labels(HM3D.replace("\n", "\r\n").encode(), "a.semantic.txt") == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([{"id": 4, "category": "bed"}], Labels({4: "bed"})),
        ({"classes": [{"id": 3, "name": "sofa"}]}, Labels({}, {3: "sofa"})),
        (
            {"classes": [{"id": 3, "name": "sofa"}], "objects": [{"id": 8, "class_id": 3}, {"id": 9, "class_id": -1}]},
            Labels({8: "sofa"}, {3: "sofa"}),
        ),
        ({"objects": [{"id": 2, "class_": "couch", "location": [0, 0, 0]}]}, Labels({2: "couch"})),
    ],
)
def test_json_descriptors(document: Any, expected: Labels) -> None:
    assert parse_labels(json.dumps(document).encode(), "x.json") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b"7", "expected a list of instances, found 7"),
        (b"{}", "expected a list of instances, or an object with 'classes' or 'objects'"),
        (b'[{"id": "1", "category": "x"}]', "instance 0 needs an integer 'id'"),
        (HM3D.encode() + b"x,FF00AA,chair,3", r"line 6 is .*expected id,RRGGBB,\"category\",region"),
        (HM3D.encode() + b'99999999999,FF00AA,"chair",3', "line 6"),
        (HOUSE.encode() + b"O 3 0 5", "found no category 5 before it"),
        (HOUSE.encode() + b"O 3", "expected an integer as word 4"),
        (b'{"classes": [], "objects": [3]}', r"objects\[0\] must be an object"),
    ],
)
def test_what_is_wrong_with_labels_is_named(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_labels(content, "labels")
