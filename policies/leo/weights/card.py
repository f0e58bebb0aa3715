"""The model card and the licence of a folder of weights, as the Hugging Face hub shows them."""

from pathlib import Path

from leo_agent.policies.leo.config.config import LeoConfig

CARD_FILE, LICENSE_FILE = "README.md", "LICENSE"
LIBRARY, PIPELINE_TAG, TAGS = "leo-agent", "robotics", ("robotics", "vision-language-action", "embodied", "leo")
# What the named configurations build on, by its id on the hub.
BASE_MODELS = {
    "leo-smollm2": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "leo-vicuna-7b": "lmsys/vicuna-7b-v1.1",
    "leo-vicuna-13b": "lmsys/vicuna-13b-v1.1",
    "leo-opt-1.3b": "facebook/opt-1.3b",
}
_OWN_LICENSE = Path(__file__).parents[1] / "pretrained" / "leo-nano" / LICENSE_FILE
_FOREIGN_LICENSE = """\
These weights hold those of {base}, of a released image encoder and of a released point encoder, and may hold what
LEO's authors trained (https://github.com/embodied-generalist/embodied-generalist, MIT License). The licence of each of
them applies to its part; see the pages where they were released.
"""
_CARD = """\
---
{metadata}
---

# {name}

A policy and agent of LEO ("An Embodied Generalist Agent in 3D World", https://arxiv.org/abs/2311.12871), written by
`leo-agent`: {origin}.

```python
from leo_agent.policies.leo.answering.agent import LeoAgent

agent = LeoAgent.from_pretrained("FOLDER_OR_HUB_ID")
```

`leo-agent rollout --policy FOLDER_OR_HUB_ID` acts with it, in Habitat's ObjectNav and on CLIPort's tabletop.

- `config.json`: all sizes, and which token stands for which action.
- `model.safetensors`: the weights, or shards with an index. {adapters}

A model that acts in simulation; nothing is known of it on a robot.
"""


def write_card(folder: Path, config: LeoConfig) -> None:
    """Writes the card and the licence, each unless it is there, which may be the user's."""
    base = None if config.language_model.trainable else BASE_MODELS.get(config.name, "a released language model")
    texts = {CARD_FILE: _card(config, base), LICENSE_FILE: _license(base)}
    for name, text in texts.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")


def _card(config: LeoConfig, base: str | None) -> str:
    license_lines = ["license: mit"]
    if base is not None:
        license_lines = ["license: other", "license_name: those-of-the-parts", f"license_link: {LICENSE_FILE}"]
    if base is not None and "/" in base:
        license_lines += [f"base_model: {base}"]
    tags = [f"- {tag}" for tag in TAGS]
    lines = [*license_lines, f"library_name: {LIBRARY}", f"pipeline_tag: {PIPELINE_TAG}", "tags:", *tags]
    origin = "trained from scratch on demonstrations in simulation" if base is None else f"it builds on {base}"
    adapters = "Adapters, which peft reads, lie in `adapter_model.safetensors`." if config.lora.rank else ""
    return _CARD.format(metadata="\n".join(lines), name=config.name, origin=origin, adapters=adapters)


def _license(base: str | None) -> str:
    return _OWN_LICENSE.read_text(encoding="utf-8") if base is None else _FOREIGN_LICENSE.format(base=base)
