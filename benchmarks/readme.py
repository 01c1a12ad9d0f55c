"""The tables of README.md, between their marks."""

import re
from pathlib import Path

import pandas as pd


def fill(folder: Path, versions: str) -> None:
    """Put the tables that are in `folder` as CSV into its README.md, and the versions that made them."""
    path = folder / "README.md"
    text = _between(path.read_text(encoding="utf-8"), "versions", versions)
    for name, made in (("results", _results), ("loglik", _loglik), ("door", _door), ("nested", _nested)):
        source = folder / ("results.csv" if name == "loglik" else f"{name}.csv")
        if source.exists():
            text = _between(text, name, made(pd.read_csv(source, keep_default_na=True)))
    if (folder / "million.csv").exists():
        text = _between(text, "million", _million(pd.read_csv(folder / "million.csv").iloc[0]))
    if (folder / "sessions.csv").exists():
        text = _between(text, "sessions", _sessions(pd.read_csv(folder / "sessions.csv").iloc[0]))
    path.write_text(text, encoding="utf-8")


def _between(text: str, mark: str, table: str) -> str:
    pattern = rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)"
    return re.sub(pattern, lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL)


def _markdown(header: list[str], rows: list[list[str]]) -> str:
    rule = ["---" if at < 2 else "---:" for at in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows])


def _rivals(results: pd.DataFrame) -> list[str]:
    return [name for name in results["program"].unique() if name not in ("hiprun", "glmm")]


def _cases(results: pd.DataFrame) -> list[tuple[str, int, pd.DataFrame]]:
    return [(*key, part.set_index("program")) for key, part in results.groupby(["model", "rows"], sort=False)]


def _results(results: pd.DataFrame) -> str:
    """CPU seconds, and in brackets how many times hiprun's."""
    rivals = _rivals(results)

    def cell(part: pd.DataFrame, name: str) -> str:
        run = part.loc[name]
        return f"{run['seconds']:.3g} ({run['ratio']:.3g}×)" if pd.notna(run["seconds"]) else _said(run["note"])

    rows = [
        [
            model,
            _size(n),
            f"{part.loc['hiprun', 'seconds']:.3g}",
            *(cell(part, r) for r in rivals),
        ]
        for model, n, part in _cases(results)
    ]
    return _markdown(["model", "rows", "hiprun, s", *(f"{name}, s" for name in rivals)], rows)


def _loglik(results: pd.DataFrame) -> str:
    """hiprun's log-likelihood and how far above it (+) or below (-) each rival ended."""
    rivals = _rivals(results)

    def cell(part: pd.DataFrame, name: str) -> str:
        run = part.loc[name]
        if pd.isna(run["loglik"]):
            return ""
        said = f" {_said(run['note'])}" if pd.notna(run["note"]) and run["note"] else ""
        return f"{run['difference']:+.1e}{said}"

    rows = [
        [model, _size(n), f"{part.loc['hiprun', 'loglik']:.6f}", *(cell(part, r) for r in rivals)]
        for model, n, part in _cases(results)
    ]
    return _markdown(["model", "rows", "hiprun", *rivals], rows)


def _size(n: int) -> str:
    return f"{n:.0e}".replace("e+0", "e")


def _said(note: object) -> str:
    return "" if pd.isna(note) else str(note).replace("|", "\\|")


def _door(door: pd.DataFrame) -> str:
    rows = [
        [
            row.model,
            _size(row.rows),
            f"{row.engine_s:.4f}",
            f"{row.hiprun_s:.4f}",
            f"{row.share:.0%}",
        ]
        for row in door.itertuples()
    ]
    return _markdown(["model", "rows", "glmm.fit alone, s", "fit, s", "share"], rows)


def _nested(table: pd.DataFrame) -> str:
    rows = []
    for r in table.itertuples():
        seconds = [f"{s:.2f}" for s in (r.clinic_first_s, r.athlete_first_s, r.hiprun_s)]
        rows.append([r.model, str(r.clinics), *seconds, f"{r.loglik:.3f}", f"{r.difference:.0e}", f"{r.se:.0e}"])
    header = ["model", "clinics", "glmm, clinic first, s", "glmm, athlete first, s", "fit, s", "loglik"]
    return _markdown([*header, "largest difference", "of SEs, relative"], rows)


def _million(row: pd.Series) -> str:
    return (
        f"{_size(int(row['rows']))} athlete-weeks, LMM with slope, `fit` door to door: {row['cpu_s']:.1f} s of CPU, "
        f"peak memory {row['peak_gb']:.2f} GB, of which {row['data_gb']:.2f} GB were Python, libraries and data before "
        "the fit."
    )


def _sessions(row: pd.Series) -> str:
    return (
        f"{_size(int(row['rows']))} sessions, {row['csv_gb']:.2f} GB of CSV: duckdb's count(*) {row['count_s']:.2f} s; "
        f"read, checked and written to Parquet in {row['check_s']:.0f} s, read back and turned into "
        f"{int(row['n_weeks']):,} athlete-weeks in {row['weeks_s']:.0f} s: {row['times']:.0f} times the count(*). "
        f"Peak memory of either process {row['peak_gb']:.2f} GB."
    )
