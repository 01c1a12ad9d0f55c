"""Hip work told otherwise: known earlier, of another half-life, and, as a control, of later weeks."""

from collections.abc import Sequence

import pandas as pd

from analysis.claims.frames import WITHIN, ClaimData
from analysis.claims.frames_of_tests import gains_kept, range_changes
from analysis.errors import HiprunError
from analysis.panel import work_mix
from analysis.panel.doses import dose_columns, lagged_dose
from analysis.training_load import week_start

WEEK = ["athlete_id", "week_start"]
DOSES = ("mobility", "stability")
_LATER_WORK = ["mobility_centred", "loading_centred", "loading_after"]


def known_earlier(rows: pd.DataFrame, columns: Sequence[str], weeks: int) -> pd.DataFrame:
    """The rows of athletes and weeks with, in each, the `columns` that were known `weeks` weeks earlier.

    By calendar weeks within an athlete: missing where the athlete has no such week. 0 gives the rows back, -1 what is
    known once the week is over.
    """
    before = rows.set_index(WEEK)[list(columns)]
    asked = pd.MultiIndex.from_arrays([rows["athlete_id"], rows["week_start"] - pd.Timedelta(days=7 * weeks)])
    moved = before.reindex(asked).set_axis(rows.index)
    return rows.assign(**{c: moved[c] for c in columns})


def of_half_life(data: ClaimData, half_life_weeks: float) -> ClaimData:
    """The data as they are with that `dose_half_life_weeks`."""
    study = data.study.changed(dose_half_life_weeks=half_life_weeks)
    return ClaimData(data.tables, weighed(data.panel, DOSES, half_life_weeks), study)


def weighed(panel: pd.DataFrame, doses: Sequence[str], half_life_weeks: float) -> pd.DataFrame:
    """The panel as `panel.athlete_weeks` makes it with that `dose_half_life_weeks`: the doses anew from the minutes."""
    columns: dict[str, pd.Series] = {}
    for dose in doses:
        columns |= dose_columns(f"{dose}_dose", "min", panel[f"{dose}_min"], panel["athlete_id"], half_life_weeks)
    return panel.assign(**columns)


def done_after(panel: pd.DataFrame, dose: str, half_life_weeks: float) -> pd.Series:
    """The deviation of the work done in the weeks *after* each week from the athlete's habit to date, in min/week.

    The weeks after are weighed as those before are for the dose, from the next week on; the habit is the one of the
    panel. What is done afterwards cannot have caused what was reported before: an association shows that something else
    moves both (Flanders, Strickland and Klein 2017, Am J Epidemiol 185:941: the next day's ozone and today's asthma).
    """
    backwards = panel.iloc[::-1]
    after = lagged_dose(backwards[f"{dose}_min"], backwards["athlete_id"], half_life_weeks).reindex(panel.index)
    return after - panel[f"{dose}_dose_between_min"]


def work_after_weeks(data: ClaimData, stems: Sequence[str]) -> dict[str, pd.Series]:
    """`{stem}_after` of each kind of hip work (`mobility`, or a term of `frames.WITHIN`), in the unit of its deviation.

    As `done_after`; of what the work was made of, the weeks are put in reverse order, so that the ones after a week
    come before it, and weighed by `panel.work_mix` itself.
    """
    step, half_life = data.study.dose_step_min, data.study.dose_half_life_weeks
    made = {f"{s}_after": done_after(data.panel, s, half_life) / step for s in stems if s in DOSES}
    mixed = [s for s in stems if s in WITHIN]
    if mixed:
        mix = work_mix(*_reversed(data), data.study).reindex(data.panel.index)
        for stem in mixed:
            column, unit = WITHIN[stem]
            made[f"{stem}_after"] = mix[column.replace("_{}", "")] / (unit or step) - data.weeks[f"{stem}_between"]
    return made


def _reversed(data: ClaimData) -> tuple[pd.DataFrame, pd.DataFrame]:
    """hip_work and the panel with their weeks in reverse order; the days of a week keep theirs."""
    first, last = data.panel["week_start"].min(), data.panel["week_start"].max()
    work = data.table("hip_work")
    monday = week_start(work["date"])
    turned = work.assign(date=first + (last - monday) + (work["date"] - monday))
    return turned, data.panel.assign(week_start=first + (last - data.panel["week_start"])).iloc[::-1]


def work_after_tests(data: ClaimData, frame: str, rows: pd.DataFrame) -> dict[str, pd.Series]:
    """The work after the later of two tests, over as long a time as lies between them: `{column}_later` of the work of
    `rows`, which are `data.range_changes` or `data.gains_kept`. Raises `HiprunError` for another frame."""
    if frame == "range_changes":
        start, end, anew = "from_date", "to_date", range_changes
    elif frame == "gains_kept":
        start, end, anew = "to_date", "later_date", gains_kept
    else:
        raise HiprunError(f"work after tests: found the frame {frame!r}, expected range_changes or gains_kept.")
    tests = rows.drop(columns=[c for c in data.work_weeks if c in rows and c != "athlete_id"])
    moved = tests.assign(**{start: rows[end], end: rows[end] + (rows[end] - rows[start])})
    later = anew(moved, data.work_weeks, data.study).set_axis(rows.index)
    return {f"{c}_later": later[c] for c in _LATER_WORK if c in rows}
