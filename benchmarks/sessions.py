"""10 million training sessions: checked, written to Parquet and turned into athlete-weeks, against duckdb's count(*).

As in a run, the notebook that validates and the one that builds the panel are processes of their own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from analysis.panel import athlete_weeks
from analysis.sources import read_cohort, read_processed, write_panel, write_processed
from analysis.study import Study
from benchmarks.million import _peak_gb

ROWS = 10_000_000
SEED = 5
_PER_ATHLETE, _DAYS = 500, 730
_AT_ONCE = 1_000_000
_SPORTS = {"Run": 0.7, "Trail Run": 0.06, "Virtual Run": 0.02, "Ride": 0.1, "Swim": 0.03, "Walk": 0.05, "Weights": 0.04}
_MAPPING = """
[cohort]
name = "sessions"
timezone = "Europe/Berlin"
pseudonym_key = "benchmark, not a secret"
[[file]]
path = "sessions.csv"
table = "training_sessions"
timezone = "UTC"
set = { rpe_scale = "cr10" }
[file.columns]
session_id = "session"
athlete_id = "athlete"
start_utc = "start"
sport = "sport"
duration_min = { column = "moving_time_s", unit = "s" }
distance_km = "distance_km"
ascent_m = "ascent_m"
hr_avg_bpm = "hr_avg"
rpe = "rpe"
[file.codes.sport]
"Run" = "run"
"Trail Run" = "trail_run"
"Virtual Run" = "treadmill_run"
"Ride" = "bike"
"Swim" = "swim"
"Walk" = "walk"
"Weights" = "strength"
"""


def sessions(rows: int = ROWS) -> dict[str, float]:
    """rows, csv_gb, count_s (duckdb's count(*) of the CSV, the least of three), check_s (read, check, write), weeks_s
    (read back, athlete-weeks, write), times (both over count_s), peak_gb of either process, n_weeks, n_problems."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw" / "sessions"
        raw.mkdir(parents=True)
        _write_csv(raw / "sessions.csv", rows)
        (raw / "cohort.toml").write_text(_MAPPING, encoding="utf-8")
        count_s = min(_count_s(raw / "sessions.csv") for _ in range(3))
        checked, weeks = (_ask(stage, folder) for stage in ("check", "weeks"))
        size_gb = (raw / "sessions.csv").stat().st_size / 1e9
    took = {"rows": rows, "csv_gb": size_gb, "count_s": count_s, "check_s": checked["s"], "weeks_s": weeks["s"]}
    took["times"] = (checked["s"] + weeks["s"]) / count_s
    took["peak_gb"] = max(checked["peak_gb"], weeks["peak_gb"])
    return took | {"n_weeks": weeks["n"], "n_problems": checked["n"]}


def _write_csv(path: Path, rows: int) -> None:
    rng = np.random.default_rng(SEED)
    with path.open("wb") as file:
        for start in range(0, rows, _AT_ONCE):
            table = _table(rng, np.arange(start, min(start + _AT_ONCE, rows)))
            options = arrow_csv.WriteOptions(include_header=start == 0, quoting_style="none")
            arrow_csv.write_csv(table, file, options)


def _table(rng: np.random.Generator, i: np.ndarray) -> pa.Table:
    n = len(i)
    day = (i % _PER_ATHLETE * _DAYS // _PER_ATHLETE).astype("timedelta64[D]")
    start = np.datetime64("2024-01-01T05:00:00") + day + rng.integers(0, 50_000, n).astype("timedelta64[s]")
    moving = rng.gamma(9, 300, n).astype(int) + 240
    athlete = pc.utf8_lpad(pa.array(i // _PER_ATHLETE).cast(pa.string()), 6, "0")
    return pa.table(
        {
            "session": 9_000_000_000 + i,
            "athlete": pc.binary_join_element_wise("R", athlete, ""),
            "start": pa.array(start).cast(pa.timestamp("s")).cast(pa.string()),
            "sport": rng.choice(list(_SPORTS), n, p=list(_SPORTS.values())),
            "moving_time_s": moving,
            "distance_km": np.round(moving / rng.normal(340, 30, n).clip(220, 700), 2),
            "ascent_m": rng.integers(0, 600, n),
            "hr_avg": rng.integers(110, 180, n),
            "rpe": rng.integers(1, 11, n),
        }
    )


def _count_s(path: Path) -> float:
    with duckdb.connect() as connection:
        start = time.perf_counter()
        connection.execute("select count(*) from read_csv(?)", [str(path)]).fetchone()
        return time.perf_counter() - start


def _ask(stage: str, folder: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.sessions", stage, folder]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], env=os.environ, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main(stage: str, folder: Path) -> None:
    """Do one stage and write what it took to standard output."""
    start, study = time.perf_counter(), Study()
    processed = folder / "processed" / "sessions"
    if stage == "check":
        cohort = read_cohort(folder / "raw" / "sessions", study)
        write_processed(cohort, processed)
        n = len(cohort.problems)
    else:
        received = read_processed(processed)
        panel = athlete_weeks(received.tables, study, received.start)
        write_panel(panel, processed)
        n = len(panel)
    sys.stdout.write(json.dumps({"s": time.perf_counter() - start, "peak_gb": _peak_gb(), "n": n}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
