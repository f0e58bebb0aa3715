"""Who gets an array can look at it, not write to it, in every environment."""

import numpy as np
import pytest

from leo_agent.contract.read_only import freeze, freeze_array, guarded
from tests.leo_agent.every_env import IDS, make


def arrays_of(observation):
    arrays = {key: value for key, value in observation.items() if isinstance(value, np.ndarray)}
    assert len(arrays) >= 9
    return arrays


def memory_of(array):
    """The array and all that it is a view of."""
    while isinstance(array, np.ndarray):
        yield array
        array = array.base


def writable_keys(observation):
    arrays = arrays_of(observation)
    return [key for key in arrays if any(memory.flags.writeable for memory in memory_of(arrays[key]))]


@pytest.mark.parametrize("share_arrays", [False, True])
@pytest.mark.parametrize("env_id", IDS)
def test_every_array_of_an_observation_is_read_only(env_id, share_arrays, sets):
    env = make(env_id, sets, share_arrays=share_arrays)
    for observation in (env.reset(seed=1)[0], env.step(env.unwrapped.expert_action())[0]):
        assert not writable_keys(observation)
        for array in arrays_of(observation).values():
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 1
            with pytest.raises(ValueError, match="read-only"):
                array += array
    env.close()


@pytest.mark.parametrize("options", [{"objects": "seen"}, {"proposals": "noisy"}], ids=str)
def test_so_are_those_of_other_sources_of_objects(options, sets):
    env = make("leo/ObjectNav-v0", sets, **options)
    for observation in (env.reset(seed=1)[0], env.step(1)[0]):
        assert not any(
            memory.flags.writeable for array in arrays_of(observation).values() for memory in memory_of(array)
        )
    env.close()


@pytest.mark.parametrize("options", [{"object_points": "cameras"}, {"cameras": ["front", "left", "right"]}], ids=str)
def test_so_are_those_of_the_cameras(options, sets):
    env = make("leo/PutBlocksInBowls-v0", sets, **options)
    observation, _ = env.reset(seed=1)
    assert not writable_keys(observation)
    env.close()


def test_the_objects_of_a_simulator_are_read_only(sets):
    env = make("leo/ObjectNav-v0", sets)
    env.reset(seed=1)
    objects = env.unwrapped.simulator.objects
    for array in (objects.points, objects.boxes, objects.ids):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    env.close()


def test_unchanged_objects_are_still_the_same_arrays(sets):
    env = make("leo/ObjectNav-v0", sets, share_arrays=True)
    first, _ = env.reset(seed=1)
    second, *_ = env.step(2)
    assert all(first[key] is second[key] for key in first if key.startswith("object_"))
    env.close()


def test_a_view_is_frozen_with_what_it_shows():
    whole = np.zeros((2, 3))
    part = freeze_array(whole[0])
    assert not part.flags.writeable
    assert not whole.flags.writeable
    observation = {"image": np.zeros(2), "instruction": "go"}
    assert freeze(observation) is observation
    assert not observation["image"].flags.writeable


def test_guarded_values_have_containers_of_their_own_and_keep_frozen_arrays():
    frozen, writable = freeze_array(np.zeros(2)), np.zeros(2)
    value = {"a": frozen, "b": {"c": writable}, "d": [writable], "e": "text"}
    copy = guarded(value)
    assert copy["a"] is frozen
    assert np.shares_memory(copy["b"]["c"], writable)
    assert not copy["b"]["c"].flags.writeable
    assert not copy["d"][0].flags.writeable
    copy["b"]["c"] = None
    copy["d"].clear()
    assert value["b"]["c"] is writable
    assert len(value["d"]) == 1
    writable[0] = 1  # its owner goes on writing
