"""Which estimates of the cohorts are set side by side, in whose words, and what they come to."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.claims.claim import OUTCOMES
from analysis.claims.library import CLAIMS
from analysis.claims.plan import LABELS, PHRASES
from analysis.models import pool_studies
from analysis.report.pooled_terms import PooledTerm
from analysis.report.sentences import DIFFERENCE, RATIOS
from analysis.runner.pooled_results import CohortResults, on_link_scale, why_not
from analysis.study import Study

CLAIMS_STAGE = "06_claims"
KEY = ["stage", "claim", "model", "term", "scale"]
SHOWN = ["estimate", "ci_low", "ci_high", "n_athletes", "n_obs"]
MODELS = {
    "new injuries": ("injury rate per hour of running", "smallest_effect_rate_ratio"),
    "weeks with a health problem": ("odds of a week with a health problem", "smallest_effect_rate_ratio"),
}
"""The primary models that are no rating of pain: the outcome in words, the choice that is the smallest effect."""
NOT_ADJUSTMENT = ("(Intercept)", "C(", "cr(", "programme_week")


@dataclass(frozen=True)
class Asked:
    """One estimate to pool: `key` is where it stands in results.json (`KEY`), the rest is as in `PooledTerm`.

    `smallest` is the choice of a study that is the smallest effect of interest, None where there is none.
    """

    key: tuple[str, ...]
    label: str
    phrase: str
    outcome: str
    unit: str
    smallest: str | None
    rows: str = "weeks"
    expected: int | None = None
    primary: bool = True


def what_is_asked(kept: Sequence[CohortResults], study: Study) -> list[Asked]:
    """What can be pooled: every effect of the claims where two cohorts have estimated them, in the order of the claims.

    Else, as when the notebook of the claims was left out, the terms of the primary models that are read.
    """
    rows = pd.concat([cohort.rows for cohort in kept], ignore_index=True)
    rows = rows[rows["scale"].isin([DIFFERENCE, *RATIOS])]
    claims = _claims(study)
    if sum((cohort.rows["stage"] == CLAIMS_STAGE).any() for cohort in kept) > 1:
        there = set(rows.loc[rows["stage"] == CLAIMS_STAGE, KEY].itertuples(index=False, name=None))
        return [asked for asked in claims if asked.key in there]
    read = rows[(rows["claim"] == "") & rows["term"].isin(PHRASES)].sort_values("stage", kind="stable")
    return [_of_model(key, study) for key in read[KEY].drop_duplicates().itertuples(index=False, name=None)]


def pooled_term(asked: Asked, kept: Sequence[CohortResults], names: Mapping[str, str], study: Study) -> PooledTerm:
    """The estimates of the cohorts for one question, pooled where two or more have one. `names` are by folder."""
    found = [(cohort, *_row_of(cohort, asked.key)) for cohort in kept]
    used = [(cohort, row) for cohort, row, reason in found if not reason]
    rows = [{"cohort": names[c.folder], "run_id": c.run_id, **{n: row[n] for n in SHOWN}} for c, row in used]
    result = None
    if len(used) > 1:
        pairs = [on_link_scale(row, cohort.level) for cohort, row in used]
        estimates, errors = (np.array(part) for part in zip(*pairs, strict=True))
        result = pool_studies(estimates, errors**2, [names[c.folder] for c, _ in used], study.confidence_level)
    _, claim, model, term, scale = asked.key
    agreed = asked.smallest and len({c.study.get(asked.smallest) for c in kept}) == 1
    return PooledTerm(
        claim, model or asked.outcome, term, scale, asked.label, asked.phrase, asked.outcome, asked.unit,
        cohorts=pd.DataFrame(rows, columns=["cohort", "run_id", *SHOWN]),
        result=result,
        left_out=tuple((names[cohort.folder], reason) for cohort, _, reason in found if reason),
        smallest_effect=getattr(study, asked.smallest) if agreed else None,
        notes=_notes([(names[cohort.folder], cohort, row) for cohort, row in used], asked.key),
        rows=asked.rows, expected=asked.expected, primary=asked.primary,
    )  # fmt: skip


def _claims(study: Study) -> list[Asked]:
    step = f"{study.dose_step_min:g}"
    asked = []
    for claim in CLAIMS:
        for estimand in claim.estimands:
            outcome = OUTCOMES[estimand.outcome]
            scales = [DIFFERENCE, *RATIOS]
            term = f"{estimand.outcome}: {' '.join(estimand.weights)}"
            asked += [
                Asked(
                    (CLAIMS_STAGE, claim.id, "", term, scale),
                    estimand.label.format(step=step),
                    estimand.contrast.format(step=step),
                    outcome.about(study),
                    outcome.unit,
                    outcome.smallest,
                    outcome.rows,
                    estimand.expected,
                    claim.primary and not estimand.further,
                )
                for scale in scales
            ]
    return asked


def _of_model(key: tuple[str, ...], study: Study) -> Asked:
    _, _, model, term, _ = key
    step = f"{study.dose_step_min:g}"
    words, smallest = MODELS.get(model, (f"{model} (0–10)", "smallest_effect_pain_nrs"))
    return Asked(key, LABELS[term].format(step=step), PHRASES[term].format(step=step), words, "points", smallest)


def _row_of(cohort: CohortResults, key: tuple[str, ...]) -> tuple[pd.Series | None, str]:
    """The row of a cohort for a key, and why it cannot be pooled (empty where it can)."""
    rows = cohort.rows[(cohort.rows[KEY] == list(key)).all(axis="columns")]
    if len(rows) > 1:
        return None, "its results hold it more than once"
    row = None if rows.empty else rows.iloc[0]
    return row, why_not(cohort, row, key[0])


def _notes(used: Sequence[tuple[str, CohortResults, pd.Series]], key: tuple[str, ...]) -> tuple[str, ...]:
    """What a reader must know of the cohorts' estimates: how their errors are known, what they are adjusted for."""
    said = []
    guessed = [name for name, _, row in used if math.isnan(row["std_error"]) and math.isnan(row["df"])]
    if guessed:
        said.append(
            f"Standard errors of {', '.join(guessed)} are worked out from the intervals as of a normal distribution, "
            "since neither they nor the df are given: somewhat too large."
        )
    if not key[1]:
        said += _adjustments([(name, cohort) for name, cohort, _ in used], key)
    return tuple(said)


def _adjustments(used: Sequence[tuple[str, CohortResults]], key: tuple[str, ...]) -> list[str]:
    """A sentence where models of the same name are not adjusted for the same: a cohort may not have recorded it."""
    terms = {}
    for name, cohort in used:
        rows = cohort.rows[(cohort.rows[KEY[:3]] == list(key[:3])).all(axis="columns")]
        terms[name] = {t for t in rows["term"] if not t.startswith(NOT_ADJUSTMENT)}
    every = set().union(*terms.values())
    said = [f"{name}: without {', '.join(sorted(every - own))}" for name, own in terms.items() if every - own]
    return [f"The models are not adjusted for the same: {'; '.join(said)}."] if said else []
