"""Published numbers that our tables stand beside, with where each was read."""

from dataclasses import dataclass

SCENES_DIFFER = (
    "Published rows were measured in other scenes and episodes than ours (Matterport3D and HM3D validation houses; "
    "CLIPort's own assets and test seeds): they give the order of magnitude and are not directly comparable."
)


@dataclass(frozen=True)
class Published:
    """Numbers that a paper publishes for one method and benchmark."""

    method: str
    benchmark: str
    values: dict[str, float]  # by measure or split, in percent
    source: str  # paper and table
    second_hand: bool  # read in a later paper's table, not in the paper that measured it


_CLIPORT = "CLIPort, arXiv 2109.12098, Table 1 (1000 demonstrations, test)"
_LEO_TABLE_6 = "LEO, arXiv 2311.12871, Table 6"
_OVAL = "OVAL, Table III"
_LEO_NOTE = "LEO, arXiv 2311.12871, Table 5 (not checked against the paper)"
BOWLS, PILES, GOOGLE = "put-blocks-in-bowls", "separating-piles", "packing-google-objects-seq"

PUBLISHED = (
    Published("CLIPort single", BOWLS, {"seen": 100.0, "unseen": 25.0}, _CLIPORT, False),
    Published("CLIPort multi", BOWLS, {"seen": 100.0, "unseen": 45.8}, _CLIPORT, False),
    Published("LEO", BOWLS, {"seen": 86.2, "unseen": 35.2}, _LEO_NOTE, True),
    Published("CLIPort single", PILES, {"seen": 98.0, "unseen": 75.2}, _CLIPORT, False),
    Published("CLIPort multi", PILES, {"seen": 89.0, "unseen": 62.8}, _CLIPORT, False),
    Published("LEO", PILES, {"seen": 98.8, "unseen": 75.2}, _LEO_NOTE, True),
    Published("CLIPort single", GOOGLE, {"seen": 96.2, "unseen": 71.9}, _CLIPORT, False),
    Published("CLIPort multi", GOOGLE, {"seen": 84.4, "unseen": 70.3}, _CLIPORT, False),
    Published("LEO", GOOGLE, {"seen": 76.6, "unseen": 79.8}, _LEO_NOTE, True),
    Published("Habitat-web (shortest path)", "ObjectNav MP3D-val", {"success": 4.4, "spl": 2.2}, _LEO_TABLE_6, True),
    Published("Habitat-web (human demos)", "ObjectNav MP3D-val", {"success": 35.4, "spl": 10.2}, "Habitat-Web", False),
    Published("ZSON", "ObjectNav MP3D-val", {"success": 15.3, "spl": 4.8}, _LEO_TABLE_6, True),
    Published("LEO", "ObjectNav MP3D-val", {"success": 23.1, "spl": 15.2}, _LEO_TABLE_6, False),
    Published("Habitat-web (human demos)", "ObjectNav HM3D-val", {"success": 41.5, "spl": 16.0}, _OVAL, True),
    Published("ZSON", "ObjectNav HM3D-val", {"success": 25.5, "spl": 12.6}, _LEO_TABLE_6, True),
    Published("LEO (zero-shot)", "ObjectNav HM3D-val", {"success": 23.1, "spl": 19.1}, _LEO_TABLE_6, False),
)

# Which published benchmarks the rows of environments with such ids are read beside.
BENCHMARKS_BESIDE = {
    "leo/ObjectNav": ("ObjectNav MP3D-val", "ObjectNav HM3D-val"),
    "leo/PutBlocksInBowls": (BOWLS,),
    "leo/SeparatingPiles": (PILES,),
    "leo/PackingGoogleObjects": (GOOGLE,),
}


def published_beside(env_ids: list[str]) -> list[Published]:
    """The published numbers of the benchmarks that these environments re-create."""
    wanted = [
        benchmark
        for prefix, names in BENCHMARKS_BESIDE.items()
        for benchmark in names
        if any(env_id.startswith(prefix) for env_id in env_ids)
    ]
    return [entry for entry in PUBLISHED if entry.benchmark in wanted]
