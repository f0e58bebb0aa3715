"""Tables about LEO's weights: the parameters of a model, and what an import found in the released files."""

from pathlib import Path

from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.config.presets import PRESETS
from leo_agent.policies.leo.model.parameters import acting_bytes, count_parameters, total_parameters
from leo_agent.policies.leo.weights.checkpoint import CONFIG_FILE, read_config, resolve
from leo_agent.policies.leo.weights.importing import ReleasedFiles, import_released
from leo_agent.results.tables import align


def named_config(name: str) -> LeoConfig:
    """The configuration of a preset, of a folder of weights, or of a hub id.

    Raises:
        InputError: there is none.
    """
    if name in PRESETS:
        return PRESETS[name]
    config, _ = read_config(resolve(name) / CONFIG_FILE)
    return config


def parameters_table(config: LeoConfig) -> str:
    """The parameters of each part of a model, those trained, and the memory it needs to act."""
    counts = count_parameters(config)
    rows = [[part, f"{total:,}", f"{trained:,}"] for part, (total, trained) in counts.items()]
    total, trained = total_parameters(counts)
    held = f"held for acting on a GPU: {acting_bytes(config) / 1e9:.1f} GB (adapters merged"
    held += ")" if config.language_model.trainable else ", language model in bfloat16)"
    return align([["part", "parameters", "trained"], *rows, ["all", f"{total:,}", f"{trained:,}"]]) + f"\n{held}"


def import_weights(config: LeoConfig, files: ReleasedFiles, out: Path) -> str:
    """Writes the released files as one folder; returns what was found in which of them.

    Raises:
        InputError: a file is missing, damaged, or of another model.
    """
    parts, notes = import_released(config, files, out)
    rows = [
        [each.part, str(each.tensors), f"{each.elements:,}", ", ".join(path.name for path in each.sources)]
        for each in parts
    ]
    table = align([["part", "tensors", "elements", "from"], *rows])
    return "\n".join([table, *(f"note: {note}" for note in notes), f"written: {out}"])
