"""What tables with one row a hip test share: its name, the order of rows, words, counts and quartiles."""

import pandas as pd

from analysis.describe.wording import in_words
from analysis.tables.words import MOTIONS, QUALITIES, SIDES


def test_name(table: pd.DataFrame) -> pd.Series:
    """A test in words: motion, kind of test and position."""
    return table["motion"].astype(str) + ", " + table["quality"].astype(str) + ", " + table["position"].astype(str)


def n_true(values: pd.Series) -> int | None:
    """How many are True; missing where none is known."""
    return None if values.isna().all() else int(values.fillna(False).astype(bool).sum())


def quartile_1(values: pd.Series) -> float:
    """Lower quartile (R type 7)."""
    return values.quantile(0.25)


def quartile_3(values: pd.Series) -> float:
    """Upper quartile (R type 7)."""
    return values.quantile(0.75)


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by quality, motion, position and side, in the order of the words of the tables."""
    places = {"motion": MOTIONS, "quality": QUALITIES, "side": SIDES}
    by = [c for c in ("quality", "motion", "position", "side") if c in table]
    order = {name: {word: i for i, word in enumerate(words)} for name, words in places.items()}
    return table.sort_values(by, key=lambda s: s.map(order[s.name]) if s.name in order else s, ignore_index=True)


def worded(table: pd.DataFrame) -> pd.DataFrame:
    """Motion, quality, position, side and unit as a reader expects them."""
    texts = [c for c in ("motion", "quality", "position", "side", "unit") if c in table]
    return table.assign(**{c: in_words(table[c].astype("object")) for c in texts})
