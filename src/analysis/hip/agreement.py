"""How well two ways of measuring agree: bias and limits of agreement between trials, devices or raters."""

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import HiprunError
from analysis.hip.profile import hip_profile, measured_trials
from analysis.hip.reliability import GROUP, MIN_TESTS, TOOLS

METHOD = "limits of agreement, Bland & Altman 1986, 1999"
_NUMBERS = (
    "bias", "bias_ci_low", "bias_ci_high", "sd",
    "loa_low", "loa_low_ci_low", "loa_low_ci_high", "loa_high", "loa_high_ci_low", "loa_high_ci_high",
)  # fmt: skip


def limits_of_agreement(first: pd.Series, second: pd.Series, level: float = 0.95) -> dict[str, float]:
    """Bias and limits of agreement of two measurements of the same n persons, in their unit, with limits at `level`.

    The difference is second minus first. bias = its mean d, sd = its SD s (n - 1), limits d ± 1.96·s (Bland & Altman
    1986, Lancet 327:307). Standard errors s/√n of the bias and s·√(1/n + 1.96²/(2(n - 1))) of a limit, intervals
    from t with n - 1 degrees of freedom (Bland & Altman 1999, Stat Methods Med Res 8:135). Keys: bias, bias_ci_low,
    bias_ci_high, sd, loa_low, loa_low_ci_low, loa_low_ci_high, loa_high, loa_high_ci_low, loa_high_ci_high. Raises
    `HiprunError` for fewer than 2 pairs, missing values or unequal lengths.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.shape != b.shape or a.size < 2 or np.isnan(a).any() or np.isnan(b).any():
        raise HiprunError(
            f"agreement: found {a.size} and {b.size} values, {int(np.isnan(a).sum() + np.isnan(b).sum())} missing; "
            "expected two or more complete pairs. Fix: drop pairs that are not complete."
        )
    n, d = a.size, b - a
    bias, s = float(d.mean()), float(d.std(ddof=1))
    t = stats.t.ppf(0.5 + level / 2, n - 1)
    around = {"bias": t * s / np.sqrt(n), "loa": t * s * np.sqrt(1 / n + 1.96**2 / (2 * (n - 1)))}
    points = {"bias": bias, "loa_low": bias - 1.96 * s, "loa_high": bias + 1.96 * s}
    found = {"sd": s} | points
    for name, point in points.items():
        half = float(around[name.split("_")[0]])
        found |= {f"{name}_ci_low": point - half, f"{name}_ci_high": point + half}
    return {name: found[name] for name in _NUMBERS}


def bland_altman(assessments: pd.DataFrame, athletes: pd.DataFrame, between: str = "trial_no") -> pd.DataFrame:
    """Agreement of every two trials, devices or raters that someone has both of.

    One row a motion, quality, position, unit, side and pair. `between`: "trial_no" (one trial against another), or
    "device" or "rater" (values as in `hip_profile`). Columns: motion, quality, position, unit, side, between, first,
    second, n_athletes, those of `limits_of_agreement` (second minus first, in `unit`), method. An athlete counts once,
    with the first day on which both were measured, so that pairs are independent; sides stand apart for the same
    reason. With fewer than 10 athletes the numbers are missing. Raises as `hip_profile`, and for another or an absent
    `between`.
    """
    if between not in ("trial_no", *TOOLS) or between not in assessments:
        raise HiprunError(
            f"agreement: found between = {between!r}; expected trial_no, {' or '.join(TOOLS)}, and that column among "
            "the assessments. Fix: map the column, or leave the comparison out."
        )
    values = _values(assessments, athletes, between)
    rows = []
    for key, group in values.groupby([*GROUP, "side"], dropna=False):
        wide = group.pivot_table(index=["athlete_id", "date"], columns=between, values="value", sort=True)
        levels = list(wide.columns)
        for first, second in [(a, b) for i, a in enumerate(levels) for b in levels[i + 1 :]]:
            both = wide[[first, second]].dropna().groupby("athlete_id").first()
            if both.empty:
                continue
            head = dict(zip([*GROUP, "side"], key, strict=True))
            head |= {"between": between, "first": str(first), "second": str(second), "n_athletes": len(both)}
            enough = len(both) >= MIN_TESTS
            rows.append(head | (limits_of_agreement(both[first], both[second]) if enough else {}))
    columns = [*GROUP, "side", "between", "first", "second", "n_athletes", *_NUMBERS]
    return pd.DataFrame(rows, columns=columns).assign(method=METHOD)


def _values(assessments: pd.DataFrame, athletes: pd.DataFrame, between: str) -> pd.DataFrame:
    """One row an athlete, day, side, group and level of `between`, with its value."""
    if between == "trial_no":
        return measured_trials(assessments, athletes).dropna(subset=["value"])
    parts = assessments.dropna(subset=[between]).groupby(between)
    tables = [hip_profile(part, athletes).assign(**{between: level}) for level, part in parts]
    empty = hip_profile(assessments.iloc[:0], athletes).assign(**{between: None})
    return pd.concat(tables or [empty], ignore_index=True).dropna(subset=["value"])
