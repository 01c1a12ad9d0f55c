"""Injuries over the running that was watched: cases, rates by group, and how common problems were week by week."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.describe.wording import in_words
from analysis.panel.grid import place_in_weeks
from analysis.study import Study
from analysis.surveillance import Rate, incidence, ratio_table
from analysis.surveillance.groups import rate_table, rates_of_every_kind
from analysis.surveillance.prevalence import prevalence, prevalence_by_week
from analysis.surveillance.problems import is_injury, kind_of_problem, time_loss_days
from analysis.surveillance.spans import watched_until
from analysis.tables import INJURIES


def watched_running(panel: pd.DataFrame) -> pd.DataFrame:
    """Weeks in which running and injuries were both watched: athlete_id, clinic, sex, exposure_h, exposure_km."""
    both = panel["training_observed"].astype(bool) & panel["injuries_observed"].astype(bool)
    rows = panel.loc[both & panel["exposure_h"].notna(), ["athlete_id", "clinic", "sex", "exposure_h", "exposure_km"]]
    return rows.reset_index(drop=True)


def injury_cases(tables: Mapping[str, pd.DataFrame], panel: pd.DataFrame) -> pd.DataFrame:
    """Injuries that began in a watched week, with time_loss_days, sex and clinic.

    Adds `onset`, how they began, in words, and `still_open`: neither the return nor the days lost are known. An open
    injury loses days to the end of observation. Illnesses are left out; a problem of no stated type counts as an
    injury.
    """
    injuries = tables.get("injuries", INJURIES.empty())
    injuries = injuries[is_injury(injuries["problem_type"])]
    watched = panel.assign(both=panel["training_observed"] & panel["injuries_observed"] & panel["exposure_h"].notna())
    inside, _ = place_in_weeks(watched, injuries, injuries["onset_date"], "both")
    until = inside["athlete_id"].map(watched_until(tables["observation_windows"], "injury"))
    computed = time_loss_days(inside["onset_date"], inside["return_date"], until.astype("datetime64[us]"))
    recorded_only = inside["return_date"].isna() & inside["time_loss_days"].notna()
    days = computed.astype("float64").mask(recorded_only, inside["time_loss_days"])
    still_open = inside["return_date"].isna() & inside["time_loss_days"].isna()
    traits = panel.drop_duplicates("athlete_id")[["athlete_id", "sex", "clinic"]]
    cases = inside.assign(time_loss_days=days, still_open=still_open).merge(traits, on="athlete_id", how="left")
    onset = kind_of_problem(cases["problem_type"], cases["onset_mode"]).astype("str").str.removeprefix("injury, ")
    return cases.assign(region=in_words(cases["region"]), onset=onset)


def injury_rates(cases: pd.DataFrame, running: pd.DataFrame, study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """`surveillance.rate_table` per 1000 h of running with the study's level, draws and seed."""
    options = {"n_boot": study.bootstrap_draws, "seed": study.seed, "level": study.confidence_level}
    known = running.dropna(subset=["exposure_h"])
    return rate_table(cases, known, list(by), exposure_column="exposure_h", unit="h", **options)


def overall_incidence(cases: pd.DataFrame, running: pd.DataFrame, study: Study) -> Rate:
    """New injuries per 1000 h of watched running; a rate of missing values where no running was watched."""
    hours = float(running["exposure_h"].sum())
    if hours > 0:
        return incidence(len(cases), hours, level=study.confidence_level)
    return Rate(np.nan, np.nan, np.nan, len(cases), hours, 1000, "h", study.confidence_level, "no running watched")


SPLITS = {"region": "Body region", "onset": "How it began", "sex": "Sex", "clinic": "Clinic"}


def rates_by(cases: pd.DataFrame, running: pd.DataFrame, study: Study) -> pd.DataFrame:
    """`injury_rates` by body region, mode of onset, sex and clinic, in turn: split, group and the rate columns.

    Region and onset split the cases over the whole running time; sex and clinic split both. A split with one
    group only is left out.
    """
    parts = []
    for column, split in SPLITS.items():
        table = injury_rates(cases, running, study, [column])
        if len(table) > 1:
            group = table[column].astype("str").fillna("not recorded")
            parts.append(table.drop(columns=column).assign(split=split, group=group))
    if not parts:
        return injury_rates(cases, running, study).assign(split="All", group="all")
    return pd.concat(parts, ignore_index=True)


def rates_for_report(rates: pd.DataFrame) -> pd.DataFrame:
    """The columns of a rate table that the report shows, named for its reader.

    How long injuries last stands apart (`describe.severity`): in a rate table an open one counts as ended by then.
    """
    named = {
        "split": "split",
        "group": "group",
        "n_cases": "n_cases",
        "exposure": "exposure_h",
        "incidence": "incidence_per_1000_h",
        "ci_low": "incidence_ci_low",
        "ci_high": "incidence_ci_high",
        "burden": "burden_days_per_1000_h",
        "burden_ci_low": "burden_ci_low",
        "burden_ci_high": "burden_ci_high",
    }
    table = rates if "group" in rates else rates.assign(group="All injuries")
    return table[[c for c in named if c in table]].rename(columns=named)


PER = {"h": "1000 h of running", "km": "1000 km of running", "athlete-days": "365 athlete-days"}
_DAYS_A_WEEK = 7.0


