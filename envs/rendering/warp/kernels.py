"""What runs on the GPU: the Warp kernel that casts the ray of each pixel and colours what it meets.

The pictures are those of `RenderScene`, but for rounding, for pixels on the edges of faces, and where faces lie in one
plane.
"""

# mypy: disable-error-code="valid-type"
# Warp describes the arrays of a kernel by calls in their annotations.

from __future__ import annotations

from leo_agent.envs.rendering.mesh import WRAPS

try:
    import warp as wp
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError("warp is not installed: pip install 'leo-agent[gpu]'", name="warp") from missing

REPEAT, MIRROR = wp.constant(WRAPS.index("repeat")), wp.constant(WRAPS.index("mirror"))
# Where a face is seen from behind and not drawn, the ray goes on so much farther along.
STEP_M = wp.constant(1e-5)
FACES_PASSED = wp.constant(1000)


@wp.struct
class Projection:
    focal: wp.vec2
    center: wp.vec2
    near: float
    far: float


@wp.struct
class Surfaces:
    meshes: wp.array(dtype=wp.uint64)  # a scene
    first_faces: wp.array(dtype=int)  # a scene
    behind: wp.array(dtype=int)  # a face: which one is shown where it is seen from behind; -1 = none
    colors: wp.array(dtype=wp.vec3)  # a face, 0..255
    ids: wp.array(dtype=int)  # a face
    textures: wp.array(dtype=int)  # a face
    maps: wp.array2d(dtype=wp.vec4)  # see surfaces.py
    first_tint: int


@wp.struct
class Textures:
    texels: wp.array(dtype=wp.uint32)
    levels: wp.array2d(dtype=int)
    first_level: wp.array(dtype=int)
    wraps: wp.array2d(dtype=int)


@wp.func
def _value(linear: wp.vec4, point: wp.vec3) -> float:
    return linear[0] * point[0] + linear[1] * point[1] + linear[2] * point[2] + linear[3]


@wp.func
def _gradient(linear: wp.vec4) -> wp.vec3:
    return wp.vec3(linear[0], linear[1], linear[2])


@wp.func
def _fold(position: float, wrap: int) -> float:
    if wrap == REPEAT:
        return position - wp.floor(position)
    if wrap == MIRROR:
        return 1.0 - wp.abs(1.0 - (position - 2.0 * wp.floor(0.5 * position)))
    return wp.clamp(position, 0.0, 1.0)


@wp.func
def _inside(index: int, size: int, wrap: int) -> int:
    if wrap == REPEAT:
        if index < 0:
            return size - 1
        if index >= size:
            return 0
    return wp.clamp(index, 0, size - 1)


@wp.func
def _texel(textures: Textures, index: int) -> wp.vec3:
    packed = int(textures.texels[index])
    return wp.vec3(float(packed & 255), float((packed >> 8) & 255), float((packed >> 16) & 255))


@wp.func
def _bilinear(textures: Textures, level: int, u: float, v: float, wrap_u: int, wrap_v: int) -> wp.vec3:
    width, height = textures.levels[level, 1], textures.levels[level, 2]
    x, y = u * float(width) - 0.5, v * float(height) - 0.5
    low_x, low_y = wp.floor(x), wp.floor(y)
    left, right = _inside(int(low_x), width, wrap_u), _inside(int(low_x) + 1, width, wrap_u)
    upper = textures.levels[level, 0] + _inside(int(low_y), height, wrap_v) * width
    lower = textures.levels[level, 0] + _inside(int(low_y) + 1, height, wrap_v) * width
    top = wp.lerp(_texel(textures, upper + left), _texel(textures, upper + right), x - low_x)
    bottom = wp.lerp(_texel(textures, lower + left), _texel(textures, lower + right), x - low_x)
    return wp.lerp(top, bottom, y - low_y)


