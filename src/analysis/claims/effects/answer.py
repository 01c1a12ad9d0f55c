"""A question put to the data that may have no answer: what was found, or why not in one sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analysis.claims.why_not import because
from analysis.errors import HiprunError


@dataclass(frozen=True)
class Answer:
    """`value` is what was found; where these data give nothing it is None and `why` says why, else `why` is empty."""

    value: Any
    why: str


def answer(ask: Callable[..., Any], *given: object) -> Answer:
    """What `ask(*given)` finds, or the reason of the `HiprunError` that it raises: for notebooks, which go on."""
    try:
        return Answer(ask(*given), "")
    except HiprunError as error:
        return Answer(None, because(error))
