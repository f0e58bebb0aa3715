"""Folders of weights that lie on the Hugging Face hub."""

import re
from collections.abc import Sequence
from pathlib import Path

from leo_agent.contract.errors import InputError


def is_hub_id(name: str) -> bool:
    """Whether the name is of the form owner/name, and no path: no folder `owner` is here."""
    owner, slash, rest = name.partition("/")
    parts = (re.fullmatch(r"\w[\w.-]*", part) for part in (owner, rest))
    return bool(slash) and all(parts) and not Path(owner).is_dir()


def resolve(folder_or_hub_id: str | Path, files: Sequence[str]) -> Path:
    """The folder itself, or that of a downloaded snapshot where it is no folder but has the form of a hub id.

    Args:
        folder_or_hub_id: path, or owner/name.
        files: patterns of the files that a snapshot is to hold.

    Raises:
        InputError: the hub has no such repository, or cannot be reached.
    """
    folder = Path(folder_or_hub_id)
    if folder.is_dir() or not is_hub_id(str(folder_or_hub_id)):
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(str(folder_or_hub_id), allow_patterns=list(files)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise InputError(f"{folder_or_hub_id}: no such folder, and not found on the hub: {reason}") from error
