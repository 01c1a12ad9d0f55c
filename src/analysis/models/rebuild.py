"""The numbers of a fitted model's rows again: from the frame it was fitted to, and checked to be so."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.design import Built, build
from analysis.models.families import FAMILIES
from analysis.models.formula import Formula, parse
from analysis.models.protocol import Design
from analysis.models.result import Fit

# The frame is not the fitted one if a fitted value is off by more than this share of their range, or of the largest.
_SAME_FIT, _ROUNDING = 1e-6, 1e-9


@dataclass(frozen=True)
class Rebuilt:
    """The rows of a fit: their `built` design, the conditional modes of each random term (levels, q) and, on the link
    scale, `fixed` = Xb (n,), without the offset."""

    built: Built
    modes: tuple[np.ndarray, ...]
    fixed: np.ndarray

    @property
    def design(self) -> Design:
        """The numbers of the model."""
        return self.built.design


def check_converged(fit: Fit, where: str) -> None:
    """Refuse a fit that is no result."""
    if not fit.converged:
        raise HiprunError(f"{where}: found a fit that did not converge ({fit.formula!r}); it is no result.")


def check_unweighted(fit: Fit, where: str) -> None:
    """Refuse a fit with prior weights, for what is worked out without them."""
    if fit.weights is not None:
        raise HiprunError(f"{where}: found a fit with weights ({fit.weights!r}), expected one without.")


def formula_of(fit: Fit) -> Formula:
    """The formula of a fit, with its offset and weights columns."""
    return parse(fit.formula, fit.offset, fit.weights)


def rebuilt(fit: Fit, frame: pd.DataFrame, where: str) -> Rebuilt:
    """The design of `fit` on `frame`, the very frame it was fitted to; `where` names the asking function in messages.

    Raises
    ------
    HiprunError
        The fit did not converge, or its rows, terms or fitted values are not those of this frame.
    """
    check_converged(fit, where)
    built = build(formula_of(fit), frame, FAMILIES[fit.family])
    design = built.design
    if not built.index.equals(fit.fitted.index) or list(design.terms) != list(fit.estimates["term"]):
        raise HiprunError(
            f"{where}: found {len(built.index)} usable rows with terms {', '.join(design.terms)}; expected the very "
            f"{fit.n_obs} rows and terms that were fitted. Give the frame that `fit` was given."
        )
    fixed = design.x @ np.nan_to_num(fit.estimates["estimate"].to_numpy())  # aliased terms weigh 0
    modes = _modes(fit, design)
    _check_same(fit, design, fixed, modes, where)
    return Rebuilt(built, modes, fixed)


def _check_same(fit: Fit, design: Design, fixed: np.ndarray, modes: tuple[np.ndarray, ...], where: str) -> None:
    eta = fixed if design.offset is None else fixed + design.offset
    for term, own in zip(design.random, modes, strict=False):  # GEE has none
        eta = eta + (term.z * own[term.codes]).sum(axis=1)
    fitted = fit.fitted.to_numpy()
    off = np.abs(FAMILIES[fit.family].mean(eta) - fitted).max()
    if not off <= _SAME_FIT * np.ptp(fitted) + _ROUNDING * np.abs(fitted).max():
        raise HiprunError(
            f"{where}: the fitted values of this frame are up to {off:.2g} away from the fit's; expected the very "
            "frame that was fitted."
        )


def _modes(fit: Fit, design: Design) -> tuple[np.ndarray, ...]:
    """The conditional modes of each term; their table holds one block per random term, in their order."""
    values = fit.conditional_modes["value"].to_numpy(dtype=float)
    sizes = [(len(term.levels), len(term.terms)) for term in design.random] if len(values) else []
    parts = np.split(values, np.cumsum([levels * terms for levels, terms in sizes])[:-1]) if sizes else []
    return tuple(part.reshape(size) for part, size in zip(parts, sizes, strict=True))
