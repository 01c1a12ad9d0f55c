"""The estimates without each runner in turn, at the variances of the fit on all of them."""

import numpy as np
import pandas as pd

from analysis.models import Fit
from analysis.models.clusters import levels_of
from analysis.models.linearised import linearised
from analysis.models.rebuild import Rebuilt, rebuilt

ATHLETE = "athlete_id"


def without_each_athlete(fit: Fit, frame: pd.DataFrame) -> pd.DataFrame:
    """The fixed effects without each athlete: levels × terms, link scale; missing where they cannot be told apart.

    b₍ᵢ₎ = b - (A - Aᵢ)⁻¹ sᵢ with Aᵢ = Xᵢ'Vᵢ⁻¹Xᵢ, sᵢ = Xᵢ'Vᵢ⁻¹(yᵢ - Xᵢb) and A their sum: for a linear model with these
    variances exactly what is left without the athlete (Christensen, Pearson and Johnson 1992, Technometrics 34:38), for
    another family one step of its estimation from b (Pregibon 1981, Ann Stat 9:705), of the linear model near the fit.
    A random effect of a group that holds several athletes, such as the clinic, keeps its value.

    `fit` as `models.fit` or `cluster_robust` returns it, `frame` the one it was fitted to. Raises `HiprunError` for a
    fit that did not converge or is of another frame.
    """
    rows = rebuilt(fit, frame, "without_each_athlete")
    codes, names = levels_of(rows, frame, ATHLETE, "without_each_athlete")
    model = linearised(fit, rows)
    own = [len(np.unique(np.column_stack([t.codes, codes]), axis=0)) == len(t.levels) for t in rows.design.random]
    residual = model.residual - _held(fit, rows, own)
    parts = []
    for athlete in range(len(names)):
        at = np.flatnonzero(codes == athlete)
        v = np.diag(model.variance[at])
        for term, columns, is_own in zip(rows.design.random, model.loadings, own, strict=True):
            if is_own:
                same = term.codes[at][:, None] == term.codes[at]
                v += same * (columns[at] @ columns[at].T)
        weighed = np.linalg.pinv(v, hermitian=True) @ np.column_stack([model.x[at], residual[at]])
        parts.append(model.x[at].T @ weighed)
    each = np.array(parts)
    return pd.DataFrame(_moved(fit, each), index=pd.Index(names, name=ATHLETE), columns=list(fit.estimates["term"]))


def _held(fit: Fit, rows: Rebuilt, own: list[bool]) -> np.ndarray:
    """What the random effects of groups of several athletes add to the outcome, which the residual still holds."""
    held = np.zeros(len(rows.design.y))
    for term, modes, is_own in zip(rows.design.random, rows.modes, own, strict=True):
        if not is_own:
            held += (term.z * modes[term.codes]).sum(axis=1)
    return held * rows.design.family.slope(fit.fitted.to_numpy())


def _moved(fit: Fit, each: np.ndarray) -> np.ndarray:
    """The estimates (athletes, terms) from the Aᵢ and sᵢ side by side (athletes, p, p + 1)."""
    beta = fit.estimates["estimate"].to_numpy()
    kept = ~np.isnan(beta)
    found = np.full((len(each), len(beta)), np.nan)
    rest = each[:, :, :-1].sum(axis=0) - each[:, :, :-1]
    size = np.sqrt(np.einsum("ijj->ij", each[:, :, :-1]).sum(axis=0))
    for athlete, (matrix, score) in enumerate(zip(rest, each[:, :, -1], strict=True)):
        scaled = matrix / np.outer(size, size)
        if np.linalg.cond(scaled) < 1 / np.finfo(float).eps ** 0.75:
            found[athlete, kept] = beta[kept] - np.linalg.solve(scaled, score / size) / size
    return found
