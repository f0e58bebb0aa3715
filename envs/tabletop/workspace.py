"""Where things are on CLIPort's table, beside what the contract says of the workspace."""

import numpy as np

from leo_agent.contract.tabletop import BOUNDS_M

BOUNDS = np.array(BOUNDS_M)  # (3, 2): low and high x, y, z, metres
TABLE_TOP_M = -0.001  # the physical table lies 1 mm below the visible one, as in CLIPort
