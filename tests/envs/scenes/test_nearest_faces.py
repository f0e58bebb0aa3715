"""The nearest face to a point, against brute force."""

import numpy as np

from leo_agent.envs.scenes.instances.nearest import nearest_faces


def closest_by_force(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Distances (N, F) from points to triangles, over a fine raster of each triangle."""
    steps = np.linspace(0.0, 1.0, 41)
    weights = np.array([[1 - u - v, u, v] for u in steps for v in steps if u + v <= 1.0 + 1e-9])
    raster = np.einsum("wk,fkc->fwc", weights, corners)
    return np.linalg.norm(points[:, None, None] - raster[None], axis=-1).min(axis=-1)


def test_nearest_faces_against_brute_force() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.choice([0.05, 0.3, 2.0], (60, 1, 1))
    corners = rng.random((60, 1, 3)) * 2 + rng.normal(size=(60, 3, 3)) * sizes
    corners[:5, 2] = corners[:5, 1]  # without area
    points = rng.random((80, 3)) * 2.5
    rows, weights = nearest_faces(corners.reshape(-1, 3), np.arange(180).reshape(60, 3), points, 0.4)
    found = np.linalg.norm(np.einsum("nk,nkc->nc", weights, corners[rows]) - points, axis=1)
    best = closest_by_force(corners, points).min(axis=1)
    assert (weights >= -1e-12).all()
    assert np.allclose(weights[rows >= 0].sum(axis=1), 1.0)
    assert (found[rows >= 0] <= best[rows >= 0] + 1e-9).all()
    assert (best[rows < 0] > 0.4).all()
    assert 0 < (rows < 0).sum() < 40
    print(f"nearest faces: {np.abs(found - best)[rows >= 0].max():.4f} m from the brute-force raster at most")


def test_a_face_far_larger_than_the_others_is_found() -> None:
    small = np.random.default_rng(0).random((3000, 3, 3)) * 0.02 + np.arange(3000)[:, None, None] % 7
    corners = np.concatenate([small, [[[-1e7, -50, -1e7], [1e7, -50, 0], [0, -50, 1e7]]]])
    faces = np.arange(3001 * 3).reshape(-1, 3)
    rows, _ = nearest_faces(corners.reshape(-1, 3), faces, np.array([[500.0, -49.9, 3.0], [500.0, 0.0, 3.0]]), 0.2)
    assert rows.tolist() == [3000, -1]
