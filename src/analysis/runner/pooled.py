"""The pooled page: after several cohorts have run, their estimates side by side and pooled."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

import analysis
from analysis.errors import HiprunError
from analysis.figures import alt_pooled_forest, pooled_forest
from analysis.report.pooled import build_pooled
from analysis.report.pooled_terms import PooledTerm
from analysis.report.sentences import DIFFERENCE
from analysis.runner.check import shown
from analysis.runner.fingerprints import digest
from analysis.runner.plan import RUN_ID_LENGTH
from analysis.runner.pooled_results import (
    CohortResults,
    comparable,
    read_cohort_results,
    unique_names,
)
from analysis.runner.pooled_terms import pooled_term, what_is_asked
from analysis.runner.progress import Voice
from analysis.study import Study

POOLED = "pooled"


def pool_cohorts(exits: Mapping[str, int], out: Path, voice: Voice) -> None:
    """Write the pooled page of cohorts that were run (name of the folder → exit code) and say where it is.

    The page is `out`/pooled/<run>/share/pooled.html; <run> stands for what it is made from, so that the same results
    give the same files. With fewer than two cohorts that have results there is none. Raises `HiprunError` as the report
    does.
    """
    if len(exits) < 2:
        return
    with voice.waiting("Pooling the cohorts"):
        found, reasons = _read(exits, out)
        if len(found) < 2:
            voice.say(f"No pooled page: {len(found)} of {len(exits)} cohorts have results; two or more are needed.")
            return
        kept, other = comparable(found)
        paths = _write(kept, _overview(found, reasons | other), out)
    for kind in ("html", "pdf"):
        voice.say(f"Pooled: {shown(paths[kind])}")


def _read(exits: Mapping[str, int], out: Path) -> tuple[list[CohortResults], dict[str, str]]:
    """The results there are, in the order of the folders' names, and by folder why there are none."""
    found, reasons = [], {}
    for name in sorted(exits):
        if exits[name] != 0:
            reasons[name] = "its run did not finish"
            continue
        try:
            found.append(read_cohort_results(out / name))
        except HiprunError as error:
            reasons[name] = str(error)
    return found, reasons


def _overview(found: Sequence[CohortResults], reasons: Mapping[str, str]) -> pd.DataFrame:
    """One row a cohort asked for: folder, cohort, run_id, n_athletes (of its largest model), why it is not pooled."""
    rows = [
        (c.folder, name, c.run_id, c.rows["n_athletes"].max(), reasons.get(c.folder, ""))
        for c, name in zip(found, unique_names(found), strict=True)
    ]
    rows += [(f, f, "", math.nan, why) for f, why in reasons.items() if f not in {c.folder for c in found}]
    frame = pd.DataFrame(rows, columns=["folder", "cohort", "run_id", "n_athletes", "reason"])
    return frame.astype({"n_athletes": "Int64"}).sort_values("folder", ignore_index=True)


def _write(kept: Sequence[CohortResults], overview: pd.DataFrame, out: Path) -> dict[str, Path]:
    names = dict(zip(overview["folder"], overview["cohort"], strict=True))
    made_from = {
        "overview": overview.astype("str").to_dict("records"),
        "rows": [c.rows.to_csv(index=False) for c in kept],
        "hiprun": analysis.__version__,
    }
    run_dir = out / POOLED / digest(made_from)[:RUN_ID_LENGTH]
    study = _study(kept)
    terms = [pooled_term(asked, kept, names, study) for asked in what_is_asked(kept, study)]
    return build_pooled(run_dir, [_drawn(term, study) for term in terms], overview, study, analysis.__version__)


def _study(kept: Sequence[CohortResults]) -> Study:
    """The choices the cohorts share; the strictest threshold of all of them."""
    fields = {field.name for field in dataclasses.fields(Study)}
    choices = {name: value for name, value in kept[0].study.items() if name in fields}
    return Study(**choices | {"disclosure_threshold": max(int(c.study["disclosure_threshold"]) for c in kept)})


def _drawn(term: PooledTerm, study: Study) -> PooledTerm:
    """The term with its forest, where it is primary and has a pooled result."""
    if not term.primary or term.result is None or not term.result.converged:
        return term
    names = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    pooled = {name: term.shown(name) for name in names}
    frame = term.cohorts.rename(columns={"cohort": "label"}).assign(weight=term.result.weights)
    null, level = int(term.scale != DIFFERENCE), study.confidence_level
    note = f"τ = {math.sqrt(term.result.tau2):.2g}, I² = {100 * term.result.i2:.0f}%"
    unit = term.scale if null else f"Difference ({term.unit})"
    drawn = pooled_forest(
        frame, pooled, f"{unit}: {term.outcome}", null=null, smallest_effect=term.smallest_effect,
        directions=("lower", "higher"), note=note, level=level,
    )  # fmt: skip
    return dataclasses.replace(term, drawn=drawn, alt=alt_pooled_forest(frame, pooled, null, level, note))
