"""The words of the tables as people read them, and the three numbers that sum up a column."""

import numpy as np
import pandas as pd

WORDS = {
    "hip_groin": "hip/groin",
    "ankle_foot": "ankle/foot",
    "strength_isometric": "isometric strength",
    "strength_eccentric": "eccentric strength",
    "end_range_strength": "end-range strength",
    "rom_active": "active range",
    "rom_passive": "passive range",
    "thomas_test": "Thomas test",
    "ober_test": "Ober test",
    "side_lying": "side-lying",
    "Nm/kg": "N m/kg",
    "Nm": "N m",
    "deg": "°",
    "reps": "repetitions",
    "lateral_step_down_0_6": "0–6, lower is better",
    "higher_is_better": "score, higher is better",
    "lower_is_better": "score, lower is better",
}


def in_words(values: pd.Series) -> pd.Series:
    """The words of the tables as a reader expects them; underscores become blanks."""
    return values.map(lambda word: word if pd.isna(word) else WORDS.get(word, word.replace("_", " ")))


def quartiles(values: pd.Series) -> tuple[float, float, float]:
    """Median, lower and upper quartile; missing without a value."""
    if values.empty:
        return np.nan, np.nan, np.nan
    q1, median, q3 = values.quantile([0.25, 0.5, 0.75])
    return float(median), float(q1), float(q3)
