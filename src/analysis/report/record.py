"""What one stage leaves for the report: tables, estimates, figures, sentences, and what could not be done."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from analysis.errors import HiprunError, NothingToDraw
from analysis.report.items import (
    Cannot,
    Estimates,
    Figure,
    Item,
    SavedStage,
    Sentence,
    Table,
    from_json,
    plain_frame,
    to_json,
)
from analysis.report.labels import title as title_of
from analysis.study import write_atomically

Drawing = Callable[..., Any]
Words = Callable[[pd.DataFrame], str]
TITLES = {
    "01_validate": "Data received",
    "02_panel": "From records to athlete-weeks",
    "03_cohort": "Who took part",
    "04_pain": "Pain",
    "05_injury": "Injuries",
    "06_claims": "The claims",
    "07_sensitivity": "How firm the findings are",
}
ROW_OF_A_PERSON = ("athlete_id", "injury_id", "session_id", "entry_id", "assessment_id")
EXTREMES = ("min", "max", "minimum", "maximum")
ESTIMATE_COLUMNS = ("term", "estimate", "ci_low", "ci_high", "scale", "n_athletes", "converged")
SHORTEST_ALT = 20
PNG_DPI = 200


class Stage:
    """Collects what the notebook of one stage hands to the report; `save()` writes it in one step.

    `run_dir` is the folder of the run, `name` the stage ("04_pain"). Files go to `internal/results/`.
    """

    def __init__(self, run_dir: Path | str, name: str, title: str | None = None) -> None:
        self.name = _slug(name, "stage")
        self.title = title or TITLES.get(name) or title_of(name)
        self._folder = Path(run_dir) / "internal" / "results"
        self._items: list[Item] = []

    def needs(self, section: str, tables: Collection[str], *names: str) -> bool:
        """True if every table of `names` is in `tables` and, where `tables` maps to frames, has rows.

        Else False, and `section` is recorded as "cannot be done: no …".
        """
        absent = [n for n in names if n not in tables or (isinstance(tables, Mapping) and len(tables[n]) == 0)]
        if absent:
            self.cannot(section, f"no {' and no '.join(absent)}")
        return not absent

    def cannot(self, section: str, reason: str) -> None:
        """Record that `section` cannot be done, and why ("no weekly_reports"). The reason is handed out."""
        self._items.append(Cannot(section, _said(reason, f"{self.name}: reason for {section}")))

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        caption: str,
        share: bool = True,
        *,
        count_columns: Sequence[str] | None = None,
        suppress_with: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        totals_within: Sequence[str] = (),
        appendix: bool = False,
    ) -> None:
        """Show `frame` in the report, at its end if of the `appendix`; with `share=False` it stays in `internal/`.

        `count_columns` count persons or cases: cells below `study.disclosure_threshold` are suppressed when the
        report is made, others with them where a total would give them away. Default: columns called `n` or `n_…`.
        `suppress_with` are the columns blanked in a row with a suppressed count, or a mapping from each count to
        what derives from it; default: all but the counts and the leading label columns. `totals_within`: label
        columns within which the counts add up to a total.
        Raises `HiprunError` for rows of persons (an id column) or a minimum or maximum of persons with
        `share=True`, unknown columns, counts that are not numbers, or a name used twice.
        """
        where = f"{self.name}: table {name!r}"
        self._new(Table, name)
        frame = plain_frame(frame, where)
        counts = _counts(frame, where) if count_columns is None else tuple(count_columns)
        blanked = _blanked(frame, counts, suppress_with)
        _check_known(frame, [*counts, *totals_within, *blanked, *(c for v in blanked.values() for c in v)], where)
        _check_counts(frame, counts, where)
        if share:
            _check_no_person(frame, where)
        said = _said(caption, where)
        self._items.append(Table(name, frame, said, share, counts, blanked, tuple(totals_within), appendix))

    def estimates(self, frame: pd.DataFrame) -> None:
        """Tidy model rows for results.json: `model` or `claim`, term, estimate, ci_low, ci_high, scale, n_athletes,
        converged, and what else is known (n_obs, singular, …).

        Raises `HiprunError` for missing columns: without `n_athletes` nothing shows that a row may be handed out.
        """
        where = f"{self.name}: estimates"
        frame = plain_frame(frame, where)
        if "model" not in frame and "claim" not in frame:
            raise HiprunError(f"{where}: found neither 'model' nor 'claim'; expected one. Fix: add the column.")
        _check_known(frame, ESTIMATE_COLUMNS, where)
        _check_no_person(frame, where)
        self._items.append(Estimates(frame))

    def figure(
        self, name: str, drawn: Any, caption: str, alt: str, share: bool = True, *,
        counts: Sequence[int] = (), appendix: bool = False,
    ) -> None:  # fmt: skip
        """Save a matplotlib Axes or Figure or a seaborn grid as SVG and PNG, the same bytes each time, and close it.

        `alt` says what the figure shows to who cannot see it (20 characters or more, else `HiprunError`). `counts`
        are the numbers of persons or cases that can be read off: one below the threshold keeps the figure internal.
        A figure of the `appendix` stands at the end of the report.
        """
        where = f"{self.name}: figure {name!r}"
        self._new(Figure, name)
        alt, caption = " ".join(alt.split()), _said(caption, where)
        if len(alt) < SHORTEST_ALT:
            raise HiprunError(
                f"{where}: found the alt text {alt!r}; expected {SHORTEST_ALT} characters or more that say what the "
                "figure shows. Fix: describe the axes and the pattern."
            )
        files = [f"{self.name}_{name}.{kind}" for kind in ("svg", "png")]
        for file in files:
            save_figure(drawn.figure, self._folder / "figures" / file)
        plt.close(drawn.figure)
        self._items.append(Figure(name, caption, alt, share, _whole(counts, where), *files, appendix=appendix))

    def draw(
        self, name: str, draw: Drawing, alt: Words, frame: pd.DataFrame, caption: str, shared: Mapping[str, Any], *,
        counts: Sequence[int] = (), appendix: bool = False,
    ) -> Any:  # fmt: skip
        """Draw `frame` twice: with every detail, which is returned, and with the options `shared` to be handed out.

        `draw` is a function of `figures`, `alt` its alt text; `counts` and `appendix` as in `figure`. Where there is
        nothing to draw, None is returned, the section is recorded as not done, and the stage goes on.
        """
        try:
            whole = draw(frame)
        except NothingToDraw:
            self.cannot(name, "no data for this figure")
            return None
        try:
            self.figure(name, draw(frame, **shared), caption, alt(frame), counts=counts, appendix=appendix)
        except NothingToDraw:
            self.cannot(name, "too few runners or cases for a figure that may be handed out")
        return whole.figure

    def sentence(self, text: str, share: bool = True, *, headline: bool = False, counts: Sequence[int] = ()) -> None:
        """A plain-English reading; a `headline` also stands in the summary on top of the report.

        `counts` are the numbers of persons or cases it gives away: one below the threshold withholds it.
        """
        where = f"{self.name}: sentence"
        self._items.append(Sentence(_said(text, where), share, headline, _whole(counts, where)))

    def sentences(self, readings: pd.DataFrame, share: bool = True, *, headline: bool = False) -> None:
        """Each reading of `read_terms` (columns text, n_athletes) as a sentence; an unknown number counts as one."""
        for text, n_athletes in readings[["text", "n_athletes"]].itertuples(index=False, name=None):
            self.sentence(text, share, headline=headline, counts=[1 if pd.isna(n_athletes) else n_athletes])

    def save(self) -> Path:
        """Write `internal/results/<stage>.json` in one step and return its path."""
        path = self._folder / f"{self.name}.json"
        whole = {"stage": self.name, "title": self.title, "items": [to_json(i) for i in self._items]}
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1)
        with write_atomically(path) as beside:
            beside.write_text(text + "\n", encoding="utf-8")
        return path

    def _new(self, kind: type, name: str) -> None:
        _slug(name, f"{self.name}: {kind.__name__.lower()}")
        if any(isinstance(i, kind) and i.name == name for i in self._items):
            raise HiprunError(
                f"{self.name}: the {kind.__name__.lower()} {name!r} is recorded twice. Fix: give another name."
            )


def read_stages(run_dir: Path | str) -> list[SavedStage]:
    """The saved stages of a run, in the order of their names; none if nothing was saved."""
    stages = []
    for path in sorted((Path(run_dir) / "internal" / "results").glob("*.json")):
        try:
            whole = json.loads(path.read_text(encoding="utf-8"))
            items = tuple(from_json(i) for i in whole["items"])
            stages.append(SavedStage(whole["stage"], whole["title"], items))
        except (ValueError, KeyError, TypeError) as error:
            raise HiprunError(
                f"{path}: not the result of a stage ({error}). Fix: run the stage again, or remove the file."
            ) from error
    return stages


def save_figure(figure: Any, path: Path) -> None:
    """Save a matplotlib figure as SVG or PNG (by suffix) with the same bytes each time and no file metadata.

    Text becomes paths, so that the figure looks the same where its font is absent.
    """
    kind = path.suffix[1:]
    metadata = {"Software": None} if kind == "png" else dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": "hiprun", "svg.fonttype": "path"}), write_atomically(path) as beside:
        figure.savefig(beside, format=kind, dpi=PNG_DPI, metadata=metadata, bbox_inches="tight", facecolor="white")


def _slug(name: str, where: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise HiprunError(f"{where}: found the name {name!r}; expected only a-z, 0-9 and _. Fix: rename it.")
    return name


def _said(text: str, where: str) -> str:
    text = " ".join(str(text).split())
    if not text:
        raise HiprunError(f"{where}: the text is empty; expected words for the reader. Fix: write them.")
    return text


def _whole(counts: Sequence[int], where: str) -> tuple[int, ...]:
    if any(pd.isna(c) or c != int(c) for c in counts):
        raise HiprunError(f"{where}: found counts {list(counts)}; expected whole numbers. Fix: pass counts.")
    return tuple(int(c) for c in counts)


def _counts(frame: pd.DataFrame, where: str) -> tuple[str, ...]:
    return tuple(c for c in frame if c == "n" or c.startswith("n_"))


def _blanked(
    frame: pd.DataFrame, counts: tuple[str, ...], given: Sequence[str] | Mapping[str, Sequence[str]] | None
) -> dict[str, list[str]]:
    """What is blanked by count column; by default all but the counts and the leading label columns."""
    if isinstance(given, Mapping):
        return {count: list(derived) for count, derived in given.items()}
    if given is None:
        labels = set(frame.columns[:1])
        for c in frame.columns:
            if c in counts or pd.api.types.is_numeric_dtype(frame[c].dtype):
                break
            labels.add(c)
        given = [c for c in frame if c not in labels and c not in counts]
    return {count: list(given) for count in counts}


def _check_known(frame: pd.DataFrame, names: Sequence[str], where: str) -> None:
    unknown = [n for n in names if n not in frame]
    if unknown:
        raise HiprunError(
            f"{where}: no column {', '.join(unknown)}; found {', '.join(frame)}. Fix: add or correct the name."
        )


def _check_counts(frame: pd.DataFrame, counts: Sequence[str], where: str) -> None:
    if frame.empty:
        return
    for c in counts:
        if not pd.api.types.is_numeric_dtype(frame[c].dtype) or (frame[c].astype("float64") < 0).any():
            raise HiprunError(
                f"{where}: column {c!r} is said to count persons or cases; expected whole numbers from 0 up. "
                "Fix: pass the counts as numbers, or other count_columns."
            )
        if not np.allclose(frame[c].dropna().astype("float64") % 1, 0):
            raise HiprunError(f"{where}: column {c!r} is said to count; found fractions. Fix: other count_columns.")


def _check_no_person(frame: pd.DataFrame, where: str) -> None:
    for names, what in ((ROW_OF_A_PERSON, "one row a person or record"), (EXTREMES, "a value of one person")):
        found = [c for c in frame if c.lower() in names]
        if found:
            raise HiprunError(
                f"{where}: column {found[0]!r} is {what}; nothing of the kind may be handed out. "
                "Fix: share=False, or summarise (counts, means, medians, quartiles)."
            )
