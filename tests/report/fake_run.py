"""A made-up run with three stages, hostile text and small counts, as a notebook would leave it."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from analysis.report import Stage, read_estimate, read_rate
from analysis.surveillance import incidence

HTML_ATTACK = "<script>alert('x')</script>"
TYPST_ATTACK = '#read("/etc/passwd") $x^2$ *bold* _it_ \\ @ref <label> [x] `raw`'
FORMULA_ATTACK = '=HYPERLINK("evil")'
ATHLETE = "a3f9c2b7d1"

INFO = {
    "cohort": "demo",
    "run_id": "20260706-101500",
    "created": "2026-07-06T10:15:00+00:00",
    "version": "0.1.0",
    "start": "2026-01-05",
    "weeks": 26,
    "n_athletes": 60,
    "tables": {"athletes": 60, "training_sessions": 5841, "weekly_reports": 1402, "injuries": 48},
    "dropped": [
        {"table": "training_sessions", "file": "clinic_a/meier_anna.csv", "reason": "not a run or walk", "n_rows": 212},
        {"table": "training_sessions", "file": "clinic_b/log.csv", "reason": "not a run or walk", "n_rows": 31},
        {"table": "weekly_reports", "file": "redcap.csv", "reason": "answered twice: the last is kept", "n_rows": 17},
        {"table": "injuries", "file": "redcap.csv", "reason": "before the observed weeks", "n_rows": 2},
    ],
    "problems": {"errors": 0, "warnings": 14, "decisions": 1},
    "stages": [
        {"name": "03_cohort", "state": "done", "reason": ""},
        {"name": "04_pain", "state": "done", "reason": ""},
        {"name": "05_injury", "state": "done", "reason": ""},
        {"name": "06_claims", "state": "cannot", "reason": "no observation_windows"},
        {"name": "07_sensitivity", "state": "failed", "reason": f"athlete {ATHLETE} answers twice"},
    ],
}


def estimates(**changed: object) -> pd.DataFrame:
    """Rows as `models.tidy` gives them."""
    row = {
        "model": "pain",
        "term": "mobility_within",
        "estimate": -0.2134567890123,
        "std_error": 0.0712,
        "ci_low": -0.3529,
        "ci_high": -0.0739,
        "p_value": 0.0027,
        "df": 812.3,
        "scale": "difference",
        "n_obs": 1402,
        "n_athletes": 60,
        "converged": True,
        "singular": False,
    }
    return pd.DataFrame([row | changed])


def write_run(run_dir: Path) -> None:
    """Save the three stages in `run_dir`."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        _cohort(run_dir)
        _pain(run_dir)
        _injury(run_dir)


def _cohort(run_dir: Path) -> None:
    stage = Stage(run_dir, "03_cohort")
    stage.sentence(
        "Sixty runners were followed for 26 weeks and answered 1402 of 1560 weekly questions (90 %).", headline=True
    )
    frame = pd.DataFrame(
        {
            "characteristic": ["Sex", "Sex", "Sex", "Clinic", "Clinic", "Clinic"],
            "group": ["female", "male", "other", "North", f"South {HTML_ATTACK}", FORMULA_ATTACK],
            "n": [31, 26, 3, 27, 30, 3],
            "mean_age": [34.21, 41.7, 29.03, 38.4, 36.95, 40.1],
            "median_running_km": [38.2, 44.9, 21.0, 40.1, 39.7, 35.5],
            "first_seen": pd.to_datetime(["2026-01-05"] * 6),
        }
    )
    stage.table("who", frame, f"Runners by sex and clinic. {TYPST_ATTACK}", totals_within=["characteristic"])
    rows = pd.DataFrame({"athlete_id": [ATHLETE, "b8e1"], "age": [29, 31]})
    stage.table("rows", rows, "One row a runner, for the analyst.", share=False)
    stage.figure(
        "weekly_km",
        _lines(),
        "Running per week: median of all runners, with quartiles. The programme builds up until week 20.",
        f"Line chart: median weekly distance rises from 30 to 48 km by week 20 {HTML_ATTACK}, then falls to 25 km.",
    )
    stage.needs("hip_profile", {"weekly_reports": frame}, "hip_assessments", "athletes")
    stage.save()


