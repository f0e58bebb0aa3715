"""The rasterizer's kernels: cull, transform, clip and fill the triangles of one body into depth and face buffers.

Camera frame of this file: x right, y down, z forward (so z is the depth). The pixel rules are OpenGL's: vertices are
snapped to 1/256 pixel, a pixel is covered where its centre lies inside, ties on edges go to the top-left rule, so that
neighbouring triangles neither overlap nor leave gaps. Inverse depth is affine in the image, hence exact at every pixel.
One file for all kernels: numba's cache notices a change in the file of a compiled function, not in those it imports.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Lens = tuple[float, float, float, float]  # focal lengths x, y and centre x, y in pixels
Plane = tuple[float, float, float]  # inverse depth = slope_x * column + slope_y * row + offset

SUBPIXELS = 256
HALF_PIXEL = 128
# Triangles reaching further than this beyond the origin of the image are clipped, to keep the edge functions exact.
GUARD_BAND_PX = 16384.0
# Inverse depths that differ by less than this part of themselves are one surface (rounding of coplanar faces): the face
# that comes first is shown, as OpenGL shows what is drawn first, and not a pattern of both.
TIE = np.float32(1e-6)

# Not the whole of fastmath: reassociation could break the exact comparisons of neighbouring triangles.
_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz", "nnan"})
_inlined = njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz", "nnan"}, inline="always")


@_inlined
def _edge(ax: int, ay: int, bx: int, by: int, first_row: int) -> tuple[int, int, int]:
    """Edge a to b: value at column 0 of first_row (less the tie rule), growth a row, fall a column (1/256 pixel)."""
    dx, dy = bx - ax, by - ay
    top_left = dy < 0 or (dy == 0 and dx > 0)
    value = dx * (first_row * SUBPIXELS + HALF_PIXEL - ay) - dy * (HALF_PIXEL - ax)
    return value - (0 if top_left else 1), dx * SUBPIXELS, dy * SUBPIXELS


@_inlined
def _narrow(value: int, fall: int, left: int, right: int) -> tuple[int, int]:
    """The part of columns left..right where value - fall * column >= 0."""
    if fall < 0:
        left = max(left, -(value // -fall))
    elif fall > 0:
        right = min(right, value // fall)
    elif value < 0:
        right = left - 1
    return left, right


@_inlined
def _fill_span(
    inverse_depths: NDArray[np.float32],
    face_indices: NDArray[np.int32],
    left: int,
    right: int,
    start: np.float32,
    step: np.float32,
    lowest: np.float32,
    highest: np.float32,
    face: int,
) -> None:
    """Depth-test and write columns left..right of one image row."""
    for column in range(left, right + 1):
        inverse = start + step * np.float32(column - left)
        inverse = min(max(inverse, lowest), highest)
        held = inverse_depths[column]
        tied = abs(inverse - held) <= held * TIE
        nearer = (face < face_indices[column]) if tied else (inverse > held)
        inverse_depths[column] = inverse if nearer else inverse_depths[column]
        face_indices[column] = face if nearer else face_indices[column]


@_compiled
def _fill_triangle(
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    x2: int,
    y2: int,
    plane: Plane,
    lowest: np.float32,
    highest: np.float32,
    face: int,
    inverse_depth: NDArray[np.float32],
    face_index: NDArray[np.int32],
) -> None:
    """Fill one triangle given in 1/256 pixels with positive area (y down); inverse depth = plane . (column, row, 1)."""
    height, width = inverse_depth.shape
    first_row = max(0, (min(y0, y1, y2) + HALF_PIXEL - 1) >> 8)
    last_row = min(height - 1, (max(y0, y1, y2) - HALF_PIXEL) >> 8)
    first_column = max(0, (min(x0, x1, x2) + HALF_PIXEL - 1) >> 8)
    last_column = min(width - 1, (max(x0, x1, x2) - HALF_PIXEL) >> 8)
    value_a, growth_a, fall_a = _edge(x0, y0, x1, y1, first_row)
    value_b, growth_b, fall_b = _edge(x1, y1, x2, y2, first_row)
    value_c, growth_c, fall_c = _edge(x2, y2, x0, y0, first_row)
    slope_x, slope_y, offset = plane
    step = np.float32(slope_x)
    for row in range(first_row, last_row + 1):
        left, right = _narrow(value_a, fall_a, first_column, last_column)
        left, right = _narrow(value_b, fall_b, left, right)
        left, right = _narrow(value_c, fall_c, left, right)
        if left <= right:
            start = np.float32(slope_x * (left + 0.5) + slope_y * (row + 0.5) + offset)
            _fill_span(inverse_depth[row], face_index[row], left, right, start, step, lowest, highest, face)
        value_a += growth_a
        value_b += growth_b
        value_c += growth_c


@_inlined
def _covers_no_pixel(x0: int, y0: int, x1: int, y1: int, x2: int, y2: int, width: int, height: int) -> bool:
    """True where no pixel centre of the image lies in the triangle's bounding box (1/256 pixels)."""
    first_column = max(0, (min(x0, x1, x2) + HALF_PIXEL - 1) >> 8)
    last_column = min(width - 1, (max(x0, x1, x2) - HALF_PIXEL) >> 8)
    first_row = max(0, (min(y0, y1, y2) + HALF_PIXEL - 1) >> 8)
    last_row = min(height - 1, (max(y0, y1, y2) - HALF_PIXEL) >> 8)
    return first_column > last_column or first_row > last_row


