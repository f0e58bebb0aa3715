"""The configuration of a training run says what is wrong with it by the name of its field."""

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.train.config import TrainConfig


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"stage": "pretrain"}, "stage: found 'pretrain', expected one of full, lora"),
        ({"precision": "float16"}, "precision: found 'float16', expected one of float32, bfloat16"),
        ({"batch_size": 0}, "batch_size: found 0, expected a whole number, at least 1"),
        ({"steps": 2.5}, "steps: found 2.5, expected a whole number, at least 1"),
        ({"batch_size": 8, "accumulation": 3}, "accumulation: found 3, expected a divisor of 8 samples"),
        ({"warmup_steps": -1}, "warmup_steps: found -1, expected a whole number, at least 0"),
        ({"threads": 5000}, "threads: found 5000, expected a whole number, 0 to 4096"),
        ({"seed": 2**63}, "seed: found 9223372036854775808, expected a whole number, 0 to 9223372036854775807"),
        ({"learning_rate": 0.0}, "learning_rate: found 0.0, expected a number above 0"),
        ({"weight_decay": -0.1}, "weight_decay: found -0.1, expected a number, at least 0"),
        ({"validation_share": 0.6}, "validation_share: found 0.6, expected a number, 0 to 0.5"),
        ({"history_dropout": float("nan")}, "history_dropout: found nan, expected a number, 0 to 1"),
        ({"weights": (1.0, 2.0)}, "weights: found 2, expected one for each of 1 datasets"),
        ({"weights": (0.0,)}, "weights: found 0.0, expected a number above 0"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_field(values, message):
    with pytest.raises(InputError) as complaint:
        TrainConfig(data=("demonstrations",), out="run", **values)
    assert str(complaint.value) == message


def test_the_ends_of_the_ranges_are_allowed():
    config = TrainConfig(
        data=("a", "b"),
        out="run",
        weights=(1, 0.5),
        steps=1,
        batch_size=4,
        accumulation=4,
        warmup_steps=0,
        weight_decay=0,
        validation_share=0.5,
        curriculum_share=1,
        history_dropout=1.0,
        threads=0,
        seed=2**63 - 1,
    )
    assert config.to_dict()["weights"] == (1, 0.5)
