"""What a run says while it works: bars on a terminal, plain lines elsewhere, nothing when quiet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Voice:
    """Says things on the terminal. `quiet` leaves only what went wrong."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self._out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line the user may like to know."""
        if not self.quiet:
            self._out.print(text)

    def warn(self, text: str) -> None:
        """A line the user must know; goes to standard error, also when quiet."""
        self._err.print(text)

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """A spinner on a terminal around work whose length is not known; a plain line elsewhere."""
        if self.quiet or not self._out.is_terminal:
            self.say(text)
            yield
        else:
            with self._out.status(text):
                yield

    @contextmanager
    def reading(self, text: str) -> Iterator[Callable[[str, int, int], None]]:
        """As `waiting`, with a bar for each large file: gives what to call with its name, bytes read and size."""
        if self.quiet or not self._out.is_terminal:
            self.say(text)
            yield lambda _file, _read, _of: None
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._out, transient=True) as progress:
            progress.add_task(text, total=None)
            bars: dict[str, TaskID] = {}

            def tell(file: str, read: int, of: int) -> None:
                if file not in bars:
                    bars[file] = progress.add_task(file)
                progress.update(bars[file], completed=read, total=max(read, of))

            yield tell

    @contextmanager
    def stages(self, n_stages: int) -> Iterator["StageBar"]:
        """A bar over stages, with one over the cells of the stage at work."""
        shown = not self.quiet and self._out.is_terminal
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._out, transient=True, disable=not shown) as progress:
            yield StageBar(self, progress, n_stages)


class StageBar:
    """The progress of one cohort's run."""

    def __init__(self, voice: Voice, progress: Progress, n_stages: int) -> None:
        self._voice, self._progress = voice, progress
        self._all = progress.add_task("stages", total=n_stages)
        self._cells = progress.add_task("", total=1, visible=False)

    def start(self, stage: str, n_code_cells: int) -> None:
        """A notebook starts; papermill puts one cell of its own into it."""
        self._progress.update(self._cells, description=stage, total=n_code_cells + 1, completed=0, visible=True)

    def cell(self) -> None:
        """A cell has run."""
        self._progress.advance(self._cells)

    def end(self, stage: str, what: str) -> None:
        """A stage is over; `what` says how."""
        self._progress.update(self._cells, visible=False)
        self._progress.advance(self._all)
        self._voice.say(f"{stage:<14} {what}")
