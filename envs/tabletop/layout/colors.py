"""CLIPort's colours and which of them a split may show (cliport/utils: COLORS, TRAIN_COLORS, EVAL_COLORS)."""

from leo_agent.contract.errors import InputError, shown

PALETTE: dict[str, tuple[int, int, int]] = {
    "blue": (78, 121, 167),
    "red": (255, 87, 89),
    "green": (89, 169, 79),
    "orange": (242, 142, 43),
    "yellow": (237, 201, 72),
    "purple": (176, 122, 161),
    "pink": (255, 157, 167),
    "cyan": (118, 183, 178),
    "brown": (156, 117, 95),
    "white": (255, 255, 255),
    "gray": (186, 176, 172),
}
SEEN_COLORS = ("blue", "red", "green", "yellow", "brown", "gray", "cyan")
UNSEEN_COLORS = ("blue", "red", "green", "orange", "purple", "pink", "white")  # blue, red, green are in both

SPLITS = ("seen", "unseen")
MODES = ("train", "val", "test")


def check_split(split: str, mode: str) -> None:
    """Raises InputError if the split or the mode is unknown."""
    if split not in SPLITS:
        raise InputError(f"split: found {shown(split)}, expected one of {', '.join(SPLITS)}")
    if mode not in MODES:
        raise InputError(f"mode: found {shown(mode)}, expected one of {', '.join(MODES)}")


def split_colors(split: str, mode: str) -> tuple[str, ...]:
    """The colours that language may name."""
    return UNSEEN_COLORS if names_unseen(split, mode) else SEEN_COLORS


def names_unseen(split: str, mode: str) -> bool:
    """Whether language names what was not seen in training: in `val` and `test` of the split `unseen`."""
    return split == "unseen" and mode != "train"
