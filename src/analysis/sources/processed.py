"""Validated tables kept as Parquet in `data/processed/<cohort>/`, from which every later stage starts."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import InputError
from analysis.sources.mapping import GENERATED_IDS
from analysis.sources.problems import Problem
from analysis.sources.pseudonyms import KEY_FILE, key_fingerprint
from analysis.study import Study, write_atomically
from analysis.tables import ATHLETE_WEEKS, RAW_TABLES

if TYPE_CHECKING:
    from analysis.sources.cohort import Cohort

ABOUT = "cohort.json"
STUDY = "study.json"
_ROWS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Processed:
    """A validated cohort as read back: its tables by name, and what is known of how they came about.

    `dropped` has one row per table, file and reason with `n_rows`; `n_problems` counts by severity.
    """

    name: str
    timezone: str
    start: pd.Timestamp
    tables: dict[str, pd.DataFrame]
    dropped: pd.DataFrame
    n_problems: dict[str, int]

    def has(self, table: str) -> bool:
        """Whether that table was read; injuries may be there without rows, which says that there were none."""
        return table in self.tables


def write_processed(cohort: "Cohort", folder: Path) -> None:
    """Write every table of `cohort` to `folder`, and last `cohort.json`, which says what is there.

    Raises `InputError` if the cohort has errors: nothing later may rest on them.

    What an earlier run left and this one does not write is removed first, so no stale table is read.
    """
    errors = [p for p in cohort.problems if p.severity == "error"]
    if errors:
        raise InputError(
            f"{cohort.name}: {len(errors)} errors in the data, first {errors[0].text}. Fix: mend them all."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).unlink(missing_ok=True)
    (folder / STUDY).unlink(missing_ok=True)
    for name in (*RAW_TABLES, ATHLETE_WEEKS.name):
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    for name, frame in cohort.tables.items():
        _write_table(frame, folder / f"{name}.parquet")
    about = {
        "name": cohort.name,
        "timezone": cohort.timezone,
        "start": cohort.start.date().isoformat(),
        "key_fingerprint": cohort.key_fingerprint,
        "tables": {name: len(frame) for name, frame in cohort.tables.items()},
        "dropped": cohort.dropped.to_dict("records"),
        "n_problems": dict(Counter(p.severity for p in cohort.problems)),
    }
    with write_atomically(folder / ABOUT) as path:
        path.write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")


def other_key_than_before(folder: Path, key: bytes) -> list[Problem]:
    """A warning where the tables in `folder`, of an earlier run, were made under another key."""
    if not (folder / ABOUT).is_file():
        return []
    before = json.loads((folder / ABOUT).read_text(encoding="utf-8")).get("key_fingerprint")
    if before in (None, key_fingerprint(key)):
        return []
    found = "another key than the earlier run had: every athlete has a new pseudonym"
    expected = "the key of the earlier run, so that its reports and tables are about the same names"
    fix = f"put the earlier {KEY_FILE} (or pseudonym_key) back; nothing to do if new pseudonyms are meant"
    return [Problem(KEY_FILE, "", "", "", "PSEUDONYM", "warning", found, expected, fix)]


def write_panel(panel: pd.DataFrame, folder: Path) -> None:
    """Write the athlete-week panel beside the validated tables."""
    _write_table(panel, folder / f"{ATHLETE_WEEKS.name}.parquet")


def write_study(study: Study, folder: Path) -> None:
    """Write the choices the panel was built with, so that every later stage and the report use and state the same."""
    with write_atomically(folder / STUDY) as path:
        path.write_text(json.dumps(asdict(study), indent=2), encoding="utf-8")


def read_used_study(folder: Path) -> Study:
    """The choices the panel in `folder` was built with; `InputError` where it was not built yet."""
    path = folder / STUDY
    if not path.is_file():
        raise InputError(f"{path}: no panel here. Fix: run the notebook 02_panel first, or `hiprun run`.")
    return Study(**json.loads(path.read_text(encoding="utf-8")))


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    """Row groups of 262,144 rows, made one at a time."""
    schema = pa.Schema.from_pandas(frame, preserve_index=False)
    coded = [name for name in frame if name not in GENERATED_IDS.values()]  # ids differ from row to row
    with write_atomically(path) as beside, pq.ParquetWriter(beside, schema, use_dictionary=coded) as writer:
        for start in range(0, max(len(frame), 1), _ROWS_AT_ONCE):
            part = frame.iloc[start : start + _ROWS_AT_ONCE]
            writer.write_table(pa.Table.from_pandas(part, schema, preserve_index=False))


def _read_table(path: Path) -> pd.DataFrame:
    """As `pandas.read_parquet`, without holding the columns twice."""
    frame = pd.read_parquet(path, to_pandas_kwargs={"split_blocks": True, "self_destruct": True})
    pa.default_memory_pool().release_unused()
    return frame


def read_processed(folder: Path) -> Processed:
    """Read what `write_processed` wrote; `InputError` where the cohort was not validated yet."""
    if not (folder / ABOUT).is_file():
        raise InputError(f"{folder}: no validated tables here. Fix: run 01_validate first, or `hiprun run`.")
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    return Processed(
        name=about["name"],
        timezone=about["timezone"],
        start=pd.Timestamp(about["start"]).as_unit("us"),
        tables={name: _read_table(folder / f"{name}.parquet") for name in about["tables"]},
        dropped=pd.DataFrame(about["dropped"], columns=["table", "file", "reason", "n_rows"]),
        n_problems=about["n_problems"],
    )


def read_panel(folder: Path) -> pd.DataFrame:
    """Read the athlete-week panel; `InputError` where it was not built yet."""
    path = folder / f"{ATHLETE_WEEKS.name}.parquet"
    if not path.is_file():
        raise InputError(f"{path}: no panel here. Fix: run the notebook 02_panel first, or `hiprun run`.")
    return pd.read_parquet(path)
