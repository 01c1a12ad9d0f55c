"""Plain-English readings of injuries: when the first came, how long they lasted, and whether the way of counting them
matters."""

import pandas as pd

from analysis.report.format import number
from analysis.report.predictions import name_runners

NO_FIRST = "Too few runners had a first problem for the time to it to be told."
_DAYS = (7, 28)
"""Ends of classes of the consensus (`surveillance.problems.SEVERITY_BINS`)."""


def read_first_problems(summary: pd.DataFrame, threshold: int = 5, level: float = 0.95) -> str:
    """By which week half of the runners had each first problem.

    `summary`: problem, n_athletes, n_at_start, n_events, median_weeks, ci_low, ci_high
    (`describe.first_problem_summary`). Where fewer than `threshold` runners were followed or had it, nothing is said.
    """
    some = (summary["n_events"] >= threshold) & (summary["n_athletes"] >= threshold)
    parts = [_first(row, level) for _, row in summary[some].iterrows()]
    return " ".join(parts) if parts else NO_FIRST


def _first(row: pd.Series, level: float) -> str:
    name = f"a first {row['problem'][:1].lower()}{row['problem'][1:]}".replace("a first any", "a first")
    watched = "were watched" if pd.isna(row["n_at_start"]) else "began without one"
    of = f"half of the {number(row['n_athletes'])} runners who {watched}"
    if pd.isna(row["median_weeks"]):
        return f"Fewer than {of} had {name} while they were followed."
    limits = _limits(row["ci_low"], row["ci_high"], level)
    return f"{of[:1].upper()}{of[1:]} had {name} by week {number(row['median_weeks'])}{limits}."


def _limits(low: float, high: float, level: float) -> str:
    """A span in brackets, or its lower end alone where the curve does not reach the upper; empty without either."""
    if pd.isna(low):
        return ""
    span = f"{number(low)} or more" if pd.isna(high) else f"{number(low)} to {number(high)}"
    return f" ({100 * level:g} % interval {span})"


def read_severity(severity: pd.DataFrame, curve: pd.DataFrame, threshold: int = 5, level: float = 0.95) -> str:
    """How many days injuries cost: median, quartiles, and the shares that cost no more than 7 and 28 days.

    `severity`: the first row of `describe.severity_by_region`, `curve`: `describe.return_curve` of the same injuries.
    Fewer than `threshold` injuries, or that many unfinished ones, are not counted out.
    """
    if severity.empty or severity["n_cases"].iloc[0] < threshold:
        return f"Fewer than {threshold} injuries were recorded, so their days lost are not told."
    row = severity.iloc[0]
    if curve["time"].max() == 0 and not row["n_still_open"]:
        return f"None of the {number(row['n_cases'])} injuries cost a day."
    if pd.isna(row["median_days"]):
        return f"Fewer than half of the {number(row['n_cases'])} injuries had ended when the watch ended."
    limits = _limits(row["median_ci_low"], row["median_ci_high"], level)
    quarter = f", and a quarter {number(row['q3_days'])} days or more" if row["q3_days"] > 0 else ""
    head = f"Half of the {number(row['n_cases'])} injuries cost {_at_most(row['median_days'])}{limits}{quarter}."
    return " ".join([head, *_shares(curve, level), *_unfinished(int(row["n_still_open"]), threshold)])


def _at_most(days: float) -> str:
    return f"{number(days)} {'day' if days == 1 else 'days'} or fewer" if days else "no day"


def _shares(curve: pd.DataFrame, level: float) -> list[str]:
    said = []
    for days in _DAYS:
        row = curve[curve["time"] <= days].tail(1)
        if len(row) and row[["survival", "ci_low", "ci_high"]].notna().all(axis=None):
            back, low, high = (100 * (1 - float(row[c].iloc[0])) for c in ("survival", "ci_high", "ci_low"))
            said.append(f"at most {days} days in {number(back, 0)} % ({number(low, 0)} to {number(high, 0)} %)")
    return [f"The loss was {' and '.join(said)}, with {100 * level:g} % limits."] if said else []


def _unfinished(n: int, threshold: int) -> list[str]:
    if not n:
        return []
    count = f"{number(n)} injuries" if n >= threshold else "Injuries"
    return [f"{count} that had not ended when the watch ended count as lasting longer; by how much is not known."]


