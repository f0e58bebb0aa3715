"""Recipes of one stage from a flat list of values: what the command's own options say."""

import dataclasses
from typing import Any, Literal, get_args

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError
from leo_agent.train.recipes.recipe import Recipe, Stage

StageKind = Literal["full", "lora"]
STAGE_KINDS: tuple[StageKind, ...] = get_args(StageKind)
STAGE_KEYS = tuple(each.name for each in dataclasses.fields(Stage))


def flat_recipe(stage: StageKind = "full", **values: Any) -> Recipe:
    """A recipe of one stage.

    Args:
        stage: "full" trains the language model's own weights and leaves its adapters as they are, new ones at zero.
            "lora" freezes the language model and trains the adapters, as both of LEO's published training stages do.
            Encoders and projections are trained in both, where the model's configuration says so.
        values: the fields of `Recipe` and of `Stage`.

    Raises:
        InputError: a value is out of its range, or two of them do not go together.
    """
    check_choice("stage", stage, STAGE_KINDS)
    own = {name: value for name, value in values.items() if name in STAGE_KEYS}
    others = {name: value for name, value in values.items() if name not in own}
    frozen = ("adapters",) if stage == "full" else ("language_model",)
    whole = {"name": stage, "stages": [{"name": stage, "frozen": frozen, **own}], **others}
    try:
        return Recipe.from_dict(whole, "recipe", complete=False)
    except InputError as error:  # who gave a flat list knows of no stages
        raise InputError(str(error).replace("recipe.", "").replace("stages[0].", "")) from None
