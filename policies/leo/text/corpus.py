"""The lines on which the small tokenizers are trained: our prompts, and the language of the tasks.

Language templates and names follow CLIPort (Shridhar et al. 2021) and Habitat's ObjectNav goals.
"""

from itertools import product
from string import ascii_letters, digits, punctuation

from leo_agent.policies.leo.text import prompts

COLORS = ("blue", "red", "green", "orange", "yellow", "purple", "pink", "cyan", "brown", "white", "gray", "black")
CATEGORIES = """
    chair, table, picture, cabinet, cushion, sofa, bed, chest of drawers, plant, potted plant, sink, toilet, stool,
    towel, tv monitor, television, shower, bathtub, counter, fireplace, gym equipment, seating, clothes, door, window,
    wall, floor, ceiling, stairs, lamp, light, curtain, mirror, shelf, bookshelf, desk, dresser, nightstand, wardrobe,
    refrigerator, oven, stove, microwave, dishwasher, washing machine, rug, pillow, blanket, basket, box, bin, bottle,
    bowl, cup, plate, book, laptop, keyboard, mouse, phone, clock, vase, bag, backpack, shoe, hat, toy, ball
"""
SHAPES = "block, bowl, cube, ring, pyramid, star, flower, diamond, circle, square, triangle, letter, zone, pile, rope"
PLACES = """
    the lightest brown block, the middle brown block, the darkest brown block, the lighter brown side,
    the middle of the stand, the darker brown side, the brown box, front left tip, front right tip, back right corner,
    back left corner, top, bottom, left, right, middle
"""
SENTENCES = (
    "pack all the {} objects in the brown box",
    "pack the {} in the brown box",
    "find a {}",
    "find the {}",
    "go to the {} and stop next to it",
    "the {} is to the left of you",
    "the {} is in front of the wall",
    "there is a {} near the door, on the right",
)


def tokenizer_corpus() -> list[str]:
    """Lines in a fixed order; every printable ASCII character occurs."""
    categories, shapes, places = (_names(each) for each in (CATEGORIES, SHAPES, PLACES))
    goals = [sentence.format(name) for sentence, name in product(SENTENCES, [*categories, *shapes])]
    goals += [f"put the {first} blocks in a {second} bowl" for first, second in product(COLORS, COLORS)]
    goals += [f"push the pile of {first} blocks into the {second} square" for first, second in product(COLORS, COLORS)]
    goals += [f"put the {color} {shape} in the {place} hole" for color, shape, place in product(COLORS, shapes, places)]
    goals += [f"stack the {color} block on {place}" for color, place in product(COLORS, places)]
    goals += [f"move the {color} ring to {place}" for color, place in product(COLORS, places)]
    instructions = [(prompts.NAVIGATION_TASK, f"find a {name}") for name in categories]
    instructions += [(prompts.MANIPULATION_TASK, goal) for goal in goals]
    lines = [task.format(instruction=goal) + prompts.AFTER_ACTIONS for task, goal in instructions]
    constant = [prompts.pre_text(), prompts.IMAGE_PROMPT, prompts.OBJECTS_PROMPT]
    return constant * 50 + lines + [" ".join(ascii_letters + digits + punctuation)]


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",")]
