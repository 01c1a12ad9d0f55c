"""Frames of the figures of single claims, as `claims` gives them."""

import numpy as np
import pandas as pd

from analysis.figures.body_shape import REGIONS

OUTCOMES = {
    "weekly hip pain": ("points", "difference", 0.5, -1),
    "rate of new injuries": ("", "IRR", 0.9, -1),
    "speed at the same heart rate": ("km/h", "difference", np.nan, 1),
}
LABELS = ("Endurance, full range and centring, +1 SD each, at the same force", "Force, +1 SD", "Endurance, +1 SD")


def effects(n_outcomes: int = 3, labels: tuple[str, ...] = LABELS) -> pd.DataFrame:
    """Rows of one claim of `claims.estimate_claims`; the last has no estimate."""
    rows = [
        {
            "title": "Four kinds of strength", "label": label, "outcome": outcome, "unit": unit, "less": "lower",
            "more": "higher", "expected": way, "scale": scale, "smallest": smallest, "confirmed": i == 0,
            "estimate": (1.0 if scale == "IRR" else 0.0) + 0.1 * i, "ci_low": (0.6 if scale == "IRR" else -0.3),
            "ci_high": (2.4 if scale == "IRR" else 0.5), "n_athletes": 40 - i,
        }
        for outcome, (unit, scale, smallest, way) in list(OUTCOMES.items())[:n_outcomes]
        for i, label in enumerate(labels)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.loc[len(frame) - 1, ["estimate", "ci_low", "ci_high"]] = np.nan
    return frame


def regions() -> pd.DataFrame:
    """Every region of the body map; the pelvis without an estimate."""
    frame = pd.DataFrame({"region": list(REGIONS), "estimate": [0.05, np.nan, 0.31, 0.62, -0.3, 0.9, 0.0]})
    return frame.assign(ci_low=frame["estimate"] - 0.2, ci_high=frame["estimate"] + 0.2, n_athletes=40)


def retention(n_athletes: int = 14) -> pd.DataFrame:
    """Two groups before a gain, at it and at the next test."""
    points = [
        ("before", -12.0, 0.0, np.nan, np.nan),
        ("gained", 0.0, 5.4, 4.3, 6.5),
        ("next test", 12.0, 2.7, 1.3, 4.1),
    ]
    columns = ["point", "weeks", "degrees", "ci_low", "ci_high"]
    little = pd.DataFrame(points, columns=columns).assign(group="little loading after it", n_athletes=14, n_gains=23)
    much = little.assign(group="much loading after it", n_athletes=n_athletes, n_gains=22)
    much.loc[2, ["degrees", "ci_low", "ci_high"]] = [4.0, 3.0, 5.0]
    return pd.concat([little, much], ignore_index=True)


def legs() -> pd.DataFrame:
    """The weaker and the stiffer leg beside the other one; few injuries where the weaker leg is concerned."""
    return pd.DataFrame(
        {
            "comparison": ["weaker", "weaker", "stiffer", "stiffer"],
            "outcome": ["leg_pain", "leg_injury"] * 2,
            "on_it": [2.44, 11.9, 2.41, 10.3],
            "on_other": [2.22, 9.7, 2.5, 12.9],
            "unit": ["points", "injuries per 1000 h"] * 2,
            "n_athletes": [29, 28, 34, 35],
            "n_cases_on_it": [np.nan, 11, np.nan, 12],
            "n_cases_on_other": [np.nan, 4, np.nan, 15],
            "estimate": [0.22, np.nan, 0.0, 0.8],
            "ci_low": [-0.17, np.nan, -0.39, 0.36],
            "ci_high": [0.61, np.nan, 0.39, 1.79],
            "scale": ["difference", "IRR"] * 2,
        }
    )
