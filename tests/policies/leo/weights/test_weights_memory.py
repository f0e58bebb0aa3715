"""Importing and loading never hold a second copy of the weights: the private memory of a process, by ratio."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from leo_agent.policies.leo.weights.importing import ReleasedFiles
from tests.policies.leo import released_files as made
from tests.policies.leo import tiny

ROOT = Path(__file__).parents[4]
SIZES = dataclasses.replace(made.small_sizes(), width=1536, heads=12, layers=6, mlp=4096)
PROGRAM = """
import json, sys, threading
from pathlib import Path
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.policy import PolicyContext
from leo_agent.policies.leo.weights.checkpoint import from_pretrained
from leo_agent.policies.leo.weights.importing import ReleasedFiles, import_released
from leo_agent.policies.leo.acting.policy import LeoPolicy
from tests.policies.leo.weights.test_weights_memory import SIZES, made

def private():
    fields = dict(line.split(":") for line in open("/proc/self/status"))
    return int(fields["RssAnon"].split()[0]) * 1024

def peak(work):
    before, most, done = private(), [0], threading.Event()
    def watch():
        while not done.wait(0.001):
            most[0] = max(most[0], private())
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        kept = work()
        most[0] = max(most[0], private())
    finally:
        done.set()  # or a failure would leave the process waiting for the thread
        thread.join()
    return most[0] - before, kept

files = ReleasedFiles(*map(Path, json.loads(sys.argv[1])))
out = Path(sys.argv[2])
imported, _ = peak(lambda: import_released(made.config_of(SIZES), files, out))
loaded, (model, _) = peak(lambda: from_pretrained(out))
held = sum(each.nbytes for each in model.state_dict().values())
del model
acting, policy = peak(lambda: LeoPolicy.from_pretrained(out, PolicyContext(NavigationEmbodiment(), device="cpu")))
print(json.dumps({"imported": imported, "loaded": loaded, "acting": acting, "held": held}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="private memory is read from /proc")
def test_private_memory_of_importing_and_loading(tmp_path):
    files = ReleasedFiles(tmp_path / "vicuna", tmp_path / "leo.pth", tmp_path / "points.pth", tmp_path / "image.bin")
    made.write_language_model(files.language_model, SIZES, tiny.tokenizer().model)
    torch.save(made.random_tensors(made.leo_shapes(SIZES)), files.leo)
    torch.save(made.random_tensors(made.point_shapes(SIZES)), files.points)
    torch.save(made.random_tensors(made.open_clip_shapes(SIZES, 16, 1, vocab=50)), files.image)
    paths = json.dumps([str(each) for each in dataclasses.astuple(files) if each])
    command = [sys.executable, "-c", PROGRAM, paths, str(tmp_path / "out")]
    mapped = {
        **os.environ,
        "MALLOC_MMAP_THRESHOLD_": "65536",
    }
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=mapped)
    measured = json.loads(done.stdout.splitlines()[-1])
    ratios = {name: measured[name] / measured["held"] for name in ("imported", "loaded", "acting")}
    print({name: f"{value / 1e6:.0f} MB" for name, value in measured.items()}, ratios)
    assert measured["held"] > 300e6
    assert ratios["imported"] < 0.25
    assert ratios["loaded"] < 1.15
    assert ratios["acting"] < 1.25  # adapters are merged layer by layer
