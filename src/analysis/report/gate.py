"""The one gate through which anything leaves: what may be handed out, and the only writer of `share/`."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.report.items import Cannot, Estimates, Figure, SavedStage, Sentence, Table
from analysis.report.suppress import OF_A_FIT, below, marks

SHARE = "share"
PERSON_TABLES = ("athletes", "injuries")


@dataclass(frozen=True)
class SafeTable:
    """A table that may be handed out: `frame` as it was, `marks` where something else stands for the cell."""

    name: str
    caption: str
    frame: pd.DataFrame
    marks: pd.DataFrame
    appendix: bool = False

    def cells(self) -> pd.DataFrame:
        """The cells as they leave: the mark where there is one, else the value."""
        return self.frame.astype(object).mask(self.marks != "", self.marks)


@dataclass(frozen=True)
class Withheld:
    """Stands where a figure or a reading was kept back."""

    what: str


@dataclass(frozen=True)
class SafeStage:
    """One stage with only what may be handed out, in the order it was made."""

    name: str
    title: str
    items: tuple[SafeTable | Figure | Sentence | Cannot | Withheld, ...]
    estimates: pd.DataFrame | None


def release(stages: list[SavedStage], threshold: int) -> list[SafeStage]:
    """What of the stages may be handed out: nothing marked internal, no count below `threshold`."""
    return [_release(stage, threshold) for stage in stages]


def _release(stage: SavedStage, threshold: int) -> SafeStage:
    items: list[SafeTable | Figure | Sentence | Cannot | Withheld] = []
    for item in stage.items:
        if isinstance(item, Cannot):
            items.append(item)
        elif isinstance(item, (Table, Figure, Sentence)) and item.share:
            items.append(_safe(item, threshold))
    rows = [e.frame for e in stage.of(Estimates)]
    estimates = safe_estimates(pd.concat(rows, ignore_index=True), threshold) if rows else None
    return SafeStage(stage.name, stage.title, tuple(items), estimates)


def _safe(item: Table | Figure | Sentence, threshold: int) -> SafeTable | Figure | Sentence | Withheld:
    if isinstance(item, Table):
        return SafeTable(item.name, item.caption, item.frame, marks(item, threshold), item.appendix)
    if any(0 < count < threshold for count in item.counts):
        what = "A figure" if isinstance(item, Figure) else "A reading"
        return Withheld(f"{what} is withheld here: it rests on fewer than {threshold} runners or cases.")
    return item


def safe_estimates(frame: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Model rows as they leave, with a column `withheld` that says why numbers are missing.

    A row on fewer than `threshold` runners or cases, or on an unknown number of runners, loses every number;
    a row of a model that did not converge loses its estimate.
    """
    counts = [c for c in ("n_athletes", "n_cases") if c in frame]
    unknown = frame["n_athletes"].isna().to_numpy()
    small = frame[counts].lt(threshold).fillna(False).any(axis=1).to_numpy(dtype=bool)
    settled = frame["converged"].fillna(False).to_numpy(dtype=bool)
    out = frame.copy()
    for c in out.columns:
        is_number = pd.api.types.is_numeric_dtype(out[c].dtype) and not pd.api.types.is_bool_dtype(out[c].dtype)
        if is_number:
            out[c] = out[c].mask(unknown | small | (~settled & (c in OF_A_FIT)))
    out["withheld"] = ""
    out.loc[~settled, "withheld"] = "the model did not settle"
    out.loc[unknown, "withheld"] = "the number of runners is unknown"
    out.loc[small, "withheld"] = f"fewer than {threshold} runners or cases"
    return out


def safe_count(n: int, threshold: int) -> int | str:
    """A count of persons or cases as it leaves: itself, or "<5"."""
    return n if n >= threshold else below(threshold)


def write_share(run_dir: Path, files: Mapping[str, bytes]) -> Path:
    """Put `files` (path in share/ → bytes) into a new `share/`, which takes the old one's place when whole.

    A build that is killed leaves the old folder, or none, never a half-written one.
    """
    share = run_dir / SHARE
    for left in run_dir.glob(f".{SHARE}.*"):
        shutil.rmtree(left)
    new = Path(tempfile.mkdtemp(dir=run_dir, prefix=f".{SHARE}.new."))
    new.chmod(0o755)
    for name, content in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if share.exists():
        share.replace(run_dir / f".{SHARE}.old")
    new.replace(share)
    shutil.rmtree(run_dir / f".{SHARE}.old", ignore_errors=True)
    return share
