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

from analysis.hip.profile import hip_profile
from analysis.hip.scores import DAY, DAY_SCORES, DEFICIT_OF, deficit, scores_by_day, scores_by_leg, scores_measured
from analysis.panel.hip_status import last_test_before
from analysis.tables.words import SIDES


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
    measures = list(DAY_SCORES)
    deficits = ["hip_deficit", *(f"hip_deficit_{side}" for side in SIDES)]
    if assessments.empty:
        return pd.DataFrame(np.nan, index=panel.index, columns=[*measures, *deficits])
    profile = hip_profile(assessments, athletes)
    by_leg = scores_by_leg(profile)
    found = last_test_before(panel, scores_by_day(assessments, profile, by_leg), measures)[measures]
    of_legs = leg_scores_before(by_leg, panel, DEFICIT_OF)
    measured = scores_measured(by_leg)
    parts = (found, *(of_legs[side] for side in SIDES))
    return found.assign(**{name: deficit(part, measured) for name, part in zip(deficits, parts, strict=True)})


def leg_scores_before(by_leg: pd.DataFrame, panel: pd.DataFrame, scores: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """left and right: the last known `scores` of that leg before each week, aligned to `panel`; of `scores_by_leg`."""
    wanted = list(scores)
    legs = {side: by_leg.loc[by_leg["side"] == side, [*DAY, *wanted]] for side in SIDES}
    return {side: last_test_before(panel, table, wanted)[wanted] for side, table in legs.items()}
