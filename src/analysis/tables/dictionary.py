"""The data dictionary, written from the declarations: `python -m analysis.tables.dictionary`."""

from pathlib import Path

from analysis.tables import ATHLETE_WEEKS, RAW_TABLES
from analysis.tables.declare import KIND_NAMES, Column, Table

PREAMBLE = """# Data dictionary

Put the exports of one cohort in a folder of their own here, `data/raw/<cohort>/`, with a `cohort.toml` that
says which file feeds which table below (`docs/bring-your-data.md` shows how). Nothing in this folder is ever
changed by hiprun, and all of it but `demo/` is ignored by git.

A blank cell means *not answered* or *not measured*; it is never read as 0. A value outside *possible* is an
error and stops the run; a value outside *usual* is a warning. **Key** columns together identify a row.

This page is generated from `src/analysis/tables/` by `python -m analysis.tables.dictionary`.
"""


def data_dictionary() -> str:
    """The dictionary of every table as Markdown."""
    return "\n".join([PREAMBLE, *(_section(t) for t in (*RAW_TABLES.values(), ATHLETE_WEEKS))])


def _section(table: Table) -> str:
    head = f"## {table.name}\n\nOne row is {table.grain}.\n\n"
    head += "| column | kind | unit | meaning | values |\n|---|---|---|---|---|\n"
    return head + "".join(_row(c) for c in table.columns)


def _row(declared: Column) -> str:
    marks = " **key**" if declared.key else " *(always given)*" if declared.required else ""
    cells = (
        f"`{declared.name}`{marks}",
        KIND_NAMES[declared.dtype],
        declared.unit,
        declared.meaning,
        _values(declared),
    )
    return "| " + " | ".join(cells) + " |\n"


def _values(declared: Column) -> str:
    if declared.allowed:
        return ", ".join(f"`{word}`" for word in declared.allowed)
    parts = []
    if declared.minimum is not None and declared.maximum is not None:
        parts.append(f"possible {declared.minimum:g} to {declared.maximum:g}")
    elif declared.minimum is not None:
        parts.append(f"possible from {declared.minimum:g}")
    if declared.plausible is not None:
        parts.append(f"usual {declared.plausible[0]:g} to {declared.plausible[1]:g}")
    return "; ".join(parts)


if __name__ == "__main__":
    Path("data/raw/README.md").write_text(data_dictionary(), encoding="utf-8")
