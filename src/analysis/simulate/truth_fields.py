"""What a field of a truth is: its default, and its kind, unit, scale, definition and bounds as metadata."""

import dataclasses
import math
from typing import Any

EFFECT, LEVEL, SPREAD, MISSINGNESS = "effect", "level", "spread", "missingness"
IDENTITY, LOG, LOGIT = "identity", "log", "logit"


def field(default: float, kind: str, unit: str, scale: str, definition: str, **rest: float) -> Any:
    """A field of a dataclass; `rest` are its bounds, `minimum` and `maximum`, and the `null` of an effect."""
    bounds = {"minimum": -math.inf, "maximum": math.inf} | rest
    meta = {"kind": kind, "unit": unit, "scale": scale, "definition": definition, **bounds}
    return dataclasses.field(default=default, metadata=meta)


def difference(default: float, unit: str, definition: str) -> Any:
    """An effect that is a difference, 0 where there is none."""
    return field(default, EFFECT, unit, IDENTITY, definition, null=0.0)


def points(default: float, per: str, definition: str) -> Any:
    """An effect on a 0-10 rating."""
    return difference(default, f"NRS points {per}".strip(), definition)


def ratio(default: float, per: str, definition: str) -> Any:
    """An effect that multiplies a rate, 1 where there is none."""
    return field(default, EFFECT, f"rate ratio {per}".strip(), LOG, definition, null=1.0, minimum=0.01)


def level(default: float, unit: str, scale: str, definition: str, **bounds: float) -> Any:
    """What is usual; not below 0 unless `bounds` say so."""
    return field(default, LEVEL, unit, scale, definition, **({"minimum": 0.0} | bounds))


def sd(default: float, unit: str, scale: str, definition: str) -> Any:
    """A standard deviation."""
    return field(default, SPREAD, unit, scale, definition, minimum=0.0)


def autocorrelation(default: float, definition: str) -> Any:
    """A correlation between neighbouring weeks."""
    return field(default, SPREAD, "", IDENTITY, definition, minimum=-0.95, maximum=0.95)
