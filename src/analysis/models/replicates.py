"""What a bootstrap gives: every parameter in every replicate, and intervals from them."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import HiprunError
from analysis.models.rebuild import formula_of
from analysis.models.result import Fit

_KEYS = ["parameter", "group", "term"]


@dataclass(frozen=True, eq=False, repr=False)
class Replicates:
    """The replicates of one bootstrap.

    Attributes
    ----------
    kind : str
        'parametric' or 'clusters of <column>'.
    seed, n : int
        As asked.
    failed : dict
        Replicates without numbers, counted by reason: not converged, or what could not be fitted.
    estimates : DataFrame
        parameter, group, term, estimate: those of the fit itself. `parameter` is 'fixed' (link scale), 'sd' and 'corr'
        (of random effects; a gaussian model has a residual 'sd' of group 'Residual') or 'dispersion' (as
        `Fit.dispersion`, negativebinomial and gamma). `group` is empty where there is none. A 'corr' is with the
        group's first term, else its term reads 'a, b'; there is none after `||`. Terms that the fit dropped as aliased
        are left out.
    table : DataFrame
        replicate (from 0), parameter, group, term, value. Missing in failed replicates, for a fixed term that could not
        be told from others on the rows drawn, and for a correlation with an SD of 0. Infinite: no finite estimate
        (separation).
    """

    kind: str
    seed: int
    n: int
    failed: dict[str, int]
    estimates: pd.DataFrame
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"Replicates({self.kind}, n={self.n}, {self.n_failed} failed, {len(self.estimates)} parameters)"

    @property
    def n_failed(self) -> int:
        """Replicates without numbers."""
        return sum(self.failed.values())

    def intervals(self, level: float = 0.95) -> pd.DataFrame:
        """Standard errors and bias-corrected percentile limits of every parameter.

        With p the share of the R replicates below the estimate (half of those equal to it) and w = Φ⁻¹(p), a limit is
        the replicate of rank (R + 1) Φ(2w ± z), z = Φ⁻¹((1 + level)/2), rounded outwards, or the outermost one: Efron
        1987, J Am Stat Assoc 82:171; Davison and Hinkley 1997, Bootstrap Methods and their Application, sec. 5.3.2.
        They stay within what is possible (no SD below 0), carry over to ratios by exp, and mend the bias of the
        estimator: SDs of few groups come out too low, and so do their replicates.

        Parameters
        ----------
        level : float

        Returns
        -------
        DataFrame
            parameter, group, term, estimate (of the fit), std_error (SD of the replicates; missing where one is
            infinite), ci_low, ci_high (missing with too few replicates for the level, 39 for 0.95, or all on one
            side of the estimate), n_replicates (with
            a value), n_missing (the others, failed ones with them), n_infinite.

        Raises
        ------
        HiprunError
            A level that is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise HiprunError(f"level: found {level!r}, expected a number between 0 and 1 such as 0.95.")
        values = self.table["value"].to_numpy().reshape(self.n, -1)
        pairs = zip(values.T, self.estimates["estimate"], strict=True)
        numbers = pd.DataFrame([_summary(column, estimate, level) for column, estimate in pairs])
        return pd.concat([self.estimates, numbers], axis=1)


def _summary(values: np.ndarray, estimate: float, level: float) -> dict[str, float]:
    found = np.sort(values[~np.isnan(values)])
    r = len(found)
    infinite = int(np.isinf(found).sum())
    below = ((found < estimate).sum() + (found == estimate).sum() / 2) / max(r, 1)
    known = 0 < below < 1 and (r + 1) * (1 - level) / 2 >= 1 - 1e-9
    low, high = _ranks(r, below, level) if known else (0, 0)
    return {
        "std_error": found.std(ddof=1) if r > 1 and not infinite else np.nan,
        "ci_low": found[low - 1] if known else np.nan,
        "ci_high": found[high - 1] if known else np.nan,
        "n_replicates": r,
        "n_missing": len(values) - r,
        "n_infinite": infinite,
    }


def _ranks(r: int, below: float, level: float) -> tuple[int, int]:
    """Ranks, from 1, of the limits among `r` sorted replicates, a share of which is below the estimate."""
    shift, z = 2 * stats.norm.ppf(below), stats.norm.ppf((1 + level) / 2)
    low, high = (r + 1) * stats.norm.cdf([shift - z, shift + z])
    return int(np.clip(np.floor(low + 1e-9), 1, r)), int(np.clip(np.ceil(high - 1e-9), 1, r))


def parameters(fit: Fit) -> pd.DataFrame:
    """parameter, group, term, estimate of a fit, in the order of `values`."""
    kept = ~fit.estimates["term"].isin(fit.aliased)
    rows = [("fixed", "", term) for term in fit.estimates["term"][kept]]
    formula = formula_of(fit)
    for part, cov in zip(formula.random, fit.random_vcov, strict=False):  # GEE has none
        group = ":".join(map(formula.columns.name, part.group))
        rows += [("sd", group, term) for term in cov]
        pairs = combinations(cov, 2) if part.correlated else ()
        rows += [("corr", group, b if a == cov.columns[0] else f"{a}, {b}") for a, b in pairs]
    if fit.family == "gaussian":
        rows.append(("sd", "Residual", ""))
    elif fit.family in ("negativebinomial", "gamma"):
        rows.append(("dispersion", "", ""))
    beta = fit.estimates["estimate"].to_numpy()
    found = values(fit, beta, tuple(cov.to_numpy() for cov in fit.random_vcov), fit.dispersion)
    return pd.DataFrame(rows, columns=_KEYS).assign(estimate=found)


def values(fit: Fit, beta: np.ndarray, random_cov: tuple[np.ndarray, ...], dispersion: float) -> np.ndarray:
    """Every parameter of a model like `fit` in one row: the fixed terms it kept, SDs and correlations, dispersion."""
    parts = [beta[~fit.estimates["term"].isin(fit.aliased).to_numpy()]]
    for part, cov in zip(formula_of(fit).random, random_cov, strict=False):
        sd = np.sqrt(np.diag(cov))
        with np.errstate(divide="ignore", invalid="ignore"):  # an SD of 0 has no correlation
            corr = cov / np.outer(sd, sd)
        parts += [sd, corr[np.triu_indices(len(sd), 1)]] if part.correlated else [sd]
    if fit.family == "gaussian":
        parts.append([np.sqrt(dispersion)])
    elif fit.family in ("negativebinomial", "gamma"):
        parts.append([dispersion])
    return np.concatenate(parts)


def table_of(estimates: pd.DataFrame, found: np.ndarray) -> pd.DataFrame:
    """The long table of replicates of values (n, parameters)."""
    n, k = found.shape
    columns = {name: np.tile(estimates[name].to_numpy(dtype=object), n) for name in _KEYS}
    table = pd.DataFrame({"replicate": np.repeat(np.arange(n), k), **columns, "value": found.ravel()})
    return table.astype(dict.fromkeys(_KEYS, "str"))
