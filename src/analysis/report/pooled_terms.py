"""One estimate of several cohorts, and the tables of all of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims import holm
from analysis.claims.reading import reading
from analysis.models import PooledStudies

ON_SHOWN_SCALE = ("estimate", "ci_low", "ci_high", "hk_low", "hk_high", "prediction_low", "prediction_high")
OF_THE_LINK = ("std_error", "hk_std_error", "tau2", "tau2_low", "tau2_high", "i2", "q", "q_p_value", "df", "p_value")


@dataclass(frozen=True, eq=False)
class PooledTerm:
    """One estimate of several cohorts.

    `claim` (empty where none), `model`, `term` and `scale` ("difference", "IRR", "OR", "ratio") say what it is, `label`
    what the exposure means, `phrase` completes "Weeks with …", `outcome` names the outcome, `unit` a difference's unit.
    `cohorts` has cohort, run_id, estimate, ci_low, ci_high (as shown), n_athletes, n_obs; `result` is their pooling on
    the link scale (of ratios: logarithms), None with fewer than two. `left_out` are (cohort, reason), `notes` further
    sentences. `drawn` is the forest (axes), `alt` its words. `rows` are what the model's rows are called, `expected` is
    -1 or 1 where a claim expects lower or higher values; a term that is not `primary` stands in a table alone.
    """

    claim: str
    model: str
    term: str
    scale: str
    label: str
    phrase: str
    outcome: str
    unit: str
    cohorts: pd.DataFrame
    result: PooledStudies | None
    left_out: tuple[tuple[str, str], ...]
    smallest_effect: float | None = None
    notes: tuple[str, ...] = ()
    drawn: Any = None
    alt: str = ""
    rows: str = "weeks"
    expected: int | None = None
    primary: bool = True

    @property
    def title(self) -> str:
        """Exposure and outcome, as a heading."""
        return f"{self.label}: {self.model}"

    def shown(self, name: str) -> float:
        """A number of the result on the scale shown: of ratios, the exponential."""
        value = getattr(self.result, name)
        return float(value if self.scale == "difference" else np.exp(value))


def pooled_rows(terms: Sequence[PooledTerm]) -> pd.DataFrame:
    """One row a pooled term: what it is, n_cohorts, the numbers on the scale shown, and those of the link scale.

    tau2, its limits and standard errors are of the link scale; p_holm is Holm's p (1979, Scand J Stat 6:65) over the
    primary rows, and for the others over those of their claim; reading is that of the claim by the pooled interval and
    p_holm.
    """
    done = [term for term in terms if term.result is not None]
    rows = [
        {
            **{name: getattr(term, name) for name in ("claim", "model", "term", "scale")},
            "n_cohorts": len(term.cohorts),
            **{name: term.shown(name) for name in ON_SHOWN_SCALE},
            **{name: float(getattr(term.result, name)) for name in OF_THE_LINK},
            "converged": term.result.converged,
            "level": term.result.level,
        }
        for term in done
    ]
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows).assign(primary=[term.primary for term in done])
    frame["p_holm"] = frame["p_value"].groupby(frame["claim"].mask(frame["primary"], "primary")).transform(holm)
    return frame.assign(reading=[_reading(t, p) for t, p in zip(done, frame["p_holm"], strict=True)])


def _reading(term: PooledTerm, p_holm: float) -> str:
    """The reading of a claim (`claims.reading`) on the pooled interval; empty where nothing is expected."""
    if term.expected is None:
        return ""
    limits = [term.shown(name) for name in ("estimate", "ci_low", "ci_high")]
    adjusted = None if math.isnan(p_holm) else p_holm
    alpha = 1 - term.result.level
    return reading(*limits, term.expected, term.smallest_effect, term.scale, p_adjusted=adjusted, alpha=alpha)


def cohort_rows(terms: Sequence[PooledTerm]) -> pd.DataFrame:
    """One row a term and cohort: its estimate on the scale shown, the weight in the pool, or why it has none."""
    rows = []
    for term in terms:
        of = {name: getattr(term, name) for name in ("claim", "model", "term", "scale")}
        weights = term.result.weights if term.result is not None else [math.nan] * len(term.cohorts)
        pooled = term.cohorts.assign(weight=weights, reason="").to_dict("records")
        left = [{"cohort": cohort, "reason": reason} for cohort, reason in term.left_out]
        rows += [of | row for row in [*pooled, *left]]
    return pd.DataFrame(rows)
