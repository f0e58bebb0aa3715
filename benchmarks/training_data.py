"""Memory, start and waiting of training from many houses, beside their limits: 4 GB, 20 s, 5 % of the time.

Run: python benchmarks/training_data.py DATA [--houses 200] [--episodes 80] [--steps 300] [--frozen]. DATA is a small
dataset of one house, as `leo-agent collect` writes it; its episodes, clouds and videos are written again for every
house into a temporary folder (--keep FOLDER: a lasting one, used again if it is there). A new leo-nano is trained on
it in a process of its own, the clouds not yet in the cache folder (--again: once more, with what the first run left
there); --frozen leaves both encoders as they are, so that their features are kept. Beside it stands what holding all
of it in memory would take, as before.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hardware import hardware
from many_houses import ManyHouses

from leo_agent.envs.cache_folder import VARIABLE
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.policies.leo.config.presets import preset

LIMIT_MB, LIMIT_START_S, LIMIT_WAITING = 4000, 20, 0.05
CHILD = "--child"


def train(folder: str, steps: int, batch_size: int, frozen: bool) -> None:
    """Trains in this process, and prints its figures."""
    import torch
    from peers.memory import peak_mb

    from leo_agent.policies.leo.weights.checkpoint import new_model
    from leo_agent.train.samples.demonstrations import Demonstrations
    from leo_agent.train.samples.mixture import Draws, Mixture
    from leo_agent.train.samples.source import SourceOptions

    model, tokenizer = new_model("leo-nano", seed=0)
    model.use_adapters(False)
    encoders = {"point_encoder": model.pcd_encoder.obj_encoder, "image_encoder": model.img_encoder}
    for encoder in encoders.values() if frozen else ():
        encoder.requires_grad_(False).trainable = False
    options = SourceOptions(model=model, tokenizer=tokenizer, frozen=frozenset(encoders if frozen else ()))
    began = time.perf_counter()
    source = Demonstrations(folder, options)
    print(f"{'dataset opened':>26}: {time.perf_counter() - began:.1f} s, {source.num_train} frames to train on")
    draws = Draws(batch_size=batch_size, steps=steps, seed=0)
    optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=1e-3)
    waited, started, clouds = 0.0, 0.0, 0
    model.train()
    stream = Mixture([source], (1.0,), model.config, tokenizer, draws).batches(0)
    for step in range(steps):
        asked = time.perf_counter()
        (batch,) = next(stream).parts
        if step:
            waited += time.perf_counter() - asked
        else:
            print(f"{'first batch is there after':>26}: {time.time() - _born():.1f} s of the process")
        clouds += len(batch.clouds) if batch.cloud_features is None else len(batch.cloud_features)
        optimizer.zero_grad()
        model.loss(batch).mean().backward()
        optimizer.step()
        if step == 0:
            started = time.perf_counter()
            print(f"{'first step ends after':>26}: {time.time() - _born():.1f} s, limit {LIMIT_START_S} s")
    seconds = time.perf_counter() - started
    stream.close()
    share = waited / seconds
    print(f"{'samples a second':>26}: {batch_size * (steps - 1) / seconds:.0f}, {clouds / steps:.0f} clouds a batch")
    print(f"{'waiting for data':>26}: {share:.1%} of {seconds:.0f} s, limit {LIMIT_WAITING:.0%}")
    print(f"{'most memory':>26}: {peak_mb():.0f} MB, limit {LIMIT_MB} MB")


def _born() -> float:
    """When this process began, in seconds of `time.time`."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def in_memory_mb(dataset: Dataset) -> float:
    """What images, columns and prepared clouds take if all of them are held."""
    config = preset("leo-nano")
    width = sum(each["shape"][0] for name, each in dataset.features.items() if name not in dataset.image_keys)
    frame = 3 * config.image.size_px**2 + 8 * width
    count = 1 + max(
        int(dataset.frame_files.read(n, ["observation.objects"])["observation.objects"].max())
        for n in range(len(dataset.frame_files))
    )
    return (dataset.num_frames * frame + count * (config.points.num_points * 12 + 1024 * 15)) / 1e6


def main() -> None:
    """Runs the benchmark that the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="a small dataset of one house")
    parser.add_argument("--houses", type=int, default=200, help="how many houses (default 200)")
    parser.add_argument("--episodes", type=int, default=80, help="episodes in each (default 80)")
    parser.add_argument("--steps", type=int, default=300, help="steps of training (default 300)")
    parser.add_argument("--batch-size", type=int, default=64, help="samples a step (default 64)")
    parser.add_argument("--frozen", action="store_true", help="encoders are not trained")
    parser.add_argument("--again", action="store_true", help="a second run, with what the first left in the cache")
    parser.add_argument("--keep", help="folder of the large dataset")
    parser.add_argument(CHILD, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        train(options.data, options.steps, options.batch_size, options.frozen)
        return
    with tempfile.TemporaryDirectory(prefix="many-houses-") as temporary:
        folder = Path(options.keep or Path(temporary) / "data")
        if not folder.exists():
            ManyHouses(Dataset(options.data), folder).write(options.houses, options.episodes)
        dataset = Dataset(folder)
        print(f"hardware: {hardware()}")
        print(f"{'data':>26}: {dataset.num_episodes} episodes, {dataset.num_frames} frames")
        print(f"{'all in memory would be':>26}: {in_memory_mb(dataset):.0f} MB")
        command = [sys.executable, __file__, str(folder), CHILD, "--steps", str(options.steps)]
        command += ["--batch-size", str(options.batch_size), *(["--frozen"] if options.frozen else [])]
        environment = {**os.environ, VARIABLE: str(Path(temporary) / "cache")}
        for _ in range(2 if options.again else 1):
            subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    main()
