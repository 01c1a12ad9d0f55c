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
        ("Pain answered after a known dose of hip work", dosed, "pain or dose never known"),
    ]
    rows, before = [], None
    for step, frame, reason in steps:
        n = frame["athlete_id"].nunique()
        lost = 0 if before is None else before - n
        rows.append((step, n, lost if lost else None, reason if lost else None))
        before = n
    return pd.DataFrame(rows, columns=["step", "n", "n_excluded", "detail"])


def flow_for_sharing(steps: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """The flow without losses of fewer than `threshold` athletes: such steps are joined to the next one.

    A small loss at the end is left out with its step, so that no number of the flow, nor a difference
    between two, counts fewer than `threshold` people.
    """
    kept, reasons = [steps.iloc[0]], []
    for _, step in steps.iloc[1:].iterrows():
        reasons += [step["detail"]] if pd.notna(step["detail"]) else []
        lost = kept[-1]["n"] - step["n"]
        if step["n"] < threshold or 0 < lost < threshold:
            continue
        joined = {"n_excluded": lost or None, "detail": "; ".join(reasons) if lost else None}
        kept.append(pd.Series({**step, **joined}))
        reasons = []
    return pd.DataFrame(kept).reset_index(drop=True)


def baseline_counts(athletes: pd.DataFrame) -> pd.DataFrame:
    """Athletes by clinic and in all: group, n_athletes, n_female, n_male, n_previous_injury, and the unknown."""
    rows = []
    for name, part in _groups(athletes):
        row = {"group": name, "n_athletes": len(part)}
        row |= {f"n_{sex}": int(part["sex"].eq(sex).sum()) for sex in ("female", "male")}
        row["n_sex_other_or_unknown"] = row["n_athletes"] - row["n_female"] - row["n_male"]
        row["n_previous_injury"] = int(part["previous_injury"].fillna(False).sum())
        row["n_previous_injury_unknown"] = int(part["previous_injury"].isna().sum())
        rows.append(row)
    table = pd.DataFrame(rows)
    unused = [c for c in ("n_sex_other_or_unknown", "n_previous_injury_unknown") if not table[c].any()]
    return table.drop(columns=unused)


def baseline_measures(athletes: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles (R type 7) by clinic and in all: group, characteristic, n_athletes known, median, q1, q3."""
    rows = [
        (name, label, len(known), *known.quantile([0.5, 0.25, 0.75]))
        for column, label in CHARACTERISTICS.items()
        for name, part in _groups(athletes)
        if len(known := part[column].dropna())
    ]
    return pd.DataFrame(rows, columns=["group", "characteristic", "n_athletes", "median", "q1", "q3"])[
        ["characteristic", "group", "n_athletes", "median", "q1", "q3"]
    ]


def _groups(athletes: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    clinics = [(f"Clinic {name}", part) for name, part in athletes.groupby("clinic")]
    return [("All", athletes), *(clinics if len(clinics) > 1 else [])]
