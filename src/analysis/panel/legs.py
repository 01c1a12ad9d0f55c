"""The leg-week: pain and injuries of each leg, and how the leg differs from the other (CLAIMS side_asymmetry).

Legs of one runner share all but the side, so a model with legs within athletes asks whether the side that hurts is the
weaker or the stiffer one. Differences are judged by the error of measurement at baseline: of each athlete's first test
of a kind and its retest within 14 days (`hip.reliability`). Later tests do not enter the error, so nothing that is
measured on or after a week's Monday changes what explains the week; as for the z scores (`hip_scores`) the baseline is
that of the whole cohort, of runners who start later too.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.hip.dimensions import FORCE
from analysis.hip.profile import ROM, hip_profile
from analysis.hip.reliability import MAX_RETEST_DAYS, error_of_differences, judged_sides, within_measurement_error
from analysis.hip.scores import DAY, DEFICIT_OF, deficit, first_declared, scores_by_leg, scores_measured
from analysis.panel.grid import WEEK_ROW, place_in_weeks
from analysis.panel.hip_scores import leg_scores_before
from analysis.panel.hip_status import last_test_before
from analysis.study import Study
from analysis.surveillance.problems import is_injury
from analysis.tables import RAW_TABLES
from analysis.tables.words import LENGTH_TESTS, SIDES

LEG_REGIONS = ("hip_groin", "thigh", "hamstring", "lateral_thigh", "knee", "lower_leg", "ankle_foot")
"""The lower limb of the IOC consensus (Bahr et al. 2020, BJSM 54:372)."""
ASYMMETRY = ("strength_difference_percent", "strength_mdc95_percent", "rom_difference_deg", "rom_mdc95_deg")


def leg_weeks(tables: Mapping[str, pd.DataFrame], panel: pd.DataFrame, study: Study | None = None) -> pd.DataFrame:
    """One row an athlete, week and side (left, right): two rows a row of `panel`, in its order.

    `tables` holds tidy tables by name; one that is not there counts as having no rows. Columns: athlete_id, week_start,
    side;

    - pain_nrs (0-10): worst pain in `study.primary_region` on that side; an answer on both sides is one on each leg;
      missing where that side was not asked or answered;
    - new_injuries: injuries of a region of the leg (`LEG_REGIONS`) that began; one of both sides counts for each leg;
      missing where injuries were not observed;
    - at_risk, log_exposure_h (log h): of the athlete, from `panel`;
    - force, rom_six_motions (mean z), hip_deficit: of that leg, last test before the week (`hip_scores`);
    - strength_difference_percent: this leg minus the other in percent of the mean of both, mean over the motions tested
      on both sides (`hip.symmetry`, mean_of_sides); strength_mdc95_percent, strength_beyond_mdc;
    - rom_difference_deg, rom_mdc95_deg, rom_beyond_mdc: the same for range of motion, in degrees;
    - weaker_side, stiffer_side: whether this leg is; missing where the difference is not beyond its MDC95.

    The MDC95 of a mean of k differences is √(Σ MDC95²) / k, their errors being independent (errors add in quadrature;
    Taylor 1997, An Introduction to Error Analysis, ch. 3), each as `hip.reliability.judged_sides` has it; missing where
    one motion's is. `.attrs["left_out"]` counts by reason the answers and injuries that belong to no leg or week.
    Raises as `hip.profile.hip_profile`.
    """
    study = study or Study()
    given = {name: tables.get(name, declared.empty()) for name, declared in RAW_TABLES.items()}
    pain, pain_lost = _pain_of_legs(panel, given["weekly_reports"], study.primary_region)
    injuries, injuries_lost = _injuries_of_legs(panel, given["injuries"])
    status = _status_of_legs(panel, given["hip_assessments"], given["athletes"])
    legs = []
    for side in SIDES:
        of_week = panel[["athlete_id", "week_start"]].assign(
            side=side, pain_nrs=pain[side], new_injuries=injuries[side]
        )
        legs.append(of_week.join(panel[["at_risk", "log_exposure_h"]]).join(status[side]).assign(row=range(len(panel))))
    table = pd.concat(legs).sort_values("row", kind="stable", ignore_index=True).drop(columns="row")
    table["side"] = table["side"].astype("str")
    table.attrs["left_out"] = pain_lost | injuries_lost
    return table


def _pain_of_legs(panel: pd.DataFrame, reports: pd.DataFrame, region: str) -> tuple[dict[str, pd.Series], dict]:
    answers = reports[(reports["region"] == region) & reports["pain_nrs"].notna()]
    inside, _ = place_in_weeks(panel, answers, answers["week_start"], "report_expected")
    weeks = np.arange(len(panel))
    pain = {
        side: pd.Series(own.groupby(WEEK_ROW)["pain_nrs"].max().reindex(weeks).array, index=panel.index)
        for side, own in _by_leg(inside).items()
    }
    return pain, {
        "pain: week not watched on all seven days": len(answers) - len(inside),
        "pain: side not told": int(_no_leg(inside).sum()),
    }


def _injuries_of_legs(panel: pd.DataFrame, problems: pd.DataFrame) -> tuple[dict[str, pd.Series], dict]:
    injuries = problems[is_injury(problems["problem_type"])]
    inside, _ = place_in_weeks(panel, injuries, injuries["onset_date"], "injuries_observed")
    of_leg = inside[inside["region"].isin(LEG_REGIONS)]
    observed, weeks = panel["injuries_observed"].astype(bool), np.arange(len(panel))
    new = {
        side: own.groupby(WEEK_ROW).size().reindex(weeks, fill_value=0).astype("Int64").set_axis(panel.index)
        for side, own in _by_leg(of_leg).items()
    }
    return {side: counts.where(observed) for side, counts in new.items()}, {
        "injuries: week not watched on all seven days": len(injuries) - len(inside),
        "injuries: another region, or none told": len(inside) - len(of_leg),
        "injuries: side not told": int(_no_leg(of_leg).sum()),
    }


def _by_leg(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {side: rows[rows["side"].isin([side, "both"])] for side in SIDES}


def _no_leg(rows: pd.DataFrame) -> pd.Series:
    return ~rows["side"].isin([*SIDES, "both"])


def _status_of_legs(panel: pd.DataFrame, assessments: pd.DataFrame, athletes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """left and right: what is known of that leg before each week, aligned to `panel`."""
    if assessments.empty:
        nothing = pd.DataFrame(np.nan, index=panel.index, columns=[*DEFICIT_OF, *ASYMMETRY])
        return {side: _judged_leg(nothing, nothing, [], 1) for side in SIDES}
    profile = hip_profile(assessments, athletes)
    by_leg = scores_by_leg(profile)
    scores = leg_scores_before(by_leg, panel, DEFICIT_OF)
    measured = scores_measured(by_leg)
    by_day = side_differences_by_day(profile, baseline_error(assessments, athletes))
    apart = last_test_before(panel, by_day, list(ASYMMETRY))
    return {side: _judged_leg(scores[side], apart, measured, sign) for side, sign in (("left", -1), ("right", 1))}


def _judged_leg(scores: pd.DataFrame, apart: pd.DataFrame, measured: list[str], sign: int) -> pd.DataFrame:
    """Scores of one leg and how it differs from the other; `apart` is right minus left, `sign` 1 for the right leg."""
    out = scores[["force", "rom_six_motions"]].assign(hip_deficit=deficit(scores, measured))
    for name, unit, word in (("strength", "percent", "weaker_side"), ("rom", "deg", "stiffer_side")):
        difference, limit = sign * apart[f"{name}_difference_{unit}"], apart[f"{name}_mdc95_{unit}"]
        beyond = ~within_measurement_error(difference, limit)
        out = out.assign(**{f"{name}_difference_{unit}": difference, f"{name}_mdc95_{unit}": limit})
        out = out.assign(**{f"{name}_beyond_mdc": beyond, word: (difference < 0).astype("boolean").where(beyond)})
    return out


def baseline_error(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """`hip.reliability.error_of_differences` of each athlete's first day of a test and retests within 14 days of it."""
    test = ["athlete_id", "motion", "side", "quality", "position"]
    first = assessments.groupby(test)["date"].transform("min")
    return error_of_differences(assessments[(assessments["date"] - first).dt.days <= MAX_RETEST_DAYS], athletes)


