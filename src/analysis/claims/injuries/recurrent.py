"""The injury model beside other ways of taking injuries that come again.

The primary model counts every injury, and runners may differ in their rate (frailty). Beside it stand: every injury at
one rate for all, with errors that hold whoever is injured more often (Andersen and Gill 1982, Ann Stat 10:1100); the
first injury of the follow-up alone; and every injury, each compared with weeks after as many injuries before it (after
Prentice, Williams and Peterson 1981, Biometrika 68:373). Ullah, Gabbett and Finch 2014, Br J Sports Med 48:1287,
compare these for recurrent sports injuries. A Poisson model of weeks with hours as offset is a proportional hazards
model with hours run as time (Holford 1980, Biometrics 36:299; Laird and Olivier 1981, J Am Stat Assoc 76:231); with a
level of its own for every week it is Cox's model exactly.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.claims.plan import ModelPlan, exposure_terms, fit_plan, model_frame
from analysis.claims.primary import INJURY, Model, at_risk, plan_model
from analysis.claims.why_not import because
from analysis.errors import HiprunError
from analysis.models import Fit, tidy
from analysis.study import Study

FRAILTY = "Every injury; runners differ in their rate (primary)"
ONE_RATE = "Every injury; one rate for all runners"
FIRST_ONLY = "First injury of the follow-up only"
BY_EARLIER = "Every injury; by number of earlier ones"
FEWEST_EVENTS = 5
"""Injuries in each state that is compared: Nielsen et al. 2019, Br J Sports Med 53:70 (time-to-event, part 2)."""
EARLIER = "earlier_injuries"
COLUMNS = [
    "label", "group", "term", "estimate", "ci_low", "ci_high", "scale", "n_weeks", "n_athletes", "n_cases",
    "converged", "note",
]  # fmt: skip

_COUNTS = ["n_weeks", "n_athletes", "n_cases"]

Built = tuple[Model, pd.DataFrame]


def recurrent_events(panel: pd.DataFrame, plan: ModelPlan, made: Fit, study: Study) -> pd.DataFrame:
    """The rate ratios of hip work within runners, from four models that take recurrent injuries differently.

    Parameters
    ----------
    panel : DataFrame
        The athlete-week panel.
    plan, made
        The primary injury plan and its fit.

    Returns
    -------
    DataFrame
        One row an exposure and model, models of one exposure together: label (of the model), group (the exposure),
        term, estimate, ci_low, ci_high (cluster-robust, `study.confidence_level`), scale ('IRR'), n_weeks, n_athletes,
        n_cases (injuries that the model rests on), converged, note (why there is no estimate, or too few events). A
        model that these data cannot carry keeps its rows, without numbers.
    """
    frame = at_risk(model_frame(panel, study)).copy()
    frame[EARLIER] = injuries_before(panel).reindex(frame.index)
    parts = [_rows(FRAILTY, plan, made, study)]
    for label, build in ((ONE_RATE, _one_rate), (FIRST_ONLY, _first_only), (BY_EARLIER, _by_earlier)):
        try:
            model, rows = build(frame)
            alternative = _planned(model, rows, study)
            parts.append(_rows(label, alternative, fit_plan(alternative, study), study))
        except HiprunError as error:
            parts.append(parts[0].assign(**_nothing(label, because(error))))
    table = pd.concat(parts, ignore_index=True).astype(dict.fromkeys(_COUNTS, "Int64"))
    order = {term: i for i, term in enumerate(dict.fromkeys(table["term"]))}
    return table.sort_values("term", key=lambda s: s.map(order), kind="stable", ignore_index=True)[COLUMNS]


def injuries_before(panel: pd.DataFrame) -> pd.Series:
    """Injuries that an athlete has had in earlier watched weeks of the panel, at risk or not (index of `panel`)."""
    ordered = panel.sort_values(["athlete_id", "week_start"], kind="stable")
    counts = ordered["new_injuries"].astype("Float64").fillna(0).astype(int)
    so_far = counts.groupby(ordered["athlete_id"]).cumsum() - counts
    return so_far.reindex(panel.index)


def _one_rate(frame: pd.DataFrame) -> Built:
    return replace(INJURY, random=""), frame


def _first_only(frame: pd.DataFrame) -> Built:
    """Weeks up to the first injury and with it; a week of two counts one."""
    rows = frame[frame[EARLIER] == 0]
    first = rows["new_injuries"].astype(int).clip(upper=1)
    _enough(int(first.sum()), "first injuries in weeks at risk")
    return replace(INJURY, outcome="first_injury", random=""), rows.assign(first_injury=first)


def _by_earlier(frame: pd.DataFrame) -> Built:
    """The strata: as many earlier injuries as give `FEWEST_EVENTS` further ones; from there on one stratum."""
    events = frame["new_injuries"].astype(int).groupby(frame[EARLIER]).sum()
    _enough(int(events[events.index == 0].sum()), "first injuries in weeks at risk")
    _enough(int(events[events.index > 0].sum()), "injuries after an earlier one")
    last = 1
    while events.get(last, 0) >= FEWEST_EVENTS and events[events.index > last].sum() >= FEWEST_EVENTS:
        last += 1
    stratum = frame[EARLIER].clip(upper=last).astype(int).astype("str")
    model = replace(INJURY, random="", adjustment=(*INJURY.adjustment, "C(stratum)"))
    return model, frame.assign(stratum=stratum)


def _enough(n: int, what: str) -> None:
    if n < FEWEST_EVENTS:
        raise HiprunError(f"{n or 'no'} {what}; at least {FEWEST_EVENTS} are needed")


def _planned(model: Model, rows: pd.DataFrame, study: Study) -> ModelPlan:
    made = plan_model(model, rows, rows, study)
    if not made.formula:
        raise HiprunError(made.reasons["model"])
    return made


def _rows(label: str, plan: ModelPlan, made: Fit, study: Study) -> pd.DataFrame:
    """The ratios of one model, of the terms that are read; a term without limits has no estimate."""
    ratios = tidy(made, label)
    ratios = exposure_terms(ratios[ratios["scale"] == "IRR"], study).dropna(subset="phrase")
    used = plan.frame.loc[made.fitted.index]
    unsure = ratios[["ci_low", "ci_high"]].isna().any(axis=1)
    return ratios.assign(
        group=ratios["label"],
        label=label,
        estimate=ratios["estimate"].mask(unsure),
        n_weeks=len(used),
        n_athletes=used["athlete_id"].nunique(),
        n_cases=int(used[plan.outcome].sum()),
        note=made.few_events if made.converged else "the model did not converge",
    )


def _nothing(label: str, note: str) -> dict[str, object]:
    numbers = dict.fromkeys(["estimate", "ci_low", "ci_high"], np.nan)
    return {"label": label, "note": note, "converged": False} | numbers | dict.fromkeys(_COUNTS, pd.NA)
