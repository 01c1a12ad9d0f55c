"""How notebooks print tables."""

import pandas as pd


def set_display() -> None:
    """Print frames with three decimals, all columns, whole texts and up to 60 rows, the same on every machine."""
    pd.set_option("display.precision", 3, "display.max_columns", 40, "display.max_rows", 60)
    pd.set_option("display.width", 160, "display.max_colwidth", None)
