"""What the primary models estimate where the truth is known: the within-athlete effects of very large cohorts.

An interval is held against the value its model would give if the cohort were endless. For the injury rate that is the
simulator's own ratio. Pain is rounded, clipped to 0-10 and answered less often where it is high, and a health problem
is what pain, injuries and illnesses make of it: there the value was found by simulation.
"""

import math
from dataclasses import dataclass

from analysis.simulate.truth import Truth


@dataclass(frozen=True)
class WithinTruth:
    """The true value of a term of a model, per +30 min/week on the link scale, and its Monte Carlo standard error."""

    value: float
    mc_error: float


WITHIN_TRUTH = {
    ("pain", "mobility_within"): WithinTruth(-0.218, 0.0033),
    ("pain", "stability_within"): WithinTruth(-0.179, 0.0030),
    ("injury", "mobility_within"): WithinTruth(math.log(Truth().injury_mobility_within), 0.0),
    ("injury", "stability_within"): WithinTruth(math.log(Truth().injury_stability_within), 0.0),
    ("problem", "mobility_within"): WithinTruth(-0.220, 0.0068),
    ("problem", "stability_within"): WithinTruth(-0.187, 0.0062),
}
"""(model, term) -> its true value under `Truth()`, 26 weeks and the default `Study`; under `null_truth()` all are 0.

Pain and problem: means over 100 cohorts of 500 athletes, seeds 90000 to 90099 (`benchmarks/make_within_truth.py`).
The same cohorts gave -0.093 ± 0.009 and -0.104 ± 0.008 for the injury terms, whose truth is log 0.90 = -0.105.
"""
