"""What happened in a week: pain, OSTRC answers, new injuries and illnesses."""

import numpy as np
import pandas as pd

from analysis.panel.grid import WEEK_ROW, place_in_weeks
from analysis.surveillance.ostrc import health_problem, severity_score, substantial
from analysis.surveillance.problems import is_injury

ANSWERS = ["pain_nrs", "ostrc_q1", "ostrc_q2", "ostrc_q3", "ostrc_q4"]
QUESTIONS = ["ostrc_q1", "ostrc_q2", "ostrc_q3", "ostrc_q4"]


def any_known(truths: pd.Series, key: pd.Series) -> pd.Series:
    """Three-valued `any` per key: true if one is true, else missing if one is missing, else false."""
    counts = pd.DataFrame({"true": truths.fillna(False).astype(int), "missing": truths.isna().astype(int)})
    counts = counts.groupby(key).sum()
    found = pd.Series(False, index=counts.index, dtype="boolean")
    return found.mask(counts["missing"] > 0).mask(counts["true"] > 0, True)


def score_reports(reports: pd.DataFrame) -> pd.DataFrame:
    """Weekly reports with ostrc_score, health_problem and substantial_problem of each row (missing where not asked)."""
    asked = reports["ostrc_version"].notna()
    answers = [reports.loc[asked, q] for q in QUESTIONS]
    version = reports.loc[asked, "ostrc_version"]
    scored = reports.copy()
    for name, rule in (
        ("ostrc_score", severity_score),
        ("health_problem", health_problem),
        ("substantial_problem", substantial),
    ):
        dtype = "Float64" if name == "ostrc_score" else "boolean"
        values = pd.Series(pd.NA, index=reports.index, dtype=dtype)
        if asked.any():
            values[asked] = pd.array(rule(*answers, version=version), dtype=dtype)
        scored[name] = values
    return scored


def weekly_answers(grid: pd.DataFrame, reports: pd.DataFrame, region: str) -> pd.DataFrame:
    """reported, pain_nrs (of `region`), pain_any_nrs, ostrc_score and the two problem truths, aligned to `grid`."""
    inside, _ = place_in_weeks(grid, reports, reports["week_start"], "report_expected")
    inside = score_reports(inside[inside[ANSWERS].notna().any(axis=1)])
    here = inside[inside["region"] == region]
    asked = inside[inside["ostrc_version"].notna()]
    weekly = {
        "pain_nrs": here.groupby(WEEK_ROW)["pain_nrs"].max(),
        "pain_any_nrs": inside.groupby(WEEK_ROW)["pain_nrs"].max(),
        "ostrc_score": inside.groupby(WEEK_ROW)["ostrc_score"].max().astype("float64"),
        "health_problem": any_known(asked["health_problem"], asked[WEEK_ROW]),
        "substantial_problem": any_known(asked["substantial_problem"], asked[WEEK_ROW]),
    }
    places = np.arange(len(grid))
    out = pd.DataFrame({name: s.reindex(places).array for name, s in weekly.items()}, index=grid.index)
    out["reported"] = pd.array(np.isin(places, inside[WEEK_ROW]), dtype="boolean")
    return out


def weekly_onsets(grid: pd.DataFrame, problems: pd.DataFrame) -> pd.DataFrame:
    """new_injuries and new_illnesses, aligned to `grid`; a problem of no stated type counts as an injury."""
    inside, _ = place_in_weeks(grid, problems, problems["onset_date"], "injuries_observed")
    injured = is_injury(inside["problem_type"])
    observed = grid["injuries_observed"].astype(bool).to_numpy()
    out = {}
    for name, part in (("new_injuries", inside[injured]), ("new_illnesses", inside[~injured])):
        counts = part.groupby(WEEK_ROW).size().reindex(np.arange(len(grid)), fill_value=0).astype("Int64")
        out[name] = pd.Series(counts.array, index=grid.index).where(observed)
    return pd.DataFrame(out)
