"""What a fit rests on and its doubts, as a short table for people."""

from collections.abc import Mapping

import pandas as pd

from analysis.models.design import INTERCEPT
from analysis.models.result import Fit

GROUPS = {"athlete_id": "Athletes", "athlete": "Athletes", "clinic": "Clinics"}


def fit_card(fit: Fit, left_out: Mapping[str, str] | None = None) -> pd.DataFrame:
    """One row a fact: item, value (text). `left_out` names terms the data could not carry, and why."""
    facts = [
        ("Model", f"{fit.family}, {fit.method}, engine {fit.engine}"),
        ("Formula", fit.formula),
        ("Rows used", f"{fit.n_obs} athlete-weeks"),
        *((GROUPS.get(group, f"Groups of {group}"), str(n)) for group, n in fit.n_groups.items()),
        ("Rows left out", _dropped(fit)),
        *_spread(fit),
        ("Converged", "yes" if fit.converged else "no: there is no result"),
        ("Singular", "yes: a variance is at zero or a correlation at its limit" if fit.singular else "no"),
        *(("Left out of the model", f"{term}: {reason}") for term, reason in (left_out or {}).items()),
        *(("Notes", message) for message in fit.messages),
    ]
    return pd.DataFrame(facts, columns=["item", "value"])


def _dropped(fit: Fit) -> str:
    if not fit.n_dropped:
        return "none"
    by_column = ", ".join(f"{column} {n}" for column, n in fit.dropped.items() if n)
    return f"{fit.n_dropped} with a value missing ({by_column})"


def _spread(fit: Fit) -> list[tuple[str, str]]:
    rows = fit.random_effects.itertuples()
    return [(_spread_of(r.term, r.group) if r.term else "Residual SD", f"{r.sd:.3g}") for r in rows]


def _spread_of(term: str, group: str) -> str:
    what = "level" if term == INTERCEPT else term
    return f"SD of {what} between {GROUPS.get(group, group).lower()}"
