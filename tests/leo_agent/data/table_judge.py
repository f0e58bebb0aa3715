"""Says of a made text whether it is true of its table, from the stored scene and not by the code that made the text.

Texts are read back by their words. What these mean is restated here from docs/language_data.md, a little wider than
where the maker uses them.
"""

import math
import re
from pathlib import Path

import numpy as np

from leo_agent.data.items import TextItem
from leo_agent.data.made.words import plural
from leo_agent.envs.procedural.objects.cliport.kits import KITTING_NAMES
from leo_agent.envs.procedural.objects.household import SEEN_KINDS, UNSEEN_KINDS
from leo_agent.envs.tabletop.stored.file import read_scene

COLORS = ["blue", "red", "green", "orange", "yellow", "purple", "pink", "cyan", "brown", "white", "gray"]
ANGLES = np.linspace(0, 2 * np.pi, 720, endpoint=False)
DIRECTIONS = np.stack([np.cos(ANGLES), np.sin(ANGLES)])
HOLDERS = ("bowl", "brown box", "square")
TOWARDS = {"to the left of": (0, 1), "to the right of": (0, -1), "in front of": (-1, 0), "behind": (1, 0)}
SAID_OTHERWISE = {
    "box": "brown box",
    "headphones": "pair of headphones",
    "pliers": "pair of pliers",
    "scissors": "pair of scissors",
    "black and blue sneakers": "pair of black and blue sneakers",
    "wooden toy blocks": "set of wooden toy blocks",
    "purple tape": "roll of purple tape",
    "silver tape": "roll of silver tape",
    "c clamp": "C-clamp",
    "spatula with purple head": "spatula with a purple head",
    "blue gift box with red ribbon": "blue gift box with a red ribbon",
    "grey sock with red heel": "grey sock with a red heel",
}


