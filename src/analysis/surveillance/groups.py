"""Rates by group: one function for every table that has a denominator."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.surveillance.rates import burden, exposure_by_athlete, incidence

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
    severity) splits the cases only, over the whole exposure. Cases of athletes without an exposure row in the
    group have no denominator: they are left out of everything and counted in n_cases_outside. Columns: `by`,
    n_cases, n_cases_outside, exposure, incidence, ci_low, ci_high, days_lost, mean_days, median_days, q1_days,
    q3_days, n_days_missing, burden, burden_ci_low, burden_ci_high, per, unit. Where a case lacks its days the
    burden is missing; without exposure every rate is. Intervals as in `incidence` and `burden`. Raises
    `HiprunError` for missing columns.
    """
    _check(cases, exposure, by, exposure_column)
    shared = [b for b in by if b in exposure]
    rows = []
    for values in _groups(cases, exposure, list(by), shared):
        group = dict(zip(by, values, strict=True))
        inside = _within(cases, group)
        denominator = _within(exposure, {k: group[k] for k in shared})
        hours = exposure_by_athlete(denominator.set_index("athlete_id")[exposure_column])
        watched = inside[inside["athlete_id"].isin(hours.index)]
        counts = {"n_cases": len(watched), "n_cases_outside": len(inside) - len(watched)}
        rates = _rates(watched, hours, (per, unit, level), (n_boot, seed))
        rows.append({**group, **counts, **rates, "per": per, "unit": unit})
    return pd.DataFrame(rows)


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
    rest = cases[[b for b in by if b not in shared]].drop_duplicates()
    grid = present.merge(rest, how="cross") if shared and len(rest.columns) else (present if shared else rest)
    return list(grid[by].sort_values(by, na_position="last").itertuples(index=False, name=None))


def _within(frame: pd.DataFrame, group: dict[str, object]) -> pd.DataFrame:
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


def _check(cases: pd.DataFrame, exposure: pd.DataFrame, by: Sequence[str], exposure_column: str) -> None:
    for name, frame, needed in (
        ("cases", cases, ["athlete_id", *by]),
        ("exposure", exposure, ["athlete_id", exposure_column]),
    ):
        absent = [c for c in needed if c not in frame]
        if absent:
            raise HiprunError(f"rate table: {name} has no column {', '.join(absent)}. Fix: add or rename it.")
