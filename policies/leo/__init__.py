"""The LEO agent: one language model that reads a scene's objects, an image and text, and answers with actions.

Registers the trained weights that come with the package; the heavy libraries are imported when a policy is made.
"""

from pathlib import Path

from leo_agent.policies.base import LEO_OPTIONS, Policy, PolicyContext, register_policy

from leo_agent.contract.errors import InputError

WEIGHTS = Path(__file__).with_name("pretrained")


@register_policy("leo-nano", LEO_OPTIONS)
def make_leo_nano(context: PolicyContext) -> Policy:
    """The small LEO policy that was trained on a CPU, from the weights in this package."""
    from leo_agent.policies.leo.acting.policy import LeoPolicy

    folder = WEIGHTS / "leo-nano"
    if not (folder / "config.json").is_file():
        raise InputError(f"policy 'leo-nano': {folder}/config.json is missing; train it with `leo-agent train`")
    return LeoPolicy.from_pretrained(folder, context)
