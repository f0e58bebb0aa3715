#!/usr/bin/env bash
# pybullet-arm64 3.2.8 (the module pybullet): no constraint can hold a body that was made with useMaximalCoordinates.
#
# behaviour: createMultiBody(..., useMaximalCoordinates=True) makes a plain rigid body, whose contacts cost Bullet a
#   fraction of those of its articulated bodies, and which falls and collides as the other does. createConstraint with
#   it as the parent ends in pybullet.error; with the other kind it gives an id.
# seen: "articulated: constraint 1", "plain rigid: createConstraint failed."
# So: the quick kind is for objects that nothing will ever grasp or lift.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet pybullet-arm64==3.2.8 numpy
env/bin/python - <<'PY'
import pybullet

client = pybullet.connect(pybullet.DIRECT)
shape = pybullet.createCollisionShape(pybullet.GEOM_BOX, halfExtents=[0.05] * 3)
seen = {}
for name, plain in (("articulated", False), ("plain rigid", True)):
    body = pybullet.createMultiBody(0.1, shape, basePosition=[0, 0, 1], useMaximalCoordinates=plain)
    pybullet.setGravity(0, 0, -10)
    pybullet.stepSimulation()
    assert pybullet.getBasePositionAndOrientation(body)[0][2] < 1, "it falls"
    try:
        seen[name] = f"constraint {pybullet.createConstraint(body, -1, -1, -1, pybullet.JOINT_FIXED, *[[0, 0, 0]] * 3)}"
    except pybullet.error as error:
        seen[name] = str(error)
    print(f"{name}: {seen[name]}")
assert seen["articulated"].startswith("constraint")
assert not seen["plain rigid"].startswith("constraint")
PY
