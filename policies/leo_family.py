"""LEO's family of weights, and leo-nano, whose weights come with the package.

The heavy libraries are imported when a policy is made.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.policy import PolicyContext
from leo_agent.policies.registry import register_policy, register_weights

if TYPE_CHECKING:
    from leo_agent.policies.leo.acting.policy import LeoPolicy

OPTIONS = ("beams", "legacy")  # see `LeoPolicy.from_pretrained`
PRETRAINED = Path(__file__).parent / "leo" / "pretrained"


def is_leo(config: Mapping[str, Any]) -> bool:
    """Whether a config.json is of one of LEO's formats: leo-1, leo-2 and so on."""
    return str(config.get("format")).startswith("leo-")


@register_weights("leo", recognises=is_leo, options=OPTIONS)
def load_leo(folder_or_hub_id: str | Path, context: PolicyContext) -> "LeoPolicy":
    """LEO from a folder or hub id."""
    from leo_agent.policies.leo.acting.policy import LeoPolicy

    return LeoPolicy.from_pretrained(folder_or_hub_id, context)


@register_policy("leo-nano", OPTIONS)
def make_leo_nano(context: PolicyContext) -> "LeoPolicy":
    """The small LEO that was trained on a CPU, from the weights in this package."""
    folder = PRETRAINED / "leo-nano"
    if not (folder / "config.json").is_file():
        raise InputError(f"policy 'leo-nano': {folder}/config.json is missing; train it with `leo-agent train`")
    return load_leo(folder, context)
