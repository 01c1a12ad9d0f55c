"""Small seeded frames for the tests of figures after a fit, in the shapes their docstrings state."""

import numpy as np
import pandas as pd
from scipy import stats

SEED = 20260202
ODD_NAMES = ("ATH_1$x$", "Żółć_β", "运动员", "a^2_{3}", "Clinic of the university hospital, outpatients, north wing")


def quantile_residuals(n: int = 1000, wrong: bool = False) -> pd.DataFrame:
    """Standard normal; with `wrong` skewed, and wider and higher where more is fitted."""
    rng = np.random.default_rng(SEED)
    fitted = rng.gamma(2, 1, n)
    e = rng.normal(size=n)
    if wrong:
        e = 0.5 * (fitted - 2) + (0.4 + 0.4 * fitted) * rng.gumbel(0, 0.8, n)
    return pd.DataFrame({"fitted": fitted, "quantile_residual": e})


def lags(n: int = 4) -> pd.DataFrame:
    lag = np.arange(1, n + 1)
    r = 0.35 * 0.6 ** (lag - 1) - 0.03
    n_pairs = 1400 - 50 * lag
    half = 2.2 / np.sqrt(n_pairs)
    return pd.DataFrame(
        {"lag": lag, "autocorrelation": r, "std_error": half / 1.96, "ci_low": r - half, "ci_high": r + half,
         "n_pairs": n_pairs, "n_athletes": 60 - lag}
    )  # fmt: skip


def names(n: int) -> list[str]:
    return [*ODD_NAMES, *(f"ATH{i:04d}" for i in range(n))][:n]


