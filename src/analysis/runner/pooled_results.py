"""What crosses from a cohort to the pooled page: the estimates of its newest finished run, as handed out.

Only `share/results.json` and the run's own choices (`run.json`) are read: no row and no table of a cohort.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from analysis.errors import HiprunError
from analysis.report.sentences import RATIOS
from analysis.runner.manifest import newest_finished

NOT_COMPARED = ("seed", "bootstrap_draws", "disclosure_threshold", "clinics_for_random_intercept")
"""Choices of a study that do not change what an estimate means; nor does a smallest effect of interest."""
_TEXTS = ["stage", "claim", "model", "term", "scale"]
_NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "df", "n_obs", "n_athletes")


@dataclass(frozen=True, eq=False)
class CohortResults:
    """The released estimates of one cohort.

    `folder` and `name` of the cohort, `run_id`; `study` holds every choice of the run, `compared` those that must be
    the same for its estimates to be pooled with others; `inputs` are the sha256 of its raw files (TOML files left out),
    `rows` the estimates of results.json, `not_done` what its report says could not be done (stage, section, reason).
    """

    folder: str
    name: str
    run_id: str
    study: dict[str, object]
    compared: dict[str, object]
    inputs: frozenset[str]
    rows: pd.DataFrame
    not_done: tuple[dict[str, str], ...]

    @property
    def level(self) -> float:
        """The level of its intervals."""
        return float(self.study["confidence_level"])


def read_cohort_results(folder: Path) -> CohortResults:
    """The results of the newest finished run in a cohort's report folder (reports/<cohort>).

    Raises `HiprunError` where there is no finished run, or its run.json or results.json is absent or not as a run
    leaves it; the message is short, as it is handed out.
    """
    try:
        run = newest_finished(folder)
        if run is None:
            raise HiprunError("no finished run")
        results = json.loads((folder / run["run_id"] / "share" / "results.json").read_text(encoding="utf-8"))
        study = run["study"] | {name: value for name, value in run["parameters"].items() if value}
        version = {"hiprun": results["run"]["version"]}
        known = {n: v for n, v in study.items() if n not in NOT_COMPARED and not n.startswith("smallest_effect")}
        return CohortResults(
            folder=folder.name,
            name=str(results["run"]["cohort"]),
            run_id=str(run["run_id"]),
            study=study | {"disclosure_threshold": results["disclosure_threshold"]},
            compared=known | version,
            inputs=frozenset(sha for path, sha in run["inputs"].items() if not path.endswith(".toml")),
            rows=_rows(results["estimates"]),
            not_done=tuple(results["not_done"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise HiprunError("its results.json or run.json is absent or not as a run leaves it") from error


def unique_names(cohorts: Sequence[CohortResults]) -> list[str]:
    """The names of the cohorts for a reader, with the folder where two have the same name."""
    often = Counter(cohort.name for cohort in cohorts)
    return [c.name if often[c.name] == 1 else f"{c.name} ({c.folder})" for c in cohorts]


def comparable(cohorts: Sequence[CohortResults]) -> tuple[list[CohortResults], dict[str, str]]:
    """The cohorts that may be pooled, in the order given, and by folder why the others may not.

    A cohort most of whose raw files are those of an earlier one would count the same runners twice. Of the rest those
    are kept that were made with the same choices as most others; of groups of the same size, the first.
    """
    kept: list[CohortResults] = []
    reasons: dict[str, str] = {}
    for cohort in cohorts:
        twin = next((other for other in kept if _mostly_the_same(cohort.inputs, other.inputs)), None)
        if twin is None:
            kept.append(cohort)
        else:
            reasons[cohort.folder] = f"most of its files are those of {twin.name}: the same runners would count twice"
    if kept:
        sizes = Counter(_key(c.compared) for c in kept)
        chosen = max(kept, key=lambda cohort: sizes[_key(cohort.compared)])
        for cohort in kept:
            if _key(cohort.compared) != _key(chosen.compared):
                reasons[cohort.folder] = f"made with other choices: {_differences(cohort.compared, chosen.compared)}"
    return [cohort for cohort in kept if cohort.folder not in reasons], reasons


def on_link_scale(row: Mapping[str, object], level: float) -> tuple[float, float]:
    """Estimate and standard error of a row of results.json on the scale it is pooled on: of ratios, the logarithm.

    The standard error is that of the row (of a ratio r, by the delta method, s / r, which is exact for `models.tidy`);
    without one it follows from the limits at `level` and the df (none: z). NaN where the row has neither.
    """
    estimate, std_error, low, high, df = (float(row[n]) for n in ("estimate", "std_error", "ci_low", "ci_high", "df"))
    if row["scale"] in RATIOS:
        if not estimate > 0:
            return math.nan, math.nan
        std_error = std_error / estimate
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate, low, high = (float(np.log(value)) for value in (estimate, low, high))
    if math.isnan(std_error):
        tail = (1 - level) / 2
        std_error = (high - low) / (2 * float(norm.isf(tail) if math.isnan(df) else t.isf(tail, df)))
    return estimate, std_error


def why_not(cohort: CohortResults, row: Mapping[str, object] | None, stage: str) -> str:
    """Why a cohort has no number for the pool; empty where it has one. `row` is None where results.json has none."""
    if row is None:
        said = [n["reason"] for n in cohort.not_done if n["stage"] == stage and n["section"].endswith("_model")]
        return "; ".join(said) or "its results hold no such estimate"
    if row["withheld"]:
        return str(row["withheld"])
    threshold = cohort.study["disclosure_threshold"]
    if not row["n_athletes"] >= threshold:
        return f"fewer than {threshold} runners, or an unknown number"
    if not row["converged"]:
        return "the model did not settle"
    estimate, std_error = on_link_scale(row, cohort.level)
    if not (math.isfinite(estimate) and math.isfinite(std_error) and std_error > 0):
        return "no estimate with a standard error"
    return ""


def _rows(estimates: list[dict[str, object]]) -> pd.DataFrame:
    rows = pd.DataFrame(estimates, columns=[*_TEXTS, "converged", "withheld", *_NUMBERS])
    rows["withheld"] = rows["withheld"].fillna("").astype("str")
    rows["converged"] = rows["converged"].eq(True)
    rows[_TEXTS] = rows[_TEXTS].fillna("").astype("str")
    return rows.astype(dict.fromkeys(_NUMBERS, "float64"))


def _mostly_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) * 2 > min(len(one), len(other))


def _key(choices: Mapping[str, object]) -> str:
    return json.dumps(choices, sort_keys=True)


def _differences(found: Mapping[str, object], expected: Mapping[str, object]) -> str:
    names = [n for n in sorted({*found, *expected}) if found.get(n) != expected.get(n)]
    return ", ".join(f"{n} {found.get(n, 'not set')} (pooled: {expected.get(n, 'not set')})" for n in names)
