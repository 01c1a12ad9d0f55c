"""Fits of imputed frames as one result: Rubin's rules with the degrees of freedom of Barnard and Rubin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.models.contrast import contrast
from analysis.models.door import fit
from analysis.models.formula import parse
from analysis.models.impute import Imputed
from analysis.models.result import ESTIMATE_COLUMNS, Fit, wald

POOLED_COLUMNS = [*ESTIMATE_COLUMNS, "fmi"]
VARIANCE_COLUMNS = ["term", "within", "between", "total", "riv", "lambda", "fmi", "relative_efficiency", "mc_error"]
After = Callable[[Fit, pd.DataFrame], Fit]


@dataclass(frozen=True, eq=False, repr=False)
class Pooled:
    """The pooled result of m fits. Unless every one of them converged it is no result: its numbers are NaN.

    Attributes
    ----------
    estimates : DataFrame
        The columns of `Fit.estimates` (df NaN: tested with z), and fmi, the fraction of missing information.
    variances : DataFrame
        term; within (mean variance of the fits), between (variance of their estimates), total; riv, the relative
        increase in variance by what is missing; lambda, its share of the total; fmi; relative_efficiency against
        infinitely many imputations; mc_error, the Monte Carlo standard error of the estimate.
    fits : tuple of Fit
        In the order of the frames.
    not_converged : tuple of int
        The imputations (from 1) whose fit did not converge.
    messages : tuple of str
        Of the imputation, of the pooling, and those of the fits with how many of them say so.
    """

    formula: str
    family: str
    link: str
    level: float
    estimates: pd.DataFrame
    variances: pd.DataFrame
    fits: tuple[Fit, ...]
    not_converged: tuple[int, ...]
    messages: tuple[str, ...]

    @property
    def m(self) -> int:
        return len(self.fits)

    @property
    def converged(self) -> bool:
        return not self.not_converged

    def __repr__(self) -> str:
        state = "converged" if self.converged else "NOT CONVERGED"
        return f"Pooled(m={self.m}, {self.formula!r}, {self.family}, n_obs={self.fits[0].n_obs}, {state})"


def fit_imputed(
    formula: str, imputed: Imputed, family: str = "gaussian", *, after: After | None = None, **options: Any
) -> Pooled:
    """Fit every completed frame and pool the fits by Rubin's rules.

    Parameters
    ----------
    formula, family, **options
        As `fit` takes them (offset, weights, engine, reml, level).
    imputed : Imputed
    after : function of (Fit, frame), optional
        What is to be done to each fit before pooling, such as
        `lambda model, frame: cluster_robust(model, frame, "athlete_id")`.

    Returns
    -------
    Pooled
        The rule for fits that did not converge is strict: one of them and there is no result. Which ones converge
        depends on the drawn values, so that pooling the others would select among these.

    Raises
    ------
    HiprunError
        As `fit`, on any of the frames, and as `after`.

    References
    ----------
    Rubin 1987, Multiple Imputation for Nonresponse in Surveys, sec. 3.3; Barnard and Rubin 1999, Biometrika 86:948.
    """
    fits = []
    for frame in imputed.frames:
        found = fit(formula, frame, family, **options)
        fits.append(found if after is None else after(found, frame))
    first = fits[0]
    failed = tuple(number for number, each in enumerate(fits, start=1) if not each.converged)
    terms = list(first.estimates["term"])
    table = _pooled([each.estimates for each in fits], first.level, terms, bool(failed))
    return Pooled(
        formula=formula,
        family=first.family,
        link=first.link,
        level=first.level,
        estimates=table[POOLED_COLUMNS],
        variances=table[VARIANCE_COLUMNS],
        fits=tuple(fits),
        not_converged=failed,
        messages=_messages(formula, imputed, fits, failed, table),
    )


def pooled_contrast(pooled: Pooled, weights: Mapping[str, float]) -> pd.Series:
    """A weighted sum of terms, pooled: that of every fit with its own standard error and df (`contrast`).

    Returns
    -------
    Series
        estimate, std_error, ci_low, ci_high, p_value, df, scale ('link'), fmi. NaN if a fit did not converge.

    Raises
    ------
    HiprunError
        As `contrast`.
    """
    rows = [contrast(each, weights).to_frame().T.assign(term="contrast") for each in pooled.fits]
    table = _pooled(rows, pooled.level, ["contrast"], not pooled.converged)
    return table[POOLED_COLUMNS].drop(columns="term").iloc[0].rename(None)


def rubin(estimates: np.ndarray, variances: np.ndarray, df: np.ndarray | float = np.inf) -> dict[str, np.ndarray]:
    """Rubin's rules for estimates (m, k) with their squared standard errors (m, k).

    With Q̄ the mean estimate, U the mean variance and B the variance of the estimates: T = U + (1 + 1/m) B,
    r = (1 + 1/m) B / U, λ = (1 + 1/m) B / T. Of the df of the complete data ν: 1/df = λ² / (m - 1) +
    (ν + 3) / ((ν + 1) ν (1 - λ)), and fmi = (r + 2 / (df + 3)) / (r + 1). Where all estimates are the same nothing
    is missing for that term: its df is ν, fmi and λ are 0.

    Parameters
    ----------
    estimates, variances : arrays (m, k)
    df : array (k,) or float
        Of the complete-data test; inf for z.

    Returns
    -------
    dict of arrays (k,)
        estimate, within (U), between (B), total (T), riv (r), lambda, fmi, df (inf for z), relative_efficiency
        ((1 + fmi / m)⁻¹), mc_error (sqrt(B / m)).

    References
    ----------
    Rubin 1987, eq. 3.1.2 to 3.1.10 and 4.1.12; Barnard and Rubin 1999, Biometrika 86:948, eq. 3; mc_error: White,
    Royston and Wood 2011, Stat Med 30:377, sec. 7.2.
    """
    m = len(estimates)
    within, between = variances.mean(axis=0), estimates.var(axis=0, ddof=1)
    same = np.ptp(estimates, axis=0) == 0
    between = np.where(same, 0.0, between)
    extra = (1 + 1 / m) * between
    total = within + extra
    share, riv = extra / total, extra / within
    nu = np.broadcast_to(np.asarray(df, dtype=float), total.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.where(np.isinf(nu), np.inf, (nu + 1) / (nu + 3) * nu * (1 - share))
        pooled_df = np.where(same, nu, 1 / (share**2 / (m - 1) + 1 / observed))
    fmi = np.where(same, 0.0, (riv + 2 / (pooled_df + 3)) / (riv + 1))
    return {
        "estimate": estimates.mean(axis=0),
        "within": within,
        "between": between,
        "total": total,
        "riv": riv,
        "lambda": share,
        "fmi": fmi,
        "df": pooled_df,
        "relative_efficiency": 1 / (1 + fmi / m),
        "mc_error": np.sqrt(between / m),
    }


def _pooled(tables: Sequence[pd.DataFrame], level: float, terms: Sequence[str], failed: bool) -> pd.DataFrame:
    """Tables of estimates as one; a term without an estimate or standard error in any of them has none."""
    stacked = [
        np.array([table[name].to_numpy(dtype=float) for table in tables]) for name in ("estimate", "std_error", "df")
    ]
    estimates, errors, df = (np.full_like(part, np.nan) for part in stacked) if failed else stacked
    # The df of the fits differ a little from frame to frame (Satterthwaite); NaN is z.
    found = rubin(estimates, errors**2, np.where(np.isnan(df), np.inf, df).mean(axis=0))
    known = np.isfinite(found["total"])
    found = {name: np.where(known, values, np.nan) for name, values in found.items()}
    found["df"] = np.where(np.isinf(found["df"]), np.nan, found["df"])
    std_error = np.sqrt(found["total"])
    limits = wald(found["estimate"], std_error, found["df"], level)
    return pd.DataFrame({"term": terms, **found, "std_error": std_error, **limits, "scale": "link"})


def _messages(
    formula: str, imputed: Imputed, fits: Sequence[Fit], failed: Sequence[int], table: pd.DataFrame
) -> tuple[str, ...]:
    said = [*imputed.messages]
    if failed:
        listed = ", ".join(map(str, failed))
        said.append(
            f"severe: {len(failed)} of {len(fits)} fits did not converge (imputations {listed}). It is no result: "
            "every estimate is missing."
        )
    given = {*imputed.columns}
    strange = [name for name in parse(formula).columns.names if name not in given]
    if strange:
        said.append(
            f"caution: {', '.join(strange)} did not stand in the imputers, so that its association with what was "
            "missing is drawn as none. Impute for this very formula."
        )
    fmi = table["fmi"].max()
    if fmi * 100 > len(fits):
        said.append(
            f"note: up to {fmi:.0%} of the information on a term is missing; White, Royston and Wood 2011 advise m of "
            f"{int(np.ceil(fmi * 100))} or more, found {len(fits)}. See mc_error for how far another seed may move it."
        )
    counts = pd.Series([text for each in fits for text in each.messages], dtype=object).value_counts(sort=False)
    return tuple(said) + tuple(f"{text} ({count} of {len(fits)} fits)" for text, count in counts.items())
