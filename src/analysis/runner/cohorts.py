"""Which cohorts a command is about, and the demo cohort where there is none yet."""

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import InputError
from analysis.runner.parameters import closest
from analysis.runner.progress import Voice
from analysis.study import Folders

DEMO = "demo"
_SIMPLE = re.compile(r"[A-Za-z0-9_-]+")

if TYPE_CHECKING:
    from analysis.simulate import Truth


def cohorts_there(data: Path) -> list[str]:
    """The names of the folders in data/raw that hold a cohort.toml, sorted."""
    found = (path.parent.name for path in (data / "raw").glob("*/cohort.toml"))
    return sorted(name for name in found if _SIMPLE.fullmatch(name))


def choose_cohorts(names: list[str], everything: bool, data: Path) -> list[str]:
    """The cohorts to work on, each once: those named, or every one there is, or the demo.

    Raises `InputError` for names with --all, a name that is no simple name, and a cohort that is not there.
    """
    there = cohorts_there(data)
    if everything and names:
        raise InputError(f"--all: found together with {', '.join(names)}; expected one or the other.")
    if everything and not there:
        raise InputError(f"--all: no folder with a cohort.toml in {data / 'raw'}. Fix: name it with --data.")
    chosen = list(dict.fromkeys(there if everything else names or [DEMO]))
    for name in chosen:
        if not (name == DEMO and not names and not (data / "raw" / DEMO).exists()):
            _check_cohort(name, there, data)
    return chosen


def _check_cohort(name: str, there: list[str], data: Path) -> None:
    if not _SIMPLE.fullmatch(name):
        raise InputError(
            f"cohort '{name}': expected the name of a folder in {data / 'raw'}, "
            "of letters, digits, '-' and '_', and no path. Fix: name the cohort; --data says where data are."
        )
    if name not in there:
        folder = data / "raw" / name
        found = "a folder without cohort.toml" if folder.is_dir() else "no such folder"
        known = f"There are: {', '.join(there)}." if there else f"There is no cohort in {data / 'raw'}."
        raise InputError(f"cohort '{name}': {found} ({folder}).{closest(name, there)} {known}")


def simulate_demo(folders: Folders, voice: Voice) -> None:
    """Put the demo cohort where it is missing, as `hiprun run` does in an empty folder."""
    with voice.waiting(f"No data/raw/demo here: simulating the demo cohort in {folders.raw}"):
        from analysis.simulate import DEMO

        simulate_into(folders.raw, **DEMO)


def simulate_into(folder: Path, *, truth: "Truth | None" = None, **size: int) -> None:
    """Simulate a cohort into a new or empty folder; `size` as for `analysis.simulate.simulate_cohort`.

    cohort.toml arrives last, so a process killed here leaves no half cohort behind that can be run.
    """
    from analysis.claims.known_truth.truths import truth_of_claims
    from analysis.simulate import Truth, simulate_cohort

    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".simulate-") as beside:
        made = Path(beside) / folder.name
        truth = truth or Truth()
        simulate_cohort(made, **size, truth=truth, of_claims=truth_of_claims(truth))
        folder.mkdir(exist_ok=True)
        for path in sorted(made.iterdir(), key=lambda path: path.name == "cohort.toml"):
            path.replace(folder / path.name)
