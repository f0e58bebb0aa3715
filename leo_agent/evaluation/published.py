"""What LEO's authors report for Vicuna-7B, in percent (CIDEr times 100), as far as it could be read."""

PUBLISHED: dict[tuple[str, str], float] = {
    # LEO (ICML 2024), as its repository's users quote it: issues 40 and 44.
    ("scan2cap", "cider"): 72.4,
    ("scan2cap", "meteor"): 27.9,
    ("scanqa", "cider"): 101.4,
    ("sqa3d", "em"): 50.0,
}