@wp.func
def _sample(textures: Textures, texture: int, u: float, v: float, across: wp.vec2, down: wp.vec2) -> wp.vec3:
    """Trilinear sample; across and down: how u and v change from pixel to pixel."""
    first, last = textures.first_level[texture], textures.first_level[texture + 1] - 1
    wrap_u, wrap_v = textures.wraps[texture, 0], textures.wraps[texture, 1]
    size = wp.vec2(float(textures.levels[first, 1]), float(textures.levels[first, 2]))
    longer = wp.max(wp.length(wp.cw_mul(across, size)), wp.length(wp.cw_mul(down, size)))
    detail = wp.clamp(wp.log2(wp.max(longer, 1.0)), 0.0, float(last - first))
    level = first + int(detail)
    folded_u, folded_v = _fold(u, wrap_u), _fold(v, wrap_v)
    near = _bilinear(textures, level, folded_u, folded_v, wrap_u, wrap_v)
    far = _bilinear(textures, wp.min(level + 1, last), folded_u, folded_v, wrap_u, wrap_v)
    return wp.lerp(near, far, detail - wp.floor(detail))


@wp.func
def _across_face(ray: wp.vec3, step: wp.vec3, normal: wp.vec3, depth: float) -> wp.vec3:
    """How the point that is seen moves over the face while the ray changes by a step."""
    return depth * (step - ray * (wp.dot(normal, step) / wp.dot(normal, ray)))


@wp.func
def _first_face(
    projection: Projection, surfaces: Surfaces, scene: int, origin: wp.vec3, ray: wp.vec3
) -> tuple[float, int]:
    """(metres along the ray, face) of what a ray shows first, (.., -1) for nothing."""
    length = wp.length(ray)
    travelled = projection.near * length
    # Warp wants variables that change in a loop declared by a call.
    face, passed, searching = int(-1), int(0), bool(True)  # noqa: UP018, RUF046
    while searching:
        start = origin + ray * (travelled / length)
        hit = wp.mesh_query_ray(surfaces.meshes[scene], start, ray / length, projection.far * length - travelled)
        searching = False
        if hit.result:
            travelled += hit.t
            face = surfaces.first_faces[scene] + hit.face
            if wp.dot(hit.normal, ray) > 0.0:
                face = surfaces.behind[face]
            if face < 0:
                travelled += STEP_M * (1.0 + travelled)
                passed += 1
                searching = passed < FACES_PASSED
    return travelled, face


@wp.kernel
def draw(
    projection: Projection,
    surfaces: Surfaces,
    textures: Textures,
    scenes: wp.array(dtype=int),
    poses: wp.array(dtype=wp.mat44),
    image: wp.array4d(dtype=wp.uint8),
    depths: wp.array3d(dtype=float),
    segmentation: wp.array3d(dtype=int),
) -> None:
    view, row, column = wp.tid()
    pose, scene = poses[view], scenes[view]
    right = wp.vec3(pose[0, 0], pose[1, 0], pose[2, 0]) / projection.focal[0]
    down = -wp.vec3(pose[0, 1], pose[1, 1], pose[2, 1]) / projection.focal[1]
    forward = -wp.vec3(pose[0, 2], pose[1, 2], pose[2, 2])
    origin = wp.vec3(pose[0, 3], pose[1, 3], pose[2, 3])
    ray = (
        forward
        + right * (float(column) + 0.5 - projection.center[0])
        + down * (float(row) + 0.5 - projection.center[1])
    )
    travelled, face = _first_face(projection, surfaces, scene, origin, ray)
    if face < 0:
        return
    depth = travelled / wp.length(ray)
    depths[view, row, column] = depth
    segmentation[view, row, column] = surfaces.ids[face]
    color, point = wp.vec3(surfaces.colors[face]), origin + ray * depth
    if surfaces.textures[face] >= 0:
        along_u, along_v = surfaces.maps[face, 0], surfaces.maps[face, 1]
        normal = _gradient(surfaces.maps[face, 2])
        step_x, step_y = _across_face(ray, right, normal, depth), _across_face(ray, down, normal, depth)
        across = wp.vec2(wp.dot(_gradient(along_u), step_x), wp.dot(_gradient(along_v), step_x))
        below = wp.vec2(wp.dot(_gradient(along_u), step_y), wp.dot(_gradient(along_v), step_y))
        u, v = _value(along_u, point), _value(along_v, point)
        color = wp.cw_mul(color, _sample(textures, surfaces.textures[face], u, v, across, below)) / 255.0
    if surfaces.first_tint >= 0:
        for channel in range(3):
            tint = _value(surfaces.maps[face, surfaces.first_tint + channel], point)
            color[channel] = color[channel] * wp.clamp(tint, 0.0, 255.0) / 255.0
    for channel in range(3):
        image[view, row, column, channel] = wp.uint8(color[channel] + 0.5)
