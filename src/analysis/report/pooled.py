"""The pooled page: what several cohorts' estimates come to together. Its only input are estimates, never rows."""

import dataclasses
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.report.content import Content, compose
from analysis.report.format import number, p_value
from analysis.report.gate import release, write_share
from analysis.report.html import render_html
from analysis.report.items import Figure, json_value
from analysis.report.pdf import render_pdf
from analysis.report.pooled_terms import PooledTerm, cohort_rows, pooled_rows
from analysis.report.pooled_words import (
    how_to_read_pooled,
    pooled_methods,
    prediction_text,
    read_heterogeneity,
    read_pooled,
    read_prediction,
    sources_said,
)
from analysis.report.record import Stage, read_stages
from analysis.report.results import DIGITS
from analysis.study import Study
from analysis.tables.plain_csv import write_csv

FORMAT = "hiprun pooled 1"
ALL = "All cohorts pooled"
MOST_HEADLINES = 8
NO_DATE = "2000-01-01"
"""Stands in for the day of making, which is not shown: the same estimates give the same bytes."""


def build_pooled(
    run_dir: Path, terms: Sequence[PooledTerm], cohorts: pd.DataFrame, study: Study, version: str
) -> dict[str, Path]:
    """Write `share/` of a pooled run: pooled.html, pooled.pdf, pooled.json, tables/*.csv, figures/*.

    `cohorts` has folder, cohort, run_id, n_athletes and reason (empty where pooled), a row a cohort that was asked for;
    `study` the choices that all pooled cohorts share. The same arguments and the same name of `run_dir` give the same
    bytes. Returns the paths of "html", "pdf" and "results". Raises `HiprunError` as the cohort report does.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        done = [term for term in terms if term.result is not None]
        numbers = pooled_rows(terms)
        _record_overview(work, done, numbers)
        for i, (term, reading) in enumerate(zip(done, numbers.get("reading", []), strict=True), start=1):
            if term.primary:
                _record(work, f"p{i:03d}", term, study, reading)
        figures = work / "internal" / "results" / "figures"
        stages = release(read_stages(work), study.disclosure_threshold)
        info = {"cohort": ALL, "run_id": run_dir.name, "created": NO_DATE, "version": version}
        content = _content(compose(stages, info, study, figures), terms, cohorts, info, study)
        files = {
            "pooled.html": render_html(content),
            "pooled.pdf": render_pdf(content, NO_DATE),
            "pooled.json": _json(terms, cohorts, info, study),
            "tables/pooled.csv": _csv(pooled_rows(terms), work / "pooled.csv"),
            "tables/cohorts.csv": _csv(cohort_rows(terms), work / "cohorts.csv"),
            **{
                f"figures/{file}": (figures / file).read_bytes()
                for stage in stages
                for figure in stage.items
                if isinstance(figure, Figure)
                for file in (figure.svg, figure.png)
            },
        }
        share = write_share(run_dir, files)
    return {"html": share / "pooled.html", "pdf": share / "pooled.pdf", "results": share / "pooled.json"}


def _record_overview(work: Path, done: Sequence[PooledTerm], numbers: pd.DataFrame) -> None:
    """Every pooled estimate: the primary ones first of all, the others at the end of the page."""
    stage = Stage(work, "p000", "All estimates")
    notes = {
        "primary": "Every estimate that was pooled, as its own part says it. p, Holm: adjusted for the number of rows.",
        "further": "What is not confirmed with the primary ones. p, Holm: adjusted for the number of rows of a claim.",
    }
    for name, is_primary in (("primary", True), ("further", False)):
        chosen = [term for term in done if term.primary == is_primary]
        if chosen:
            rows = numbers[numbers["primary"] == is_primary].reset_index(drop=True)
            stage.table(name, _overview(chosen, rows), notes[name], appendix=not is_primary)
    stage.save()


def _overview(terms: Sequence[PooledTerm], rows: pd.DataFrame) -> pd.DataFrame:
    said = {"reading": rows["reading"]} if (rows["reading"] != "").any() else {}
    return pd.DataFrame(
        {
            "exposure": [term.label if term.claim else term.label.split(",")[0] for term in terms],
            "outcome": [f"{term.model} ({term.scale})" for term in terms],
            "cohorts": rows["n_cohorts"],
            "pooled": rows["estimate"],
            "ci_low": rows["ci_low"],
            "ci_high": rows["ci_high"],
            "Prediction": [prediction_text(term) for term in terms],
            "I² (%)": (100 * rows["i2"]).round(),
            "p, Holm": rows["p_holm"].map(p_value),
            **said,
        }
    )


def _record(work: Path, name: str, term: PooledTerm, study: Study, reading_of_claim: str) -> None:
    """One section of the page, recorded as a stage records its own, so that it goes through the same gate."""
    stage = Stage(work, name, term.title)
    said = f" Reading of this effect over all cohorts: {reading_of_claim}." if reading_of_claim else ""
    stage.sentence(f"{read_pooled(term, study.confidence_level)}{said}", headline=True)
    if not term.result.converged:
        stage.save()
        return
    stage.sentence(read_prediction(term))
    stage.sentence(read_heterogeneity(term))
    for text in (*term.result.cautions, *term.notes):
        stage.sentence(text)
    if term.left_out:
        stage.sentence(f"Not in this pool: {'; '.join(f'{cohort} ({why})' for cohort, why in term.left_out)}.")
    if term.drawn is not None:
        caption = f"{term.title}, by cohort and pooled ({term.scale}). Squares are as large as the cohort's weight."
        stage.figure("forest", term.drawn, caption, term.alt)
    stage.table("cohorts", _table(term), f"{term.title}: {term.scale} by cohort.")
    stage.save()


def _table(term: PooledTerm) -> pd.DataFrame:
    table = term.cohorts[["cohort", "estimate", "ci_low", "ci_high"]].assign(
        weight_pct=100 * term.result.weights, n_athletes=term.cohorts["n_athletes"], n_obs=term.cohorts["n_obs"]
    )
    pooled = {"cohort": ALL, "weight_pct": 100.0, **{n: term.shown(n) for n in ("estimate", "ci_low", "ci_high")}}
    pooled |= {n: table[n].sum() for n in ("n_athletes", "n_obs")}
    together = pd.concat([table, pd.DataFrame([pooled])], ignore_index=True)
    return together.astype({"n_athletes": "Int64", "n_obs": "Int64"})


def _content(
    made: Content, terms: Sequence[PooledTerm], cohorts: pd.DataFrame, info: Mapping[str, Any], study: Study
) -> Content:
    pooled = cohorts[cohorts["reason"] == ""]
    alone = [
        (term.title, "; ".join(f"{c}: {why}" for c, why in term.left_out) or "fewer than two cohorts have an estimate")
        for term in terms
        if term.result is None and term.primary
    ]
    absent = cohorts.loc[cohorts["reason"] != "", ["cohort", "reason"]].itertuples(index=False, name=None)
    runners = pooled["n_athletes"].sum() if pooled["n_athletes"].notna().all() else math.nan
    facts = [("Cohorts", f"{len(pooled)} of {len(cohorts)}"), ("Runners", number(runners)), ("Run", info["run_id"])]
    return dataclasses.replace(
        made,
        title=f"Hip health in runners: {len(pooled)} cohorts together",
        subtitle="Estimates of several cohorts, pooled; no rows of any cohort are used",
        summary=_summary(made.summary, terms),
        facts=(*facts, ("Software", f"hiprun {info['version']}")),
        not_done=(*absent, *alone),
        quality=sources_said(pooled),
        quality_tables=(),
        methods=pooled_methods(study),
        how_to_read=how_to_read_pooled(study),
        footer=f"hiprun {info['version']} · pooled run {info['run_id']}",
    )


def _summary(said: tuple[str, ...], terms: Sequence[PooledTerm]) -> tuple[str, ...]:
    """The readings, or where they are many how often each reading of a claim was made."""
    rows = pooled_rows(terms)
    if len(said) <= MOST_HEADLINES or not (rows["reading"] != "").any():
        return said
    counts = rows.loc[rows["primary"], "reading"].value_counts(sort=False)
    parts = [f"{name}: {n}" for name, n in counts.items()]
    return (f"Of {counts.sum()} pooled estimates of the primary claims, by reading: {'; '.join(parts)}.",)


def _json(terms: Sequence[PooledTerm], cohorts: pd.DataFrame, info: Mapping[str, Any], study: Study) -> bytes:
    whole = {
        "format": FORMAT,
        "run": {"run_id": info["run_id"], "version": info["version"]},
        "confidence_level": study.confidence_level,
        "cohorts": _records(cohorts),
        "pooled": _records(pooled_rows(terms)),
        "by_cohort": _records(cohort_rows(terms)),
    }
    return (json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode("utf-8")


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    rows = frame.astype(object).to_dict("records")
    return [{name: _json_cell(value) for name, value in row.items()} for row in rows]


def _json_cell(value: object) -> object:
    plain = json_value(value)
    return float(f"{plain:.{DIGITS}g}") if isinstance(plain, float) else plain


def _csv(frame: pd.DataFrame, path: Path) -> bytes:
    write_csv(frame, path, float_format=f"%.{DIGITS}g")
    return path.read_bytes()
