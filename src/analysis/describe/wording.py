"""The words of the tables as people read them."""

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
}


def in_words(values: pd.Series) -> pd.Series:
    """The words of the tables as a reader expects them; underscores become blanks."""
    return values.map(lambda word: word if pd.isna(word) else WORDS.get(word, word.replace("_", " ")))
