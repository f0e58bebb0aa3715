"""The action map of a checkpoint: which token ids mean which action, for a tokenizer to be checked against."""

import hashlib
from collections.abc import Mapping
from typing import Any

from leo_agent.contract.errors import InputError, shown
from leo_agent.policies.leo.text.action_tokens import NAVIGATION_ACTIONS, RANGES, YAW, U, V, action_index_to_token
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer

LLAMA_VOCAB_SIZE = 32000
LLAMA_PIECES = "d3b824d0a10d5829"  # hash_of_pieces of LLaMA's tokenizer.model, the released one


def action_map(tokenizer: LeoTokenizer) -> dict[str, Any]:
    """The map, as it is written to config.json.

    Returns:
        `navigation`: token id of each action; `u`, `v`, `yaw`: token ids of their first and last bin; `pieces`: hash
        of the tokenizer's pieces at all these ids, so that another tokenizer of the same size is recognised.
    """
    last = tokenizer.vocab_size

    def token(index: int) -> int:
        return int(action_index_to_token(index, last))

    bins = {each.name: [token(each.start), token(each.start + each.size - 1)] for each in (U, V, YAW)}
    navigation = {name: token(index) for index, name in enumerate(NAVIGATION_ACTIONS)}
    return {"vocab_size": last, "navigation": navigation, **bins, "pieces": hash_of_pieces(tokenizer)}


def check_action_map(found: Mapping[str, Any] | None, tokenizer: LeoTokenizer, where: str) -> None:
    """Checks a tokenizer against a checkpoint's map; None, as in format leo-1, says nothing.

    Raises:
        InputError: the tokenizer gives the actions other ids, or other pieces, than the map.
    """
    if found is None:
        return
    own = action_map(tokenizer)
    for key in dict.fromkeys([*own, *found]):
        if found.get(key) != own.get(key):
            raise InputError(
                f"{where}: disagrees with the action map of config.json in {shown(key)}: found {shown(own.get(key))}, "
                f"expected {shown(found.get(key))}; it is not the tokenizer that these weights were trained with"
            )


def hash_of_pieces(tokenizer: LeoTokenizer) -> str:
    """Hash of the 524 pieces that stand for actions, in the order of the action indices."""
    indices = [block.start + offset for block in RANGES for offset in range(block.size)]
    pieces = [tokenizer.piece(tokenizer.action_id(index)) for index in indices]
    return hashlib.sha256("\n".join(pieces).encode("utf-8")).hexdigest()[:16]
