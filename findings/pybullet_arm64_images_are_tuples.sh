#!/usr/bin/env bash
# pybullet-arm64 3.2.8, "a drop-in replacement for pybullet": getCameraImage gives tuples where pybullet gives arrays.
#
# behaviour: its wheels are built without NumPy (`isNumpyEnabled()` is 0). `getCameraImage(640, 480)[2]` is a flat tuple
#   of 1,228,800 integers; pybullet 3.2.7's wheel gives a NumPy array (480, 640, 4) uint8. Code that indexes
#   `rgb[..., :3]`, as much of what is written for PyBullet does, ends in a TypeError; code that goes through
#   `np.array(rgb, np.uint8).reshape(...)`, as CLIPort does, works, but each image costs a conversion of Python integers
#   beyond drawing it (seen: 0.26 s on a busy core). Physics is the same bit for bit.
# So: reshape whatever comes before use, or draw with something else.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python=$(for each in python3.11 python3.12 python3.13; do "$each" -c '' 2>/dev/null && { echo "$each"; break; }; done)
"$python" -m venv env
env/bin/pip install --quiet pybullet-arm64==3.2.8 numpy==2.4.6
env/bin/python - <<'PY'
import time

import numpy as np
import pybullet

pybullet.connect(pybullet.DIRECT)
image = pybullet.getCameraImage(640, 480)[2]
begin = time.perf_counter()
array = np.array(image, np.uint8).reshape(480, 640, 4)
seconds = time.perf_counter() - begin
print(f"isNumpyEnabled {pybullet.isNumpyEnabled()}, image {type(image).__name__} of {len(image):,}, to an array {seconds:.3f} s")
assert pybullet.isNumpyEnabled() == 0
assert type(image) is tuple, "images are no longer tuples: the behaviour has changed"
assert len(image) == 640 * 480 * 4 == array.size
PY
