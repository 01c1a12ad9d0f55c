"""Scores of a hip on a test day: range, four strengths, balance of them, ratios, control, balance, deficit.

Composites of z scores of a `hip_profile`; what was known before a week is told by `panel.hip_scores`.
"""

import pandas as pd

from analysis.hip.dimensions import CENTRING, DIMENSIONS, FORCE, strength_dimensions
from analysis.hip.ratios import RATIOS, ROM_COMPOSITES, WHO, capacity_imbalance, muscle_ratios, rom_composite
from analysis.hip.scales import SCALES
from analysis.tables.words import POSITIONS

PREFERRED = ("strength_isometric", "strength_eccentric", "rom_passive", "rom_active")
LEG_SCORES = (
    *(f"rom_{name}" for name in ROM_COMPOSITES),
    *DIMENSIONS,
    "mobility_stability_balance",
    "capacity_imbalance",
)
"""Scores of one leg, in z; see `hip.ratios` and `hip.dimensions`."""
CONTROL_SCORES = {f"control_{test}": test for test in ("step_down", "step_up", "hip_hinge", "single_leg_squat")}
DEFICIT_OF = (*DIMENSIONS, "rom_six_motions")
DAY = ["athlete_id", "date"]
DAY_SCORES = (*LEG_SCORES, *RATIOS, *CONTROL_SCORES, "balance_s")
"""What `scores_by_day` tells."""


def scores_by_leg(profile: pd.DataFrame) -> pd.DataFrame:
    """`LEG_SCORES` of each athlete, date and side of a `hip_profile`, a column each (z)."""
    rom, strength = rom_composite(profile), strength_dimensions(profile)
    apart = capacity_imbalance(rom, strength).set_index(WHO)
    composites = rom.assign(name="rom_" + rom["composite"]).pivot(index=WHO, columns="name", values="score")
    dimensions = strength.pivot(index=WHO, columns="dimension", values="score")
    table = pd.concat([composites, dimensions, apart], axis=1)
    return table.reindex(columns=list(LEG_SCORES)).astype("float64").reset_index()


def scores_measured(by_leg: pd.DataFrame) -> list[str]:
    """Those scores of `DEFICIT_OF` that the cohort measures: somebody has one."""
    return [c for c in DEFICIT_OF if by_leg[c].notna().any()]


def deficit(scores: pd.DataFrame, measured: list[str]) -> pd.Series:
    """Minus the mean of the `measured` columns known in each row (z), if more than half of them are."""
    own = scores[measured]
    return (-own.mean(axis=1)).where(2 * own.notna().sum(axis=1) > len(measured)).astype("float64")


def first_declared(tests: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The rows of `tests` whose quality, then position, goes first among those of one `by`.

    Isometric goes before eccentric strength, passive before active range, positions in the order they are declared.
    """
    places = {p: i for i, p in enumerate((*POSITIONS, "unspecified"))}
    qualities = {q: len(places) * i for i, q in enumerate(PREFERRED)}
    order = tests["quality"].map(qualities).astype("float64") + tests["position"].map(places).astype("float64")
    return tests[order == order.groupby([tests[k] for k in by]).transform("min")]


def scores_by_day(assessments: pd.DataFrame, profile: pd.DataFrame, by_leg: pd.DataFrame) -> pd.DataFrame:
    """One row an athlete and day, one column a measure of `DAY_SCORES`: the mean of the sides.

    `profile` of `hip_profile(assessments, …)`, `by_leg` of `scores_by_leg(profile)`.
    """
    parts = [
        by_leg.groupby(DAY)[list(LEG_SCORES)].mean(),
        _ratios(profile).reindex(columns=list(RATIOS)),
        _control(profile).reindex(columns=list(CONTROL_SCORES)),
        _balance_s(assessments).rename("balance_s"),
    ]
    return pd.concat(parts, axis=1).reset_index()


def _ratios(profile: pd.DataFrame) -> pd.DataFrame:
    ratios = muscle_ratios(profile)
    known = ratios[ratios["value"].notna() & ratios["quality"].isin(FORCE)]
    chosen = first_declared(known, [*DAY, "ratio"])
    return chosen.pivot_table(index=DAY, columns="ratio", values="value", aggfunc="mean")


def _control(profile: pd.DataFrame) -> pd.DataFrame:
    """Control scores in z turned to higher = better, times held better when longer."""
    tests = profile[(profile["quality"] == "control") & profile["position"].isin(CONTROL_SCORES.values())]
    turn = {name: 1.0 if known.higher_is_better else -1.0 for name, known in SCALES.items()} | {"s": 1.0}
    turned = tests.assign(better=tests["z"] * tests["unit"].map(turn).astype("float64"))
    turned["name"] = "control_" + turned["position"]
    return turned.pivot_table(index=DAY, columns="name", values="better", aggfunc="mean")


def _balance_s(assessments: pd.DataFrame) -> pd.Series:
    stood = assessments[assessments["quality"].isin(CENTRING) & (assessments["position"] == "single_leg_stance")]
    of_leg = stood.dropna(subset=["time_s"]).groupby([*DAY, "side"])["time_s"].mean()
    return of_leg.groupby(DAY).mean()
