#!/usr/bin/env bash
# Pillow 13.0.0: convert() clips grey pictures of 16 bits instead of scaling them.
#
# behaviour: a PNG of 16-bit grey opens in mode "I;16", and `convert("RGB")` or `convert("L")` turns every sample above
#   255 into 255, though the format's white is 65535. A picture of 16 bits comes out white all over; nothing is said.
# seen: 0, 100, 300, 30000, 65535 -> 0, 100, 255, 255, 255 (expected 0, 0, 1, 117, 255)
# So: a reader of pictures of any kind looks for modes that begin with "I" and takes the upper eight bits itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet pillow==13.0.0 numpy==2.4.6
env/bin/python - <<'PY'
import numpy as np
from PIL import Image

samples = np.array([[0, 100, 300, 30000, 65535]], np.uint16)
Image.fromarray(samples).save("grey.png")
picture = Image.open("grey.png")
found = {mode: np.array(picture.convert(mode)).reshape(5, -1)[:, 0].tolist() for mode in ("RGB", "L")}
print(picture.mode, samples.ravel().tolist(), "->", found)
assert picture.mode == "I;16"
assert found["RGB"] == found["L"] == [0, 100, 255, 255, 255], "samples are no longer clipped: the behaviour has changed"
PY
