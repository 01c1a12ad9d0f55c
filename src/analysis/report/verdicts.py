"""Whether a reading moves, in plain words with the numbers: the sentences of the sensitivity analysis."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.report.format import number, p_value, shared_decimals
from analysis.report.sentences import DIFFERENCE

MOST_NAMED = 4
"""So many alternatives are named before the others are counted."""
_SHORT = {"compatible with no effect of a size that matters": "no effect that matters"}


def read_verdicts(verdicts: Sequence[Any], level: float = 0.95) -> pd.DataFrame:
    """The paragraphs of `claims.verdicts`: text, n_athletes."""
    texts = [read_verdict(each, level) for each in verdicts]
    counts = [each.n_athletes for each in verdicts]
    return pd.DataFrame({"text": pd.Series(texts, dtype="str"), "n_athletes": pd.Series(counts, dtype="int64")})


def read_overall(verdicts: Sequence[Any]) -> str:
    """How many effects there are, how many are clear of none, and what becomes of these in other analyses."""
    known = [each for each in verdicts if not pd.isna(each.estimate)]
    if not known:
        return "No effect of a primary claim could be estimated, so that nothing can be varied."
    clear = [each.status for each in known if each.is_clear]
    of = f"{len(known)} {'effect' if len(known) == 1 else 'effects'} of the primary claims"
    if not clear:
        return (
            f"Of {of} none is clear of no effect by its interval: there is nothing that another analysis could take "
            "away."
        )
    stays, weakens, turns = (clear.count(status) for status in ("stays", "weakens", "turns"))
    return (
        f"Of {of} {_are(len(clear))} clear of no effect by the interval alone, or clear on both sides in other "
        f"analyses. Of these, {_are(stays)} read the same in every other analysis, {_are(weakens)} not in some of "
        f"them, and {_are(turns)} clear on the other side in {'at least one' if turns else 'any'}."
    )


def _are(n: int) -> str:
    return f"{n or 'none'} {'is' if n < 2 else 'are'}"


def verdict_table(verdicts: Sequence[Any]) -> pd.DataFrame:
    """One row a `claims.Verdict`: claim (title), effect, reading, "by its interval" (the reading that the other
    analyses are compared with), "same in" ("13 of 19"), verdict, "moved by" (those of another reading), n_athletes."""
    rows = [
        {
            "claim": each.title,
            "effect": each.words,
            "reading": _SHORT.get(each.reading, each.reading),
            "by its interval": _SHORT.get(each.by_interval, each.by_interval),
            "verdict": each.status,
            "same in": f"{each.n_same} of {each.n_comparable}" if each.n_comparable else "",
            "moved by": _named([name for name, _ in each.moved]) if each.moved else "",
            "n_athletes": each.n_athletes,
        }
        for each in verdicts
        if not pd.isna(each.estimate)
    ]
    columns = ["claim", "effect", "reading", "by its interval", "verdict", "same in", "moved by", "n_athletes"]
    return pd.DataFrame(rows, columns=columns).astype({"n_athletes": "int64"})


def read_e_values(e_values: pd.DataFrame) -> pd.DataFrame:
    """The sentences of `claims.Sensitivity.e_values`, of those whose interval holds an association: text, n_athletes.

    An effect that is not clear of none leaves nothing to explain away.
    """
    known = e_values[e_values["e_value_limit"].fillna(1) > 1]
    texts = [read_e_value(row) for _, row in known.iterrows()]
    return pd.DataFrame({"text": pd.Series(texts, dtype="str"), "n_athletes": known["n_athletes"].to_numpy()})


def read_verdict(verdict: Any, level: float = 0.95) -> str:
    """A `claims.Verdict` as a paragraph: the reading, in how many alternatives it stays, which moved it, the controls.

    Where the reading is another after Holm than by the interval alone, both are said: the other analyses are read by
    their own intervals, not adjusted for the number of claims.
    """
    words = f"{verdict.title}: {verdict.words[:1].lower()}{verdict.words[1:]}"
    if verdict.status == "nothing to compare":
        return f"{words}: {_nothing(verdict)}"
    parts = [f"{words}: {_plain(verdict.reading)} ({_estimate(verdict, level)}).", _alone(verdict), _staying(verdict)]
    parts += [_span(verdict), _across(verdict), _shifts(verdict), _controls(verdict), _without(verdict)]
    return " ".join(part for part in parts if part)


def read_e_value(row: Mapping[str, Any] | pd.Series) -> str:
    """A row of `claims.Sensitivity.e_values` (words, e_value, e_value_limit) as a sentence."""
    head = (
        f"{row['words']}: something that was not measured would have to go along with both by a risk ratio of "
        f"{number(row['e_value'], 2)} or more to explain the whole estimate (E-value)"
    )
    if row["e_value_limit"] == 1:
        return f"{head}; the interval holds no association already."
    return f"{head}, and by {number(row['e_value_limit'], 2)} or more to move the interval to no association."


def _nothing(verdict: Any) -> str:
    if pd.isna(verdict.estimate):
        return "there is no primary estimate, so that nothing can be varied."
    return "no alternative gave an estimate, so that it is not known whether the reading moves."


def _plain(reading: str) -> str:
    return f"the reading is “{reading}”"


def _alone(verdict: Any) -> str:
    """The reading by the interval alone, where it is another."""
    if verdict.reading == verdict.by_interval:
        return ""
    return f"By its interval alone, as the other analyses are read, it would be “{verdict.by_interval}”."


def _estimate(verdict: Any, level: float) -> str:
    after = "" if pd.isna(verdict.p_holm) else f"; p after Holm {p_value(verdict.p_holm)}"
    return f"{_interval(verdict, level)}{after}"


def _interval(verdict: Any, level: float) -> str:
    values = [verdict.estimate, verdict.ci_low, verdict.ci_high]
    if verdict.scale == DIFFERENCE:
        decimals = max(shared_decimals(values), 2)
        head, *limits = (number(v, decimals) for v in values)
        return f"{head} {verdict.unit}, {100 * level:g} % interval {limits[0]} to {limits[1]}"
    head, *limits = (number(v, 2) for v in values)
    return f"{verdict.scale} {head}, {100 * level:g} % interval {limits[0]} to {limits[1]}"


def _staying(verdict: Any) -> str:
    of = f"{verdict.n_same} of {verdict.n_comparable} alternative analyses"
    if verdict.status == "stays":
        return f"It does not move: it is the same in all {verdict.n_comparable} alternative analyses."
    how = {
        "turns": "It turns: the alternatives do not agree on the direction, and it is the same in only",
        "weakens": "It weakens: it is the same in",
        "differs": "It moves: it is the same in",
    }[verdict.status]
    return f"{how} {of}; {_moved(verdict.moved)}."


def _moved(moved: Sequence[tuple[str, str]]) -> str:
    """The alternatives by the reading they gave: "it becomes “undecided” with half-life: 1 week and lag: …"."""
    by_reading: dict[str, list[str]] = {}
    for name, reading in moved:
        by_reading.setdefault(reading, []).append(name)
    said = [f"“{reading}” with {_named(names)}" for reading, names in by_reading.items()]
    return f"it becomes {'; '.join(said)}"


def _named(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return _listed(names)
    return f"{', '.join(names[: MOST_NAMED - 1])} and {len(names) - MOST_NAMED + 1} more"


def _span(verdict: Any) -> str:
    values = [verdict.lowest, verdict.highest]
    decimals = max(shared_decimals(values), 2) if verdict.scale == DIFFERENCE else 2
    low, high = (number(v, decimals) for v in values)
    unit = f" {verdict.unit}" if verdict.scale == DIFFERENCE else ""
    return f"The estimates run from {low} to {high}{unit}."


def _across(verdict: Any) -> str:
    n = len(verdict.across)
    return f"{n} of them {'lies' if n == 1 else 'lie'} on the other side of no effect." if n else ""


def _shifts(verdict: Any) -> str:
    """The answers that did not come: how far they would have to differ."""
    if not verdict.n_shifted:
        return ""
    if not verdict.shifted:
        return "It would be the same if the weeks without an answer differed from what was imputed as far as was tried."
    names = [name for name, _ in verdict.shifted]
    return f"It would be another if the weeks without an answer were {_listed(names, 'or')}."


def _controls(verdict: Any) -> str:
    found = [name for name, is_found in verdict.controls if is_found]
    quiet = [name for name, is_found in verdict.controls if not is_found]
    said = ""
    if quiet:
        said = f"Where nothing should be found, nothing clear was found ({_listed(quiet)})."
    if found:
        said = (
            f"{said} A control found what should not be there ({_listed(found)}): something that was not measured may "
            "be behind this reading too."
        ).strip()
    return said


def _without(verdict: Any) -> str:
    if not verdict.without:
        return ""
    return f"No estimate could be made with {_named(verdict.without)}."


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
