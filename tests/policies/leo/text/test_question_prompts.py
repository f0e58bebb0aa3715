"""Whole prompts of every text task, written out from the published ones."""

import pytest

from leo_agent.policies.leo.text.prompts import DEFAULT_SITUATION, pre_text
from leo_agent.policies.leo.text.question_prompts import TEXT_TASKS, dialogue, second_person, text_prompt

ROLE = (
    "You are an AI visual assistant situated in a 3D scene. You can perceive (1) an ego-view image (accessible when "
    "necessary) and (2) the objects (including yourself) in the scene (always accessible). You should properly respond "
    "to the USER's instruction according to the given visual information. "
)
HERE = "You are at a selected location in the 3D scene."
PROMPTS = {
    "question": (
        ("What is beside the bed?", ""),
        "",
        "USER: What is beside the bed? ASSISTANT:",
    ),
    "situated-question": (
        ("Is the door to my left?", "I am sitting on my chair, facing me."),
        HERE + " You are sitting on your chair , facing you .",
        "USER: Is the door to your left ? ASSISTANT:",
    ),
    "object-caption": (
        ("", ""),
        HERE,
        "USER: Produce a description for the object at the chosen spot in the 3D scene. ASSISTANT:",
    ),
    "scene-caption": (("", ""), "", "USER: Describe this scene. ASSISTANT:"),
    "plan": (("Make the BED", ""), "", "USER: Plan for the task: make the bed ASSISTANT:"),
}


@pytest.mark.parametrize("task", TEXT_TASKS)
def test_prompt_of(task):
    (text, situation), expected_situation, expected_text = PROMPTS[task]
    prompt = text_prompt(task, text, situation)
    assert prompt.situation == expected_situation
    assert prompt.turns == (expected_text,)
    assert pre_text(prompt.situation) == ROLE + expected_situation


def test_a_dialogue_is_one_text_with_the_turns_of_the_agent():
    prompt = text_prompt("question", "And now?", history=[("Hello.", "Hi!"), ("Where is the bed?", "There.")])
    assert prompt.text == (
        "USER: Hello. ASSISTANT: Hi!</s>USER: Where is the bed? ASSISTANT: There.</s>USER: And now? ASSISTANT:"
    )
    assert prompt.situation == ""
    assert prompt.without_oldest() == dialogue([("Where is the bed?", "There.")], "And now?")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("I'm at MY desk", "You ' m at your desk"),
        ("is this mine? am I here, behind me", "Is this yours ? are you here , behind you"),
        ("Am I near the TV's stand?", "Are you near the tv ' s stand ?"),
        ("x?!", "X ?!"),
    ],
)
def test_second_person(sentence, expected):
    assert second_person(sentence) == expected


def test_the_default_situation():
    assert DEFAULT_SITUATION == HERE
