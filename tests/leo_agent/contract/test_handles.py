"""What holds a process-wide resource can be neither copied nor pickled; what can be copied is a twin of its own."""

import ast
import copy
import pickle
import time

import numpy as np
import pytest

from leo_agent.contract.handles import NotCopyable
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.rendering import RenderScene
from leo_agent.envs.tabletop.physics.physics import Physics
from leo_agent.episodes.demonstrations.recorder import DemonstrationRecorder
from leo_agent.episodes.demonstrations.video import VideoReader, VideoWriter
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from leo_agent.episodes.run_folder import RunFolder
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.runner import EpisodeRunner
from leo_agent.rollout.subscribers.progress import ProgressBar
from leo_agent.rollout.workers.local import LocalWorker
from leo_agent.rollout.workers.process import ProcessWorker
from tests.leo_agent.every_env import IDS, make
from tests.leo_agent.toy import TOY_ID
from tests.structure.sources import modules, tree

WAYS = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": pickle.dumps}
# What makes a handle: a method that stores its value in `self` makes the class one that must not be copied.
MAKERS = {
    "open", "connect", "Pipe", "Process", "Popen", "Thread", "Lock", "ThreadPoolExecutor", "ProcessPoolExecutor",
    "FileLock", "tqdm", "TemporaryFile", "NamedTemporaryFile", "TemporaryDirectory", "ParquetWriter", "mmap", "socket",
    "_open_lines", "Simulator", "Env", "CUDAGraph", "graph_pool_handle", "EpisodeRunner", "make_environment",
    "Connection",
}  # fmt: skip
# What keeps a handle that it was given, or one of a device, or is what alone may write a folder.
KEEPERS = {"EpisodeEnv", "TabletopEnv", "Sender", "Receiver", "WarpRenderer", "CudaGraphRunner", "DatasetWriter",
           "DemonstrationRecorder", "HabitatQueries"}  # fmt: skip


def made_handles(class_node):
    """Names of the makers whose value a class stores in an attribute."""
    found = set()
    for node in ast.walk(class_node):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = [part for target in targets for part in ast.walk(target)]
            if any(isinstance(part, ast.Attribute) and getattr(part.value, "id", "") == "self" for part in parts):
                function = node.value.func
                found.add(function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""))
    return found & MAKERS


def classes():
    """Name -> syntax tree of every class of the project."""
    nodes = (node for module in modules() for node in ast.walk(tree(module)))
    return {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}


def refuses(name, known):
    bases = [ast.unparse(base).partition("[")[0] for base in known[name].bases]
    return NotCopyable.__name__ in bases or any(base in known and refuses(base, known) for base in bases)


def test_every_class_that_holds_a_handle_refuses():
    known = classes()
    holders = {name for name, node in known.items() if made_handles(node)} | KEEPERS
    assert holders >= {"Physics", "VideoWriter", "VideoReader", "RunFolder", "ProcessWorker", "ProgressBar"}
    through_another = {"LocalWorker"}  # what it holds refuses: an EpisodeRunner
    assert {name for name in holders if not refuses(name, known)} == through_another


@pytest.fixture
def held(tmp_path):
    """One object of each kind."""
    reader = tmp_path / "reader.mp4"
    with VideoWriter(reader, 5) as writer:
        writer.add(np.zeros((16, 16, 3), np.uint8))
    writing = VideoWriter(tmp_path / "video.mp4", 5)
    writing.add(np.zeros((16, 16, 3), np.uint8))
    physics = Physics()
    physics.reset(())
    objects = [
        physics,
        writing,
        VideoReader(reader),
        RunFolder(tmp_path / "run", {}, {}),
        DemonstrationRecorder(tmp_path / "data", 0, TabletopEmbodiment()),
        DatasetWriter(tmp_path / "data"),
        EpisodeRunner(EnvConfig(TOY_ID)),
        LocalWorker(0, EnvConfig(TOY_ID)),
        ProgressBar([], 1, "policy", visible=False),
    ]
    yield objects
    writing.discard()
    physics.close()
    for each in objects[2:4] + objects[6:]:
        each.close()


@pytest.mark.parametrize("way", ["deepcopy", "pickle"])
def test_holders_refuse_in_one_line(held, way):
    for each in held:
        with pytest.raises(TypeError, match="can be neither copied nor pickled: ") as refusal:
            WAYS[way](each)
        assert "\n" not in str(refusal.value)


def test_a_worker_process_refuses():
    worker = ProcessWorker(0, EnvConfig(TOY_ID))
    try:
        for way in WAYS.values():
            with pytest.raises(TypeError, match="it holds a process; make another"):
                way(worker)
    finally:
        worker.hang_up()
        worker.end(time.monotonic() + 20)


@pytest.mark.parametrize("env_id", IDS)
def test_environments_refuse_and_say_what_to_do(env_id, sets):
    env = make(env_id, sets)
    env.reset(seed=3)
    for name, way in WAYS.items():
        with pytest.raises(TypeError, match=r"copied nor pickled: .*make another by its spec"):
            way(env.unwrapped)
        if name != "copy":  # a shallow copy of Gymnasium's wrapper is another name for the same environment
            with pytest.raises(TypeError, match="make another by its spec"):
                way(env)
    env.close()


def test_what_the_refusal_says_gives_a_world_of_its_own(sets):
    env = make("leo/PutBlocksInBowls-v0", sets)
    twin = make("leo/PutBlocksInBowls-v0", sets)
    env.reset(seed=5)
    before = env.unwrapped.scene()
    twin.reset(options={"scene": before})
    _, reward, *_ = twin.step(twin.unwrapped.expert_action())
    assert reward > 0
    assert env.unwrapped.scene() == before
    assert env.step(env.unwrapped.expert_action())[1] == pytest.approx(reward)
    env.close()
    twin.close()


def test_a_navigation_episode_goes_the_same_way_elsewhere(sets):
    env, twin = make("leo/ObjectNav-v0", sets), make("leo/ObjectNav-v0", sets)
    _, info = env.reset(seed=5)
    actions = [1, 2, 1]
    for action in actions:
        seen, *_ = env.step(action)
    twin.reset(options={key: info["episode_info"][key] for key in ("scene", "episode_id")})
    for action in actions:
        again, *_ = twin.step(action)
    assert all(np.array_equal(seen[key], again[key]) for key in seen)
    env.close()
    twin.close()


def test_a_copied_simulator_walks_alone(sets):
    env = make("leo/ObjectNav-v0", sets)
    env.reset(seed=5)
    simulator = env.unwrapped.simulator
    before = simulator.agent_state.position
    twin = copy.deepcopy(simulator)
    assert np.array_equal(twin.render()["image"], simulator.render()["image"])
    for _ in range(4):
        twin.step("turn_left")
        twin.step("move_forward")
    assert not np.array_equal(twin.agent_state.position, before)
    assert np.array_equal(simulator.agent_state.position, before)
    env.close()


def test_a_copied_render_scene_is_drawn_alone(sets):
    env = make("leo/PutBlocksInBowls-v0", sets)
    env.reset(seed=5)
    scene = env.unwrapped._observer._view._scene
    lens, pose = Intrinsics.from_hfov(32, 32, 60.0), np.eye(4)
    pose[:3, 3] = 0.5, 0.0, 1.0
    before = scene.render(lens, pose).image
    twin = copy.deepcopy(scene)
    assert isinstance(twin, RenderScene)
    assert np.array_equal(twin.render(lens, pose).image, before)
    twin.clear()
    assert not np.array_equal(twin.render(lens, pose).image, before)
    assert np.array_equal(scene.render(lens, pose).image, before)
    env.close()
