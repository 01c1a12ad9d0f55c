"""What the hip work of the cohort consists of: planes, phases, days, and hip measures made of several tests."""

import pandas as pd

from analysis.describe.wording import in_words, quartiles
from analysis.hip.ratios import mean_of_sides, muscle_ratios, total_rotation
from analysis.hip.work import weekly_work

_RATIO_WORDS = {
    "flexor_abductor": "Flexors : abductors",
    "adductor_abductor": "Adductors : abductors",
    "external_internal_rotator": "External : internal rotators",
}
_WEEKLY = {
    "minutes": "Hip work (min)",
    "days": "Days with hip work",
    "sagittal_min": "Forwards and backwards, sagittal plane (min)",
    "frontal_min": "Sideways, frontal plane (min)",
    "transverse_min": "Rotation, transverse plane (min)",
    "deep_stabiliser_min": "Deep stabilisers (min)",
    "n_phases": "Phases of seven",
    "plane_effective": "Planes, effective number (1 to 3)",
}


def work_pattern(hip_work: pd.DataFrame) -> pd.DataFrame:
    """Weeks with hip work: what they held, median and quartiles over the athletes' own means.

    Columns: measure, n_athletes, n_weeks (with the value known; an exercise of unknown kind leaves planes and phases of
    its week unknown), median, q1, q3. The last row is the share of weeks, in percent, with soft-tissue work,
    mobilisation, control and activation all present (`hip.work.weekly_work`).
    """
    weekly = weekly_work(hip_work)
    weekly["full_sequence_pct"] = 100 * weekly["full_sequence"].astype("Float64")
    measures = _WEEKLY | {"full_sequence_pct": "Weeks with soft tissue, mobilisation, control and activation (%)"}
    rows = []
    for column, label in measures.items():
        known = weekly[["athlete_id", column]].dropna().astype({column: float})
        own = known.groupby("athlete_id")[column].mean()
        rows.append((label, len(own), len(known), *quartiles(own)))
    return pd.DataFrame(rows, columns=["measure", "n_athletes", "n_weeks", "median", "q1", "q3"])


def ratio_summary(first: pd.DataFrame) -> pd.DataFrame:
    """Strength ratios and total rotation at the first test (`first_profile`), means of both sides of each athlete.

    Columns: measure, test (kind and position), n_athletes, median, q1, q3, n_missing (athletes without a value on
    either side) and why_missing (the most frequent reason, of tests made of both motions if there are any).
    """
    ratios = muscle_ratios(first).assign(measure=lambda t: t["ratio"].map(_RATIO_WORDS))
    rotation = total_rotation(first).assign(measure="Total rotation (°)")
    every = pd.concat([ratios, rotation], ignore_index=True)
    every["test"] = in_words(every["quality"]) + ", " + in_words(every["position"])
    rows = []
    for measure, part in every.groupby("measure", sort=False):
        known = part[part["value"].notna()]
        n_missing = part["athlete_id"].nunique() - known["athlete_id"].nunique()
        why = part["why_missing"].dropna()
        both_tested = why[~why.str.endswith("not tested")]
        why = both_tested if len(both_tested) else why
        reason = str(why.mode().iloc[0]) if n_missing and len(why) else ""
        for test, tests in known.groupby("test") if len(known) else [(pd.NA, known)]:
            own = mean_of_sides(tests, "value", ["test"]).groupby("athlete_id")["value"].mean()
            rows.append((measure, test, len(own), *quartiles(own), n_missing, reason))
    columns = ["measure", "test", "n_athletes", "median", "q1", "q3", "n_missing", "why_missing"]
    return pd.DataFrame(rows, columns=columns)
