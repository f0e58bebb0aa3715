"""Boxes that overlap, captions as they are compared, and SQA3D's types of questions."""

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.metrics.question_types import question_type
from leo_agent.metrics.scan2cap import best_proposal, box_iou, box_of, corpus_references, scored_caption

UNIT = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("shift", "expected"), [((0.0, 0.0, 0.0), 1.0), ((0.5, 0.0, 0.0), 1 / 3), ((1.0, 0.0, 0.0), 0.0), ((2, 2, 2), 0.0)]
)
def test_overlap_of_boxes(shift, expected):
    assert box_iou(UNIT, UNIT + shift) == pytest.approx(expected, abs=1e-6)
    assert box_iou(UNIT + shift, UNIT) == box_iou(UNIT, UNIT + shift)


def test_a_box_is_that_of_the_points():
    assert box_of([[1, 5, 0], [0, 2, 3]]).tolist() == [[0, 2, 0], [1, 5, 3]]


def test_the_best_proposal_reaches_the_threshold_and_is_the_last_of_equals():
    far, half, near = (UNIT + np.array([shift, 0, 0]) for shift in (0.6, 1 / 3, 0.1))
    assert best_proposal(UNIT, [far, half, near]) == 2
    assert best_proposal(UNIT, [near, far, near]) == 2
    assert best_proposal(UNIT, [far]) is None
    assert best_proposal(UNIT, []) is None
    assert best_proposal(UNIT, [far], threshold=0.2) == 0


def test_captions_are_written_as_the_corpus_is():
    assert scored_caption("it is red. it is tall.") == "sos it is red . it is tall. eos"
    assert scored_caption("it is red", is_found=False) == "sos eos"
    corpus = {"scene0000_00|3|chair": ["sos a chair . eos"]}
    assert corpus_references(corpus, ["scene0000_00|3|chair"]) == corpus
    with pytest.raises(InputError, match=r"references: none for scene0000_00\|4\|table"):
        corpus_references(corpus, ["scene0000_00|4|table"])


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What color is it?", "what"), ("Is the door open?", "is"), ("how many", "how"), (" Can I see it?", "can"),
        ("Which way", "which"), ("Are there two?", "other"), ("", "other"), ("Island?", "is"),
    ],
)  # fmt: skip
def test_types_of_questions_follow_the_first_letters(question, kind):
    assert question_type(question) == kind
