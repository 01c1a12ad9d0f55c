"""The words of the pooled page: the readings of a pooled estimate, and how its numbers were made."""

import math
from typing import Protocol

import pandas as pd

from analysis.models import PooledStudies
from analysis.report.format import number, p_value, shared_decimals
from analysis.report.sentences import DIFFERENCE, read_estimate
from analysis.study import Study

SMALLEST_RATIO, LARGEST_RATIO = 0.01, 100
"""Ratios beyond these are not told apart."""


class Term(Protocol):
    """What is needed of a `PooledTerm`."""

    scale: str
    phrase: str
    outcome: str
    unit: str
    rows: str
    smallest_effect: float | None
    result: PooledStudies

    def shown(self, name: str) -> float: ...


def read_pooled(term: Term, level: float) -> str:
    """The pooled estimate as a sentence, with how its interval lies to the smallest effect of interest."""
    row = {name: term.shown(name) for name in ("estimate", "ci_low", "ci_high")}
    row |= {"scale": term.scale, "converged": term.result.converged}
    who = f"Over {len(term.result.labels)} cohorts, {term.rows}"
    return read_estimate(
        row, term.outcome, term.phrase, who=who, unit=term.unit, smallest_effect=term.smallest_effect, level=level
    )


def read_prediction(term: Term) -> str:
    """Where the value of one further cohort is expected, as a sentence."""
    low, high = term.shown("prediction_low"), term.shown("prediction_high")
    if math.isnan(low):
        return f"{len(term.result.labels)} cohorts are too few to say what to expect in a further one."
    percent = f"{100 * term.result.level:g} % prediction interval"
    if term.scale != DIFFERENCE:
        return (
            f"In a cohort like these the {term.scale} is expected between {_ratio(low)} and {_ratio(high)} ({percent})."
        )
    decimals = shared_decimals([low, high])
    ends = [f"{number(abs(v), decimals)} {term.unit} {'lower' if v < 0 else 'higher'}" for v in (low, high)]
    return f"In a cohort like these the difference is expected between {ends[0]} and {ends[1]} ({percent})."


def prediction_text(term: Term) -> str:
    """The limits of the prediction as a table cell; empty where there are none."""
    low, high = term.shown("prediction_low"), term.shown("prediction_high")
    if math.isnan(low):
        return ""
    if term.scale != DIFFERENCE:
        return f"{_ratio(low)} to {_ratio(high)}".replace("less than ", "<").replace("more than ", ">")
    decimals = shared_decimals([low, high])
    return f"{number(low, decimals)} to {number(high, decimals)}"


def read_heterogeneity(term: Term) -> str:
    """How far the cohorts differ: τ with its limits, I² and Cochran's Q, as a sentence."""
    result = term.result
    tau = [math.sqrt(v) for v in (result.tau2, result.tau2_low, result.tau2_high)]
    decimals = shared_decimals(tau)
    middle, low, high = (number(v, decimals) for v in tau)
    unit = f" {term.unit}" if term.scale == DIFFERENCE else f" on the logarithm of the {term.scale}"
    return (
        f"From cohort to cohort the true value varies with a standard deviation of τ = {middle}{unit} "
        f"({100 * result.level:g} % interval {low} to {high}); I² is {number(100 * result.i2, 0)} % "
        f"(Q = {number(result.q, 1)}, {result.df} df, p = {p_value(result.q_p_value)})."
    )


def how_to_read_pooled(study: Study) -> tuple[tuple[str, str], ...]:
    """What a reader must know to read the page, as (word, explanation)."""
    level = f"{100 * study.confidence_level:g} %"
    return (
        (
            "Pooled",
            "The mean over cohorts like these, each weighed by how much it says. The interval in brackets holds the "
            f"values of that mean that fit the cohorts ({level}). It is not the range of the cohorts.",
        ),
        (
            "Prediction",
            "Where the true value of one further cohort of the same kind is expected. It is wider than the interval of "
            "the mean, and with three or four cohorts so wide that it says little.",
        ),
        (
            "τ and I²",
            "τ is how far true values differ from cohort to cohort, in the unit of the estimate. I² is the share of "
            "the scatter of the cohorts' estimates that is such a difference; the rest is chance. I² grows with the "
            "size of the cohorts, so judge by τ and the prediction.",
        ),
        (
            "IRR and OR",
            "Ratios of rates and of odds: 0.90 is 10 % lower, 1.15 is 15 % higher, 1 is no difference.",
        ),
        (
            "Associations",
            "Everything here is an association within runners, in cohorts that were not drawn at random. It does not "
            "show that one thing caused another, and it is not medical advice. A result close to no difference is a "
            "result.",
        ),
    )


def pooled_methods(study: Study) -> tuple[tuple[str, str], ...]:
    """How the page was made, as (topic, text)."""
    half_life = number(study.dose_half_life_weeks)
    return (
        (
            "What crossed",
            "Of each cohort the file results.json of its newest finished run: estimates, limits, df and how many "
            "runners they rest on, as its own report gives them after small counts were held back. No row and no table "
            "of a cohort was read.",
        ),
        (
            "What is pooled",
            "The same term of the same model on the same scale, from cohorts whose studies make the same choices: "
            f"{number(study.dose_step_min)} minutes a week as step, a half-life of {half_life} weeks, and all others "
            "that change what an estimate means. Cohorts with other choices, with a model that did not settle, or that "
            "share most of their files with another are listed and not pooled.",
        ),
        *_THE_SAME_ALWAYS,
    )


_THE_SAME_ALWAYS = (
    (
        "Pooling",
        "Random-effects model; variance between cohorts by restricted maximum likelihood (Viechtbauer 2005), its "
        "limits by the Q-profile (Viechtbauer 2007). Ratios are pooled as logarithms. The cohorts' variances are "
        "taken as known.",
    ),
    (
        "Intervals",
        "Hartung and Knapp (2001), never narrower than by the standard errors alone, as Röver, Knapp and Friede "
        "(2015) advise for few cohorts of unequal size; the plain interval stands in the tables as hk_low and "
        "hk_high. Prediction intervals take t with k − 2 degrees of freedom (Higgins, Thompson and Spiegelhalter "
        "2009).",
    ),
    (
        "Many questions",
        "p_holm is adjusted for the number of primary estimates pooled on this page, and for the others for the number "
        "of those of their claim (Holm 1979).",
    ),
    (
        "Every number",
        "All numbers are in pooled.json and in the folder tables beside this page.",
    ),
)


def sources_said(cohorts: pd.DataFrame) -> tuple[str, ...]:
    """Which runs the estimates are from; `cohorts` has cohort, run_id and n_athletes."""
    named = [f"{c} (run {run})" for c, run in cohorts[["cohort", "run_id"]].itertuples(index=False, name=None)]
    return (
        "Rows stay with the cohorts: how complete and clean they are is said in each cohort's own report.",
        f"Pooled here: {', '.join(named)}." if named else "No cohort could be pooled.",
    )


def _ratio(value: float) -> str:
    if value < SMALLEST_RATIO:
        return f"less than {SMALLEST_RATIO}"
    return f"more than {LARGEST_RATIO}" if value > LARGEST_RATIO else number(value, 2)
