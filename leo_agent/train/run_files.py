"""Where a training run keeps its files; nothing here imports torch, so that a wrong folder is told at once."""

from pathlib import Path

from leo_agent.contract.errors import InputError

CONFIG_FILE, LOG_FILE, POLICY_FOLDER = "config.json", "log.jsonl", "policy"
STATE_FILE = "trained_float32.safetensors"  # what is trained, before it is rounded for the policy


def new_folder(name: str) -> Path:
    """The folder of a run, made before the work begins; nothing that lies there already is written over.

    Raises:
        InputError: it holds something, or cannot be written.
    """
    out = Path(name)
    try:
        out.mkdir(parents=True, exist_ok=True)
        held = next(out.iterdir(), None)
    except OSError as problem:
        raise InputError(f"out: found {name}, which cannot be written ({problem}); choose another folder") from None
    if held is not None:
        raise InputError(f"out: found {name}, which holds {held.name} already, expected a new or empty folder")
    return out


def policy_to_continue(init: str) -> str:
    """The policy's folder where the folder of a run is given; all else as it is."""
    inside = Path(init) / POLICY_FOLDER
    return str(inside) if (inside / CONFIG_FILE).is_file() else init
