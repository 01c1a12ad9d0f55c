"""Scores made of several hip tests: range over all motions, strength in four dimensions, and the two side by side."""

import pandas as pd

from analysis.describe.wording import quartiles
from analysis.hip.dimensions import strength_dimensions
from analysis.hip.ratios import capacity_imbalance, rom_composite

_ROM = {"six_motions": "Range, six motions", "flexion_extension": "Range, flexion and extension"}
_STRENGTH = {
    "force": "Strength: force",
    "endurance": "Strength: endurance",
    "full_range": "Strength: through full range",
    "centring": "Strength: centring and control",
}
_BALANCE = {
    "mobility_stability_balance": "Mobility minus stability",
    "capacity_imbalance": "Imbalance, size of that difference",
}


def score_summary(first: pd.DataFrame) -> pd.DataFrame:
    """Scores of each athlete's first tests (`first_profile`), mean of both sides: median and quartiles over athletes.

    Columns: measure, n_athletes, median, q1, q3, n_missing (athletes without the score) and why_missing (the most
    frequent reason). All are mean z scores within the cohort (0 is its mean, higher is more range or strength; see
    `hip.ratios.rom_composite`, `hip.dimensions.strength_dimensions`, `hip.ratios.capacity_imbalance`), so the median
    says little and the number that can be scored, the spread and the imbalance are what is read.
    """
    rom, strength = rom_composite(first), strength_dimensions(first)
    apart = capacity_imbalance(rom, strength)
    parts = [_of(rom, "composite", "score", _ROM), _of(strength, "dimension", "score", _STRENGTH)]
    parts += [_of(apart.assign(measure=column), "measure", column, {column: _BALANCE[column]}) for column in _BALANCE]
    every = pd.concat(parts, ignore_index=True)
    rows = []
    for measure in dict.fromkeys([*_ROM.values(), *_STRENGTH.values(), *_BALANCE.values()]):
        part = every[every["measure"] == measure]
        own = part.dropna(subset=["value"]).groupby("athlete_id")["value"].mean()
        n_missing = part["athlete_id"].nunique() - len(own)
        why = part["why_missing"].dropna()
        reason = str(why.mode().iloc[0]) if n_missing and len(why) else ""
        rows.append((measure, len(own), *quartiles(own), n_missing, reason))
    return pd.DataFrame(rows, columns=["measure", "n_athletes", "median", "q1", "q3", "n_missing", "why_missing"])


def _of(table: pd.DataFrame, name: str, value: str, words: dict[str, str]) -> pd.DataFrame:
    """athlete_id, measure (in words), value, why_missing of a table of scores."""
    return pd.DataFrame(
        {
            "athlete_id": table["athlete_id"],
            "measure": table[name].map(words),
            "value": table[value].astype("float64"),
            "why_missing": table["why_missing"],
        }
    )
