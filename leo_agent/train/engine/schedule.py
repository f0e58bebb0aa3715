"""Learning rate schedule: linear warm-up, then a cosine down to a thousandth."""

import math

FINAL_FACTOR = 1e-3


def learning_rate_factor(step: int, warmup_steps: int, total_steps: int) -> float:
    """Factor on the peak learning rate at optimiser step `step`, counted from 0."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    return FINAL_FACTOR + (1 - FINAL_FACTOR) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
