"""Another pain story for a simulated cohort whose training, hip work, injuries and dropouts stay as they are.

In the simulator nothing that comes before pain depends on it: work, running, injuries, illnesses and dropout are
drawn without it. Given them, what is drawn here has therefore the distribution that a whole new simulation would
give it, at a hundredth of the time.
"""

import dataclasses

import numpy as np

from analysis.errors import HiprunError
from analysis.simulate.athletes import draw_athletes
from analysis.simulate.missing import record
from analysis.simulate.outcomes import latent_pain, open_injuries, pain_of_sides, rate_pain, side_effects
from analysis.simulate.simulation import Simulation, dose_steps
from analysis.simulate.truth import Truth

REGION = "hip_groin"


def draw_pain_again(simulation: Simulation, seed: int, truth: Truth | None = None) -> np.ndarray:
    """Worst hip and groin pain (0-10) as recorded, athletes x observed weeks, NaN where it was not.

    Drawn again are each athlete's level of pain and own effect of mobility work, the week-to-week noise, and which
    weeks are answered, all by the rules of `simulate`. With the seed and the truth of the cohort itself these are its
    own ratings. `truth` may differ from the cohort's in its pain and answering fields, named `pain_…` and
    `response_…`; any other difference raises `HiprunError`, as it would have changed what is kept.
    """
    truth = truth or simulation.truth
    _check_kept(simulation.truth, truth)
    athletes = draw_athletes(len(simulation.athletes), seed, truth)
    athletes["previous_injury"] = simulation.athletes["previous_injury"]
    within, between = dose_steps(simulation.dose_min, truth)
    exposures = simulation.exposures
    latent = latent_pain(athletes, within, between, simulation.follow_up.log_acute, exposures, seed, truth)
    opened = open_injuries(simulation.follow_up.problems, REGION, *latent.shape)
    of_side = {side: side_effects(REGION, side, exposures, truth) for side in opened}
    sides = pain_of_sides(latent, opened, of_side, athletes["painful_side"].to_numpy(), seed, REGION, truth)
    worst = rate_pain(np.max(list(sides.values()), axis=0))
    # Dropout is the cohort's own: nobody leaves in this draw of the answers.
    drawn = record(athletes, worst, seed, dataclasses.replace(truth, dropout_rate_per_week=0.0))
    recorded = drawn.answered & ~drawn.pain_blank & simulation.recorded.watched
    return np.where(recorded, worst, np.nan)


def _check_kept(own: Truth, other: Truth) -> None:
    changed = [
        f.name
        for f in dataclasses.fields(Truth)
        if not f.name.startswith(("pain_", "response_")) and getattr(own, f.name) != getattr(other, f.name)
    ]
    if changed:
        raise HiprunError(
            f"draw_pain_again: found another value of {', '.join(changed)} than the cohort's; expected pain_… and "
            "response_… to differ at most. Fix: simulate a whole cohort with this truth."
        )
