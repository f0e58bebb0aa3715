"""Frames/s of many views drawn in one batch on a GPU, results staying there as tensors; needs leo-agent[gpu].

    python benchmarks/gpu_rendering.py [--batch 1024] [--batches 50] [--device cuda]

The limit is 20,000 frames/s at 128 x 128 (colour, depth and ids) on one H200, in house_0001 and in a textured scan.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from scan_scene import ScanKind, scan_like

from leo_agent.envs.camera import Intrinsics, pose_matrix
from leo_agent.envs.rendering.warp.renderer import WarpRenderer
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene

HOUSES = Path(__file__).parents[1] / "tests" / "data" / "habitat_houses"
SIZES = [(128, 128), (256, 256), (640, 480)]
CAMERA_HEIGHT_M = 0.88


def views(count: int) -> np.ndarray:
    """Camera poses (count, 4, 4) at random navigable points of house_0001."""
    rng = np.random.default_rng(0)
    points = np.load(HOUSES / "house_0001.golden.npz")["nav_points"]
    poses = []
    for x, y, z in points[rng.integers(len(points), size=count)]:
        half = rng.uniform(0.0, np.pi)
        poses.append(pose_matrix((x, y + CAMERA_HEIGHT_M, z), (0.0, np.sin(half), 0.0, np.cos(half))))
    return np.stack(poses)


def frames_per_second(renderer: WarpRenderer, camera: Intrinsics, poses: np.ndarray, batches: int, cuda: bool) -> float:
    """The rate over some batches, the first, compiling, not counted."""
    renderer.render_batch(camera, poses)
    if cuda:
        torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(batches):
        renderer.render_batch(camera, poses)
    if cuda:
        torch.cuda.synchronize()
    return batches * len(poses) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=1024, help="views in a batch (default 1024)")
    parser.add_argument("--batches", type=int, default=50, help="batches to time (default 50)")
    parser.add_argument("--device", default="cuda", help="as torch names it (default cuda)")
    options = parser.parse_args()
    cuda = options.device.startswith("cuda")
    if cuda and not torch.cuda.is_available():
        parser.error("no CUDA device is there; --device cpu runs, but slowly")
    print(f"device: {torch.cuda.get_device_name(options.device) if cuda else 'CPU'}; {options.batch} views a batch")
    files = find_scene(HOUSES, "scenes/house_0001.scene_instance.json", "golden.scene_dataset_config.json")
    house = load_scene(files, 1).mesh
    poses = views(options.batch)
    for name, mesh in (("house_0001", house), ("scan-162k", scan_like(house, ScanKind(0.283, 1024)))):
        renderer = WarpRenderer([mesh], options.device)
        for width, height in SIZES:
            camera = Intrinsics.from_hfov(width, height, 79)
            rate = frames_per_second(renderer, camera, poses, options.batches, cuda)
            print(f"{name:12} {width:4d}x{height:<4d} {rate:10.0f} frames/s", flush=True)


if __name__ == "__main__":
    main()
