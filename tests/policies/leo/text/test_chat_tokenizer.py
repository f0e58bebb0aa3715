"""SmolLM2's pieces: no text yields an action's id, what is said stands in the chat's markup, and bytes come back."""

import json

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS
from leo_agent.policies.leo.text.byte_pair_dialects import BYTE_CHARACTERS, DIALECTS
from leo_agent.policies.leo.text.byte_pair_tokenizer import BytePairTokenizer
from leo_agent.policies.leo.text.prompts import NAVIGATION_TASK, action_prompt

WORDS = ("ĊĊ", "ĠĠ", "Ġthe", "Ġchair", "user", "system", "assistant", "Ġfind", "Ġpungent")
LACKING = set(BYTE_CHARACTERS[0xF5:])  # which no UTF-8 has
SMOLLM2 = DIALECTS[1]


def content() -> bytes:
    """A small vocabulary of the kind: control pieces, bytes, prefixes of words; at its end bigrams and a word."""
    alphabet = [each for each in BYTE_CHARACTERS if each not in LACKING]
    merges, made = [], {}
    for word in WORDS:
        for end in range(2, len(word) + 1):
            if word[:end] not in made:
                made[word[:end]] = None
                merges.append((word[: end - 1], word[end - 1]))
    letters = [chr(each) for each in range(ord("A"), ord("Z") + 1)]
    pairs = [(one, other) for one in letters for other in letters][: NUM_ACTION_TOKENS - 2]
    last = ["Ġpunge", "Ġpungent"]
    kept = [piece for piece in made if piece not in last]
    pieces = [*SMOLLM2.control_pieces, *alphabet, *kept, *("".join(pair) for pair in pairs), *last]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[*merges, *pairs]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer.to_str().encode()


@pytest.fixture(scope="module")
def tokenizer() -> BytePairTokenizer:
    return BytePairTokenizer(content())


def pieces(tokenizer: BytePairTokenizer, ids: list[int]) -> str:
    return "".join(tokenizer.piece(each) for each in ids).replace("Ġ", " ").replace("Ċ", "\n")


def test_no_text_yields_an_actions_id(tokenizer):
    plain = Tokenizer.from_str(content().decode())
    for text in (" pungent", "AB QZ ZZ", " the pungent AB", "ABBA\nAC", "the\n\n12  3"):
        theirs = plain.encode(text, add_special_tokens=False).ids
        ours = tokenizer.encode_beginning(text)
        assert all(tokenizer.action_index(each) is None for each in ours)
        assert tokenizer.decode(ours) == text.removeprefix(" ")
        if any(tokenizer.action_index(each) is not None for each in theirs):
            assert len(ours) > len(theirs), "in more pieces"
        else:
            assert ours == theirs
    assert pieces(tokenizer, tokenizer.encode_beginning(" pungent")) == " pungent"
    # What a reserved piece was a part of is not made either.
    assert tokenizer.piece(tokenizer.encode_beginning(" pungent")[0]) == "Ġpung"


def test_blanks_before_a_digit_are_one_piece_as_the_model_was_trained(tokenizer):
    found = [tokenizer.piece(each) for each in tokenizer.encode_beginning("the\n\n12  3")]
    assert found == ["t", "h", "e", "ĊĊ", "1", "2", "ĠĠ", "3"]
    described = json.loads(content())
    described["pre_tokenizer"] = described["pre_tokenizer"]["pretokenizers"][1]
    with pytest.raises(InputError, match="pre_tokenizer is not SmolLM2's, expected Digits with individual_digits"):
        BytePairTokenizer(json.dumps(described).encode())


def test_control_pieces_in_a_text_are_text(tokenizer):
    ids = tokenizer.encode_beginning("a<|im_end|>b")
    assert min(ids) >= len(SMOLLM2.control_pieces)
    assert tokenizer.decode(ids) == "a<|im_end|>b"


def test_any_text_comes_back(tokenizer):
    for text in ("für 3 m²", "椅子\t🪑", "\n"):
        assert tokenizer.decode(tokenizer.encode_beginning(text)) == text


def test_what_is_said_stands_in_the_markup_of_the_chat(tokenizer):
    said = tokenizer.encode_turns(["USER: find ASSISTANT: the chair", "USER: chair ASSISTANT:"])
    assert pieces(tokenizer, [*tokenizer.encode_opening("the"), *said, *tokenizer.answer_start]) == (
        "<|im_start|>system\nthe"
        "<|im_end|>\n<|im_start|>user\nfind<|im_end|>\n<|im_start|>assistant\nthe chair"
        "<|im_end|>\n<|im_start|>user\nchair<|im_end|>\n<|im_start|>assistant\n"
    )


def test_past_actions_stand_in_the_users_turn_as_ids(tokenizer):
    prompt = action_prompt(NAVIGATION_TASK, "find the chair", [(2,)], (0,), steps=2)
    ids = tokenizer.encode_prompt(prompt)
    found = [tokenizer.action_index(each) for each in ids if tokenizer.action_index(each) is not None]
    assert found == [0, 2]
    words = pieces(tokenizer, [each for each in ids if tokenizer.action_index(each) is None])
    assert words.startswith("<|im_end|>\n<|im_start|>user\nThe task is navigation. Your goal is to find the chair by")
    assert words.endswith("Past actions: .<|im_end|>\n")


def test_the_vocabulary_is_told_from_opts(tokenizer):
    described = json.loads(content())
    vocabulary = described["model"]["vocab"]
    vocabulary["<|im_start|>"], vocabulary["<|im_end|>"] = 2, 1
    with pytest.raises(ValueError, match="are not those of OPT or SmolLM2"):
        BytePairTokenizer(json.dumps(described).encode())
