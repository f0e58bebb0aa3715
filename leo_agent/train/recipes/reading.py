"""Recipes by name or from a YAML file, with single values set in their place."""

import copy
import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import read_file
from leo_agent.train.recipes.recipe import Recipe, Stage

FOLDER = Path(__file__).parent
MAX_RECIPE_BYTES = 2**20
_STAGE_KEYS = {each.name for each in dataclasses.fields(Stage)} - {"name"}


def recipe_names() -> list[str]:
    """Of the recipes that the package has."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_recipe(name_or_file: str, settings: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe with some values in the place of its own.

    Args:
        name_or_file: one of `recipe_names()`, or a YAML file.
        settings: values by dotted key: `save_every`, `stages.act.steps`, `stages.act.tasks.tabletop`. A key of a stage
            alone, as `steps` or `tasks.tabletop`, is meant for every stage. None takes a task or an optional value
            away.

    Raises:
        InputError: there is no such recipe, the file is not YAML, or a key or value is wrong.
    """
    if name_or_file in recipe_names():
        path, where = FOLDER / f"{name_or_file}.yaml", f"recipe {name_or_file}"
    else:
        path, where = Path(name_or_file), name_or_file
        if not path.is_file():
            expected = f"a YAML file or one of {', '.join(recipe_names())}"
            raise InputError(f"recipe: found {name_or_file!r}, expected {expected}")
    values = _read_yaml(path, where)
    values.setdefault("name", path.stem)
    return _with(values, settings or {}, where)


def with_settings(recipe: Recipe, settings: Mapping[str, Any]) -> Recipe:
    """A recipe with some values in the place of its own; see `read_recipe`."""
    return _with(recipe.to_dict(), settings, f"recipe {recipe.name}") if settings else recipe


def _with(values: dict[str, Any], settings: Mapping[str, Any], where: str) -> Recipe:
    for key, value in settings.items():
        _set(values, key, value, where)
    if values.get("init") is not None and "init" in settings:  # in the place of the recipe's own model
        for name in ("preset", "model_options", "take"):
            if name not in settings:
                values.pop(name, None)
    return Recipe.from_dict(values, where, complete=False)


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """`key=value` each; the value is read as YAML, so that numbers, lists and objects are what they look like.

    Raises:
        InputError: a text has no key, or its value is not YAML.
    """
    settings: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise InputError(f"set: found {text!r}, expected KEY=VALUE, such as steps=40")
        try:
            settings[key.strip()] = _number(yaml.safe_load(value), value)
        except yaml.YAMLError:
            raise InputError(f"set: found {text!r}, whose value is not YAML, expected KEY=VALUE") from None
    return settings


def _number(value: Any, text: str) -> Any:
    """YAML 1.1 reads 1e-3 as text; nobody who writes it means that."""
    if isinstance(value, str):
        try:
            return float(text)
        except ValueError:
            return value
    return value


def _read_yaml(path: Path, where: str) -> dict[str, Any]:
    try:
        content = read_file(path, "a recipe", MAX_RECIPE_BYTES).decode("utf-8")
        values = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        problem = " ".join(str(error).split())[:100]
        raise InputError(f"{where}: not YAML ({problem}), expected a recipe") from None
    if not isinstance(values, dict):
        raise InputError(f"{where}: found {shown(values)}, expected a recipe: keys and values")
    return values


def _set(values: dict[str, Any], key: str, value: Any, where: str) -> None:
    """Sets one value in the recipe as it stands in the file."""
    first, _, rest = key.partition(".")
    if first in _STAGE_KEYS:
        stages = _stages(values, where)
        for stage in stages:
            _put(stage, key.split("."), copy.deepcopy(value))
    elif first == "stages" and rest:
        name, _, inner = rest.partition(".")
        chosen = [stage for stage in _stages(values, where) if stage.get("name", Stage().name) == name]
        if not chosen or not inner:
            names = ", ".join(str(stage.get("name", Stage().name)) for stage in _stages(values, where))
            raise InputError(f"set: found {key}, expected stages.NAME.KEY, where NAME is one of {names}")
        _put(chosen[0], inner.split("."), value)
    else:
        _put(values, ["model_options", rest] if first == "model_options" and rest else key.split("."), value)


def _stages(values: dict[str, Any], where: str) -> list[dict[str, Any]]:
    stages: Any = values.setdefault("stages", [{}])
    if not isinstance(stages, list | tuple) or not all(isinstance(stage, dict) for stage in stages):
        raise InputError(f"{where}.stages: found {shown(stages)}, expected a list of stages")
    found: list[dict[str, Any]] = list(stages)
    return found


def _put(values: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        inner = values.get(key)
        values[key] = inner = dict(inner) if isinstance(inner, dict) else {}
        values = inner
    if value is None:
        values.pop(keys[-1], None)
    else:
        values[keys[-1]] = value
