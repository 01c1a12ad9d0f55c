"""Scores of the hip as last tested before each week: range, four strengths, balance of them, ratios, control, deficit.

A z score sets a test against all first assessments of the cohort, those of runners who start later too: one reference
for the whole study, so that a score moves only if the hip that was tested did. It lets no outcome in, as no report,
injury, session or hip work enters it, and no later test of anyone once tested: only the first known value of a measure
of an athlete, motion, side, quality and position (for a ratio or composite: its first known value). A first assessment
made after a week does shift and stretch the z of that week, for all runners of one sex and one measure alike, can be
the fifth that lets a z be made at all, and can make a part expected in a composite that was not before. So it changes
the scale of a coefficient and the weights in a composite. An athlete's own later first test, of a measure not tested
before, can do no more than that to the own earlier scores: it is one test in the reference of another measure. A
reference of the tests made so far would be strict in this too, but would give a hip nobody touched another score
whenever a runner joins, and none to the first.
"""

import numpy as np
import pandas as pd

from analysis.hip.dimensions import CENTRING, DIMENSIONS, FORCE, strength_dimensions
from analysis.hip.profile import hip_profile
from analysis.hip.ratios import RATIOS, ROM_COMPOSITES, WHO, capacity_imbalance, muscle_ratios, rom_composite
from analysis.hip.scales import SCALES
from analysis.panel.hip_status import PREFERRED, last_test_before
from analysis.tables.words import POSITIONS, SIDES

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


def hip_scores_before(assessments: pd.DataFrame, athletes: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """The last hip scores made before each week's Monday, a row a row of `panel`, with its index.

    `assessments` and `athletes` are the tables hip_assessments and athletes. Each measure is looked back for on its
    own, as `hip_status.last_test_before` does, and is the mean of the sides tested. Columns:

    - rom_six_motions, rom_flexion_extension, force, endurance, full_range, centring (mean z, higher = more range or
      strength: `hip.ratios.rom_composite`, `hip.dimensions.strength_dimensions`);
    - mobility_stability_balance (z, positive: more mobile than strong), capacity_imbalance (its size on each side, then
      the mean of sides: `hip.ratios.capacity_imbalance`);
    - flexor_abductor, adductor_abductor, external_internal_rotator (ratios without unit, `hip.ratios.muscle_ratios`),
      isometric before eccentric, then of several positions the first in the declared order;
    - control_step_down, control_step_up, control_hip_hinge, control_single_leg_squat (z, higher = better; missing for a
      score on a scale without a name, whose direction is not known);
    - balance_s (s): time stood on one leg, mean of the trials, in the unit of the clock and not a z;
    - hip_deficit, hip_deficit_left, hip_deficit_right (mean z, larger = weaker and stiffer): minus the mean of the last
      known force, endurance, full_range, centring and rom_six_motions of both sides or of that leg, if more than half
      of those the cohort measures are known, the rule of `hip.ratios.mean_of_parts`.

    z is within the cohort and sex, see the head of this module on whose tests it is set against. Raises as
    `hip.profile.hip_profile`.
    """
    measures = [*LEG_SCORES, *RATIOS, *CONTROL_SCORES, "balance_s"]
    deficits = ["hip_deficit", *(f"hip_deficit_{side}" for side in SIDES)]
    if assessments.empty:
        return pd.DataFrame(np.nan, index=panel.index, columns=[*measures, *deficits])
    profile = hip_profile(assessments, athletes)
    by_leg = scores_by_leg(profile)
    found = last_test_before(panel, _by_day(assessments, profile, by_leg), measures)[measures]
    of_legs = leg_scores_before(by_leg, panel, DEFICIT_OF)
    measured = scores_measured(by_leg)
    parts = (found, *(of_legs[side] for side in SIDES))
    return found.assign(**{name: deficit(part, measured) for name, part in zip(deficits, parts, strict=True)})


def scores_by_leg(profile: pd.DataFrame) -> pd.DataFrame:
    """`LEG_SCORES` of each athlete, date and side of a `hip_profile`, a column each (z)."""
    rom, strength = rom_composite(profile), strength_dimensions(profile)
    apart = capacity_imbalance(rom, strength).set_index(WHO)
    composites = rom.assign(name="rom_" + rom["composite"]).pivot(index=WHO, columns="name", values="score")
    dimensions = strength.pivot(index=WHO, columns="dimension", values="score")
    table = pd.concat([composites, dimensions, apart], axis=1)
    return table.reindex(columns=list(LEG_SCORES)).astype("float64").reset_index()


def leg_scores_before(by_leg: pd.DataFrame, panel: pd.DataFrame, scores: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """left and right: the last known `scores` of that leg before each week, aligned to `panel`; of `scores_by_leg`."""
    wanted = list(scores)
    legs = {side: by_leg.loc[by_leg["side"] == side, [*DAY, *wanted]] for side in SIDES}
    return {side: last_test_before(panel, table, wanted)[wanted] for side, table in legs.items()}


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


def _by_day(assessments: pd.DataFrame, profile: pd.DataFrame, by_leg: pd.DataFrame) -> pd.DataFrame:
    """One row an athlete and day, one column a measure: the mean of the sides."""
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
