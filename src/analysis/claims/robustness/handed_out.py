"""What of a sensitivity analysis may be handed out, and the rows of one question."""

import numpy as np
import pandas as pd

from analysis.claims.robustness.alternatives import AS_PLANNED
from analysis.claims.robustness.every_alternative import SHORT
from analysis.claims.robustness.question import Question


def rows_of(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows of one question."""
    own = (table["claim"] == question.claim.id) & (table["term"] == question.term)
    return table[own].reset_index(drop=True)


def not_estimated(table: pd.DataFrame) -> pd.DataFrame:
    """The questions without a primary estimate: claim, title, term, words, why_not."""
    rows = table[(table["kind"] == AS_PLANNED) & table["estimate"].isna()]
    return rows[["claim", "title", "term", "words", "why_not"]].reset_index(drop=True)


def for_report(table: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """The rows of `Sensitivity.table` as they may be handed out: counts are missing where they tell of a few.

    Fewer than `threshold` runners left out could be counted, and their weeks too, as the difference to the primary
    analysis; n_obs and n_athletes of such rows are missing, and the estimates stay: none is of those runners alone.
    The reading of a primary analysis is that after Holm where it is known. Long readings are cut short
    (`sensitivity.SHORT`), so that a table fits a page.
    """
    whole = table[table["kind"] == AS_PLANNED].set_index(["claim", "term"])["n_athletes"]
    keys = pd.MultiIndex.from_frame(table[["claim", "term"]])
    fewer = whole.reindex(keys).to_numpy() - table["n_athletes"].to_numpy()
    small = (table["n_left_out"].between(1, threshold - 1)) | ((np.abs(fewer) > 0) & (np.abs(fewer) < threshold))
    columns = {
        name: table[name].astype("Int64").mask(small | table["estimate"].isna()) for name in ("n_obs", "n_athletes")
    }
    columns["reading"] = table["reading"].where(table["after_holm"] == "", table["after_holm"]).replace(SHORT)
    return table.assign(**columns).drop(columns=["n_left_out", "note", "after_holm", "p_holm"])
