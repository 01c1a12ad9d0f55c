"""The hips of the cohort at the first test of each athlete."""

import numpy as np
import pandas as pd

from analysis.describe.by_test import n_true, ordered, quartile_1, quartile_3, test_name, worded
from analysis.hip.norms import apply_norms
from analysis.hip.profile import ROM, SCORE, STRENGTH, hip_profile, side_differences
from analysis.hip.reliability import (
    GROUP,
    REPEATS,
    TOOLS,
    judged_sides,
    measurement_error,
)
from analysis.hip.scales import SCALES
from analysis.tables.words import LENGTH_TESTS


def first_profile(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """`hip_profile` of each athlete's first test of each motion, side, quality and position, with values only.

    Adds `kind` ("strength", "rom" or "other").
    """
    profile = hip_profile(assessments, athletes).dropna(subset=["value"])
    same = ["athlete_id", "motion", "side", "quality", "position"]
    first = profile.sort_values("date").drop_duplicates(same).sort_values(same, ignore_index=True)
    kind = first["quality"].map({**dict.fromkeys(STRENGTH, "strength"), **dict.fromkeys(ROM, "rom")}).fillna("other")
    return first.assign(kind=kind)


def profile_for_figure(first: pd.DataFrame) -> pd.DataFrame:
    """Strength and range of motion of `first_profile` as the hip-profile figure takes them.

    Named tests measure muscle length and are left out; where a motion was tested in several ways the one
    with most athletes is shown (of as many, isometric strength first). Columns: athlete_id, motion, side, quality
    (strength or rom), value, unit.
    """
    shown = _most_tested_way(first)
    return shown[["athlete_id", "motion", "side", "kind", "value", "unit"]].rename(columns={"kind": "quality"})


def profile_summary(first: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles by motion, quality, test position and side, with the unit and n_athletes."""
    keys = ["motion", "quality", "position", "side", "unit"]
    values = first.groupby(keys)["value"]
    table = ordered(values.agg(n_athletes="size", median="median", q1=quartile_1, q3=quartile_3).reset_index())
    return worded(table)


def reliability_table(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """Measurement error by motion, quality, position and, where recorded, device and rater.

    One row where the cohort has repeats of one session; one where it has a retest on another day, else a published
    error (device and rater missing); where there is neither, one that says so. Columns: motion, quality, position,
    unit, device, rater, repeats, n_tests (of this cohort), icc, icc_ci_low, icc_ci_high, icc_form, sem, mdc95 (in
    `unit`), sem_pct, mdc95_pct (of the mean), source ("this cohort", "published: …" or "none: …"). Raises as
    `measurement_error`.
    """
    by = [c for c in TOOLS if c in assessments and assessments[c].notna().any()]
    tables = [measurement_error(assessments, athletes, by, kind) for kind in ("trials", "days")]
    own = pd.concat([t[t["icc"].notna()] for t in tables], ignore_index=True)
    whole = measurement_error(assessments, athletes, repeats="days")
    told = whole[GROUP].merge(own.groupby(GROUP)["repeats"].agg(set).reset_index(), on=GROUP, how="left")["repeats"]
    retested = [isinstance(kinds, set) and REPEATS["days"] in kinds for kinds in told]
    other = whole[~np.array(retested, dtype=bool) & (whole["sem"].notna() | told.isna()).to_numpy()]
    table = pd.concat([own, other], ignore_index=True)
    n_tests = table["n_tests"].astype("Int64").where(table["icc"].notna())
    table = table.assign(source=table["basis"].map(_source), n_tests=n_tests)
    table = ordered(table).rename(columns={"sem_percent": "sem_pct", "mdc95_percent": "mdc95_pct"})
    numbers = ["n_tests", "icc", "icc_ci_low", "icc_ci_high", "icc_form", "sem", "mdc95", "sem_pct", "mdc95_pct"]
    return worded(table[[*GROUP, *by, "repeats", *numbers, "source"]])


def reliability_in_use(error: pd.DataFrame) -> pd.DataFrame:
    """The error that changes and side differences are judged by, one row a test, for the report.

    `error` is of `hip.reliability.error_of_differences`. Columns: test (with its unit), n_tests, icc with limits, sem,
    mdc95, mdc95_pct (of the mean), error_from (this cohort's repeats, else the study that published it, else "none").
    """
    table = worded(ordered(error.assign(n_tests=error["n_tests"].astype("Int64").where(error["icc"].notna()))))
    origin = table["basis"].map(_source).str.removeprefix("published: ").str.split("[,:]", regex=True).str[0]
    return pd.DataFrame(
        {
            "test": test_name(table) + " (" + table["unit"].astype(str) + ")",
            **{c: table[c] for c in ("n_tests", "icc", "icc_ci_low", "icc_ci_high", "sem", "mdc95")},
            "mdc95_pct": table["mdc95_percent"],
            "error_from": origin.where(origin != "this cohort", table["repeats"]),
        }
    )


def reliability_for_report(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of `reliability_table` that the report shows: test, device, rater, n_tests, icc with limits, sem,
    mdc95, unit, mdc95_pct (of the mean), error_from (this cohort's trials or test days, or the published study)."""
    origin = table["source"].where(table["source"] != "this cohort", "this cohort, " + table["repeats"].astype("str"))
    shown = table.assign(test=test_name(table), error_from=origin)
    named = [
        "test",
        "device",
        "rater",
        "n_tests",
        "icc",
        "icc_ci_low",
        "icc_ci_high",
        "sem",
        "mdc95",
        "unit",
        "mdc95_pct",
        "error_from",
    ]
    return shown[[c for c in named if c in shown]]


def sides_for_report(sides: pd.DataFrame) -> pd.DataFrame:
    """The columns of `side_summary` with errors that the report shows, the test in one column."""
    left = ["motion", "quality", "position", "n_over_15_pct", "n_error_unknown", "error_source", "error_repeats"]
    left += ["difference_within_measurement_error_pct"]
    table = sides.assign(test=test_name(sides)).drop(columns=[c for c in left if c in sides])
    return table[["test", *(c for c in table if c != "test")]]


def sides_hidden_with(shown: pd.DataFrame) -> dict[str, list[str]]:
    """Which columns of `sides_for_report` have to go with a count that is withheld: they give it away."""
    every = [column for column in shown if column.startswith("difference")]
    return {"n_athletes": every, "n_within_measurement_error": [], "n_beyond_measurement_error": []}


def norms_summary(first: pd.DataFrame, population: str, error: pd.DataFrame | None = None) -> pd.DataFrame:
    """The cohort against the norms of `population`, by motion, quality, position, side and sex, where they match.

    Columns: motion, quality, position, side, sex, unit, n_athletes, norm_mean, norm_sd, norm_n, z_median, z_q1, z_q3
    (against the norm), n_below (the norm's mean), error_band (1.96·SEM: a measurement and a mean of many differ by
    the error of one measurement, so that there is no √2 as in the MDC95; Weir 2005), n_below_beyond_error, norm_source.
    `error` is of `hip.reliability.error_of_differences`; without it, or where it is missing, so are the last two
    numbers. Raises as `apply_norms`.
    """
    matched = norms_for_figure(first, population, error)
    below = matched["norm_mean"] - matched["value"]
    beyond = (below > matched["error_band"]).astype("boolean").mask(matched["error_band"].isna())
    matched = matched.assign(below=below > 0, beyond=beyond)
    keys = ["motion", "quality", "position", "side", "sex", "unit"]
    fixed = {c: (c, "first") for c in ("norm_mean", "norm_sd", "norm_n")}
    z = {f"z_{name}": ("norm_z", how) for name, how in (("median", "median"), ("q1", quartile_1), ("q3", quartile_3))}
    table = matched.groupby(keys).agg(
        n_athletes=("value", "size"), **fixed, **z, n_below=("below", "sum"), error_band=("error_band", "first"),
        n_below_beyond_error=("beyond", n_true), norm_source=("norm_source", "first"),
    )  # fmt: skip
    table = table.astype({"n_below_beyond_error": "Int64"})
    return worded(ordered(table.reset_index()))


def norms_for_figure(first: pd.DataFrame, population: str, error: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows of `first_profile` that a norm of `population` matches, with that norm, for `profile_against_norms`.

    Adds norm_mean, norm_sd, norm_n, norm_z, norm_source, population and error_band (see `norms_summary`). Raises as
    `apply_norms`.
    """
    matched = apply_norms(first, population)
    matched = matched[matched["norm_mean"].notna()].reset_index(drop=True)
    limits = error[[*GROUP, "sem"]] if error is not None else pd.DataFrame(columns=[*GROUP, "sem"])
    matched = matched.merge(limits.astype({"sem": float}), on=GROUP, how="left")
    return matched.assign(population=population, error_band=1.96 * matched["sem"]).drop(columns="sem")


def sides_for_figure(first: pd.DataFrame, error: pd.DataFrame) -> pd.DataFrame:
    """Side differences as `side_difference_plot` takes them: strength in percent of the larger side, range in degrees.

    One row an athlete and motion with both sides, tested the way most athletes were; named tests are left out. Columns:
    athlete_id, motion, quality (strength or rom), difference (right minus left), unit, mdc95 (in `unit`, missing where
    not known), within_measurement_error. `error` is of `hip.reliability.error_of_differences`.
    """
    shown = _most_tested_way(first)
    sides = judged_sides(shown, error)
    strength = sides["quality"].isin(STRENGTH)
    drawn = sides.assign(
        difference=sides["symmetry_index"].where(strength, sides["difference"]),
        mdc95=sides["mdc95_percent"].where(strength, sides["mdc95"]),
        unit=sides["unit"].mask(strength, "% of the larger side").replace("deg", "degrees"),
        quality=np.where(strength, "strength", "rom"),
    ).dropna(subset=["difference"])
    columns = ["athlete_id", "motion", "quality", "difference", "unit", "mdc95", "within_measurement_error"]
    return drawn[columns].reset_index(drop=True)


def side_summary(first: pd.DataFrame, error: pd.DataFrame | None = None) -> pd.DataFrame:
    """Side differences by motion, quality and position: absolute symmetry index (%) of athletes with both sides.

    With `error` (of `hip.reliability.error_of_differences`) also difference_mdc95_pct (median over athletes, on the
    scale of the index), n_within_measurement_error, n_beyond_measurement_error, n_error_unknown (athletes), the share
    difference_within_measurement_error_pct (of those known, %) and the source of the error. A difference within the
    error of measuring says nothing of the athlete.

    The index is (right - left) / larger side x 100 (`hip.symmetry`); 10-15 % is the threshold most papers use,
    often without evidence (Parkinson et al. 2021), so the count over 15 % is a description and no diagnosis. Scores of
    a scale are left out: a percentage of their points has no meaning.
    """
    keys = ["motion", "quality", "position"]
    first = first[~first["unit"].isin([*SCALES, SCORE])]
    sides = side_differences(first).dropna(subset=["symmetry_index"])
    sides["size"] = sides["symmetry_index"].abs()
    table = sides.groupby(keys)["size"].agg(
        n_athletes="size",
        difference_pct_median="median",
        difference_pct_q1=quartile_1,
        difference_pct_q3=quartile_3,
        n_over_15_pct=_over_15,
    )
    if error is not None:
        table = table.join(_judged_counts(first, error, keys))
    return worded(ordered(table.reset_index()))


def _judged_counts(first: pd.DataFrame, error: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    sides = judged_sides(first, error).dropna(subset=["symmetry_index"])
    sides = sides.merge(error[[*GROUP, "basis", "repeats"]], on=GROUP, how="left")
    within = sides["within_measurement_error"]
    sides = sides.assign(within=within, beyond=~within, unknown=within.isna(), source=sides["basis"].map(_source))
    table = sides.groupby(keys).agg(
        difference_mdc95_pct=("mdc95_percent", "median"),
        n_within_measurement_error=("within", n_true),
        n_beyond_measurement_error=("beyond", n_true),
        n_error_unknown=("unknown", "sum"),
        error_source=("source", "first"),
        error_repeats=("repeats", "first"),
    )
    counts = ["n_within_measurement_error", "n_beyond_measurement_error"]
    table = table.astype(dict.fromkeys(counts, "Int64"))
    within, beyond = (table[c].astype("float64") for c in counts)
    table["difference_within_measurement_error_pct"] = 100 * within / (within + beyond)
    return table


def _most_tested_way(first: pd.DataFrame) -> pd.DataFrame:
    """Strength and range of motion, each motion tested the way most athletes were; named tests left out."""
    shown = first[first["kind"].isin(["strength", "rom"]) & ~first["position"].isin(LENGTH_TESTS)]
    way = ["kind", "motion", "quality", "position", "unit"]
    size = shown.groupby(way)["athlete_id"].nunique().rename("size").reset_index()
    best = ordered(size).sort_values("size", ascending=False, kind="stable").drop_duplicates(["kind", "motion"])
    return shown.merge(best[way], on=way)


def _source(basis: str) -> str:
    """Where an error comes from, from its basis."""
    if basis.startswith("missing"):
        return basis.replace("missing", "none", 1)
    return basis if basis.startswith("published") else "this cohort"


def _over_15(values: pd.Series) -> int:
    return int((values > 15).sum())