def _pain(run_dir: Path) -> None:
    stage = Stage(run_dir, "04_pain")
    rows = pd.concat(
        [
            estimates(),
            estimates(term="stability_within", estimate=-0.05, ci_low=-0.19, ci_high=0.09, p_value=0.48),
            estimates(model="pain, slopes", term="mobility_within", converged=False),
            estimates(model="pain, clinic C", term="mobility_within", n_athletes=3),
        ],
        ignore_index=True,
    )
    stage.estimates(rows)
    shown = (
        rows.drop(columns=["std_error", "df", "scale", "n_obs", "singular", "converged"]).iloc[:2].drop(columns="model")
    )
    shown["term"] = ["+30 min/week of mobility work", "+30 min/week of stability work"]
    per = "30 min/week more mobility work than the runner's own habit"
    text = read_estimate(rows.iloc[0], "weekly hip pain (0–10)", per, smallest_effect=0.5)
    stage.sentence(text, headline=True)
    stage.table("effects", shown, "Change in weekly hip pain (0–10) within a runner.", count_columns=["n_athletes"])
    stage.figure(
        "effects",
        _forest(shown),
        "Change in weekly hip pain per 30 min/week.",
        "Two estimates with limits, both below zero.",
    )
    stage.figure("small", _lines(), "Three runners of one clinic.", "Lines of three runners of one clinic.", counts=[3])
    stage.sentence("In clinic C, 3 runners had pain every week.", counts=[3])
    stage.save()


def _injury(run_dir: Path) -> None:
    stage = Stage(run_dir, "05_injury")
    rate = incidence(48, 7421.5)
    stage.sentence(read_rate(rate, "new injuries"), headline=True)
    row = estimates(model="injury", scale="IRR", estimate=0.9, ci_low=0.7, ci_high=1.15).iloc[0]
    per = "30 min/week more hip work than the runner's own habit"
    stage.sentence(read_estimate(row, "injury rate", per, smallest_effect=0.9), headline=True)
    regions = ["hip/groin", "knee", "lower leg", "ankle/foot", "lower back", "thigh"]
    counts = np.array([14, 12, 9, 7, 4, 2])
    limits = [incidence(int(n), 7421.5) for n in counts]
    frame = pd.DataFrame(
        {
            "region": regions,
            "n_cases": counts,
            "incidence": [r.estimate for r in limits],
            "ci_low": [r.ci_low for r in limits],
            "ci_high": [r.ci_high for r in limits],
            "median_days": [9.5, 12, 8, 21, 4, 3],
            "burden": counts * np.array([11.2, 14.9, 9.9, 25.1, 6.2, 3.5]) / 7.4215,
        }
    )
    stage.table("regions", frame, "New injuries by region: cases, incidence per 1000 hours at risk, days lost.")
    stage.figure(
        "regions",
        _bars(frame),
        "Incidence per 1000 hours by region, with exact limits.",
        "Dot plot of incidence by region; hip and groin is highest at 1.9.",
    )
    stage.save()


def _lines() -> Figure:
    figure = Figure(figsize=(6.3, 3.2), layout="constrained")
    ax = figure.subplots()
    week = np.arange(1, 27)
    km = 30 + week * 0.9 - np.where(week > 20, (week - 20) * 6, 0)
    ax.fill_between(week, km * 0.8, km * 1.2, color="#0072B2", alpha=0.18, lw=0)
    sns.lineplot(x=week, y=km, ax=ax, color="#0072B2")
    ax.set(xlabel="Week of the programme", ylabel="Distance (km/week)")
    return figure


def _forest(frame: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(6.3, 1.8), layout="constrained")
    ax = figure.subplots()
    error = [frame["estimate"] - frame["ci_low"], frame["ci_high"] - frame["estimate"]]
    ax.errorbar(frame["estimate"], frame["term"], xerr=error, fmt="o", color="#0072B2")
    ax.axvline(0, color="#888", lw=0.8)
    ax.set(xlabel="Difference in pain (points)", ylim=(-0.5, 1.5))
    return figure


def _bars(frame: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(6.3, 3), layout="constrained")
    ax = figure.subplots()
    shown = frame[frame["n_cases"] >= 5]
    error = [shown["incidence"] - shown["ci_low"], shown["ci_high"] - shown["incidence"]]
    ax.errorbar(shown["incidence"], shown["region"], xerr=error, fmt="o", color="#0072B2")
    ax.set(xlabel="New injuries per 1000 h", xlim=(0, None))
    return figure