def side_differences_by_day(profile: pd.DataFrame, error: pd.DataFrame) -> pd.DataFrame:
    """`ASYMMETRY` by athlete and date, right minus left: means over the motions tested on both sides, and their MDC95.

    `profile` of `hip_profile`, `error` of `baseline_error`. Of several ways a motion was tested in, the first
    (`hip_scores.first_declared`); tests of muscle length are left out.
    """
    sides = judged_sides(profile, error, "mean_of_sides")
    strength = sides[sides["quality"].isin(FORCE) & sides["symmetry_index"].notna()]
    rom = sides[sides["quality"].isin(ROM) & sides["difference"].notna() & ~sides["position"].isin(LENGTH_TESTS)]
    parts = (
        _mean_over_motions(strength, "symmetry_index", "mdc95_percent").set_axis(list(ASYMMETRY[:2]), axis=1),
        _mean_over_motions(rom, "difference", "mdc95").set_axis(list(ASYMMETRY[2:]), axis=1),
    )
    return pd.concat(parts, axis=1).reset_index()


def _mean_over_motions(sides: pd.DataFrame, difference: str, limit: str) -> pd.DataFrame:
    """Mean of the differences and its MDC95, by athlete and date."""
    chosen = first_declared(sides, [*DAY, "motion"])
    by = chosen.assign(squared=chosen[limit] ** 2).groupby(DAY)
    return pd.DataFrame({"mean": by[difference].mean(), "limit": np.sqrt(by["squared"].sum(skipna=False)) / by.size()})
