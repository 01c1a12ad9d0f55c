"""CPU time of this process and of a process of its own: a shared machine's wall clock says nothing."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
# A short call is repeated until this much CPU time has gone by, and the quickest counts.
ENOUGH_S = 1.5
MOST_CALLS = 25


def single_threaded() -> bool:
    """Whether the linear algebra libraries were told to use one thread before Python started."""
    return all(os.environ.get(name) == value for name, value in ONE_THREAD.items())


def cpu_s(call: Callable[[], T], enough_s: float = ENOUGH_S) -> tuple[float, T]:
    """The least user + system CPU seconds of `call` over repeated calls, and what it returned."""
    best, spent, result = float("inf"), 0.0, None
    for _ in range(MOST_CALLS):
        start = time.process_time()
        result = call()
        seconds = time.process_time() - start
        best, spent = min(best, seconds), spent + seconds
        if spent >= enough_s:
            break
    return best, result
