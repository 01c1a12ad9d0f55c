"""The numbers of a fitted model's rows again: from the frame it was fitted to, and checked to be so."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.design import build
from analysis.models.families import family_named
from analysis.models.formula import parse
from analysis.models.protocol import Design
from analysis.models.result import Fit

# The frame is not the fitted one if a fitted value is further off than this share of it.
_SAME_FIT = 1e-5


@dataclass(frozen=True)
class Rebuilt:
    """The rows of a fit: their `design` and, on the link scale, `fixed` = Xb (n,), without the offset."""

    design: Design
    fixed: np.ndarray


def check_converged(fit: Fit, where: str) -> None:
    """Refuse a fit that is no result."""
    if not fit.converged:
        raise HiprunError(f"{where}: found a fit that did not converge ({fit.formula!r}); it is no result.")


def rebuilt(fit: Fit, frame: pd.DataFrame, where: str, offset: str | None = None) -> Rebuilt:
    """The design of `fit` on `frame`.

    Parameters
    ----------
    fit : Fit
        A converged fit.
    frame : DataFrame
        The frame it was fitted to.
    where : str
        The function that asks, for the messages.
    offset : str, optional
        The column that was given to `fit` as `offset=`, which a `Fit` does not hold.

    Raises
    ------
    HiprunError
        The fit did not converge, or its fitted values are not those of this frame.
    """
    check_converged(fit, where)
    built = build(parse(fit.formula), frame, family_named(fit.family), offset)
    design = built.design
    fixed = design.x @ np.nan_to_num(fit.estimates["estimate"].to_numpy())  # aliased terms weigh 0
    if not built.index.equals(fit.fitted.index):
        raise HiprunError(
            f"{where}: found {len(built.index)} usable rows in the frame, expected the very {fit.n_obs} rows that "
            "were fitted. Give the frame that `fit` was given."
        )
    eta = fixed + sum(_modes(fit, design), start=np.zeros(len(fixed)))
    mean = _mean(eta if design.offset is None else eta + design.offset, fit.link)
    fitted = fit.fitted.to_numpy()
    off = np.abs(mean - fitted).max() / np.abs(fitted).max()
    if not off < _SAME_FIT:
        raise HiprunError(
            f"{where}: the fitted values of this frame are up to {off:.2g} of the largest away from the fit's; "
            "expected the very frame that was fitted. If it was fitted with offset=, give the same offset= here."
        )
    return Rebuilt(design, fixed)


def _modes(fit: Fit, design: Design) -> list[np.ndarray]:
    """Zb (n,) of every random term, at the conditional modes."""
    table = fit.conditional_modes
    parts = []
    for term in design.random:
        own = table[(table["group"] == term.group) & table["term"].isin(term.terms)]
        values = own.pivot(index="level", columns="term", values="value").loc[list(term.levels), list(term.terms)]
        parts.append((term.z * values.to_numpy()[term.codes]).sum(axis=1))
    return parts


def _mean(eta: np.ndarray, link: str) -> np.ndarray:
    """The expected outcome of a linear predictor."""
    if link == "log":
        return np.exp(eta)
    return 1 / (1 + np.exp(-eta)) if link == "logit" else eta
