#!/usr/bin/env bash
# trimesh 5.2.0: a PLY with triangles and larger faces is read as text and refused as binary.
#
# behaviour: one quad and one triangle over five vertices, the same mesh in both encodings of the format. The ASCII file
#   gives three triangles; the binary file gives "ValueError: PLY is unexpected length!", since all faces of a binary
#   file are taken to have as many corners as its first one. plyfile 1.1.5 reads both.
# seen: ascii: 3 triangles | binary: ValueError: PLY is unexpected length! | plyfile, binary: corners [4, 3]
# So: for meshes of the wild use a reader that takes each face's own count.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet trimesh==5.2.0 plyfile==1.1.5 numpy==2.4.6
env/bin/python - <<'PY'
import numpy as np
import trimesh
from plyfile import PlyData

vertices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 0]], "<f4")
faces = ([0, 1, 2, 3], [1, 4, 2])
header = (
    "ply\nformat {} 1.0\nelement vertex 5\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 2\nproperty list uchar int vertex_indices\nend_header\n"
)
lines = [*(" ".join(f"{value:g}" for value in row) for row in vertices)]
lines += [" ".join(map(str, (len(face), *face))) for face in faces]
with open("ascii.ply", "w") as file:
    file.write(header.format("ascii") + "\n".join(lines) + "\n")
with open("binary.ply", "wb") as file:
    file.write(header.format("binary_little_endian").encode() + vertices.tobytes())
    for face in faces:
        file.write(bytes([len(face)]) + np.array(face, "<i4").tobytes())

ascii_faces = len(trimesh.load_mesh("ascii.ply", process=False).faces)
try:
    binary = f"{len(trimesh.load_mesh('binary.ply', process=False).faces)} triangles"
except ValueError as error:
    binary = f"ValueError: {error}"
corners = [len(face) for face in PlyData.read("binary.ply")["face"]["vertex_indices"]]
print(f"ascii: {ascii_faces} triangles | binary: {binary} | plyfile, binary: corners {corners}")
assert (ascii_faces, binary, corners) == (3, "ValueError: PLY is unexpected length!", [4, 3]), "the behaviour has changed"
PY