@_inlined
def _inverse_depth_plane(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64], lens: Lens
) -> tuple[Plane, bool]:
    """Inverse depth over the image of the plane through points a, b, c; False if it contains the camera."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    distance = nx * a[0] + ny * a[1] + nz * a[2]
    if distance == 0.0:
        return (0.0, 0.0, 0.0), False
    slope_x, slope_y = nx / (lens[0] * distance), ny / (lens[1] * distance)
    return (slope_x, slope_y, nz / distance - slope_x * lens[2] - slope_y * lens[3]), True


@_compiled
def _clip(
    polygon: NDArray[np.float64],
    count: int,
    normal_x: float,
    normal_y: float,
    normal_z: float,
    offset: float,
    clipped: NDArray[np.float64],
) -> int:
    """Keep a convex polygon's part with normal . p + offset >= 0 (Sutherland and Hodgman); returns its corner count."""
    kept = 0
    for i in range(count):
        p, q = polygon[i], polygon[(i + 1) % count]
        value_p = normal_x * p[0] + normal_y * p[1] + normal_z * p[2] + offset
        value_q = normal_x * q[0] + normal_y * q[1] + normal_z * q[2] + offset
        if value_p >= 0.0:
            clipped[kept] = p
            kept += 1
        if (value_p >= 0.0) != (value_q >= 0.0):
            t = value_p / (value_p - value_q)
            for axis in range(3):
                clipped[kept, axis] = p[axis] + t * (q[axis] - p[axis])
            kept += 1
    return kept


