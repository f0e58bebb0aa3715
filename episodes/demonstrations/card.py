"""The dataset's card, which the Hugging Face hub shows, and by which `datasets.load_dataset` knows the data files."""

from pathlib import Path

CARD_FILE = "README.md"
_CARD = """\
---
task_categories:
- robotics
tags:
- LeRobot
- leo-agent
configs:
- config_name: default
  data_files: data/*/*.parquet
---

# Demonstrations

Recorded by `leo-agent collect` in the layout of LeRobot's dataset v3.0. `meta/info.json` says how many episodes and
frames there are, and what each column holds; `meta/tasks.parquet` has the instructions.

- `data/`: one row a step. `action` is what was executed, `expert_action` what the expert would have done there (the
  label). `observation.objects` are rows of the table in `clouds/`, -1 in empty slots.
- `videos/`: what the cameras saw, a frame a step.
- `clouds/`: the point cloud of every object, each distinct one once: `xyz` in metres in the world's frame, `rgb` in 8
  bits. LeRobot's tools neither know nor copy this folder; `leo-agent data merge` does. `objects_digest` tells for every
  frame whether the clouds beside it are its own.

`datasets.load_dataset(FOLDER)` reads the rows, LeRobot the rows with the pictures, and
`leo_agent.episodes.demonstrations.reader.Dataset` all of it.

The licence is yours to choose, within those of the scenes and objects that were recorded.
"""


def write_card(folder: Path) -> None:
    """Writes the card, unless there is one, which may be the user's."""
    path = folder / CARD_FILE
    if not path.exists():
        path.write_text(_CARD, encoding="utf-8")
