"""Every model at every size by every program, and hiprun's time as the measure of all."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from benchmarks.athlete_weeks import athlete_weeks
from benchmarks.models import MODELS
from benchmarks.programs import PROGRAMS, Run

COLUMNS = ["model", "rows", "program", "seconds", "ratio", "loglik", "difference", "note"]


def compare(
    rows: Sequence[int], programs: Sequence[str] = tuple(PROGRAMS), said: Callable[[str], None] | None = None
) -> pd.DataFrame:
    """Fit the models of `MODELS` to athlete-weeks.

    Parameters
    ----------
    rows : sequence of int
        Sizes of the data.
    programs : sequence of str
        Of `PROGRAMS`; hiprun is always run.
    said : function of a line, optional
        Told every result as it comes.

    Returns
    -------
    DataFrame
        model, rows, program, seconds (CPU, one thread), ratio (seconds over hiprun's in this run), loglik, difference
        (from hiprun's), note (empty: nothing to say).
    """
    found = []
    for n in rows:
        frame = athlete_weeks(n)
        for model in MODELS:
            ours: Run | None = None
            for name in dict.fromkeys(["hiprun", *programs]):
                run = PROGRAMS[name](model, frame)
                ours = ours or run
                ratio, difference = run.seconds / ours.seconds, run.loglik - ours.loglik
                found.append((model.name, n, name, run.seconds, ratio, run.loglik, difference, run.note))
                if said:
                    said(f"{model.name:20s}{n:9d}  {name:12s}{run.seconds:9.3f} s {run.loglik:18.6f}  {run.note}")
    return pd.DataFrame(found, columns=COLUMNS)


def door_share(results: pd.DataFrame) -> pd.DataFrame:
    """model, rows, hiprun_s, engine_s and share: what `fit` adds to the engine's time, as a part of it."""
    seconds = results.pivot_table(index=["model", "rows"], columns="program", values="seconds", sort=False)
    table = seconds[["hiprun", "glmm"]].rename(columns={"hiprun": "hiprun_s", "glmm": "engine_s"}).reset_index()
    table.columns.name = None
    table["share"] = table["hiprun_s"] / table["engine_s"] - 1
    return table


def write(table: pd.DataFrame, path: Path) -> None:
    """A table as CSV."""
    table.to_csv(path, index=False, float_format="%.13g")
