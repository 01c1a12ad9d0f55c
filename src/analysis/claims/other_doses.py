"""The panel with its doses told otherwise: known earlier, of another half-life, and, as a control, of later weeks."""

from collections.abc import Sequence

import pandas as pd

from analysis.panel.doses import dose_columns, lagged_dose

WEEK = ["athlete_id", "week_start"]


def known_earlier(panel: pd.DataFrame, doses: Sequence[str], weeks: int) -> pd.DataFrame:
    """The panel with, in each week, the doses that were known `weeks` weeks earlier.

    Dose, habit and deviation move together, by calendar weeks within an athlete: missing where the athlete has no such
    week. 0 gives the panel back.
    """
    columns = [c for c in panel if any(c.startswith(f"{dose}_dose") for dose in doses)]
    before = panel.set_index(WEEK)[columns]
    asked = pd.MultiIndex.from_arrays([panel["athlete_id"], panel["week_start"] - pd.Timedelta(days=7 * weeks)])
    moved = before.reindex(asked).set_axis(panel.index)
    return panel.assign(**{c: moved[c] for c in columns})


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
