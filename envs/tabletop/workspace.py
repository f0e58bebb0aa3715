"""CLIPort's workspace: bounds, pixel size, and how pixels of the map seen from above stand for positions."""

import numpy as np

BOUNDS = np.array([[0.25, 0.75], [-0.5, 0.5], [0.0, 0.28]])  # x, y, z in metres
PIXEL_SIZE_M = 0.003125
MAP_SHAPE = (320, 160)  # rows along y, columns along x
TABLE_TOP_M = -0.001  # the physical table lies 1 mm below the visible one, as in CLIPort
HOVER_M = 0.32  # how far above a pick or place pose the tool starts
