"""The numbers of `analysis.simulate.within_truth`: what the primary models estimate in very large simulated cohorts.

Run: python benchmarks/make_within_truth.py COHORTS JOBS
Each cohort has 500 athletes and 26 weeks, of the simulator's default truth; one line is printed per term, with the mean
of the estimates and its Monte Carlo standard error. 100 cohorts take about 15 minutes on one core.
"""

import sys
from functools import partial

import numpy as np
import pandas as pd

from analysis.claims.known_truth.calibration import cohort_estimates
from analysis.models.processes import in_processes

FIRST_SEED = 90_000
ATHLETES, WEEKS = 500, 26


def main(cohorts: int, jobs: int) -> None:
    run = partial(cohort_estimates, null=False, n_athletes=ATHLETES, n_weeks=WEEKS)
    found = pd.concat(in_processes(run, range(FIRST_SEED, FIRST_SEED + cohorts), jobs, "make_within_truth"))
    for (model, term), rows in found.groupby(["model", "term"]):
        error = rows["estimate"].std() / np.sqrt(len(rows))
        print(f"{model:8} {term:18} {rows['estimate'].mean():8.4f} ± {error:.4f} ({len(rows)} cohorts)")  # noqa: T201


if __name__ == "__main__":
    main(cohorts=int(sys.argv[1]), jobs=int(sys.argv[2]))
