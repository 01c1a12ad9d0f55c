"""Calibration of the primary models: `python -m benchmarks.make_calibration [COHORTS] [JOBS]` writes calibration.csv.

500 cohorts with the simulator's effects and 500 without, 40 athletes × 26 weeks: about 7 minutes on two processors.
"""

import sys
from pathlib import Path

import pandas as pd

from analysis.claims.known_truth.calibration import calibrate, calibration_summary
from analysis.study import write_atomically

FIRST_SEED = 20_000


def main(cohorts: int = 500, jobs: int = 2) -> None:
    seeds = range(FIRST_SEED, FIRST_SEED + cohorts)
    table = calibration_summary(pd.concat([calibrate(seeds, null=null, jobs=jobs) for null in (False, True)]))
    with write_atomically(Path(__file__).with_name("calibration.csv")) as beside:
        table.round(4).to_csv(beside, index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
