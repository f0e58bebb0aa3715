"""Random actions: steps and turns in navigation, the random policy's elsewhere; by the episode's seed alone."""

import numpy as np
import pytest

from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.policy import as_policy
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.rollout.perturbed import Perturbed


class Says:
    """Always answers the same."""

    def __init__(self, action):
        self.action = action

    def reset(self, indices):
        pass

    def act(self, observations, instructions):
        return [self.action] * len(observations)


def answers(policy, slot, count=200, seed=7):
    policy.reset([slot])
    return [policy.act([{"slot": slot, "episode_seed": seed}], [""])[0] for _ in range(count)]


def perturbed(embodiment, probability):
    return Perturbed(as_policy(Says("policy")), as_policy(Says("random")), probability, embodiment)


@pytest.mark.parametrize(
    ("embodiment", "expected"), [(NavigationEmbodiment(), {1, 2, 3}), (TabletopEmbodiment(), {"random"})]
)
def test_the_embodiment_says_what_a_random_action_is(embodiment, expected):
    found = answers(perturbed(embodiment, 0.3), slot=0)
    assert set(found) == {"policy", *expected}
    assert 0.2 < np.mean([each != "policy" for each in found]) < 0.4
    assert set(answers(perturbed(embodiment, 0.0), slot=0)) == {"policy"}


def test_the_slot_does_not_matter_but_the_seed_does():
    policy = perturbed(NavigationEmbodiment(), 0.5)
    assert answers(policy, slot=0) == answers(policy, slot=3) != answers(policy, slot=0, seed=8)


def test_name_and_fingerprint_are_the_policys():
    policy = perturbed(TabletopEmbodiment(), 0.5)
    assert (policy.name, policy.needs_expert, policy.fingerprint()) == ("Says", False, None)
