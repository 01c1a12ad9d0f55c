"""The tables of README.md here, between their marks, from the CSV files beside it."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.claims.known_truth.recovered import RECOVERED, WITHIN_ERROR, smallest_size
from analysis.study import write_atomically
from benchmarks.recovery.worlds import HERE, worlds


def fill(folder: Path = HERE) -> None:
    """Put the tables that there are into README.md."""
    path = folder / "README.md"
    text = _between(path.read_text(encoding="utf-8"), "worlds", _worlds())
    for name, make in MAKERS.items():
        source = folder / ("silence.csv" if name == "silence" else "results.csv")
        if source.exists():
            text = _between(text, name, make(pd.read_csv(source)))
    with write_atomically(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _between(text: str, mark: str, table: str) -> str:
    pattern = rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)"
    return re.sub(pattern, lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL)


def _markdown(header: list[str], rows: list[list[str]], n_words: int) -> str:
    rule = ["---" if at < n_words else "---:" for at in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows])


def _worlds() -> str:
    rows = [
        [name, claim.id, estimand.outcome, " ".join(estimand.weights), f"{world.truth_of(estimand).value:.3f}"]
        for name, world in worlds().items()
        for claim in world.judged()
        for estimand in claim.estimands
    ]
    return _markdown(["world", "claim", "outcome", "term", "true value (link scale)"], rows, 4)


def _verdicts(table: pd.DataFrame) -> str:
    """How many estimands of each world and size got each verdict."""
    every = list(dict.fromkeys(table["verdict"].sort_values(key=lambda v: v.map(_ORDER).fillna(len(_ORDER)))))
    rows = [
        [world, str(n), str(own["n"].max()), *(str((own["verdict"] == verdict).sum()) for verdict in every)]
        for (world, n), own in table.groupby(["world", "n_athletes"], sort=False)
    ]
    return _markdown(["world", "athletes", "cohorts", *every], rows, 1)


def _results(table: pd.DataFrame) -> str:
    rows = [
        [
            row.world, row.claim, row.term, str(row.n_athletes), str(row.n), _number(row.truth),
            f"{_number(row.bias)} ± {_number(row.bias_mc_error)}", _number(row.bias_percent, 0),
            _number(row.bias_se, 2), f"{_percent(row.coverage)} ± {_percent(row.coverage_mc_error)}",
            _percent(row.power), row.verdict,
        ]
        for row in table.itertuples()
    ]  # fmt: skip
    header = ["world", "claim", "estimand", "athletes", "cohorts", "truth", "bias ± MC error", "bias, %", "bias, SE"]
    return _markdown([*header, "coverage ± MC error, %", "power, %", "verdict"], rows, 3)


def _sizes(table: pd.DataFrame) -> str:
    rows = [
        [row.world, row.claim, row.term, str(row.sizes), _number(row.recovered_from, 0), _number(row.power_80_from, 0)]
        for row in smallest_size(table).itertuples()
    ]
    return _markdown(["world", "claim", "estimand", "judged at", "recovered from", "80 % power from"], rows, 3)


def _silence(table: pd.DataFrame) -> str:
    rows = [
        [
            row.of, row.by, str(row.n_athletes), str(row.n), str(row.supported), str(row.against),
            f"{_percent(row.share)} ± {_percent(row.mc_error)}",
        ]
        for row in table.itertuples()
    ]  # fmt: skip
    header = ["of", "by", "athletes", "cohorts", "supported", "against", "share ± MC error, %"]
    return _markdown(header, rows, 2)


def _number(value: float, decimals: int = 3) -> str:
    return "–" if pd.isna(value) or np.isinf(value) else f"{value:.{decimals}f}"


def _percent(share: float) -> str:
    return "–" if pd.isna(share) else f"{100 * share:.1f}"


_ORDER = {RECOVERED: 0, WITHIN_ERROR: 1}
MAKERS = {"verdicts": _verdicts, "results": _results, "sizes": _sizes, "silence": _silence}
"""The marks in README.md, and what makes the table between them."""
