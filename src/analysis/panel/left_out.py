"""What is in the tables and not in the panel, counted by reason, so that nothing is lost unseen."""

from collections.abc import Mapping

import pandas as pd

from analysis.panel.grid import place_in_weeks
from analysis.tables.words import RUNNING_SPORTS

PLACED = {
    "training_sessions": ("date", "training_observed"),
    "hip_work": ("date", "hip_work_observed"),
    "weekly_reports": ("week_start", "report_expected"),
    "injuries": ("onset_date", "injuries_observed"),
}


def left_out(tables: Mapping[str, pd.DataFrame], panel: pd.DataFrame) -> pd.DataFrame:
    """Rows of the tables that no panel week counts: table, reason, n_rows, duration_min (where the table has it)."""
    parts = []
    for name, (dated, observed) in PLACED.items():
        rows = tables.get(name)
        if rows is None or rows.empty:
            continue
        _, reason = place_in_weeks(panel, rows, rows[dated], observed)
        reason = _other_reasons(name, rows, reason)
        minutes = rows["duration_min"] if "duration_min" in rows else pd.Series(float("nan"), index=rows.index)
        part = pd.DataFrame({"reason": reason, "duration_min": minutes})[reason.notna()]
        counted = part.groupby("reason")["duration_min"].agg(n_rows="size", duration_min="sum").reset_index()
        parts.append(counted.assign(table=name))
    columns = ["table", "reason", "n_rows", "duration_min"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _other_reasons(name: str, rows: pd.DataFrame, reason: pd.Series) -> pd.Series:
    if name == "training_sessions":
        return reason.mask(
            reason.isna() & ~rows["sport"].isin(RUNNING_SPORTS),
            "not running: counts as load, not as exposure",
        )
    if name == "hip_work":
        return reason.mask(reason.isna() & rows["category"].isna(), "exercise without a category")
    return reason
