"""Saving to a folder, and pushing to the Hugging Face hub, of what was read from a folder of weights."""

import shutil
from pathlib import Path

from huggingface_hub import ModelHubMixin

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.weights import checkpoint
from leo_agent.policies.leo.weights.card import CARD_FILE, LIBRARY, LICENSE_FILE, PIPELINE_TAG, TAGS, write_card


class Shared(ModelHubMixin, library_name=LIBRARY, pipeline_tag=PIPELINE_TAG, tags=list(TAGS)):
    """`save_pretrained` and `push_to_hub` of Hugging Face's mixin.

    Acting and answering merge the adapters into the weights; what is saved is the folder that was read, whole.
    `from_pretrained` is the subclass's own, since a policy needs to know its embodiment.
    """

    _folder: Path | None = None  # that it was read from

    def _save_pretrained(self, save_directory: Path) -> None:
        """Copies the folder; the mixin calls it.

        Raises:
            InputError: the object was made from a model in memory.
        """
        if self._folder is None:
            raise InputError("save_pretrained: a model in memory, expected one of from_pretrained")
        files = [*checkpoint.files(self._folder), self._folder / CARD_FILE, self._folder / LICENSE_FILE]
        for path in filter(Path.is_file, files):
            shutil.copyfile(path, save_directory / path.name)
        write_card(save_directory, checkpoint.read_config(self._folder / checkpoint.CONFIG_FILE)[0])
