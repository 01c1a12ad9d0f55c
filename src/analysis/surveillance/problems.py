"""Cases and how long they last: time loss, severity bins, problem episodes, response."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.surveillance.prevalence import share_by_athlete

SEVERITY_BINS = ("0 days", "1-7 days", "8-28 days", "over 28 days")


def time_loss_days(
    onset: pd.Series, returned: pd.Series, observed_until: pd.Series | pd.Timestamp | None = None
) -> pd.Series:
    """Days lost by each case: from the day after onset to the day before full return (Int64).

    Return on the day of onset or the day after is 0. An open case (no return) is missing, or, with
    `observed_until`, counted up to and including that day. The counting rule is quoted from memory of the IOC
    consensus (Bahr et al. 2020); exports that hold the days themselves are taken as they are.
    Raises `HiprunError` where a return, or the end of observation of an open case, is before onset.
    """
    end = pd.to_datetime(returned)
    if observed_until is not None:
        day_after = pd.to_datetime(observed_until) + pd.Timedelta(days=1)
        end = end.fillna(day_after) if isinstance(day_after, pd.Series) else end.fillna(pd.Timestamp(day_after))
    days = (end - pd.to_datetime(onset)).dt.days
    if (days < 0).any():
        row = days.index[days < 0][0]
        raise HiprunError(
            f"time loss, row {row}: onset {onset[row]} is after the return or the end of observation. "
            "Fix: correct the dates."
        )
    return (days - 1).clip(lower=0).astype("Int64").rename("time_loss_days")


def is_injury(problem_type: pd.Series) -> pd.Series:
    """Which problems are injuries (bool): all but the illnesses, so a problem of no stated type counts as one."""
    return ~problem_type.eq("illness").fillna(False).astype(bool)


KINDS = (
    "injury, sudden onset",
    "injury, gradual onset",
    "injury, mixed onset",
    "injury, onset not recorded",
    "illness",
)


def kind_of_problem(problem_type: pd.Series, onset_mode: pd.Series) -> pd.Series:
    """Illness apart from injury, and injuries by mode of onset (Bahr et al. 2020), as ordered categories `KINDS`.

    What counts as an injury: `is_injury`. The two Series are of one table. A mode of onset that is not recorded
    stays so. Give it to `rate_table` as a column of `by=`: kinds that did not occur have a row with 0.
    """
    kind = "injury, " + onset_mode.astype("str").fillna("not recorded").replace("not recorded", "onset not recorded")
    kind = kind.where(onset_mode.isna(), kind + " onset").where(is_injury(problem_type), "illness")
    return pd.Series(pd.Categorical(kind, categories=list(KINDS), ordered=True), index=kind.index, name="kind")


def severity_bin(days: pd.Series) -> pd.Series:
    """Days lost as ordered bins 0, 1-7, 8-28 and over 28 days (Bahr et al. 2020, bins from memory)."""
    return pd.cut(days.astype("Float64").astype(float), [-np.inf, 0, 7, 28, np.inf], labels=list(SEVERITY_BINS))


def problem_episodes(
    reports: pd.DataFrame, keys: Sequence[str] = ("athlete_id",), max_gap_weeks: int = 1
) -> pd.DataFrame:
    """Weekly reports of problems to episodes: one row a week with a problem.

    `reports`: `keys`, `week_start` (Monday), `problem` (True, False or missing). Returns `keys`, `week_start`,
    `episode` (1, 2, … within `keys`) and `is_new` (boolean). The rule: a problem week continues the episode of
    the last answered week if that week had the problem and at most `max_gap_weeks` weeks between them were
    unanswered (default 1: one forgotten form does not make a second injury). `is_new` is True in the first week
    of an episode that follows an answered week without the problem; False in weeks that continue; missing where
    an episode starts without that knowledge, at the first answer or after a longer gap. Raises `HiprunError` for
    missing columns or two answers in one week.
    """
    keys = list(keys)
    _need(reports, [*keys, "week_start", "problem"])
    answered = reports[[*keys, "week_start", "problem"]].dropna(subset=["problem"]).sort_values([*keys, "week_start"])
    _one_a_week(answered, keys)
    by = answered.groupby(keys, sort=False, dropna=False)
    before = by["problem"].shift().astype("boolean")
    gap = by["week_start"].diff().dt.days // 7 - 1
    problem = answered["problem"].astype(bool)
    continues = problem & before.fillna(False).astype(bool) & (gap <= max_gap_weeks)
    starts = (problem & ~continues).astype(int)
    answered["episode"] = starts.groupby([answered[k] for k in keys], sort=False, dropna=False).cumsum()
    fresh = pd.Series(pd.NA, index=answered.index, dtype="boolean")
    answered["is_new"] = fresh.mask(before.eq(False).fillna(False).astype(bool), True).mask(continues, False)
    return answered[problem].drop(columns="problem").reset_index(drop=True)


def episodes(problem_weeks: pd.DataFrame, keys: Sequence[str] = ("athlete_id",)) -> pd.DataFrame:
    """One row an episode of `problem_episodes`: `keys`, episode, first_week, last_week, n_weeks, is_new.

    `n_weeks` counts the weeks reported with the problem, not the unanswered ones that the rule bridged. Put
    `problem_type` among the keys of both functions to keep illness apart from injury.
    """
    by = [*keys, "episode"]
    _need(problem_weeks, [*by, "week_start", "is_new"])
    weeks = problem_weeks.sort_values("week_start", kind="stable")
    table = weeks.groupby(by, dropna=False)["week_start"].agg(first_week="min", last_week="max", n_weeks="size")
    begun = weeks.drop_duplicates(by)[[*by, "is_new"]]
    return table.reset_index().merge(begun, on=by, how="left", validate="one_to_one")


def response_rate(expected: pd.DataFrame, answered: pd.DataFrame) -> pd.DataFrame:
    """Response by week: week_start, n_expected, n_answered, response_rate (share of expected forms answered).

    Both frames hold `athlete_id` and `week_start`; repeats of an athlete and week (regions, sides) count once.
    Answers outside what was expected are not counted. A week in which nobody was expected has no row.
    """
    pair = ["athlete_id", "week_start"]
    _need(expected, pair)
    _need(answered, pair)
    due = expected[pair].drop_duplicates()
    due = due.merge(answered[pair].drop_duplicates(), on=pair, how="left", indicator=True)
    due["came"] = due["_merge"].eq("both")
    table = due.groupby("week_start")["came"].agg(n_expected="size", n_answered="sum")
    table["response_rate"] = table["n_answered"] / table["n_expected"]
    return table.reset_index()


def non_response_table(
    athletes: pd.DataFrame,
    expected: pd.DataFrame,
    answered: pd.DataFrame,
    traits: Sequence[str] = ("sex", "clinic", "age_y", "previous_injury"),
    *,
    level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 20260101,
) -> pd.DataFrame:
    """Who answered and who did not: response of athletes by trait, those of whom a form was expected.

    `athletes`: athlete_id and `traits` (`age_y` is put into decades); `expected`, `answered` as in
    `response_rate`. One row a trait and group, the first for all: trait, group, n_athletes, n_never (answered no
    form), n_expected, n_answered, response_rate, ci_low, ci_high. Limits by drawing whole athletes again; where
    none or all answered, exact with athletes as the sample (see `prevalence`). A trait that is not recorded is a
    group of its own. Raises `HiprunError` for missing columns or no expected form.
    """
    pair = ["athlete_id", "week_start"]
    _need(athletes, ["athlete_id", *traits])
    _need(expected, pair)
    _need(answered, pair)
    due = expected[pair].drop_duplicates()
    came = due.merge(answered[pair].drop_duplicates(), on=pair, how="left", indicator=True)["_merge"].eq("both")
    forms = came.groupby(due["athlete_id"].to_numpy()).agg(["size", "sum"])
    groups = athletes.drop_duplicates("athlete_id").set_index("athlete_id").reindex(forms.index)
    rows = [("all", "all", _response(forms, level, n_boot, seed))]
    for trait in traits:
        names = _named(groups[trait])
        for name in sorted(names.unique(), key=lambda n: (n == "not recorded", n)):
            rows.append((trait, name, _response(forms[names == name], level, n_boot, seed)))
    return pd.DataFrame([{"trait": trait, "group": group, **row} for trait, group, row in rows])


def _named(values: pd.Series) -> pd.Series:
    if values.name == "age_y":
        decade = values.astype("Float64") // 10 * 10
        named = decade.astype("Int64").astype("str") + " to " + (decade + 9).astype("Int64").astype("str")
    elif pd.api.types.is_bool_dtype(values.dtype):
        named = values.map({True: "yes", False: "no"}).astype("str")
    else:
        named = values.astype("str")
    return named.where(values.notna(), "not recorded")


def _response(forms: pd.DataFrame, level: float, n_boot: int, seed: int) -> dict[str, float]:
    share, low, high = share_by_athlete(forms["sum"].to_numpy(), forms["size"].to_numpy(), level, n_boot, seed)
    return {
        "n_athletes": len(forms),
        "n_never": int((forms["sum"] == 0).sum()),
        "n_expected": int(forms["size"].sum()),
        "n_answered": int(forms["sum"].sum()),
        "response_rate": share,
        "ci_low": low,
        "ci_high": high,
    }


def _need(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    absent = [c for c in columns if c not in frame]
    if absent:
        raise HiprunError(
            f"found no column {', '.join(absent)}; expected {', '.join(columns)}. Fix: add or rename them."
        )


def _one_a_week(reports: pd.DataFrame, keys: list[str]) -> None:
    twice = reports.duplicated([*keys, "week_start"])
    if twice.any():
        row = reports.loc[twice].iloc[0]
        raise HiprunError(
            f"weekly reports: {', '.join(f'{k} {row[k]}' for k in keys)} answers twice in the week of "
            f"{row['week_start']:%Y-%m-%d}; expected one. Fix: name the other columns that tell them apart in keys=."
        )
