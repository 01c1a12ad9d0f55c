"""What is worked out once for all who ask, its `HiprunError` too."""

from collections.abc import Callable, Hashable
from typing import Any

from analysis.errors import HiprunError


def once(done: dict[Hashable, Any], key: Hashable, make: Callable[[], Any]) -> Any:
    """What `make` gives, kept in `done` under `key`; a `HiprunError` of it is kept, and raised each time."""
    if key not in done:
        try:
            done[key] = make()
        except HiprunError as error:
            done[key] = error
    if isinstance(done[key], HiprunError):
        raise done[key]
    return done[key]
