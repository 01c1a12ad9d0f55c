"""The choices of one study and the folders of one cohort.

Every choice has a default here; a `study.toml` in the cohort's raw folder changes some of them.
"""

import dataclasses
import math
import os
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import InputError
from analysis.tables.words import REGIONS


@dataclass(frozen=True)
class Study:
    """The choices of one study; see `docs/methods.md` for why each default is what it is.

    Lengths are in weeks or days as the name says. `primary_region` is the body region whose pain the
    pain model explains. `disclosure_threshold` is the smallest count that may be handed out.
    """

    primary_region: str = "hip_groin"
    dose_half_life_weeks: float = 2.0
    load_acute_half_life_weeks: float = 1.0
    load_chronic_half_life_weeks: float = 4.0
    dose_step_min: float = 30.0
    clinics_for_random_intercept: int = 8
    observation_gap_days: int = 14
    disclosure_threshold: int = 5
    confidence_level: float = 0.95
    bootstrap_draws: int = 2000
    seed: int = 20260101
    smallest_effect_pain_nrs: float = 0.5
    smallest_effect_rate_ratio: float = 0.9

    def changed(self, **choices: object) -> "Study":
        """This study with other choices; 0 and "" leave a choice as it is, as a notebook's parameters do.

        Raises `InputError` for a value that cannot be.
        """
        return _checked(dataclasses.replace(self, **{k: v for k, v in choices.items() if v}), "parameters")


def read_study(path: Path) -> Study:
    """The study choices in the TOML file at `path`, or the defaults where there is no such file.

    Raises `InputError` for an unknown name, a value of another type, or text that is not TOML.
    """
    if not path.is_file():
        return Study()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as TOML ({error}). Fix: correct that line.") from error
    known = {f.name: f.type for f in dataclasses.fields(Study)}
    for name, value in given.items():
        if name not in known:
            raise InputError(f"{path}: found '{name}'; expected one of {', '.join(known)}. Fix: correct it.")
        if not _fits(value, known[name]):
            kind = known[name].__name__
            raise InputError(f"{path}: '{name}' is {value!r}; expected a value of type {kind}. Fix: correct the value.")
    return _checked(Study(**given), str(path))


def _checked(study: Study, where: str) -> Study:
    for name, (is_right, expected) in _RIGHT.items():
        if not is_right(getattr(study, name)):
            raise InputError(
                f"{where}: '{name}' is {getattr(study, name)!r}; expected {expected}. Fix: correct the value."
            )
    return study


_POSITIVE = (lambda value: 0 < value < math.inf, "a number above 0")
_SHARE = (lambda value: 0 < value < 1, "a number between 0 and 1, both excluded")
_RIGHT = {
    "primary_region": (lambda value: value in REGIONS, f"one of {', '.join(REGIONS)}"),
    "dose_half_life_weeks": _POSITIVE,
    "load_acute_half_life_weeks": _POSITIVE,
    "load_chronic_half_life_weeks": _POSITIVE,
    "dose_step_min": _POSITIVE,
    "clinics_for_random_intercept": _POSITIVE,
    "observation_gap_days": _POSITIVE,
    "disclosure_threshold": _POSITIVE,
    "confidence_level": _SHARE,
    "bootstrap_draws": _POSITIVE,
    "smallest_effect_pain_nrs": _POSITIVE,
    "smallest_effect_rate_ratio": _SHARE,
}


def _fits(value: object, wanted: type) -> bool:
    if isinstance(value, bool):
        return wanted is bool
    return isinstance(value, (int, float)) if wanted is float else isinstance(value, wanted)


@dataclass(frozen=True)
class Folders:
    """Where one cohort's files are: `data` holds raw/ and processed/, `out` holds the reports."""

    cohort: str
    data: Path
    out: Path

    @property
    def raw(self) -> Path:
        """What people exported; only ever read."""
        return self.data / "raw" / self.cohort

    @property
    def processed(self) -> Path:
        """Validated tables and the panel as Parquet; can always be rebuilt."""
        return self.data / "processed" / self.cohort

    def run(self, run_id: str) -> Path:
        """The folder of one run."""
        return self.out / self.cohort / run_id


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; it becomes `path` in one step if the block ends well.

    A run killed in the block leaves no half-written file under the final name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        beside.chmod(0o644)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


INTERNAL_README = """This folder is internal: do not hand it out.

It holds what the analysis worked with: executed notebooks, the results of each stage before small counts were
suppressed, and the problems found in the files that were received. Rows of single runners and small counts can
be read here.

What may be handed out is in the folder share beside this one; everything there went through suppression.
"""


def explain_internal(run_dir: Path) -> None:
    """Write the README that says what a run's `internal/` folder is and that it stays in the house."""
    with write_atomically(run_dir / "internal" / "README.txt") as beside:
        beside.write_text(INTERNAL_README, encoding="utf-8")
