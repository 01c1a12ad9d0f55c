"""Our side of `published`: the football team of the R package injurytools and the examples of the R package ostRc.

Each function gives numbers by the names they have in `published.csv`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from analysis.models import Fit, fit
from analysis.surveillance import incidence, prevalence_by_week, wald_limits
from analysis.surveillance.groups import rate_table
from analysis.surveillance.ostrc import CANNOT_PARTICIPATE, health_problem, severity_score, substantial
from analysis.surveillance.problems import problem_episodes

Numbers = dict[str, float]
PER_100_MATCHES = 100 * 90
RATES = {
    "n_cases": "injuries",
    "incidence": "incidence",
    "days_lost": "days lost",
    "mean_days": "mean days lost",
    "median_days": "median days lost",
    "q1_days": "first quartile of days lost",
    "q3_days": "third quartile of days lost",
    "burden": "burden",
}
INJURED = {"1": "xxo", "2": "xox", "3": "xo.", "4": "oxx", "5": "xx.", "6": "xxx"}
SUBSTANTIAL = {"1": "oxo", "2": "xxo", "3": "oo.", "4": "ooo", "5": "oo.", "6": "xxo"}
MEN = ("1", "3", "4")
"""The six athletes of the README of ostRc over three weeks: x problem, o none, . no answer."""


def football_rates(injuries: pd.DataFrame, exposure: pd.DataFrame) -> Numbers:
    """Rates of one team over all seasons and by season; limits by Wald's formula, as injurytools has them.

    `injuries`: athlete_id, season, days_lost; `exposure`: athlete_id, season, minutes_played.
    """
    parts = {"all seasons": _rates(injuries, exposure)}
    parts |= {row["season"]: row.to_frame().T for _, row in _rates(injuries, exposure, "season").iterrows()}
    numbers: Numbers = {}
    for scope, table in parts.items():
        row = table.iloc[0]
        numbers |= {f"{scope}: minutes played": row["exposure"]} | _named(scope, row)
        for name, count in (("incidence", row["n_cases"]), ("burden", row["days_lost"])):
            low, high = wald_limits(count, row["exposure"], PER_100_MATCHES)
            numbers |= {f"{scope}: {name}, lower Wald limit": low, f"{scope}: {name}, upper Wald limit": high}
    total = parts["all seasons"].iloc[0]
    hours = total["exposure"] / 60
    numbers["all seasons: incidence per 1000 h"] = incidence(int(total["n_cases"]), hours).estimate
    numbers["all seasons: burden per 1000 h"] = total["days_lost"] / hours * 1000
    return numbers


def football_types(injuries: pd.DataFrame, exposure: pd.DataFrame) -> Numbers:
    """Rates by injury_type and cases and days by injury_severity; frames as in `football_rates`."""
    numbers: Numbers = {}
    for column in ("injury_type", "injury_severity"):
        for _, row in _rates(injuries, exposure, column).iterrows():
            numbers |= _named(row[column], row)
    return numbers


def _rates(injuries: pd.DataFrame, exposure: pd.DataFrame, *by: str) -> pd.DataFrame:
    cases = injuries.rename(columns={"days_lost": "time_loss_days"})
    scale = {"exposure_column": "minutes_played", "per": PER_100_MATCHES, "unit": "match min"}
    return rate_table(cases, exposure, by, **scale, n_boot=2)  # the drawn limits are not looked at


def _named(scope: str, row: pd.Series) -> Numbers:
    return {f"{scope}: {name}": float(row[column]) for column, name in RATES.items()}


def football_prevalence(injuries: pd.DataFrame, exposure: pd.DataFrame) -> Numbers:
    """Percent of a season's squad with an injury in the season or in a month of it, and injuries by type.

    An injury counts for a time that it overlaps, the day of return left out; a season runs from 1 July to 30 June.
    """
    squad = exposure.groupby("season")["athlete_id"].nunique()
    numbers: Numbers = {}
    for season, year in (("17/18", 2018), ("18/19", 2019)):
        own = injuries[injuries["season"] == season]
        for month in (1, 2):
            first = pd.Timestamp(year, month, 1)
            hurt = _overlapping(own, first, first + pd.offsets.MonthEnd())["athlete_id"].nunique()
            numbers[f"{first:%B %Y}: prevalence"] = 100 * hurt / squad[season]
        hurt = own["athlete_id"].nunique()
        numbers[f"{season} season: prevalence"] = 100 * hurt / squad[season]
        numbers[f"{season} season: athletes without an injury"] = squad[season] - hurt
        during = _overlapping(injuries, pd.Timestamp(year - 1, 7, 1), pd.Timestamp(year, 6, 30))
        numbers |= {
            f"{season} season: injuries of type {t}": n for t, n in during.groupby("injury_type").size().items()
        }
    return numbers


def _overlapping(injuries: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    return injuries[(pd.to_datetime(injuries["from"]) <= last) & (pd.to_datetime(injuries["until"]) > first)]


def football_models(injuries: pd.DataFrame, exposure: pd.DataFrame) -> Numbers:
    """Count models of injuries and days lost by position, offset log minutes (R package injurytools, vignette)."""
    players = football_players(injuries, exposure)
    first = players[players["season"] == "17/18"]
    options = {"offset": "log_minutes"}
    rate = fit("injuries ~ position", first, "poisson", **options)
    days = fit("days ~ position", first, "poisson", **options)
    spread = fit("days ~ position", first, "negativebinomial", **options)
    mixed = fit("injuries ~ position + (1 | athlete_id)", players, "poisson", **options)
    numbers: Numbers = {}
    models = {"Poisson incidence": rate, "Poisson burden": days}
    for name, model in (models | {"Negative binomial burden": spread, "Poisson mixed": mixed}).items():
        numbers |= _estimates(name, model, ("Attack", "Defender", "Midfield"))
        numbers |= {f"{name}: log-likelihood": model.loglik, f"{name}: AIC": model.aic, f"{name}: BIC": model.bic}
    families = (
        ("Poisson burden", sm.families.Poisson()),
        ("Negative binomial burden", sm.families.NegativeBinomial(alpha=1 / spread.dispersion)),
    )
    for name, family in families:
        glm = smf.glm("days ~ position", first, family=family, offset=first["log_minutes"]).fit()
        numbers[f"{name}: deviance explained"] = 100 * (1 - glm.deviance / glm.null_deviance)
    numbers["Negative binomial burden: shape θ"] = spread.dispersion
    numbers["Poisson mixed: SD between athletes"] = mixed.random_effects["sd"].iloc[0]
    return numbers


def football_players(injuries: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    """One row a field player and season: athlete_id, season, position, injuries, days, log_minutes."""
    counts = injuries.groupby(["athlete_id", "season"])["days_lost"].agg(injuries="size", days="sum").reset_index()
    players = exposure.merge(counts, how="left", on=["athlete_id", "season"], validate="one_to_one")
    players = players.fillna({"injuries": 0, "days": 0})  # every injury of these players is in the table
    players["position"] = players["position"].str.split("_").str[0]
    players["log_minutes"] = np.log(players["minutes_played"])
    return players[players["position"] != "Goalkeeper"].reset_index(drop=True)


def _estimates(name: str, model: Fit, labels: Sequence[str]) -> Numbers:
    table = model.estimates
    numbers = {f"{name}: {label}": b for label, b in zip(labels, table["estimate"], strict=True)}
    errors = zip(labels, table["std_error"], strict=True)
    return numbers | {f"{name}: {label}, standard error": se for label, se in errors}


def ostrc_reports() -> pd.DataFrame:
    """The six athletes of the README of ostRc: athlete_id, week, week_start, injury, substantial (boolean), man."""
    answer = {"x": True, "o": False, ".": pd.NA}
    rows = [
        (who, week, answer[mark], answer[SUBSTANTIAL[who][week - 1]], who in MEN)
        for who, marks in INJURED.items()
        for week, mark in enumerate(marks, start=1)
    ]
    table = pd.DataFrame(rows, columns=["athlete_id", "week", "injury", "substantial", "man"])
    table["week_start"] = pd.Timestamp("2026-01-05") + pd.to_timedelta(7 * (table["week"] - 1), unit="D")
    return table.astype({"injury": "boolean", "substantial": "boolean"})


def ostrc_weeks() -> pd.DataFrame:
    """Weekly prevalence of `ostrc_reports` as `figures.prevalence_by_week` takes it."""
    reports = ostrc_reports()
    parts = [
        prevalence_by_week(reports[column], reports["athlete_id"], reports["week"]).assign(measure=label)
        for column, label in (("injury", "Injury"), ("substantial", "Substantial problem"))
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(week_in_programme=table["week"])


def ostrc() -> Numbers:
    """Prevalence, incidence, scores and durations of the examples that the R package ostRc prints."""
    reports = ostrc_reports()
    weekly = ostrc_weeks().pivot(index="week", columns="measure", values="prevalence")
    injury, severe = weekly["Injury"], weekly["Substantial problem"]
    half = stats.t.ppf(0.975, len(injury) - 1) * injury.std() / np.sqrt(len(injury))
    numbers = {f"prevalence, week {week}": share for week, share in injury.items()}
    numbers |= {"prevalence, mean of weeks": injury.mean(), "prevalence, SD of weeks": injury.std()}
    numbers |= {"prevalence, lower t limit": injury.mean() - half, "prevalence, upper t limit": injury.mean() + half}
    numbers["substantial problems, mean of weeks"] = severe.mean()
    numbers["substantial problems, SD of weeks"] = severe.std()
    for sex, part in (("men", reports[reports["man"]]), ("women", reports[~reports["man"]])):
        by_week = prevalence_by_week(part["injury"], part["athlete_id"], part["week"])
        numbers[f"prevalence, {sex}"] = by_week["prevalence"].mean()
    return numbers | _ostrc_new_cases(reports) | _ostrc_scores() | _ostrc_cases()


def _ostrc_new_cases(reports: pd.DataFrame) -> Numbers:
    episodes = problem_episodes(reports.rename(columns={"injury": "problem"}))
    new = episodes[episodes["is_new"].fillna(False).astype(bool)].groupby("week_start").size()
    answers = reports.dropna(subset=["injury"]).groupby("week_start").size()
    share = (new.reindex(answers.index, fill_value=0) / answers).iloc[1:]
    weeks = {f"incidence, week {week}": value for week, value in enumerate(share, start=2)}
    return weeks | {"incidence, mean of weeks": share.mean(), "incidence, SD of weeks": share.std()}


def _ostrc_scores() -> Numbers:
    four = {"0 0 0 0": (0, 0, 0, 0), "8 0 0 0": (8, 0, 0, 0), "8 0 17 25": (8, 0, 17, 25), "8 25 0 25": (8, 25, 0, 25)}
    columns = [list(column) for column in zip(*four.values(), strict=True)]
    numbers = {f"severity score of {a}": score for a, score in zip(four, severity_score(*columns), strict=True)}
    three = {"0 0 0": (0, 0, 0), "8 0 0": (8, 0, 0), "8 0 17": (8, 0, 17), "8 25 0": (8, 25, 0)}
    three |= {"25 - -": (25, None, None), "- - 8": (None, None, 8), "- - -": (None,) * 3, "- 17 -": (None, 17, None)}
    q1, q2, q3 = (list(column) for column in zip(*three.values(), strict=True))
    problem = health_problem(q1, q2, q3, [None] * len(q1))
    called = substantial(q1, q2, q3, [None] * len(q1)).mask(problem.eq(False).fillna(False).astype(bool))
    called = called.astype("Float64").to_numpy(float, na_value=np.nan)
    return numbers | {f"substantial, {a}": value for a, value in zip(three, called, strict=True)}


def _ostrc_cases() -> Numbers:
    week = pd.Timestamp("2026-01-05") + pd.to_timedelta([0, 7, 14, 0, 0, 0], unit="D")
    cases = pd.DataFrame({"case": ["1", "1", "1", "18", "2", "4"], "week_start": week, "problem": True})
    weeks = problem_episodes(cases.astype({"problem": "boolean"}), keys=["case"]).groupby("case").size()
    q1 = pd.DataFrame({"case": ["1"] * 4 + ["18"] * 2 + ["2"], "q1": [8, 8, 8, 25, 25, 25, 8]})
    lost = q1["q1"].eq(CANNOT_PARTICIPATE).groupby(q1["case"]).sum()
    numbers = {f"duration of case {case}": n for case, n in weeks.items()}
    return numbers | {f"time loss of case {case}": n for case, n in lost.items()}
