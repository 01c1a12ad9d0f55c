"""Who took part: the flow from the register to the models, and the table of baseline characteristics."""

import pandas as pd

CHARACTERISTICS = {
    "age_y": "Age (years)",
    "height_cm": "Height (cm)",
    "body_mass_kg": "Body mass (kg)",
    "experience_y": "Running experience (years)",
}


def flow_steps(athletes: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """From the register to the pain model, one row a step: step, n, n_excluded, detail (why they were excluded)."""
    observed = ["training_observed", "hip_work_observed", "injuries_observed", "report_expected"]
    watched = panel[panel[observed].any(axis=1)]
    answered = watched[watched["reported"].astype(bool)]
    dosed = answered[answered[["pain_nrs", "mobility_dose_min", "stability_dose_min"]].notna().all(axis=1)]
    steps = [
        ("Athletes in the register", athletes, ""),
        ("Watched for at least one whole week", watched, "no whole week watched"),
        ("Answered at least one weekly report", answered, "no weekly report answered"),
        ("Hip pain answered after a known dose of hip work", dosed, "hip pain or dose never known"),
    ]
    rows, before = [], None
    for step, frame, reason in steps:
        n = frame["athlete_id"].nunique()
        lost = 0 if before is None else before - n
        rows.append((step, n, lost if lost else None, reason if lost else None))
        before = n
    return pd.DataFrame(rows, columns=["step", "n", "n_excluded", "detail"])


def flow_counts(steps: pd.DataFrame) -> list[int]:
    """Every count of athletes the flow shows, for the disclosure gate; a zero gives nobody away."""
    shown = [*steps["n"], *steps["n_excluded"].dropna()]
    return [int(n) for n in shown if n > 0]


def baseline_table(athletes: pd.DataFrame) -> pd.DataFrame:
    """Characteristics by clinic and for all: characteristic, then one text column a group with n known in front.

    Numbers are median (lower to upper quartile), R type 7. Missing values are counted, not filled.
    Columns: group, n_athletes, n_female, n_male, n_sex_other_or_unknown, n_previous_injury, and for each
    measured characteristic its median, quartiles and the number of athletes it is known of.
    """
    groups = [("All", athletes)]
    if athletes["clinic"].nunique() > 1:
        groups += [(f"Clinic {name}", part) for name, part in athletes.groupby("clinic")]
    return pd.DataFrame([{"group": name, **_describe(part)} for name, part in groups])


def _describe(part: pd.DataFrame) -> dict[str, object]:
    female, male = part["sex"].eq("female").sum(), part["sex"].eq("male").sum()
    row: dict[str, object] = {
        "n_athletes": len(part),
        "n_female": int(female),
        "n_male": int(male),
        "n_previous_injury": int(part["previous_injury"].fillna(False).sum()),
        "n_previous_injury_unknown": int(part["previous_injury"].isna().sum()),
    }
    for column in CHARACTERISTICS:
        known = part[column].dropna()
        if known.empty:
            continue
        q1, median, q3 = known.quantile([0.25, 0.5, 0.75])
        row |= {f"{column}_median": median, f"{column}_q1": q1, f"{column}_q3": q3}
    return row
