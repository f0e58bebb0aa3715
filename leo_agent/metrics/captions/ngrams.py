"""N-grams of words, as BLEU and CIDEr count them."""

from collections import Counter

Words = tuple[str, ...]
LONGEST = 4  # words of an n-gram


def ngram_counts(words: Words) -> Counter[Words]:
    """How often each n-gram of one to four words comes, in the order in which they first come."""
    counts: Counter[Words] = Counter()
    for n in range(1, LONGEST + 1):
        for start in range(len(words) - n + 1):
            counts[words[start : start + n]] += 1
    return counts
