"""The claims in plain words: what was found, with its interval, and the reading; never a cause, never advice."""

from collections.abc import Sequence

import pandas as pd

from analysis.claims.reading import AGAINST, CANNOT, READINGS, SUPPORTED
from analysis.report import claim_words as words
from analysis.report.claim_words import Row

DOUBTS = {
    "fewer than 5 each": "There are few injuries for so large a model: its rates are unstable.",
    "(Tipton 2015)": "An interval rests on very few runners or clinics and is not to be trusted.",
    "linear model near": "An interval is approximate, as its model was solved only nearly.",
}
"""What is said of a claim where the note of an estimate has these words."""
MOST_BESIDE = 3
"""So many further effects are said before the others are counted; all stand in the figure."""


def read_claim(row: Row, level: float = 0.95) -> str:
    """One row of `claims.estimate_claims` as a sentence.

    "In weeks with 30 minutes a week more mobility work before them than the runner's own habit, weekly hip pain was
    0.20 points lower (95 % interval from 0.40 to 0.02 lower; 58 runners, 1204 weeks): supported, also after allowing
    for the number of claims tested (p = 0.03)." Where there is no estimate: "… cannot be estimated from these data: …".
    """
    if row["why_not"]:
        return f"{words.label(row)}, {words.short(row)}: cannot be estimated from these data: {row['why_not']}."
    return f"{words.opening(row)}, {words.found(row, level)}."


def in_short(row: Row) -> str:
    """What was found as a few words: "weekly hip pain 0.20 points lower (from 0.40 to 0.02 lower)"."""
    return row["why_not"] or f"{words.short(row)} {words.size(row)} ({words.limits(row)})"


def read_claims(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """A paragraph for each claim: claim, text, n_athletes (the fewest of a number in it, 0 where there is no number).

    Title and reading of the claim, its sentence, what was found of the effects it is read by, then, shorter, what
    stands beside them; then doubts, and effects without an estimate.
    """
    said = [(claim, _paragraph(rows, level), _fewest(rows)) for claim, rows in table.groupby("claim", sort=False)]
    return pd.DataFrame(said, columns=["claim", "text", "n_athletes"])


def claim_table(table: pd.DataFrame) -> pd.DataFrame:
    """One row a claim: primary, claim (its sentence), found (the effects it is read by, or why there are none),
    reading, n_athletes (the fewest of a number in the row, missing where there is none)."""
    rows = []
    for _, of_claim in table.groupby("claim", sort=False):
        judging = of_claim[of_claim["judging"]]
        shown = judging[judging["estimate"].notna()] if judging["estimate"].notna().any() else judging
        first = of_claim.iloc[0]
        texts = {
            "claim": first["sentence"],
            "found": _all_in_short(shown),
            "reading": words.brief(first["claim_reading"]),
        }
        rows.append({"primary": bool(first["primary"]), **texts, "n_athletes": _fewest(judging)})
    claims = pd.DataFrame(rows, columns=["primary", "claim", "found", "reading", "n_athletes"])
    return claims.assign(n_athletes=claims["n_athletes"].astype("Int64").replace(0, pd.NA))


def count_claims(table: pd.DataFrame) -> str:
    """The readings of the primary claims, counted and named, as one sentence for the summary."""
    claims = table[table["primary"]].groupby("claim", sort=False)[["title", "claim_reading"]].first()
    parts = []
    for reading in READINGS:
        titles = claims.loc[claims["claim_reading"] == reading, "title"]
        if len(titles):
            named = f" ({', '.join(t[:1].lower() + t[1:] for t in titles)})" if reading in (SUPPORTED, AGAINST) else ""
            verb = "" if reading == CANNOT else "is " if len(titles) == 1 else "are "
            parts.append(f"{len(titles)} {verb}{words.plain(reading)}{named}")
    return f"Of the {len(claims)} primary claims about hip work, {_listed(parts)}."


def _paragraph(rows: pd.DataFrame, level: float) -> str:
    first, known = rows.iloc[0], rows["estimate"].notna()
    parts = [f"{first['title']}: {words.plain(first['claim_reading'])}{_disagree(rows)}."]
    parts.append(f"The claim: “{first['sentence'].rstrip('.')}.”")
    parts += _found_of(rows[known & rows["judging"]], level)
    parts += _beside(rows[known & ~rows["judging"]])
    parts += [said for doubt, said in DOUBTS.items() if rows.loc[known, "note"].str.contains(doubt, regex=False).any()]
    return " ".join([*parts, *_lost(rows)])


def _disagree(rows: pd.DataFrame) -> str:
    """Says so where one effect is supported and another against."""
    both = {SUPPORTED, AGAINST} <= set(rows.loc[rows["judging"], "reading"])
    return ", as one of its effects is supported and another is against the claim" if both else ""


def _found_of(rows: pd.DataFrame, level: float) -> list[str]:
    """A sentence for each contrast, with all that was found of it."""
    openings = pd.Series([words.opening(row) for _, row in rows.iterrows()], rows.index, dtype="str")
    return [
        f"{opening}, {'; and '.join(words.found(row, level) for _, row in of.iterrows())}."
        for opening, of in rows.groupby(openings, sort=False)
    ]


def _beside(rows: pd.DataFrame) -> list[str]:
    """The further effects; where there are many, those that are clear of no effect."""
    if rows.empty:
        return []
    called = rows[rows["reading"].isin([SUPPORTED, AGAINST])]
    named = rows if len(rows) <= MOST_BESIDE else called.head(MOST_BESIDE)
    said = [f"{words.label(row)}: {in_short(row)}{_called(row)}" for _, row in named.iterrows()]
    if len(rows) <= MOST_BESIDE:
        return [f"Beside it: {'; '.join(said)}."]
    n = f"{len(called) or 'none'} {'is' if len(called) < 2 else 'are'} clear of no difference"
    named = f", after allowing for their number{': ' if said else ''}{'; '.join(said)}"
    return [f"Of {len(rows)} further effects, shown in the figure, {n}{named}."]


def _lost(rows: pd.DataFrame) -> list[str]:
    """What cannot be estimated, and why if there is one reason; of a contrast that is known otherwise, the outcome."""
    lost = rows[rows["estimate"].isna()]
    if lost.empty:
        return []
    known = set(rows.loc[rows["estimate"].notna(), "label"])
    named = [words.label(r) + (f", {words.short(r)}" if r["label"] in known else "") for _, r in lost.iterrows()]
    reasons = list(dict.fromkeys(lost["why_not"]))
    why = reasons[0] if len(reasons) == 1 else "the reasons stand in the table of what these data cannot answer"
    return [f"Not estimated: {'; '.join(dict.fromkeys(named))} ({why})."]


def _all_in_short(rows: pd.DataFrame) -> str:
    """The effects of a claim, each contrast named once; the reasons alone where there is no estimate."""
    if rows["estimate"].isna().all():
        return _first(f"{'; '.join(dict.fromkeys(rows['why_not']))}.")
    labels = pd.Series([words.label(row) for _, row in rows.iterrows()], rows.index, dtype="str")
    said = [
        f"{label}: {'; '.join(in_short(row) for _, row in of.iterrows())}"
        for label, of in rows.groupby(labels, sort=False)
    ]
    return f"{'. '.join(said)}."


def _called(row: Row) -> str:
    return f", {words.plain(row['reading'])}" if row["reading"] in (SUPPORTED, AGAINST) else ""


def _fewest(rows: pd.DataFrame) -> int:
    known = rows.loc[rows["estimate"].notna(), "n_athletes"]
    return int(known.min()) if len(known) else 0


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
