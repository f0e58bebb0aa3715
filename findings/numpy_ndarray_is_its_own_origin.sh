#!/usr/bin/env bash
# NumPy 2.5: `typing.get_origin(NDArray[np.float64])` is NDArray itself, and no longer numpy.ndarray.
#
# behaviour: `numpy.typing.NDArray` has become a `typing.TypeAliasType` (`type NDArray[T] = ndarray[...]`). Code that
#   reads annotations with `typing.get_type_hints` and asks `get_origin(hint) is np.ndarray` takes such a field for
#   something else; until NumPy 2.4, which is the newest for Python 3.11, the alias was expanded at once. So the same
#   program works on Python 3.11 and fails on 3.12 with the newest NumPy of each.
# seen: NumPy 2.4.6: origin numpy.ndarray; NumPy 2.5.5: origin NDArray
# So: compare with both, or expand `hint.__value__`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python=$(for each in python3.12 python3.13 "$@"; do "$each" -c '' 2>/dev/null && { echo "$each"; break; }; done)
[ -n "$python" ] || { echo "needs Python 3.12 or 3.13: give its path as argument"; exit 2; }
"$python" -m venv env
for version in 2.4.6 2.5.5; do
    env/bin/pip install --quiet "numpy==$version"
    env/bin/python - <<'PY'
import typing

import numpy as np
from numpy.typing import NDArray

origin = typing.get_origin(NDArray[np.float64])
print(f"NumPy {np.__version__}: origin {origin}")
old = np.__version__.startswith("2.4")
assert origin is (np.ndarray if old else NDArray), "the behaviour has changed"
PY
done
