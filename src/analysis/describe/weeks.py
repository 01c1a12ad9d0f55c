"""The weeks of the panel: who answered when, what is missing, and how much hip work was done."""

import numpy as np
import pandas as pd

from analysis.study import Study
from analysis.surveillance.problems import non_response_table, response_rate
from analysis.tables import ATHLETE_WEEKS

STATES = ("answered", "partly", "not answered", "not expected")


def response_states(panel: pd.DataFrame) -> pd.DataFrame:
    """State of the weekly report of every athlete-week: athlete_id, week_start, state (one of `STATES`).

    `partly`: something was answered, but not both hip pain and the OSTRC questions (where the cohort asks them).
    """
    asked = [c for c in ("pain_nrs", "health_problem") if panel[c].notna().any()]
    complete = panel[asked].notna().all(axis=1)
    reported = panel["reported"].astype(bool)
    state = np.select(
        [reported & complete, reported, panel["report_expected"].astype(bool)], STATES[:3], default=STATES[3]
    )
    return panel[["athlete_id", "week_start"]].assign(state=state)


def response_summary(panel: pd.DataFrame) -> pd.DataFrame:
    """Response by week: week_start, n_expected, n_answered, response_rate."""
    return response_rate(panel[panel["report_expected"].astype(bool)], panel[panel["reported"].astype(bool)])


TRAITS = {
    "all": "All runners",
    "sex": "Sex",
    "clinic": "Clinic",
    "age_y": "Age (years)",
    "previous_injury": "Previous injury",
}


def response_by_trait(athletes: pd.DataFrame, panel: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Who answered and who did not (`surveillance.problems.non_response_table`), in words.

    Columns: trait, group, n_athletes (of whom a report was expected), n_never_answered, reports_expected, response_pct
    with limits from drawing whole athletes again. A trait all athletes share is left out; no row where no report was
    expected.
    """
    columns = [
        "trait",
        "group",
        "n_athletes",
        "n_never_answered",
        "reports_expected",
        "response_pct",
        "ci_low",
        "ci_high",
    ]
    expected = panel[panel["report_expected"].astype(bool)]
    if expected.empty:
        return pd.DataFrame(columns=columns)
    options = {"level": study.confidence_level, "n_boot": study.bootstrap_draws, "seed": study.seed}
    found = non_response_table(athletes, expected, panel[panel["reported"].astype(bool)], **options)
    by_age = found["trait"] == "age_y"
    found["group"] = found["group"].mask(by_age, found["group"].str.replace(" to ", "–"))
    several = found["trait"].eq("all") | found.groupby("trait")["trait"].transform("size").gt(1)
    shares = {"response_pct": "response_rate", "ci_low": "ci_low", "ci_high": "ci_high"}
    table = found[several].assign(
        trait=found["trait"].map(TRAITS),
        group=found["group"].where(found["trait"] != "all", ""),
        n_never_answered=found["n_never"],
        reports_expected=found["n_expected"],
        **{name: 100 * found[share] for name, share in shares.items()},
    )
    return table[columns].reset_index(drop=True)


def missing_by_column(panel: pd.DataFrame) -> pd.DataFrame:
    """How often each optional column is missing: column, meaning, n_weeks_known, n_weeks_missing, percent_missing."""
    columns = [c for c in ATHLETE_WEEKS.columns if c.name not in ATHLETE_WEEKS.required]
    missing = panel[[c.name for c in columns]].isna()
    return pd.DataFrame(
        {
            "column": [c.name for c in columns],
            "meaning": [c.meaning for c in columns],
            "n_weeks_known": (~missing).sum().to_numpy(),
            "n_weeks_missing": missing.sum().to_numpy(),
            "percent_missing": 100 * missing.mean().to_numpy() if len(panel) else np.nan,
        }
    )


def dose_summary(panel: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles of weekly minutes and hours: measure, n_athlete_weeks, median, q1, q3, percent_zero."""
    measures = {
        "mobility_min": "Mobility work (min/week)",
        "stability_min": "Stability work (min/week)",
        "exposure_h": "Running (h/week)",
        "exposure_km": "Running (km/week)",
        "srpe_load_au": "Session-RPE load (AU/week)",
    }
    rows = []
    for column, label in measures.items():
        known = panel[column].dropna()
        if known.empty:
            continue
        q1, median, q3 = known.quantile([0.25, 0.5, 0.75])
        rows.append((label, len(known), median, q1, q3, 100 * (known == 0).mean()))
    return pd.DataFrame(rows, columns=["measure", "n_athlete_weeks", "median", "q1", "q3", "percent_zero"])
