"""Column names as headings a person reads: `hip_abd_nm_kg` → "Hip abd (N·m/kg)"."""

KNOWN = {
    "n": "n",
    "n_athletes": "Runners",
    "n_cases": "Cases",
    "n_obs": "Rows used",
    "n_rows": "Rows",
    "n_weeks": "Weeks",
    "n_over_15_pct": "Runners over 15 %",
    "ci_low": "Lower limit",
    "ci_high": "Upper limit",
    "std_error": "Standard error",
    "p_value": "p",
    "df": "df",
    "exposure_h": "Hours at risk",
    "sd": "SD",
    "irr": "IRR",
    "rom": "ROM",
    "icc": "ICC",
    "sem": "SEM",
    "mdc95": "MDC95",
    "mdc95_pct": "MDC95 (%)",
    "difference_mdc95_pct": "MDC95 (%)",
    "difference_within_measurement_error_pct": "Within measurement error (%)",
    "srpe": "Session RPE",
}
UNITS = {
    "_nm_kg": "N·m/kg",
    "_m_s": "m/s",
    "_min": "min",
    "_deg": "°",
    "_pct": "%",
    "_days": "days",
    "_h": "h",
    "_km": "km",
    "_kg": "kg",
    "_cm": "cm",
    "_au": "AU",
    "_nrs": "0–10",
    "_y": "years",
}
STATISTICS = {"_median": "median", "_q1": "Q1", "_q3": "Q3", "_mean": "mean", "_sd": "SD"}


def heading(name: str) -> str:
    """The heading of the column called `name`; a name that is already words (a space or a capital) is kept."""
    if name in KNOWN:
        return KNOWN[name]
    if " " in name or name != name.lower():
        return name
    for suffix, statistic in STATISTICS.items():
        if name.endswith(suffix) and len(name) > len(suffix):
            return f"{heading(name.removesuffix(suffix))}, {statistic}"
    for suffix, unit in UNITS.items():
        if name.endswith(suffix) and len(name) > len(suffix) and "_per_" not in name:
            return f"{_words(name.removesuffix(suffix))} ({unit})"
    return _words(name.removeprefix("n_"))


def title(stage: str) -> str:
    """A heading from a stage's or a section's name: `03_cohort` → "Cohort"."""
    number, _, rest = stage.partition("_")
    return _words(rest if number.isdigit() and rest else stage)


def with_limits(names: list[str]) -> dict[str, tuple[str, str]]:
    """Which columns carry limits: {"burden_per_1000_h": ("burden_ci_low", "burden_ci_high")}.

    Plain `ci_low` and `ci_high` belong to the column before `ci_low`.
    """
    found = {}
    for i, low in enumerate(names):
        stem = low.removesuffix("ci_low")
        if low == stem or f"{stem}ci_high" not in names:
            continue
        owners = [n for n in names if "ci_" not in n and f"{n}_".startswith(stem)] if stem else names[i - 1 : i]
        if owners:
            found[owners[0]] = (low, f"{stem}ci_high")
    return found


def with_quartiles(names: list[str]) -> dict[str, tuple[str, str]]:
    """Which medians come with their quartiles: {"age_y_median": ("age_y_q1", "age_y_q3")}."""
    pairs = {n: (n.replace("median", "q1"), n.replace("median", "q3")) for n in names if "median" in n.split("_")}
    return {n: pair for n, pair in pairs.items() if set(pair) <= set(names)}


def _words(name: str) -> str:
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
