"""Published norms as data (`norms.csv`), used only where the measurement is the same.

Position alone moves hip rotation by more than ten degrees (DOMAIN C1): a norm whose source
leaves open what `KEYS` names keeps its row, with the gap missing, and is applied to nothing.
"""

from functools import cache
from importlib import resources

import pandas as pd

from analysis.errors import HiprunError

KEYS = ["motion", "quality", "position", "sex", "unit"]


@cache
def _norms() -> pd.DataFrame:
    text = {"motion", "quality", "position", "population", "sex", "unit", "method", "source"}
    with resources.files("analysis.hip").joinpath("norms.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=dict.fromkeys(text, "str"))


def norms() -> pd.DataFrame:
    """The norms: motion, quality, position, population, sex, age_low, age_high (years), mean, sd, ci_low, ci_high,
    n, unit, method, source; one row a norm. Missing is what the source does not tell (such as whether a range of
    motion is active or passive).
    """
    return _norms().copy()


def apply_norms(profile: pd.DataFrame, population: str) -> pd.DataFrame:
    """`profile` with norm_mean, norm_sd, norm_n, norm_z and norm_source; missing where no norm matches.

    A norm matches if motion, quality, position, sex and unit are equal, its population is `population`, and the
    athlete's `age_y` is within its age limits (a norm with limits does not match an unknown age). Raises
    `HiprunError` for missing columns or a population without norms.
    """
    absent = [c for c in (*KEYS, "value") if c not in profile]
    if absent:
        raise HiprunError(f"norms: the profile has no column {', '.join(absent)}. Fix: make it with hip_profile().")
    table = _norms()
    if population not in set(table["population"]):
        known = ", ".join(sorted(set(table["population"])))
        raise HiprunError(f"norms: found population {population!r}; expected {known}. Fix: choose one of them.")
    table = table[table["population"] == population].dropna(subset=KEYS)
    table = table[[*KEYS, "age_low", "age_high", "mean", "sd", "n", "source"]].rename(columns={"n": "norm_n"})
    left = profile.reset_index(drop=True)
    joined = left.assign(row=left.index).merge(table, on=KEYS, how="inner")
    age = joined["age_y"] if "age_y" in joined else pd.Series(float("nan"), index=joined.index)
    fits = (joined["age_low"].isna() | (age >= joined["age_low"])) & (
        joined["age_high"].isna() | (age <= joined["age_high"])
    )
    norm = joined[fits.to_numpy(bool)].set_index("row").reindex(left.index)
    out = left.assign(norm_mean=norm["mean"], norm_sd=norm["sd"], norm_n=norm["norm_n"], norm_source=norm["source"])
    out["norm_z"] = (out["value"] - out["norm_mean"]) / out["norm_sd"]
    return out.set_index(profile.index)
