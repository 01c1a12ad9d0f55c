"""Write weeks.csv (simulated athlete-weeks with at most one injury each) and days.csv (days lost, some not ended).

Run in the repository: python -m tests.reference.injuries.make_injury_data. No persons in them.
"""

from pathlib import Path

import numpy as np
from tests.claims.injury_panels import Makeup, injury_weeks

FOLDER = Path(__file__).parent


def main(folder: Path) -> None:
    """Draw with a fixed seed and write both files."""
    panel, cases = injury_weeks(20260101, Makeup(again=1.3), n_athletes=60, n_weeks=20)
    weeks = panel[["athlete_id", "week_in_programme", "exposure_h", "new_injuries"]].copy()
    weeks["new_injuries"] = weeks["new_injuries"].clip(upper=1)
    for kind in ("mobility", "stability"):
        weeks[kind] = panel[f"{kind}_dose_within_min"] / 30
    weeks.to_csv(folder / "weeks.csv", index=False, float_format="%.10g", lineterminator="\n")
    rng = np.random.default_rng(20260101)
    days = cases[["time_loss_days"]].head(60).astype(int)
    days["still_open"] = (rng.random(len(days)) < 0.2).astype(int)
    days.to_csv(folder / "days.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(FOLDER)
