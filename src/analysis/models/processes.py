"""The same function on many tasks, in this process or in others."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from analysis.errors import HiprunError

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_processes(function: Callable[[Task], Result], tasks: Sequence[Task], jobs: int, where: str) -> Iterator[Result]:
    """The result of each task, in the order of the tasks; `where` names the asking function in messages.

    With more than one job `function` must be importable by name (a function of a module, or a `functools.partial` of
    one), and it and the tasks are sent to the other processes by pickle.
    """
    if jobs == 1:
        yield from map(function, tasks)
        return
    # Spawned, not forked: a fork copies locks that threads of numpy and pyarrow may hold. Each does its matrix algebra
    # in one thread (`analysis`).
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(tasks)), spawn, initializer=_leave_interrupts) as pool:
        try:
            yield from pool.map(function, tasks)
        except BrokenProcessPool as error:
            raise HiprunError(
                f"{where}: one of {jobs} processes was ended from outside, often for want of memory. "
                "Fix: ask for fewer jobs."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that asked: it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
