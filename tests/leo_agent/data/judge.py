"""Says of a made text whether it is true of its house, from the house's own geometry and not by the code that made it.

Texts are read back by their words. What a word such as "next to" or "on your left" means is restated here from
docs/language_data.md, a little wider than where the maker uses it, and a little narrower where something is denied.
"""

import math
import re
from pathlib import Path

import numpy as np

from leo_agent.contract.json_file import read_json
from leo_agent.data.items import TextItem
from leo_agent.data.made.words import noun, plural
from leo_agent.envs.procedural.houses.furniture import kinds

COLORS = "black white gray beige brown red orange yellow green turquoise blue purple pink".split()  # noqa: SIM905
MATERIALS = {"wooden": "wood"} | {
    each: each for each in ("fabric", "metal", "leather", "ceramic", "glass", "marble", "stone", "brick", "granite")
}
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


class Judge:
    """Knows one house."""

    def __init__(self, houses: Path, name: str) -> None:
        rows = read_json(houses / f"houses/{name}.instances.json")
        facts = read_json(houses / f"houses/{name}.facts.json")
        self.kind = {row["id"]: row["name"] for row in rows}
        self.room_of = {row["id"]: row["room"] for row in rows}
        boxes = {row["id"]: np.array(row["aabb"]) for row in rows}
        # z up: y of scans is -z of the world.
        self.box = {
            number: np.array([[b[0, 0], -b[1, 2], b[0, 1]], [b[1, 0], -b[0, 2], b[1, 1]]])
            for number, b in boxes.items()
        }
        self.color = {row["id"]: row["color"] for row in facts["objects"]}
        self.material = {row["id"]: row["material"] for row in facts["objects"]}
        self.function = {room["name"]: room["function"].replace("_", " ") for room in facts["rooms"]}
        every = {kind.name for kind in kinds()} | set(self.kind.values())
        self.kind_of = {noun(kind).lower(): kind for kind in every} | {plural(kind).lower(): kind for kind in every}
        self._names = "|".join(sorted(map(re.escape, self.kind_of), key=len, reverse=True))

    # What is there.
    def ids(self, kind: str | None = None, room: str | None = None) -> list[int]:
        """Of a kind, in rooms of that name as texts call them."""
        return [
            number for number in self.kind
            if kind in (None, self.kind[number]) and room in (None, self.function[self.room_of[number]])
        ]  # fmt: skip

    def rooms(self, name: str) -> list[str]:
        return [room for room, function in self.function.items() if function == name]

    def floor_gap(self, one: int, other: int) -> float:
        a, b = self.box[one], self.box[other]
        return float(np.hypot(*np.maximum(0, np.maximum(b[0] - a[1], a[0] - b[1]))[:2]))

    def gap(self, one: int, other: int) -> float:
        a, b = self.box[one], self.box[other]
        return float(np.linalg.norm(np.maximum(0, np.maximum(b[0] - a[1], a[0] - b[1]))))

    def over(self, one: int, other: int) -> float:
        a, b = self.box[one], self.box[other]
        sides = np.clip(np.minimum(a[1], b[1]) - np.maximum(a[0], b[0]), 0, None)[:2]
        return float(sides.prod() / (a[1] - a[0])[:2].prod())

    def related(self, one: int, how: str, other: int) -> bool:
        if self.room_of[one] != self.room_of[other]:
            return False
        rise = self.box[one][0, 2] - self.box[other][1, 2]
        if how == "on":
            return self.over(one, other) >= 0.45 and abs(rise) <= 0.035
        if how == "above":
            return self.over(one, other) >= 0.45 and rise > 0.1
        return self.floor_gap(one, other) <= 0.4

    def nearest(self, to: int) -> int:
        others = [n for n in self.kind if n != to and self.room_of[n] == self.room_of[to]]
        return min(others, key=lambda n: self.gap(to, n))

    def side(self, item: TextItem, number: int) -> float:
        """Degrees to the left of straight ahead."""
        yaw = 2 * math.atan2(item.rotation[2], item.rotation[3])
        x, y, _ = self.box[number].mean(axis=0) - np.array(item.position)
        return math.degrees(math.remainder(math.atan2(y, x) - yaw, 2 * math.pi))

    def is_at(self, item: TextItem, number: int, side: str) -> bool:
        middle = {"front": 0, "left": 90, "right": -90, "behind": 180}[side]
        return abs(math.remainder(math.radians(self.side(item, number) - middle), 2 * math.pi)) < math.radians(40)

    # What is said.
    def meant(self, phrase: str) -> list[int]:
        """The objects that a phrase such as "red sofa next to the lamp in the bedroom" fits."""
        match = re.fullmatch(
            rf"(?:(?P<color>{'|'.join(COLORS)}) )?(?P<kind>{self._names})"
            rf"(?: (?P<how>on|above|next to) the (?P<anchor>{self._names}))?(?: in the (?P<room>[a-z ]+))?",
            phrase.lower(),
        )
        assert match, phrase
        words = match["kind"]
        found = [
            n for n in self.kind if noun(self.kind[n]).lower().split(" ")[-len(words.split(" ")) :] == words.split(" ")
        ]
        if match["room"]:
            found = [n for n in found if self.function[self.room_of[n]] == match["room"]]
        if match["color"]:
            found = [n for n in found if self.color[n] in (None, match["color"])]
        if match["how"]:
            anchors = self.ids(self.kind_of[match["anchor"]], match["room"])
            found = [n for n in found if any(self.related(n, match["how"], a) for a in anchors)]
        return found

    def one(self, phrase: str) -> int:
        (number,) = self.meant(phrase)
        return number

    def described(self, number: int, phrase: str) -> bool:
        """Whether "brown wooden table" is what the object is like."""
        words = phrase.lower()
        name = noun(self.kind[number]).lower()
        if not words.endswith(name):
            return False
        for word in words.removesuffix(name).split():
            right = self.color[number] if word in COLORS else self.material[number]
            if (word if word in COLORS else MATERIALS[word]) != right:
                return False
        return True
