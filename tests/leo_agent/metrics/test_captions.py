"""The scorers of captions against what pycocoevalcap 1.2 and sentence-transformers 6.2 answered, and by hand."""

import gzip
import json
from pathlib import Path

import pytest

from leo_agent.contract.errors import InputError, NotInstalledError
from leo_agent.metrics import score_captions
from leo_agent.metrics.captions import meteor as meteor_module
from leo_agent.metrics.captions.meteor import find_meteor, meteor
from leo_agent.metrics.captions.ptb import ptb_words
from leo_agent.metrics.captions.similarity import SentenceSimilarity, is_similarity_there

RECORDED = Path(__file__).parents[2] / "data/caption_metrics"


@pytest.fixture(scope="module")
def recorded():
    return json.loads(gzip.decompress((RECORDED / "recorded.json.gz").read_bytes()))


@pytest.mark.parametrize("part", ["all", "caption", "answer", "plan"])
@pytest.mark.parametrize("tokenizer", ["whitespace", "ptb"])
def test_they_are_those_of_the_published_scorers(recorded, part, tokenizer):
    items = {item["id"]: item for item in recorded["items"]}
    ids, theirs = recorded["scores"][part]["ids"], recorded["scores"][part][tokenizer]
    ours = score_captions(
        {each: items[each]["candidate"] for each in ids}, {each: items[each]["references"] for each in ids}, tokenizer
    )
    assert ours["bleu"] == pytest.approx(theirs["bleu"]["corpus"], abs=1e-9)
    for n in range(4):
        found = [ours["each"][each]["bleu"][n] for each in ids]
        assert found == pytest.approx(theirs["bleu"]["each"][n], abs=1e-9)
    names = ["rouge_l", "cider", *(["meteor"] if find_meteor() else [])]
    for name in names:
        assert ours[name] == pytest.approx(theirs[name]["corpus"], abs=1e-9)
        assert [ours["each"][each][name] for each in ids] == pytest.approx(theirs[name]["each"], abs=1e-9)
    assert (ours["meteor"] is None) == (find_meteor() is None)


def test_words_are_the_treebanks(recorded):
    tokenized = recorded["scores"]["all"]["ptb"]["tokenized"]
    items = {item["id"]: item for item in recorded["items"]}
    assert len(items) == 240
    for each, item in items.items():
        assert [" ".join(ptb_words(item["candidate"]))] == tokenized["candidates"][each]
        assert [" ".join(ptb_words(text)) for text in item["references"]] == tokenized["references"][each]


@pytest.mark.parametrize(
    ("text", "words"),
    [  # what Stanford CoreNLP 3.4.1 answered
        ("Don't go -- can't I? They'll \"walk\" (slowly)", "do n't go ca n't i they 'll walk -lrb- slowly -rrb-"),
        ("L-shaped, 3-seater, o'clock, 5:30 p.m., 10,000", "l-shaped 3-seater o'clock 5:30 p.m. 10,000"),
        ("gonna wanna cannot gimme 'tis 'twas", "gon na wan na can not gim me 't is 't was"),
        ("the tables' legs. James's dogs' C# 3.5m 20cm -5 #1", "the tables legs james 's dogs c# 3.5 m 20cm -5 # 1"),
        ("sofa.The chair is 50% off, $3.50 & more/less", "sofa.the chair is 50 % off $ 3.50 & more/less"),
        ("wait\u2026 it\u2019s \u201cquoted\u201d \u2013 dash", "wait it 's quoted dash"),
        ("No. no. fig. 5 Mr. Smith vs. Dr. Who, e.g. this", "no no fig. 5 mr. smith vs. dr. who e.g. this"),
        ("", ""),
    ],
)
def test_words_of_other_texts_are_the_treebanks_too(text, words):
    assert " ".join(ptb_words(text)) == words


def test_scores_worked_out_by_hand():
    scores = score_captions({"a": "the red chair", "b": ""}, {"a": ["the red chair"], "b": ["a table"]})
    assert scores["each"]["a"]["bleu"][:3] == pytest.approx([1.0] * 3, abs=1e-6)
    assert scores["each"]["a"]["rouge_l"] == 1.0
    assert scores["each"]["a"]["cider"] == pytest.approx(10 * 3 / 4)  # it has no four words in a row
    assert scores["each"]["b"]["rouge_l"] == scores["each"]["b"]["cider"] == 0.0
    longer = score_captions({"a": "the the the"}, {"a": ["the cat sat", "the dog"]})
    assert longer["bleu"][0] == pytest.approx(1 / 3, abs=1e-6)  # each word as often as in a reference
    assert longer["cider"] == 0.0  # one candidate has no others to weigh words by


@pytest.mark.parametrize(
    ("candidates", "references", "message"),
    [
        ({}, {}, "candidates: found none"),
        ({"a": "x"}, {}, "references: nothing for 'a'"),
        ({"a": "x"}, {"a": ["x"], "b": ["y"]}, "candidates: nothing for 'b'"),
        ({"a": "x"}, {"a": []}, r"references: a: found \[\]"),
        ({"a": "x"}, {"a": "x"}, "references: a: found 'x', expected a list"),
        ({"a": None}, {"a": ["x"]}, "candidates: a: found None, expected text"),
    ],
)
def test_what_is_missing_is_named(candidates, references, message):
    with pytest.raises(InputError, match=message):
        score_captions(candidates, references)
    with pytest.raises(InputError, match="tokenizer: found 'bpe'"):
        score_captions({"a": "x"}, {"a": ["x"]}, "bpe")


def test_without_java_meteor_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(meteor_module.importlib.util, "find_spec", lambda name: None)
    assert find_meteor() is None
    with pytest.raises(NotInstalledError, match="needs Java and METEOR's jar"):
        meteor(["a"], [["a"]])


def test_meteor_of_many_long_texts(recorded):
    """More than pipes hold: it is answered while it is asked."""
    if find_meteor() is None:
        pytest.skip("the extra meteor is not installed")
    items = recorded["items"] * 20
    whole, each = meteor([item["candidate"] for item in items], [item["references"] for item in items])
    theirs = recorded["scores"]["all"]["whitespace"]["meteor"]
    assert each == pytest.approx(theirs["each"] * 20, abs=1e-9)
    assert whole == pytest.approx(theirs["corpus"], abs=1e-9)


def test_similarity_is_that_of_sentence_transformers(recorded):
    if not is_similarity_there():
        with pytest.raises(NotInstalledError, match=r"all-minilm-l6-v2 is not installed.*"):
            SentenceSimilarity()
        pytest.skip("its package is not installed")
    items = {item["id"]: item for item in recorded["items"]}
    theirs = json.loads((RECORDED / "similarity.json").read_text())["similarity"]
    chosen = [items[each] for each in theirs]
    ours = SentenceSimilarity().cosine(
        [item["candidate"] for item in chosen], [item["references"][0] for item in chosen]
    )
    assert ours == pytest.approx(list(theirs.values()), abs=1e-5)
