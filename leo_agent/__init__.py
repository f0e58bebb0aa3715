"""Run, score and fine-tune 3D vision-language-action policies: LEO in Habitat and CLIPort worlds.

Joins the worlds (`leo_agent.envs`), the decisions (`leo_agent.policies`) and the record (`leo_agent.episodes`);
importing it registers the environments with Gymnasium.
"""

import os

from leo_agent.checkout import find_inner_packages

find_inner_packages()

from leo_agent.envs import register_envs  # noqa: E402 - found only now

__version__ = "0.1.0"

# Torch's threads wait for each other in busy loops by default: beside other work on the same cores, such as the
# environments' processes, a step of leo-nano took 1.3 s instead of 0.05 s. Read when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
register_envs()
