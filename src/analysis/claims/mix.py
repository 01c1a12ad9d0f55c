"""Mobility against stability work at the same total: what the primary models expect of other splits than half and half
(CLAIMS balance_of_work)."""

import pandas as pd

from analysis.claims.claim import OUTCOMES, Estimand
from analysis.claims.estimate import claim_plan
from analysis.claims.frames import ClaimData
from analysis.claims.library.balance_of_work import CLAIM
from analysis.claims.plan import fit_plan
from analysis.claims.primary import region_in_words
from analysis.claims.reading import DIFFERENCE
from analysis.errors import HiprunError
from analysis.models import comparison

SHARES = (1.0, 0.75, 0.25, 0.0)
"""Shares of mobility work that are set against one half."""


def mix_of_work(data: ClaimData) -> pd.DataFrame:
    """Weekly pain and the rate of injuries at other splits of the work, against half of each kind.

    The total is the cohort's mean dose of both kinds; who does it has the mean habit of both. The model is that of
    `balance_of_work`: both doses, within and between runners, and the product of the deviations.

    Returns
    -------
    DataFrame
        outcome (in words), label ("100 % mobility, 0 % stability"), total_min (min/week), estimate, ci_low, ci_high,
        scale ('difference' in points, 'IRR'), n_athletes, note (what lies outside the doses observed, by
        `models.comparison`). Without rows where neither model can be fitted.
    """
    parts = []
    for estimand in CLAIM.estimands:
        try:
            parts.append(_splits(estimand, data))
        except HiprunError:
            continue  # the row of balance_of_work in the table of claims says why
    columns = ["outcome", "label", "total_min", "estimate", "ci_low", "ci_high", "scale", "n_athletes", "note"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _splits(estimand: Estimand, data: ClaimData) -> pd.DataFrame:
    study = data.study
    plan = claim_plan(estimand, data.weeks, study)
    made = fit_plan(plan, study)
    if not made.converged:
        raise HiprunError("mix of work: the model did not converge.")
    rows = plan.frame.loc[made.fitted.index]
    habit = {kind: rows[f"{kind}_between"].mean() for kind in ("mobility", "stability")}
    total = sum(habit.values())

    def split(share: float) -> dict[str, float]:
        minutes = {"mobility": share * total, "stability": (1 - share) * total}
        return {f"{kind}_within": minutes[kind] - habit[kind] for kind in habit}

    found = [comparison(made, plan.frame, split(share), split(0.5)).assign(share=share) for share in SHARES]
    table = pd.concat(found, ignore_index=True)
    outcome = OUTCOMES[estimand.outcome]
    table = table[table["scale"] == ("IRR" if outcome.model.offset else DIFFERENCE)]
    return table.assign(
        outcome=outcome.words.format(region=region_in_words(study)),
        label=[f"{100 * s:g} % mobility, {100 * (1 - s):g} % stability" for s in table["share"]],
        total_min=total * study.dose_step_min,
        n_athletes=rows["athlete_id"].nunique(),
    )