class TableJudge:
    """Knows one table."""

    def __init__(self, data: Path, name: str) -> None:
        self.kind, self.color, self.points, self.size, self.reach = {}, {}, {}, {}, {}
        self._inverse = {}
        for body in read_scene(data / f"tables/{name}.json").layout.bodies:
            number, kind = body.object_id, SAID_OTHERWISE.get(body.shape.name, body.shape.name)
            self.kind[number] = "square piece" if kind == "square" and body.shape.size[2] > 0.01 else kind
            self.color[number] = None if kind == "brown box" else body.color
            T = body.pose.matrix()
            self._inverse[number] = np.linalg.inv(T)
            self.points[number] = body.shape.vertices @ T[:3, :3].T + T[:3, 3]
            self.size[number] = np.ptp(body.shape.vertices, axis=0)
            self.reach[number] = self.points[number][:, :2] @ DIRECTIONS
        self.middle = {n: (p.min(axis=0) + p.max(axis=0)) / 2 for n, p in self.points.items()}
        self.place = {n: self._place(n) for n in self.kind}
        every = {*SEEN_KINDS, *UNSEEN_KINDS, *KITTING_NAMES, "block", "bowl", "square piece"}
        kinds = {SAID_OTHERWISE.get(kind, kind) for kind in every} | {"brown box"}
        self.names = {kind.lower(): (None, kind) for kind in kinds}
        self.names |= {f"{color} {kind}".lower(): (color, kind) for kind in kinds for color in COLORS}
        self.names |= {f"small {color} block": (color, "block") for color in COLORS}
        self.plurals = {plural(name): value for name, value in self.names.items()} | self.names

    def _place(self, one: int) -> tuple[str, int] | None:
        """What a thing is in or on, by where its corners are in the frame of the other."""
        bottom = self.points[one][:, 2].min()
        for other in self.kind:
            top, half = self.points[other][:, 2].max(), self.size[other] / 2
            local = (np.c_[self.points[one], np.ones(len(self.points[one]))] @ self._inverse[other].T)[:, :2]
            within = (np.abs(local) <= half[:2] + 1e-6).all(axis=1)
            is_over = (np.abs((self._inverse[other] @ [*self.middle[one], 1])[:2]) <= half[:2]).all()
            if other == one or not (within.any() or is_over):
                continue
            if self.kind[other] == "square":
                if self.kind[one] != "square":
                    return ("in", other) if within.all() else None
            elif self.kind[other] in HOLDERS:
                if within.all() and bottom < top:
                    return "in", other
            elif is_over and abs(bottom - top) < 0.004:
                return "on", other
        return "table", 0

    # What is there.
    def ids(self, name: str) -> list[int]:
        """What a name in the singular or plural, with or without a colour, fits."""
        color, kind = self.plurals[name.lower()]
        return [
            n for n in self.kind
            if (self.kind[n] == kind or self.kind[n].endswith(f" {kind}")) and color in (None, self.color[n])
        ]  # fmt: skip

    def one(self, name: str) -> int:
        (number,) = self.meant(name)
        return number

    def held(self, holder: int) -> list[int]:
        return [n for n in self.kind if self.place[n] is not None and self.place[n][1] == holder]

    def gap(self, one: int, other: int) -> float:
        """Seen from above: the widest gap in any direction is the distance of what is convex."""
        return max(0.0, float((self.reach[one].min(axis=0) - self.reach[other].max(axis=0)).max()))

    def gap_to(self, point: tuple[float, ...], number: int) -> float:
        return max(0.0, float((self.reach[number].min(axis=0) - np.array(point[:2]) @ DIRECTIONS).max()))

    def is_so(self, one: int, how: str, other: int, off_deg: float = 40) -> bool:
        if how == "next to":
            return self.gap(one, other) <= 0.045
        x, y = self.middle[one][:2] - self.middle[other][:2]
        if math.hypot(x, y) < 1e-6:  # one stands in or on the other
            return False
        along, up = TOWARDS[how]
        return math.degrees(math.acos((x * along + y * up) / math.hypot(x, y))) <= off_deg

    def nearest(self, to: int) -> int:
        others = [n for n in self.kind if n != to and self.place[n] != ("in", to) and self.place[n][0] != "in"]
        return min(others, key=lambda n: self.gap(to, n))

    def outermost(self, how: str, among: list[int]) -> int:
        axis, sign = {"leftmost": (1, -1), "rightmost": (1, 1), "closest": (0, 1), "farthest": (0, -1)}[how]
        return min(among, key=lambda n: sign * self.middle[n][axis])

    def is_where(self, number: int, where: str) -> bool:
        """Of "in the red bowl", "on the left side of the table", "close to the robot"."""
        x, y, _ = self.middle[number]
        parts = {
            "on the left side of the table": y > 0.14,
            "on the right side of the table": y < -0.14,
            "in the middle of the table": abs(y) < 0.09 and 0.39 < x < 0.61,
            "close to the robot": x < 0.41,
            "far from the robot": x > 0.59,
            "on the table": self.place[number] == ("table", 0),
        }
        if where.lower() in parts:
            return bool(parts[where.lower()])
        how, article, name = where.split(" ", 2)
        place, fits = self.place[number], self.ids(name)
        assert article == "the" or article in ("a", "an"), where
        return (
            place is not None and place[0] == how.lower() and place[1] in fits and (article != "the" or len(fits) == 1)
        )

    def side(self, item: TextItem, number: int, side: str) -> bool:
        yaw = 2 * math.atan2(item.rotation[2], item.rotation[3])
        x, y = self.middle[number][:2] - np.array(item.position)[:2]
        off = math.atan2(y, x) - yaw - math.radians({"front": 0, "left": 90, "right": -90}[side])
        return abs(math.remainder(off, 2 * math.pi)) < math.radians(40)

    # What is said.
    def meant(self, phrase: str) -> list[int]:
        """The things that a phrase such as "red block to the left of the bowl" fits."""
        phrase = phrase.lower()
        match = re.fullmatch(r"(leftmost|rightmost) (.+)|(.+) (closest|farthest) (?:to|from) the robot", phrase)
        if match:
            among = self.ids(match[2] or match[3])
            return [self.outermost(match[1] or match[4], among)]
        match = re.fullmatch(rf"(.+?) (in|on|{'|'.join(TOWARDS)}) the (.+)", phrase)
        if not match or phrase in self.names:
            return self.ids(phrase)
        found, (anchor,) = self.ids(match[1]), self.ids(match[3])
        if match[2] in ("in", "on"):
            return [n for n in found if self.place[n] == (match[2], anchor)]
        return [n for n in found if n != anchor and self.is_so(n, match[2], anchor, 50)]

    def described(self, number: int, phrase: str) -> bool:
        """Whether "small red block" is what the thing is like."""
        color, kind = self.names[phrase.lower()]
        is_small = self.size[number].max() < 0.02
        return (color, kind) == (self.color[number], self.kind[number]) and phrase.startswith("small ") == is_small


def found(pattern: str, text: str) -> re.Match[str]:
    """The parts of a text that has to have that form."""
    match = re.fullmatch(pattern, text, re.IGNORECASE)
    assert match, text
    return match
