"""On which device a model runs, and in which precision its language model is held there."""

import torch

from leo_agent.contract.errors import InputError


def choose_device(name: str) -> torch.device:
    """The device of that name; "auto" is CUDA where there is one.

    Raises:
        InputError: it is no name of one, or this machine does not have it.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"device: found {name!r}, expected auto, cpu, cuda or cuda:N") from error
    if device.type not in ("cpu", "cuda"):
        raise InputError(f"device: found {name!r}, expected auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"device: found {name!r} where no CUDA device is, expected auto or cpu")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"device: found {name!r}, expected cuda:N with N below {torch.cuda.device_count()}")
    return device


def language_model_dtype(device: torch.device) -> torch.dtype | None:
    """Of a frozen language model: bfloat16 on a GPU, elsewhere (None) as it is stored."""
    return torch.bfloat16 if device.type == "cuda" else None
