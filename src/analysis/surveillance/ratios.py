"""Ratios of two incidences or two burdens, with intervals that hold for few or no cases."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.surveillance.groups import DAYS, exposed_to, need_columns, within
from analysis.surveillance.prevalence import clopper_pearson
from analysis.surveillance.rates import above_zero, exposure_by_athlete, whole_count


@dataclass(frozen=True)
class Ratio:
    """A ratio with its interval; what cannot be said is missing, an upper limit that does not exist is infinite."""

    estimate: float
    ci_low: float
    ci_high: float
    level: float
    method: str


def rate_ratio(
    n_cases: int, exposure: float, n_cases_reference: int, exposure_reference: float, level: float = 0.95
) -> Ratio:
    """Incidence over that of a reference, with exact limits.

    Given both counts, the first is binomial with share R e / (R e + e_ref) of the total (Przyborowski &
    Wilenski 1940, Biometrika 31:313); the exact limits of that share (Clopper & Pearson 1934) give those of R.
    No cases in the first: 0 with an upper limit. None in the reference: no ratio, a lower limit, no upper one.
    None in either: nothing is known, 0 to infinity. Raises `HiprunError` as `rates.incidence`.
    """
    n, reference = whole_count(n_cases), whole_count(n_cases_reference)
    weight = above_zero(exposure_reference, "reference exposure") / above_zero(exposure, "exposure")
    method = "exact, conditional binomial (Clopper & Pearson 1934)"
    if n + reference == 0:
        return Ratio(np.nan, 0.0, np.inf, level, "undefined: no cases in either group")
    low, high = (_odds(share) * weight for share in clopper_pearson(n, n + reference, level))
    if reference == 0:
        return Ratio(np.nan, low, np.inf, level, f"undefined: no cases in the reference; {method}")
    return Ratio(n / reference * weight, low, high, level, method)


def burden_ratio(
    days: pd.Series,
    exposure: pd.Series,
    days_reference: pd.Series,
    exposure_reference: pd.Series,
    level: float = 0.95,
    *,
    n_boot: int = 2000,
    seed: int = 20260101,
) -> Ratio:
    """Burden (days lost over exposure) over that of a reference; each Series is by athlete id, repeats are summed.

    Whole athletes are drawn again, `n_boot` times, and the percentiles taken (Efron & Tibshirani 1993, ch. 13):
    those of one group within it, those in both (two regions of one body, two seasons) with both their parts.
    Draws without days lost in the reference count as infinite. No days lost in the reference, or fewer than two
    athletes: no interval. Raises `HiprunError` for exposure not above 0, missing days, or days of an athlete
    without exposure.
    """
    both = (_lost(days, exposure), _lost(days_reference, exposure_reference))
    (lost, hours), (lost_reference, hours_reference) = ((part.sum().tolist()) for part in both)
    weight = above_zero(hours_reference, "reference exposure") / above_zero(hours, "exposure")
    if lost_reference == 0:
        return Ratio(np.nan, np.nan, np.nan, level, "undefined: no days lost in the reference")
    estimate = lost / lost_reference * weight
    if lost == 0 or min(map(len, both)) < 2:
        return Ratio(estimate, np.nan, np.nan, level, "no interval: no days lost, or one athlete only")
    draws = _draw(both[0], both[1], n_boot, seed)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(draws[~np.isnan(draws)], tails, method="inverted_cdf")  # may be infinite: no averaging
    return Ratio(estimate, float(low), float(high), level, "bootstrap by athlete, percentile")


def ratio_table(
    cases: pd.DataFrame,
    exposure: pd.DataFrame,
    by: str,
    reference: object,
    *,
    exposure_column: str = "exposure_h",
    level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 20260101,
) -> pd.DataFrame:
    """Incidence and burden of every group of `by` over those of the group `reference`; frames as in `rate_table`.

    Columns: `by`, reference, n_cases, n_cases_reference, exposure, exposure_reference, rate_ratio, ci_low, ci_high,
    method, burden_ratio, burden_ci_low, burden_ci_high, burden_method. A group without exposure, or whose days are
    not all known, has missing ratios, and the method says so. Limits are not corrected for the number of groups.
    Raises `HiprunError` for missing columns or a reference that no row has.
    """
    need_columns(cases, exposure, [by], exposure_column)
    present = pd.concat([cases[by], exposure[by]] if by in exposure else [cases[by]]).dropna().drop_duplicates()
    if not present.eq(reference).any():
        raise HiprunError(
            f"ratios by {by}: found no group {reference}; expected one of {', '.join(sorted(map(str, present)))}. "
            "Fix: name a group that is there."
        )
    base = _group(cases, exposure, by, reference, exposure_column)
    rows = []
    for value in present[present != reference].sort_values():
        part = _group(cases, exposure, by, value, exposure_column)
        rows.append({by: value, "reference": reference, **_row(part, base, level, (n_boot, seed))})
    return pd.DataFrame(rows)


Part = tuple[pd.DataFrame, pd.Series]


def _group(cases: pd.DataFrame, exposure: pd.DataFrame, by: str, value: object, column: str) -> Part:
    hours = exposed_to(exposure, {by: value} if by in exposure else {}, column)
    inside = within(cases, {by: value})
    return inside[inside["athlete_id"].isin(hours.index)], hours


def _row(part: Part, base: Part, level: float, boot: tuple[int, int]) -> dict[str, object]:
    (cases, hours), (cases_reference, hours_reference) = part, base
    counts = {
        "n_cases": len(cases),
        "n_cases_reference": len(cases_reference),
        "exposure": float(hours.sum()),
        "exposure_reference": float(hours_reference.sum()),
    }
    nothing = Ratio(np.nan, np.nan, np.nan, level, "undefined: a group without exposure")
    days = nothing
    if counts["exposure"] > 0 and counts["exposure_reference"] > 0:
        nothing = rate_ratio(len(cases), counts["exposure"], len(cases_reference), counts["exposure_reference"], level)
        days = Ratio(np.nan, np.nan, np.nan, level, "undefined: days lost not all known")
        if all(DAYS in c and c[DAYS].notna().all() for c in (cases, cases_reference)):
            lost = [c.set_index("athlete_id")[DAYS] for c in (cases, cases_reference)]
            days = burden_ratio(lost[0], hours, lost[1], hours_reference, level, n_boot=boot[0], seed=boot[1])
    rates = {"rate_ratio": nothing.estimate, "ci_low": nothing.ci_low, "ci_high": nothing.ci_high}
    burdens = {"burden_ratio": days.estimate, "burden_ci_low": days.ci_low, "burden_ci_high": days.ci_high}
    return counts | rates | {"method": nothing.method} | burdens | {"burden_method": days.method}


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else np.inf


def _lost(days: pd.Series, exposure: pd.Series) -> pd.DataFrame:
    """Days lost and exposure, one row an athlete."""
    hours = exposure_by_athlete(exposure)
    unknown = days.index.difference(hours.index)
    if days.isna().any() or (days < 0).any() or len(unknown):
        raise HiprunError(
            f"burden ratio: found {int(days.isna().sum())} cases with missing days, {int((days < 0).sum())} below 0 "
            f"and {len(unknown)} athletes with days but no exposure; expected none. Fix: complete or leave them out."
        )
    lost = days.astype(float).groupby(level=0).sum().reindex(hours.index, fill_value=0.0)
    return pd.DataFrame({"lost": lost, "hours": hours})


def _draw(part: pd.DataFrame, base: pd.DataFrame, n_boot: int, seed: int) -> np.ndarray:
    """Draws of the ratio; athletes are drawn within those of the first, the second and both groups."""
    joined = part.join(base.add_suffix("_reference"), how="outer")
    membership = joined["hours"].notna().astype(int) + 2 * joined["hours_reference"].notna().astype(int)
    rng = np.random.default_rng(seed)
    sums = np.zeros((n_boot, 4))
    for kind in (1, 2, 3):
        rows = joined[(membership == kind).to_numpy()].fillna(0.0).to_numpy()
        if len(rows):
            sums += _weighted(rows, n_boot, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (sums[:, 0] / sums[:, 1]) / (sums[:, 2] / sums[:, 3])


def _weighted(rows: np.ndarray, n_boot: int, rng: np.random.Generator) -> np.ndarray:
    return rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=n_boot) @ rows
