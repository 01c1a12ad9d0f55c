"""Rates by group: one function for every table that has a denominator."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.surveillance.rates import burden, exposure_by_athlete, incidence
from analysis.surveillance.spans import merge_spans

DAYS = "time_loss_days"


def rate_table(
    cases: pd.DataFrame,
    exposure: pd.DataFrame,
    by: Sequence[str] = (),
    *,
    exposure_column: str = "exposure_h",
    per: float = 1000,
    unit: str = "h",
    level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 20260101,
) -> pd.DataFrame:
    """Incidence, severity and burden in each group of `by` (none: one row for all).

    `cases`: one row a case with `athlete_id`, the `by` columns and, if known, `time_loss_days`. `exposure`: any
    number of rows an athlete with `athlete_id` and `exposure_column`. A `by` column that `exposure` has too (sex,
    season) splits the denominator, and a group with exposure but no case is a row with 0; any other (region,
    severity) splits the cases only, over the whole exposure; one of declared categories has a row for each of
    them, with 0 where none occurred. Cases of athletes without an exposure row in the
    group have no denominator: they are left out of everything and counted in n_cases_outside. Columns: `by`,
    n_cases, n_cases_outside, exposure, incidence, ci_low, ci_high, days_lost, mean_days, median_days, q1_days,
    q3_days, n_days_missing, burden, burden_ci_low, burden_ci_high, per, unit. Where a case lacks its days the
    burden is missing; without exposure every rate is. Intervals as in `incidence` and `burden`. Raises
    `HiprunError` for missing columns.
    """
    need_columns(cases, exposure, by, exposure_column)
    shared = [b for b in by if b in exposure]
    rows = []
    for values in _groups(cases, exposure, list(by), shared):
        group = dict(zip(by, values, strict=True))
        inside = within(cases, group)
        hours = exposed_to(exposure, {k: group[k] for k in shared}, exposure_column)
        watched = inside[inside["athlete_id"].isin(hours.index)]
        counts = {"n_cases": len(watched), "n_cases_outside": len(inside) - len(watched)}
        rates = _rates(watched, hours, (per, unit, level), (n_boot, seed))
        rows.append({**group, **counts, **rates, "per": per, "unit": unit})
    return pd.DataFrame(rows)


DENOMINATORS = {"h": ("exposure_h", 1000), "km": ("exposure_km", 1000), "athlete-days": ("exposure_days", 365)}


def rates_of_every_kind(
    cases: pd.DataFrame, exposure: pd.DataFrame, by: Sequence[str] = (), **options: object
) -> pd.DataFrame:
    """`rate_table` per 1000 h, per 1000 km and per 365 athlete-days (IOC 2020), one under the other; `unit` tells.

    Of exposure_h, exposure_km and exposure_days those are used that `exposure` has. An athlete of whom one is not
    wholly known has no part in that rate, neither exposure nor cases (counted in n_cases_outside): cases over a
    part of the exposure would make it too high. Takes the other options of `rate_table`. Raises `HiprunError` if
    it has none of the columns.
    """
    parts = [
        rate_table(cases, _whole(exposure, column), by, exposure_column=column, per=per, unit=unit, **options)
        for unit, (column, per) in DENOMINATORS.items()
        if column in exposure
    ]
    if not parts:
        raise HiprunError(
            "rates: exposure has none of exposure_h, exposure_km, exposure_days. Fix: add one, or use rate_table."
        )
    return pd.concat(parts, ignore_index=True)


def _whole(exposure: pd.DataFrame, column: str) -> pd.DataFrame:
    return exposure[~exposure["athlete_id"].isin(exposure.loc[exposure[column].isna(), "athlete_id"])]


def athlete_days(windows: pd.DataFrame, stream: str = "injury") -> pd.DataFrame:
    """Days each athlete was watched for `stream` (athlete_id, exposure_days); a day in two windows counts once."""
    spans = merge_spans(windows[windows["stream"] == stream])
    days = (spans["end_date"] - spans["start_date"]).dt.days + 1
    return days.groupby(spans["athlete_id"]).sum().rename("exposure_days").reset_index()


def risk_matrix(injuries: pd.DataFrame, exposure: pd.DataFrame, by: str = "region", **options: object) -> pd.DataFrame:
    """The points of a risk matrix (Bahr et al. 2018 and IOC 2020): `rate_table` by one column, largest burden first.

    Plot `incidence` against `mean_days`; their product is the burden. Takes the options of `rate_table`.
    """
    table = rate_table(injuries, exposure, [by], **options)
    return table.sort_values("burden", ascending=False, na_position="last", kind="stable").reset_index(drop=True)


def _groups(cases: pd.DataFrame, exposure: pd.DataFrame, by: list[str], shared: list[str]) -> list[tuple]:
    """Every group that has a case or exposure: levels of the shared columns crossed with those of the rest."""
    if not by:
        return [()]
    present = pd.concat([cases[shared], exposure[shared]]).drop_duplicates()
    rest = _levels(cases[[b for b in by if b not in shared]])
    grid = present.merge(rest, how="cross") if shared and len(rest.columns) else (present if shared else rest)
    return list(grid[by].sort_values(by, na_position="last").itertuples(index=False, name=None))


def _levels(frame: pd.DataFrame) -> pd.DataFrame:
    """Every row of values that occurs; a single column of declared categories gives each of them, seen or not."""
    seen = frame.drop_duplicates()
    if len(frame.columns) != 1 or not isinstance(frame.dtypes.iloc[0], pd.CategoricalDtype):
        return seen
    column = frame.iloc[:, 0]
    unseen = [c for c in column.cat.categories if c not in set(column.dropna())]
    added = pd.DataFrame({column.name: pd.Categorical(unseen, dtype=column.dtype)})
    return pd.concat([seen, added], ignore_index=True) if unseen else seen


def exposed_to(exposure: pd.DataFrame, group: dict[str, object], column: str) -> pd.Series:
    """Exposure in `group` (values by column; none: all of it), one number an athlete id."""
    return exposure_by_athlete(within(exposure, group).set_index("athlete_id")[column])


def within(frame: pd.DataFrame, group: dict[str, object]) -> pd.DataFrame:
    """The rows of `frame` that have the values of `group`; a missing value is one of its own."""
    keep = np.ones(len(frame), dtype=bool)
    for column, value in group.items():
        keep &= (frame[column].isna() if pd.isna(value) else frame[column].eq(value).fillna(False)).to_numpy(bool)
    return frame[keep]


def _rates(
    cases: pd.DataFrame, hours: pd.Series, scale: tuple[float, str, float], boot: tuple[int, int]
) -> dict[str, float]:
    total = float(hours.sum())
    out = {"exposure": total} | dict.fromkeys(("incidence", "ci_low", "ci_high"), np.nan)
    if total > 0:
        rate = incidence(len(cases), total, *scale)
        out |= {"incidence": rate.estimate, "ci_low": rate.ci_low, "ci_high": rate.ci_high}
    return out | _severity(cases) | _burden(cases, hours, scale, boot)


def _severity(cases: pd.DataFrame) -> dict[str, float]:
    """Mean, median and quartiles (linear interpolation, R type 7) of the days that are known."""
    days = cases[DAYS].astype("Float64").dropna().astype(float) if DAYS in cases else pd.Series(dtype=float)
    q1, median, q3 = days.quantile([0.25, 0.5, 0.75])
    return {
        "days_lost": days.sum() if DAYS in cases else np.nan,
        "mean_days": days.mean(),
        "median_days": median,
        "q1_days": q1,
        "q3_days": q3,
        "n_days_missing": len(cases) - len(days),
    }


def _burden(
    cases: pd.DataFrame, hours: pd.Series, scale: tuple[float, str, float], boot: tuple[int, int]
) -> dict[str, float]:
    unknown = DAYS not in cases or cases[DAYS].isna().any()
    if unknown or hours.sum() <= 0:
        return dict.fromkeys(("burden", "burden_ci_low", "burden_ci_high"), np.nan)
    rate = burden(cases[DAYS], hours, *scale, athlete=cases["athlete_id"], n_boot=boot[0], seed=boot[1])
    return {"burden": rate.estimate, "burden_ci_low": rate.ci_low, "burden_ci_high": rate.ci_high}


def need_columns(cases: pd.DataFrame, exposure: pd.DataFrame, by: Sequence[str], exposure_column: str) -> None:
    """Raise `HiprunError` unless both frames have what a table of rates by `by` is made from."""
    for name, frame, needed in (
        ("cases", cases, ["athlete_id", *by]),
        ("exposure", exposure, ["athlete_id", exposure_column]),
    ):
        absent = [c for c in needed if c not in frame]
        if absent:
            raise HiprunError(f"rate table: {name} has no column {', '.join(absent)}. Fix: add or rename it.")
