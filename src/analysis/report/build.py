"""The report of one run from what its stages saved."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.report.content import compose
from analysis.report.gate import SafeStage, SafeTable, release, write_share
from analysis.report.html import render_html
from analysis.report.items import Figure
from analysis.report.pdf import render_pdf
from analysis.report.record import read_stages
from analysis.report.results import results_json, table_csv
from analysis.study import Study, explain_internal


def build_report(run_dir: Path | str, info: Mapping[str, Any], study: Study) -> dict[str, Path]:
    """Write `share/` of a run: report.html, report.pdf, results.json, tables/*.csv, figures/*.svg and *.png.

    `info`: cohort, run_id, created (ISO date or time), version; if known start (first Monday), weeks, n_athletes,
    tables (name → rows kept, or names), dropped (dicts of table, reason, n_rows), problems (errors, warnings,
    decisions → count), stages (dicts of name, state "done" | "cannot" | "failed", reason). Stages that are absent
    are left out. Returns the paths of "html", "pdf" and "results". Raises `HiprunError` if `info` lacks a needed
    name, a result is not readable or a figure is absent.
    """
    run_dir = Path(run_dir)
    figures = run_dir / "internal" / "results" / "figures"
    stages = release(read_stages(run_dir), study.disclosure_threshold)
    content = compose(stages, info, study, figures)
    files = {
        "report.html": render_html(content),
        "report.pdf": render_pdf(content, str(info["created"])),
        "results.json": results_json(stages, info, study.disclosure_threshold),
        **_tables(stages),
        **_figures(stages, figures),
    }
    explain_internal(run_dir)
    share = write_share(run_dir, files)
    return {"html": share / "report.html", "pdf": share / "report.pdf", "results": share / "results.json"}


def _tables(stages: list[SafeStage]) -> dict[str, bytes]:
    return {f"tables/{s.name}_{t.name}.csv": table_csv(t) for s in stages for t in s.items if isinstance(t, SafeTable)}


def _figures(stages: list[SafeStage], folder: Path) -> dict[str, bytes]:
    shown = [f for s in stages for f in s.items if isinstance(f, Figure)]
    return {f"figures/{name}": (folder / name).read_bytes() for f in shown for name in (f.svg, f.png)}
