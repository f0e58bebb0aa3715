"""Which of the palette's colours a split may show (cliport/utils: TRAIN_COLORS, EVAL_COLORS)."""

from leo_agent.contract.checks import check_choice

SEEN_COLORS = ("blue", "red", "green", "yellow", "brown", "gray", "cyan")
UNSEEN_COLORS = ("blue", "red", "green", "orange", "purple", "pink", "white")  # blue, red, green are in both

SPLITS = ("seen", "unseen")
MODES = ("train", "val", "test")


def check_split(split: str, mode: str) -> None:
    """Checks both names.

    Raises:
        InputError: the split or the mode is unknown.
    """
    check_choice("split", split, SPLITS)
    check_choice("mode", mode, MODES)


def split_colors(split: str, mode: str) -> tuple[str, ...]:
    """The colours that language may name."""
    return UNSEEN_COLORS if names_unseen(split, mode) else SEEN_COLORS


def names_unseen(split: str, mode: str) -> bool:
    """Whether language names what was not seen in training: in `val` and `test` of the split `unseen`."""
    return split == "unseen" and mode != "train"