def rates_per(cases: pd.DataFrame, running: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Incidence and burden per 1000 h, per 1000 km and per 365 athlete-days, over the same watched weeks (IOC 2020).

    Columns: rate_per, n_injuries, n_cases (of athletes whose exposure is wholly known), n_without_exposure (the rest),
    exposure, unit, incidence and burden with limits. The days are those of the watched weeks. A kind of exposure that
    is known of nobody has no row. See `surveillance.groups.rates_of_every_kind`.
    """
    options = {"n_boot": study.bootstrap_draws, "seed": study.seed, "level": study.confidence_level}
    table = rates_of_every_kind(cases, running.assign(exposure_days=_DAYS_A_WEEK), **options)
    table = table[table["exposure"] > 0].rename(columns={"n_cases_outside": "n_without_exposure"})
    table = table.assign(rate_per=table["unit"].map(PER), n_injuries=table["n_cases"] + table["n_without_exposure"])
    rates = ["incidence", "ci_low", "ci_high", "burden", "burden_ci_low", "burden_ci_high"]
    counts = ["n_injuries", "n_cases", "n_without_exposure"]
    return table[["rate_per", *counts, "exposure", "unit", *rates]].reset_index(drop=True)


def rate_ratios(cases: pd.DataFrame, running: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Incidence and burden by sex and clinic over those of the group with most cases (`surveillance.ratio_table`).

    Columns: split, group, n_cases, rate_ratio, ci_low, ci_high, burden_ratio, burden_ci_low, burden_ci_high. The
    reference is the last row of its split, with its cases and no ratio: the gate hides the smallest counts first, so a
    reference of most cases is only hidden where nothing can be worked out from a ratio to it. A split with one group
    only is left out. Limits are not corrected for the number of groups.
    """
    options = {"n_boot": study.bootstrap_draws, "seed": study.seed, "level": study.confidence_level}
    parts = []
    for column in ("sex", "clinic"):
        n_cases = cases[column].value_counts().reindex(sorted(running[column].dropna().unique()), fill_value=0)
        if len(n_cases) < 2:
            continue
        reference = n_cases[::-1].idxmax()
        table = ratio_table(cases, running, column, reference, **options)
        last = {"group": f"{reference} (reference)", "n_cases": n_cases[reference]}
        rows = table.rename(columns={column: "group"}).astype({"group": "str"})
        parts.append(pd.concat([rows, pd.DataFrame([last])], ignore_index=True).assign(split=SPLITS[column]))
    rates = ["rate_ratio", "ci_low", "ci_high", "burden_ratio", "burden_ci_low", "burden_ci_high"]
    columns = ["split", "group", "n_cases", *rates]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def rates_for_figure(rates: pd.DataFrame) -> pd.DataFrame:
    """A rate table as the incidence figure takes it: group, n_cases, exposure_h, estimate, limits, withheld."""
    group = rates["split"] + ": " + rates["group"]
    named = rates.assign(group=group, exposure_h=rates["exposure"], estimate=rates["incidence"])
    columns = ["group", "n_cases", "exposure_h", "estimate", "ci_low", "ci_high", "withheld"]
    return named[[c for c in columns if c in named]]


def risk_points(rates: pd.DataFrame) -> pd.DataFrame:
    """The body regions of `rates_by` as the risk matrix takes them, with `withheld` if given; none without a split."""
    regions = rates[(rates["split"] == SPLITS["region"]) & rates["burden"].notna()]
    return pd.DataFrame(
        {
            "group": regions["group"],
            "incidence_per_1000_h": regions["incidence"],
            "severity_mean_days": regions["mean_days"],
            "burden_per_1000_h": regions["burden"],
            "n_cases": regions["n_cases"],
            **({"withheld": regions["withheld"]} if "withheld" in regions else {}),
        }
    ).reset_index(drop=True)


PROBLEMS = {"health_problem": "Any health problem", "substantial_problem": "Substantial problem"}


def weekly_problems(panel: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Prevalence by week among those who answered: measure, the week, n_answered, n_problem, prevalence, limits."""
    columns = ["measure", "week_in_programme", "week", "n_answered", "n_problem", "prevalence", "ci_low", "ci_high"]
    parts = [
        prevalence_by_week(*answers, level=study.confidence_level).assign(measure=label)
        for label, answers in _answered(panel).items()
    ]
    if not parts:
        return pd.DataFrame(columns=columns)
    numbers = panel.drop_duplicates("week_start").set_index("week_start")["week_in_programme"]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(week_in_programme=table["week"].map(numbers))[columns]


def average_problems(panel: pd.DataFrame, study: Study) -> dict[str, Rate]:
    """Prevalence averaged over weeks, by measure, with limits from drawing whole athletes again."""
    options = {"level": study.confidence_level, "n_boot": study.bootstrap_draws, "seed": study.seed}
    return {label: prevalence(*answers, **options) for label, answers in _answered(panel).items()}


def average_table(averages: dict[str, Rate]) -> pd.DataFrame:
    """`average_problems` as a table: measure, n_reports, prevalence_percent and its limits."""
    return pd.DataFrame(
        [
            (label, int(rate.exposure), 100 * rate.estimate, 100 * rate.ci_low, 100 * rate.ci_high)
            for label, rate in averages.items()
        ],
        columns=["measure", "n_reports", "prevalence_percent", "ci_low", "ci_high"],
    )


def _answered(panel: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series, pd.Series]]:
    known = {label: panel[panel[column].notna()] for column, label in PROBLEMS.items()}
    columns = {label: column for column, label in PROBLEMS.items()}
    return {
        label: (rows[columns[label]], rows["athlete_id"], rows["week_start"])
        for label, rows in known.items()
        if len(rows)
    }