def read_recurrent(table: pd.DataFrame) -> pd.DataFrame:
    """Whether the rate ratios hang on how repeated injuries are taken: text, n_athletes, one row an exposure.

    `table`: group, estimate, ci_low, ci_high, n_athletes, n_cases of `claims.recurrent_events`, the primary model first
    in each group. Without it, or without another one to set beside it, an exposure has no row.
    """
    rows = []
    for words, part in table.groupby("group", sort=False):
        known = part.dropna(subset="estimate")
        if len(known) < 2 or pd.isna(part["estimate"].iloc[0]):
            continue
        primary, others = known.iloc[0], known["estimate"].iloc[1:]
        inside = others.between(primary["ci_low"], primary["ci_high"]).all()
        ratio, *limits, least, most = (
            number(v, 2) for v in (*primary[["estimate", "ci_low", "ci_high"]], others.min(), others.max())
        )
        span = least if least == most else f"{least} to {most}"
        several = f"{len(others)} other ways of taking repeated injuries give {span}"
        other = several if len(others) > 1 else f"the one other way of taking repeated injuries gives {span}"
        verdict = "within that interval" if inside else "not all within that interval: the ratio hangs on the choice"
        text = f"{words}: the rate ratio is {ratio} ({limits[0]} to {limits[1]}); {other}, {verdict}."
        rows.append((text, known[["n_athletes", "n_cases"]].min(axis=None)))
    return pd.DataFrame(rows, columns=["text", "n_athletes"])


def read_chances(chances: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Of 100 runners like this, how many would have a new injury: text, n_athletes, one row a typical runner.

    `chances`: runner, scenario ('usual' first, then kinds of work), extra_min, n_athletes, the traits and
    chance_percent with limits, weeks, hours_a_week (`claims.effects.chance.chance_of_injury`).
    """
    rows = []
    for _, scenarios in chances.groupby("runner", sort=False):
        usual = scenarios.iloc[0]
        of = f"Of 100 {_who(usual)}, the model expects about {_some(usual)} to have a new injury in"
        hours = f"{usual['weeks']} weeks of {number(usual['hours_a_week'], 1)} h of running"
        habit = f"{hours}, at their usual hip work ({100 * level:g} % limits)"
        more = [
            f"{_some(row)} with {number(row['extra_min'], 0)} min/week more {row['scenario']} work before the weeks"
            for _, row in scenarios.iloc[1:].iterrows()
        ]
        text = f"{of} {habit}; {' and '.join(more)}." if more else f"{of} {habit}."
        rows.append((text, usual["n_athletes"]))
    return pd.DataFrame(rows, columns=["text", "n_athletes"])


def if_said(text: str, runners: pd.DataFrame) -> pd.DataFrame:
    """`text` as readings (text, n_athletes: the fewest of `runners`); none where it is empty."""
    rows = [(text, runners["n_athletes"].min())] if text else []
    return pd.DataFrame(rows, columns=["text", "n_athletes"])


def chances_for_report(chances: pd.DataFrame) -> pd.DataFrame:
    """The same as a table: runner, hip_work, n_athletes, rate_per_1000_h and with_injury_pct, each with limits."""
    named = name_runners(chances)
    named = named.assign(
        runner=named["runner_words"],
        hip_work=named["scenario_words"],
        rate_per_1000_h=named["expected"],
        rate_ci_low=named["ci_low"],
        rate_ci_high=named["ci_high"],
    )
    chances_pct = {f"chance_{name}": f"with_injury_{name}" for name in ("ci_low", "ci_high")}
    named = named.rename(columns={"chance_percent": "with_injury_pct"} | chances_pct)
    numbers = ["rate_per_1000_h", "rate_ci_low", "rate_ci_high"]
    numbers += ["with_injury_pct", "with_injury_ci_low", "with_injury_ci_high"]
    return named[["runner", "hip_work", "n_athletes", *numbers]]


def _some(row: pd.Series) -> str:
    numbers = (number(row[f"chance_{name}"], 0) for name in ("percent", "ci_low", "ci_high"))
    return "{} ({} to {})".format(*numbers)


def _who(runner: pd.Series) -> str:
    """The traits that the model has, in words: "women of about 34 years without a previous injury"."""
    people = {1.0: "men", 0.0: "women"}.get(runner.get("sex_male"), "runners")
    age = f" of about {number(10 * runner['age_decades'], 0)} years" if pd.notna(runner.get("age_decades")) else ""
    injured = {1.0: " with a previous injury", 0.0: " without a previous injury"}
    return f"{people}{age}{injured.get(runner.get('previous_injury_yes'), '')}"
