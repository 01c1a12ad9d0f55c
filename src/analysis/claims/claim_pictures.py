"""The numbers behind the figures of single claims that are more than their estimates."""

import math

import numpy as np
import pandas as pd
from scipy import stats

from analysis.claims.frames import ClaimData
from analysis.claims.primary import at_risk
from analysis.errors import HiprunError
from analysis.panel.regions import REMOTE_REGIONS

SIDES = {"weaker": "weaker_side_yes", "stiffer": "stiffer_side_yes"}
LEG_COLUMNS = ["comparison", "outcome", "on_it", "on_other", "unit", "n_athletes", "n_cases_on_it", "n_cases_on_other"]
KEPT_COLUMNS = ["group", "point", "weeks", "degrees", "ci_low", "ci_high", "n_athletes", "n_gains"]
LITTLE, MUCH = "little loading after it", "much loading after it"
ESTIMATE = ["estimate", "ci_low", "ci_high", "scale"]


def legs_compared(data: ClaimData, estimated: pd.DataFrame) -> pd.DataFrame:
    """Pain and injuries of the weaker, and of the stiffer, leg beside the other leg of the same runners (CLAIMS
    side_asymmetry).

    Returns
    -------
    DataFrame
        One row a comparison ('weaker', 'stiffer') and outcome ('leg_pain', 'leg_injury'): on_it and on_other, of pain
        the mean over runners of each one's mean on that leg (points), of injuries those per 1000 h of running of the
        runner; unit; n_athletes with both legs known; n_cases_on_it and n_cases_on_other (injuries; missing for pain);
        and the model's estimate, ci_low, ci_high, scale of `estimated` (`estimate_claims`), missing where there is
        none. No row where no leg differs beyond measurement error, or nothing was answered.
    """
    try:
        legs = data.legs
    except HiprunError:
        return pd.DataFrame(columns=[*LEG_COLUMNS, *ESTIMATE])
    rows = [row for name, flag in SIDES.items() for row in (_leg_pain(legs, name, flag), _leg_rate(legs, name, flag))]
    table = pd.DataFrame([row for row in rows if row], columns=LEG_COLUMNS)
    terms = table["outcome"] + ": " + table["comparison"].map(SIDES)
    of_model = estimated[estimated["claim"] == "side_asymmetry"].set_index("term")[ESTIMATE]
    return table.join(of_model, on=terms.rename("term"))


def _leg_pain(legs: pd.DataFrame, name: str, flag: str) -> dict[str, object]:
    known = legs.dropna(subset=[flag, "pain_nrs"])
    of_leg = known.groupby(["athlete_id", flag])["pain_nrs"].mean().unstack()
    both = of_leg.reindex(columns=[0.0, 1.0]).dropna()
    if both.empty:
        return {}
    means = {"on_it": both[1.0].mean(), "on_other": both[0.0].mean()}
    return {"comparison": name, "outcome": "leg_pain", "unit": "points", "n_athletes": len(both), **means}


def _leg_rate(legs: pd.DataFrame, name: str, flag: str) -> dict[str, object]:
    known = at_risk(legs).dropna(subset=[flag])
    if known.empty:
        return {}
    hours = np.exp(known["log_exposure_h"].astype("float64")).groupby(known[flag]).sum()
    cases = known.groupby(flag)["new_injuries"].sum()
    rate = 1000 * cases / hours
    if set(rate.index) != {0.0, 1.0}:
        return {}
    counts = {"n_cases_on_it": cases[1.0], "n_cases_on_other": cases[0.0], "n_athletes": known["athlete_id"].nunique()}
    numbers = {"on_it": rate[1.0], "on_other": rate[0.0], "unit": "injuries per 1000 h"}
    return {"comparison": name, "outcome": "leg_injury", **numbers, **counts}


def range_kept_curves(data: ClaimData) -> pd.DataFrame:
    """Gains in range beyond measurement error and what is left at the next test, with much and with little loading
    after them (CLAIMS temporary_range).

    Gains are split at the median minutes of control and activation work between the gain and the next test.

    Returns
    -------
    DataFrame
        Three rows a group, `point`: 'before' (0 degrees), 'gained', 'next test'; weeks since the test that found the
        gain; degrees: the mean over runners of each one's mean; ci_low and ci_high, of that mean by t, at the level of
        the study; n_athletes, n_gains of the group. No rows where fewer than two runners have a gain in each group.
    """
    nothing = pd.DataFrame(columns=KEPT_COLUMNS)
    try:
        gains = data.gains_kept.dropna(subset=["loading_after", "gain", "kept"])
    except HiprunError:
        return nothing
    much = gains["loading_after"] > gains["loading_after"].median()
    groups = {LITTLE: gains[~much], MUCH: gains[much]}
    if any(rows["athlete_id"].nunique() < 2 for rows in groups.values()):
        return nothing
    level = data.study.confidence_level
    return pd.DataFrame([row for name, rows in groups.items() for row in _points(name, rows, level)])[KEPT_COLUMNS]


def _points(name: str, gains: pd.DataFrame, level: float) -> list[dict[str, object]]:
    weeks_before = (gains["to_date"] - gains["from_date"]).dt.days.mean() / 7
    counts = {"group": name, "n_athletes": gains["athlete_id"].nunique(), "n_gains": len(gains)}
    before = {"point": "before", "weeks": -weeks_before, "degrees": 0.0, "ci_low": math.nan, "ci_high": math.nan}
    after = {"point": "gained", "weeks": 0.0, **_mean_over_runners(gains, "gain", level)}
    later = {"point": "next test", "weeks": gains["weeks_later"].mean(), **_mean_over_runners(gains, "kept", level)}
    return [counts | point for point in (before, after, later)]


def _mean_over_runners(rows: pd.DataFrame, column: str, level: float) -> dict[str, float]:
    """Mean of the runners' means with its t interval (Student 1908, Biometrika 6:1)."""
    means = rows.groupby("athlete_id")[column].mean()
    half = stats.t.ppf((1 + level) / 2, len(means) - 1) * means.std() / math.sqrt(len(means))
    return {"degrees": means.mean(), "ci_low": means.mean() - half, "ci_high": means.mean() + half}


def pain_by_region(estimated: pd.DataFrame) -> pd.DataFrame:
    """The rows of CLAIMS remote_pain region by region: `region` (of `REMOTE_REGIONS`) and the columns of `estimated`;
    without rows where the claim was not asked."""
    regions = estimated["term"].str.extract(r"^pain_elsewhere: deficit_(\w+)$", expand=False)
    rows = estimated.assign(region=regions)[regions.isin(REMOTE_REGIONS)]
    return rows.reset_index(drop=True)
