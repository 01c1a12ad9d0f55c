"""Dose and response: is what goes along with hip work a straight line, or does it bend?

Beside the primary model, in which the deviation of a dose from the athlete's habit is a line, stands the same model
with a natural cubic spline of each deviation. The spline is written as the line plus what bends it, so that "the
bending terms are 0" is the test of a straight line, and every point of the curve is a contrast of the fixed effects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.claims.effects.joint import joint_test
from analysis.claims.plan import ModelPlan, fit_plan
from analysis.claims.reading import DIFFERENCE, null_of, scale_of
from analysis.errors import HiprunError
from analysis.models import Fit, contrast
from analysis.study import Study

KINDS = ("mobility", "stability")
KNOTS = {4: (0.05, 0.35, 0.65, 0.95), 3: (0.10, 0.50, 0.90)}
"""Quantiles at which the knots lie, by their number: Harrell 2015, Regression Modeling Strategies, table 2.3."""
FEWEST_FOR_FOUR = 30
"""Athletes from which on there are four knots: Harrell 2015, sec. 2.4.6 (three below 30)."""
SHOWN = (0.05, 0.95)
"""Quantiles of the deviations between which a curve is shown."""
POINTS = 25


@dataclass(frozen=True)
class Bent:
    """A model whose doses may bend: its plan, the fit, the knots of each kind of work that bends (in dose steps), and
    for each kind that cannot why not."""

    plan: ModelPlan
    made: Fit
    knots: Mapping[str, tuple[float, ...]]
    reasons: Mapping[str, str]


def natural_spline(values: np.ndarray, knots: Sequence[float]) -> np.ndarray:
    """The columns (n, k - 2) that bend a line into a natural cubic spline with `knots` (k, in order), 0 at 0.

    Linear beyond the outermost knots; with the values themselves they span every such spline. Divided by the square of
    the knots' range, so that they are in the unit of the values. Harrell 2015, eq. 2.25.
    """
    t = np.asarray(knots, dtype=float)
    if len(t) < 3 or (np.diff(t) <= 0).any():
        raise HiprunError(f"natural spline: found knots {list(knots)}, expected three or more, each above the last.")

    def columns(x: np.ndarray) -> np.ndarray:
        cubes = np.maximum(np.asarray(x, dtype=float)[:, None] - t, 0) ** 3
        last = (cubes[:, -2:-1] * (t[-1] - t[:-2]) - cubes[:, -1:] * (t[-2] - t[:-2])) / (t[-1] - t[-2])
        return (cubes[:, :-2] - last) / (t[-1] - t[0]) ** 2

    return columns(values) - columns(np.zeros(1))


def bend(plan: ModelPlan, line: Fit, study: Study, kinds: Sequence[str] = KINDS) -> Bent:
    """The model of `plan` with a spline of each dose deviation in place of its line; `line` is the fit of the plan.

    Knots lie at quantiles (`KNOTS`) of the deviations in the rows that `line` used. Raises `HiprunError` with the
    reason where no kind can bend or the model did not converge; what `plan.fit_plan` raises passes through.
    """
    rows = plan.frame.loc[line.fitted.index]
    knots, reasons, columns = {}, {}, {}
    for kind in kinds:
        if f"{kind}_within" not in plan.terms:
            reasons[kind] = plan.reasons.get(f"{kind}_within", "not in the model")
            continue
        found = knots_of(rows[f"{kind}_within"], rows["athlete_id"].nunique())
        if found is None:
            reasons[kind] = f"too many weeks have the same dose of {kind} work for a curve"
            continue
        knots[kind] = found
        bends = natural_spline(plan.frame[f"{kind}_within"].to_numpy(dtype=float), found)
        columns |= dict(zip(bend_terms(kind, found), bends.T, strict=True))
    if not knots:
        raise HiprunError("; ".join(f"{kind} work: {why}" for kind, why in reasons.items()))
    outcome, terms = plan.formula.split(" ~ ", 1)
    formula = f"{outcome} ~ {' + '.join(columns)} + {terms}"
    bent = replace(plan, formula=formula, frame=plan.frame.assign(**columns), terms=(*plan.terms, *columns))
    made = fit_plan(bent, study)
    if not made.converged:
        raise HiprunError("the model with curves in place of lines did not converge")
    return Bent(bent, made, knots, reasons)


def knots_of(deviations: pd.Series, n_athletes: int) -> tuple[float, ...] | None:
    """The knots for these deviations; None where too many are alike for the knots to lie apart."""
    apart = 1e-6 * float(np.ptp(deviations))
    for number in (4, 3) if n_athletes >= FEWEST_FOR_FOUR else (3,):
        found = deviations.quantile(list(KNOTS[number])).to_numpy()
        if (np.diff(found) > apart).all():
            return tuple(float(knot) for knot in found)
    return None


def bend_terms(kind: str, knots: Sequence[float]) -> list[str]:
    """The terms that bend the line of a kind of work."""
    return [f"{kind}_within_bend_{place}" for place in range(1, len(knots) - 1)]


def dose_response(bent: Bent, line: Fit, study: Study) -> pd.DataFrame:
    """What the curve and the line expect at deviations from the athlete's habit, against weeks at the habit.

    Returns
    -------
    DataFrame
        One row a kind of work, shape ('curve', 'line') and deviation, from the 5th to the 95th percentile of the
        deviations: kind, shape, dose_min (deviation, min/week), estimate, ci_low, ci_high (difference, or ratio as
        `scale` says; point by point, not for the whole curve), df, scale; n_weeks_near, n_athletes_near (weeks, and
        athletes, whose deviation lies nearest that one; missing at 0 itself where that is no point of the grid),
        n_athletes.
    """
    rows = bent.plan.frame.loc[bent.made.fitted.index]
    parts = []
    for kind, knots in bent.knots.items():
        at = _grid(rows[f"{kind}_within"])
        near = _near(rows, f"{kind}_within", at)
        straight = [{f"{kind}_within": d} for d in at["dose"]]
        bends = natural_spline(at["dose"].to_numpy(), knots)
        terms = bend_terms(kind, knots)
        curved = [one | dict(zip(terms, b, strict=True)) for one, b in zip(straight, bends, strict=True)]
        for shape, made, weights in (("curve", bent.made, curved), ("line", line, straight)):
            found = pd.DataFrame([against_habit(made, w) for w in weights])
            parts.append(pd.concat([near, found], axis=1).assign(kind=kind, shape=shape))
    table = pd.concat(parts, ignore_index=True)
    table = table.assign(dose_min=table["dose"] * study.dose_step_min, n_athletes=rows["athlete_id"].nunique())
    return table[[
        "kind", "shape", "dose_min", "estimate", "ci_low", "ci_high", "df", "scale", "n_weeks_near", "n_athletes_near",
        "n_athletes",
    ]]  # fmt: skip


def against_habit(made: Fit, weights: Mapping[str, float]) -> dict[str, float | str]:
    """estimate, ci_low, ci_high, df and scale of a contrast on the scale that is reported; no effect for no weights."""
    scale = scale_of(made.family)
    if not any(weights.values()):
        return dict.fromkeys(("estimate", "ci_low", "ci_high"), null_of(scale)) | {"df": np.nan, "scale": scale}
    found = contrast(made, weights)
    numbers = found[["estimate", "ci_low", "ci_high"]].astype("float64")
    with np.errstate(over="ignore"):  # a limit beyond the largest number is infinite
        shown = np.exp(numbers) if scale != DIFFERENCE else numbers
    return shown.to_dict() | {"df": float(found["df"]), "scale": scale}


def straightness(bent: Bent) -> pd.DataFrame:
    """Whether each curve differs from a line: kind, statistic (F), df, df_residual, p_value, n_obs, n_athletes.

    The test that all bending terms are 0 (`joint.joint_test`); numbers are missing where too few athletes carry it.
    """
    rows = bent.plan.frame.loc[bent.made.fitted.index]
    counts = {"n_obs": bent.made.n_obs, "n_athletes": rows["athlete_id"].nunique()}
    return pd.DataFrame([{"kind": kind} | _tested(bent, kind) | counts for kind in bent.knots])


def _tested(bent: Bent, kind: str) -> dict[str, float]:
    try:
        found = joint_test(bent.made, [{term: 1.0} for term in bend_terms(kind, bent.knots[kind])])
    except HiprunError:  # a bend that rests on one athlete has no standard error
        return dict.fromkeys(("statistic", "df", "df_residual", "p_value"), np.nan)
    return {name: getattr(found, name) for name in ("statistic", "df", "df_residual", "p_value")}


def _grid(deviations: pd.Series) -> pd.DataFrame:
    """The deviations shown: equally apart (`even`), and 0, no deviation."""
    even = np.linspace(*deviations.quantile(list(SHOWN)), POINTS)
    grid = pd.DataFrame({"dose": np.append(even, 0.0), "even": [True] * POINTS + [False]})
    return grid.sort_values(["dose", "even"], ascending=[True, False]).drop_duplicates("dose").reset_index(drop=True)


def _near(rows: pd.DataFrame, term: str, at: pd.DataFrame) -> pd.DataFrame:
    """`at` with the weeks and athletes whose deviation is nearest each point that is one of the even ones."""
    even = at.loc[at["even"], "dose"].to_numpy()
    edges = np.concatenate([even[:1] - np.diff(even[:2]) / 2, even[:-1] + np.diff(even) / 2,
                            even[-1:] + np.diff(even[-2:]) / 2])  # fmt: skip
    bins = pd.cut(rows[term], edges, labels=False, include_lowest=True)
    counts = rows.groupby(bins)["athlete_id"].agg(["size", "nunique"]).reindex(range(len(even)), fill_value=0)
    table = at.copy()
    table.loc[at["even"], ["n_weeks_near", "n_athletes_near"]] = counts.to_numpy(dtype=float)
    return table[["dose", "n_weeks_near", "n_athletes_near"]]
