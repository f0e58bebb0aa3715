"""The 3D-language sets of LEO's paper, ours or the authors': each is a task, with its own split for validation."""

from collections.abc import Iterator
from pathlib import Path

from leo_agent.contract.files import hash_files, short_hash
from leo_agent.data.checking import scan_path
from leo_agent.data.scenes import item_scene
from leo_agent.data.sets.base import find_set, is_there, locate, set_names
from leo_agent.data.splitting import training_items
from leo_agent.train.samples.source import Source, SourceOptions
from leo_agent.train.samples.text_source import TextSource
from leo_agent.train.tasks.base import TrainingTask, register_task


def holds_sets(folder: Path) -> bool:
    """Whether a folder has a file of one of the sets."""
    return any(is_there(find_set(name), folder, "train") for name in set_names())


class _Set(TrainingTask):
    def is_in(self, folder: Path) -> bool:
        return is_there(find_set(self.name), folder, "train")

    def source(self, folder: Path, options: SourceOptions) -> Source:
        texts = find_set(self.name)
        train = list(training_items(texts.read(folder, "train")))
        validation = list(texts.read(folder, "val")) if is_there(texts, folder, "val") else []
        held_out = validation if options.validation_share else []
        return TextSource(folder.name, self.name, train, held_out, lambda item: item_scene(folder, item), options)

    def lines(self, folder: Path) -> Iterator[str]:
        for item in find_set(self.name).read(folder, "train"):
            yield from (item.text, item.situation, *item.answers)

    def digest(self, folder: Path) -> str:
        """Of the texts; of the scans, which may be gigabytes, names and sizes."""
        texts = find_set(self.name)
        splits = [split for split in ("train", "val") if is_there(texts, folder, split)]
        paths = [locate(folder, relative) for split in splits for relative in texts.files(split)]
        one_of_each = {(item.family, item.scan): item for split in splits for item in texts.read(folder, split)}
        scans = (scan_path(folder, item) for item in one_of_each.values())
        sizes = sorted((path.name, path.parent.name, path.stat().st_size) for path in scans if path is not None)
        return short_hash(f"{hash_files([path for path in paths if path])} {sizes}".encode())


for _name in set_names():
    register_task(_name)(type(_name.title().replace("_", ""), (_Set,), {"__module__": __name__}))