def left_out(n: int = 60, failed: int = 0) -> pd.DataFrame:
    """Two terms; SE of `mob` is 0.09 round -0.34 (`full`)."""
    rng = np.random.default_rng(SEED)
    tables = []
    for term, estimate, se in (("mob", -0.34, 0.09), ("stab", 0.1, 0.2)):
        change = stats.t(3).rvs(n, random_state=rng) * 1.5 / np.sqrt(n)
        without = estimate + change * se
        half = 1.96 * se * (1 + rng.gamma(1, 1 / n, n))
        tables.append(
            pd.DataFrame(
                {
                    "level": names(n),
                    "term": term,
                    "estimate": without,
                    "change_in_se": change,
                    "ci_low": without - half,
                    "ci_high": without + half,
                    "converged": True,
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    gone = table["level"].isin(names(n)[n - failed :]) if failed else np.zeros(len(table), dtype=bool)
    numbers = ["estimate", "change_in_se", "ci_low", "ci_high"]
    table.loc[gone, numbers] = np.nan
    return table.assign(converged=~gone)


def full() -> pd.DataFrame:
    rows = [("(Intercept)", 2.1, 1.7, 2.5), ("mob", -0.34, -0.516, -0.164), ("stab", 0.1, -0.29, 0.49)]
    return pd.DataFrame(rows, columns=["term", "estimate", "ci_low", "ci_high"])


def inflation() -> pd.DataFrame:
    rows = [
        ("mob", 1, 1.4), ("stab", 1, 1.2), ("mob:stab", 1, 11.5), ("C(sex)", 1, 1.02), ("bs(week, df=4)", 4, 1.6),
        ("scale(hip_abduction_torque_nm_kg_last_assessment)", 1, 6.0), ("age", 1, 1.0),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["term", "columns", "gvif"])
    return table.assign(sd_inflation=table["gvif"] ** (1 / (2 * table["columns"])))


def counts(n: int = 1000, mean: float = 0.8, shape: float | None = 1.5) -> pd.DataFrame:
    """Counts drawn with shape `shape` (None: Poisson), expected from a Poisson model."""
    rng = np.random.default_rng(SEED)
    y = rng.poisson(mean, n) if shape is None else rng.negative_binomial(shape, shape / (shape + mean), n)
    values = np.arange(max(y.max(), stats.poisson.isf(0.5 / n, mean)) + 1)
    observed = np.bincount(y, minlength=len(values))
    return pd.DataFrame({"count": values, "observed": observed, "expected": n * stats.poisson.pmf(values, mean)})


def modes(n_athletes: int = 60, n_clinics: int = 4, slope: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    parts = [("athlete", "(Intercept)", names(n_athletes), 0.8, 0.3)]
    parts += [("athlete", "mob", names(n_athletes), 0.2, 0.15)] if slope else []
    parts += [("clinic", "(Intercept)", [f"Clinic {i}" for i in range(n_clinics)], 0.3, 0.12)] if n_clinics else []
    tables = [
        pd.DataFrame(
            {
                "group": g,
                "level": levels,
                "term": term,
                "value": rng.normal(0, spread, len(levels)),
                "sd": sd * rng.uniform(0.8, 1.2, len(levels)),
            }
        )
        for g, term, levels, spread, sd in parts
    ]
    return pd.concat(tables, ignore_index=True)


def random_effects(corr: bool = True) -> pd.DataFrame:
    rows = [
        ("sd", "athlete", "(Intercept)", 0.82, 0.68, 1.01), ("sd", "athlete", "mob", 0.21, 0.0, 0.34),
        ("sd", "clinic", "(Intercept)", 0.3, 0.08, np.inf), ("sd", "Residual", "", 1.1, np.nan, np.nan),
        ("corr", "athlete", "mob with (Intercept)", -0.35, -1.0, 0.3),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["parameter", "group", "term", "estimate", "ci_low", "ci_high"])
    return table if corr else table[table["parameter"] == "sd"]


def predictions(groups: int = 1, new: bool = True) -> pd.DataFrame:
    x = np.linspace(0, 120, 25)
    tables = []
    for i in range(groups):
        estimate = np.exp(0.9 - (0.004 + 0.002 * i) * x)
        half = 0.08 + 0.0012 * np.abs(x - 40)
        table = pd.DataFrame({"mobility_min": x, "estimate": estimate, "ci_low": estimate * np.exp(-half),
                              "ci_high": estimate * np.exp(half), "group": f"{30 + 15 * i} years"})  # fmt: skip
        tables.append(table.assign(new_low=estimate * np.exp(-0.6), new_high=estimate * np.exp(0.6)) if new else table)
    every = pd.concat(tables, ignore_index=True)
    return every.drop(columns="group") if groups == 1 else every


def replicates(n: int = 500, n_terms: int = 3, failed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The replicates and the estimates with percentile limits."""
    rng = np.random.default_rng(SEED)
    terms = [*("mob", "stab", "mob:stab"), *(f"term {i}" for i in range(20))][:n_terms]
    tables, rows = [], []
    for i, term in enumerate(terms):
        value = rng.normal(0.3 * i, 0.1 * (i + 1), n)
        rows.append((term, 0.3 * i, *np.quantile(value, [0.025, 0.975])))
        value[:failed] = np.nan
        tables.append(pd.DataFrame({"replicate": np.arange(n), "term": term, "value": value}))
    return pd.concat(tables, ignore_index=True), pd.DataFrame(rows, columns=["term", "estimate", "ci_low", "ci_high"])


def tipping(slope: float = 0.12) -> pd.DataFrame:
    delta = np.arange(-2.0, 3.01, 0.5)
    estimate = -0.34 + slope * delta
    return pd.DataFrame({"delta": delta, "estimate": estimate, "ci_low": estimate - 0.2, "ci_high": estimate + 0.2})


def variances(models: int = 2) -> pd.DataFrame:
    parts = {"fixed effects": 0.4, "athlete": 0.9, "clinic": 0.05, "residual": 1.2}
    rows = [(f"Model {i + 1}", part, v * (1 + i)) for i in range(models) for part, v in parts.items()]
    table = pd.DataFrame(rows, columns=["model", "part", "variance"])
    return table if models > 1 else table.drop(columns="model")
