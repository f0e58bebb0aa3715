"""How a program of a benchmark answers: a line of JSON a question, a line an answer. Standard library alone.

A peer's environment holds what the peer needs and nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def serve(answers: dict[str, Callable[..., Any]]) -> None:
    """Answer questions from standard input until it ends; whatever else is printed goes to standard error.

    Args:
        answers: what to call for each question `{"ask": name, **arguments}`.
    """
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the simulators print from C++
    for line in sys.stdin:
        question = json.loads(line)
        reply = answers[question.pop("ask")](**question)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