@_compiled
def _draw_clipped(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    c: NDArray[np.float64],
    plane: Plane,
    lens: Lens,
    near: float,
    front_only: bool,
    face: int,
    inverse_depth: NDArray[np.float32],
    face_index: NDArray[np.int32],
) -> None:
    """Clip a triangle at the near plane and the guard band, and fill what is left as a fan."""
    polygon, spare = np.empty((9, 3)), np.empty((9, 3))
    polygon[0], polygon[1], polygon[2] = a, b, c
    count = _clip(polygon, 3, 0.0, 0.0, 1.0, -near, spare)
    count = _clip(spare, count, lens[0], 0.0, GUARD_BAND_PX + lens[2], 0.0, polygon)
    count = _clip(polygon, count, -lens[0], 0.0, GUARD_BAND_PX - lens[2], 0.0, spare)
    count = _clip(spare, count, 0.0, lens[1], GUARD_BAND_PX + lens[3], 0.0, polygon)
    count = _clip(polygon, count, 0.0, -lens[1], GUARD_BAND_PX - lens[3], 0.0, spare)
    if count < 3:
        return
    xs, ys = np.empty(9, np.int64), np.empty(9, np.int64)
    nearest, farthest = spare[0, 2], spare[0, 2]
    for i in range(count):
        x, y, z = spare[i]
        xs[i] = np.int64(np.floor((lens[2] + lens[0] * x / z) * SUBPIXELS + 0.5))
        ys[i] = np.int64(np.floor((lens[3] + lens[1] * y / z) * SUBPIXELS + 0.5))
        nearest, farthest = min(nearest, z), max(farthest, z)
    height, width = inverse_depth.shape
    lowest, highest = np.float32(1.0 / farthest), np.float32(1.0 / nearest)
    for i in range(1, count - 1):
        x0, y0, x1, y1, x2, y2 = xs[0], ys[0], xs[i], ys[i], xs[i + 1], ys[i + 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0 or (front_only and area > 0) or _covers_no_pixel(x0, y0, x1, y1, x2, y2, width, height):
            continue
        if area < 0:
            x1, y1, x2, y2 = x2, y2, x1, y1
        _fill_triangle(x0, y0, x1, y1, x2, y2, plane, lowest, highest, face, inverse_depth, face_index)


@_inlined
def _outside(
    center: NDArray[np.float32],
    half: NDArray[np.float32],
    matrix: NDArray[np.float64],
    lens: Lens,
    width: int,
    height: int,
    near: float,
    far: float,
) -> bool:
    """True where a box (centre, half extents; body frame) lies wholly outside one plane of the view frustum."""
    x = matrix[0, 0] * center[0] + matrix[0, 1] * center[1] + matrix[0, 2] * center[2] + matrix[0, 3]
    y = matrix[1, 0] * center[0] + matrix[1, 1] * center[1] + matrix[1, 2] * center[2] + matrix[1, 3]
    z = matrix[2, 0] * center[0] + matrix[2, 1] * center[1] + matrix[2, 2] * center[2] + matrix[2, 3]
    planes = (
        (0.0, 0.0, 1.0, -near),
        (0.0, 0.0, -1.0, far),
        (lens[0], 0.0, lens[2], 0.0),
        (-lens[0], 0.0, width - lens[2], 0.0),
        (0.0, lens[1], lens[3], 0.0),
        (0.0, -lens[1], height - lens[3], 0.0),
    )
    for nx, ny, nz, offset in planes:
        reach = 0.0
        for axis in range(3):
            reach += abs(nx * matrix[0, axis] + ny * matrix[1, axis] + nz * matrix[2, axis]) * half[axis]
        if nx * x + ny * y + nz * z + offset + reach < 0.0:
            return True
    return False


@_inlined
def _project(
    vertices: NDArray[np.float32],
    matrix: NDArray[np.float64],
    lens: Lens,
    near: float,
    points: NDArray[np.float64],
    screen: NDArray[np.int64],
) -> None:
    """Transform a cluster's vertices; screen is column, row (1/256 pixel) and 1 where no clipping is needed."""
    for i in range(len(vertices)):
        vx, vy, vz = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        x = matrix[0, 0] * vx + matrix[0, 1] * vy + matrix[0, 2] * vz + matrix[0, 3]
        y = matrix[1, 0] * vx + matrix[1, 1] * vy + matrix[1, 2] * vz + matrix[1, 3]
        z = matrix[2, 0] * vx + matrix[2, 1] * vy + matrix[2, 2] * vz + matrix[2, 3]
        points[i, 0], points[i, 1], points[i, 2] = x, y, z
        screen[i, 2] = 0
        if z >= near:
            column, row = lens[2] + lens[0] * x / z, lens[3] + lens[1] * y / z
            if abs(column) <= GUARD_BAND_PX and abs(row) <= GUARD_BAND_PX:
                screen[i, 0] = np.int64(np.floor(column * SUBPIXELS + 0.5))
                screen[i, 1] = np.int64(np.floor(row * SUBPIXELS + 0.5))
                screen[i, 2] = 1


@_inlined
def _draw_face(
    a: int,
    b: int,
    c: int,
    points: NDArray[np.float64],
    screen: NDArray[np.int64],
    lens: Lens,
    near: float,
    front_only: bool,
    face: int,
    inverse_depth: NDArray[np.float32],
    face_index: NDArray[np.int32],
) -> None:
    """Draw the triangle of the projected points a, b, c."""
    height, width = inverse_depth.shape
    if not (screen[a, 2] and screen[b, 2] and screen[c, 2]):
        if max(points[a, 2], points[b, 2], points[c, 2]) > near:
            plane, solid = _inverse_depth_plane(points[a], points[b], points[c], lens)
            if solid:
                _draw_clipped(
                    points[a], points[b], points[c], plane, lens, near, front_only, face, inverse_depth, face_index
                )
        return
    x0, y0, x1, y1, x2, y2 = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
    if _covers_no_pixel(x0, y0, x1, y1, x2, y2, width, height):
        return
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if area == 0 or (front_only and area > 0):
        return
    plane, solid = _inverse_depth_plane(points[a], points[b], points[c], lens)
    if not solid:
        return
    if area < 0:
        x1, y1, x2, y2 = x2, y2, x1, y1
    lowest = np.float32(1.0 / max(points[a, 2], points[b, 2], points[c, 2]))
    highest = np.float32(1.0 / min(points[a, 2], points[b, 2], points[c, 2]))
    _fill_triangle(x0, y0, x1, y1, x2, y2, plane, lowest, highest, face, inverse_depth, face_index)


@_compiled
def draw(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    face_numbers: NDArray[np.int32],
    front_only: NDArray[np.bool_],
    vertex_start: NDArray[np.int32],
    face_start: NDArray[np.int32],
    centers: NDArray[np.float32],
    half_extents: NDArray[np.float32],
    matrix: NDArray[np.float64],
    lens: Lens,
    near: float,
    far: float,
    first_face: int,
    inverse_depth: NDArray[np.float32],
    face_index: NDArray[np.int32],
) -> None:
    """Draw a clustered mesh into the buffers.

    matrix (3, 4) takes body coordinates to this file's camera frame; inverse_depth (H, W) and face_index (H, W) are
    updated where a face is nearer than what is there, face_index with first_face + the face's number.
    """
    height, width = inverse_depth.shape
    points, screen = np.empty((len(vertices), 3)), np.empty((len(vertices), 3), np.int64)
    for cluster in range(len(face_start) - 1):
        if _outside(centers[cluster], half_extents[cluster], matrix, lens, width, height, near, far):
            continue
        _project(vertices[vertex_start[cluster] : vertex_start[cluster + 1]], matrix, lens, near, points, screen)
        for i in range(face_start[cluster], face_start[cluster + 1]):
            a, b, c, face = faces[i, 0], faces[i, 1], faces[i, 2], first_face + face_numbers[i]
            _draw_face(a, b, c, points, screen, lens, near, front_only[i], face, inverse_depth, face_index)


@_compiled
def resolve(
    inverse_depth: NDArray[np.float32],
    face_index: NDArray[np.int32],
    colors: NDArray[np.uint8],
    ids: NDArray[np.int32],
    background: NDArray[np.uint8],
    image: NDArray[np.uint8],
    depth: NDArray[np.float32],
    segmentation: NDArray[np.int32],
) -> None:
    """Turn the buffers into colour, depth and instance ids."""
    height, width = inverse_depth.shape
    for row in range(height):
        # Two loops: the first is one vector instruction a few pixels, the second copies runs of one face.
        for column in range(width):
            hit = face_index[row, column] >= 0
            depth[row, column] = np.float32(1.0) / inverse_depth[row, column] if hit else np.float32(0.0)
        shown, red, green, blue, instance = -1, background[0], background[1], background[2], np.int32(0)
        for column in range(width):
            face = face_index[row, column]
            if face != shown:
                shown = face
                if face < 0:
                    red, green, blue, instance = background[0], background[1], background[2], np.int32(0)
                else:
                    red, green, blue, instance = colors[face, 0], colors[face, 1], colors[face, 2], ids[face]
            image[row, column, 0] = red
            image[row, column, 1] = green
            image[row, column, 2] = blue
            segmentation[row, column] = instance
