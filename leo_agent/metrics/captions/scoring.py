"""All published scores of captions at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError, shown
from leo_agent.metrics.captions.bleu import bleu
from leo_agent.metrics.captions.cider import cider_d
from leo_agent.metrics.captions.meteor import find_meteor, meteor
from leo_agent.metrics.captions.ptb import ptb_words
from leo_agent.metrics.captions.rouge import rouge_l

WordSplitter = Literal["whitespace", "ptb"]


def score_captions(
    candidates: Mapping[str, str], references: Mapping[str, Sequence[str]], tokenizer: WordSplitter = "whitespace"
) -> dict[str, Any]:
    """BLEU-1 to 4, ROUGE-L, CIDEr-D and METEOR, equal to those of pycocoevalcap 1.2.

    CIDEr weighs n-grams by how many candidates' references hold them: scores of a part are not those of the whole.

    Args:
        candidates: a text by id.
        references: texts by the same ids, at least one each.
        tokenizer: "whitespace" takes texts as they are, as LEO's evaluation; "ptb" in lower case without punctuation,
            as COCO's (see `ptb_words`).

    Returns:
        `bleu` (four numbers), `rouge_l`, `cider`, `meteor` (None without Java and the jar), fractions but for CIDEr,
        which goes up to 10; and `each` with the same keys for every id.

    Raises:
        InputError: there is no candidate, an id is in one of both only, or a text is missing.
    """
    check_choice("tokenizer", tokenizer, get_args(WordSplitter))
    _check(candidates, references)
    written: Callable[[str], str] = (lambda text: " ".join(ptb_words(text))) if tokenizer == "ptb" else str
    ids = list(candidates)
    texts = [written(candidates[each]) for each in ids]
    given = [[written(text) for text in references[each]] for each in ids]
    words = [tuple(text.split()) for text in texts]
    given_words = [[tuple(text.split()) for text in several] for several in given]
    bleus, bleu_each = bleu(words, given_words)
    rouge_each = [rouge_l(text, several) for text, several in zip(texts, given, strict=True)]
    cider_each = cider_d(words, given_words)
    meteor_all, meteor_each = meteor(texts, given) if find_meteor() else (None, [None] * len(ids))
    each = [
        {"bleu": four, "rouge_l": rouge, "cider": cider, "meteor": score}
        for four, rouge, cider, score in zip(bleu_each, rouge_each, cider_each, meteor_each, strict=True)
    ]
    return {
        "bleu": bleus,
        "rouge_l": float(np.mean(rouge_each)),
        "cider": float(np.mean(cider_each)),
        "meteor": meteor_all,
        "each": dict(zip(ids, each, strict=True)),
    }


def _check(candidates: Mapping[str, str], references: Mapping[str, Sequence[str]]) -> None:
    if not candidates:
        raise InputError("candidates: found none, expected at least one")
    for one, other, names in ((candidates, references, "references"), (references, candidates, "candidates")):
        if lone := [each for each in one if each not in other]:
            raise InputError(f"{names}: nothing for {shown(lone[0])}, expected the same ids as the other has")
    for each, text in candidates.items():
        if not isinstance(text, str):
            raise InputError(f"candidates: {each}: found {shown(text)}, expected text")
    for each, texts in references.items():
        if isinstance(texts, str) or not texts or not all(isinstance(text, str) for text in texts):
            raise InputError(f"references: {each}: found {shown(texts)}, expected a list of at least one text")
