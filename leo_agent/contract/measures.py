"""What a measure of an episode is called and how it is summed up, so that tables can show one they never heard of."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError, shown

Kind = Literal["rate", "fraction", "quantity"]
KINDS: tuple[Kind, ...] = ("rate", "fraction", "quantity")


@dataclass(frozen=True)
class Measure:
    """One number an episode; `info["measures"]` holds it under its name after every reset and step."""

    name: str
    label: str  # heading of its column, such as "Soft-SPL"
    kind: Kind = "quantity"  # rate: 0 or 1; fraction: in [0, 1]; both are shown in percent. quantity: any number
    unit: str = ""  # of a quantity, such as "m"
    headline: bool = True  # a column of tables; others are in summary.json and in reports alone

    def __post_init__(self) -> None:
        check_choice(f"measure {self.name}: kind", self.kind, KINDS)

    def to_json(self) -> dict[str, Any]:
        """Values of JSON, without the name."""
        return {key: value for key, value in asdict(self).items() if key != "name"}

    @classmethod
    def from_json(cls, name: str, values: Any) -> Self:
        """The inverse of `to_json`.

        Raises:
            InputError: keys or types are others.
        """
        kinds = {"label": str, "kind": str, "unit": str, "headline": bool}
        if not isinstance(values, dict) or values.keys() != kinds.keys():
            raise InputError(f"measure {name}: found {shown(values)}, expected the keys {', '.join(kinds)}")
        for key, kind in kinds.items():
            if not isinstance(values[key], kind):
                raise InputError(f"measure {name}: {key}: found {shown(values[key])}, expected {kind.__name__}")
        return cls(name, **values)


SUCCESS = Measure("success", "Success", "rate")
