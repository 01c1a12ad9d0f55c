"""Is a gain in range of motion kept? Gain, share kept, half-life (CLAIMS temporary_range).

Three assessments of the same motion, side, quality and position: before, after, later. The error of `after` is in the
gain and in the loss, so a gain chosen because it is large shrinks without any true loss (regression to the mean; Bland
& Altman 1994, BMJ 308:1499): if nothing ever changed and errors are alike, half of each gain is 'kept' on average.
Share and half-life are therefore compared between groups, loaded and not loaded, and not read in one runner.
"""

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.hip.profile import ROM
from analysis.hip.reliability import within_measurement_error
from analysis.hip.units import Numbers

SERIES = ["athlete_id", "motion", "side", "quality", "position", "unit"]
ERROR_OF = ["motion", "quality", "position", "unit"]


def half_life_weeks(share_kept: Numbers, weeks_later: Numbers) -> Numbers:
    """Half-life of a gain that decays exponentially, gain(t) = gain·2^(-t/h): h = -t·ln 2 / ln(share kept), in weeks.

    First-order decay, solved for h. Missing for a share that is missing or not between 0 and 1: at 1 or above nothing
    was lost, at 0 or below all of it, and no half-life follows. The same shape out as in.
    """
    share = np.asarray(share_kept, dtype=float)
    decaying = (share > 0) & (share < 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        life = np.where(decaying, -np.asarray(weeks_later, dtype=float) * np.log(2) / np.log(share), np.nan)
    return _like(share_kept, life, "half_life_weeks")


def share_after_weeks(share_kept: Numbers, weeks_later: Numbers, weeks: float) -> Numbers:
    """Share of the gain kept `weeks` weeks after it, from the share kept `weeks_later`: share^(weeks/weeks_later).

    The same exponential decay, between the two assessments only: missing where `weeks` is past `weeks_later` (no
    decay is carried beyond what was measured) or the share is not above 0. The same shape out as in.
    """
    if not weeks >= 0:
        raise HiprunError(f"share kept: found {weeks} weeks; expected 0 or more. Fix: give such as 4.")
    share, later = np.asarray(share_kept, dtype=float), np.asarray(weeks_later, dtype=float)
    inside = (share > 0) & (later > 0) & (weeks <= later)
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = np.where(inside, np.power(share, weeks / later), np.nan)
    return _like(share_kept, kept, "share_kept_after")


def rom_gains(profile: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """Change of ROM between each assessment and the next of the same motion, side, quality, position.

    `profile` from `hip_profile`; `errors`, motion, quality, position, unit and mdc95, from `reliability`, best from a
    retest on another day: an MDC95 of trials of one session is too small for a change over weeks. Columns: athlete_id,
    motion, side, quality, position, unit, from_date, to_date, weeks, before, after, gain (degrees, positive is more
    range), mdc95, within_measurement_error (yes, no; missing without an MDC95). Assessments without a value are passed
    over. Raises `HiprunError` for missing columns or two errors for one test.
    """
    tests = _series(profile, errors)
    earlier = tests.groupby(SERIES)[["date", "value"]].shift()
    table = tests.assign(from_date=earlier["date"], before=earlier["value"]).dropna(subset=["from_date"])
    table = table.rename(columns={"date": "to_date", "value": "after"})
    table["weeks"] = (table["to_date"] - table["from_date"]).dt.days / 7
    table["gain"] = table["after"] - table["before"]
    table["within_measurement_error"] = within_measurement_error(table["gain"], table["mdc95"])
    numbers = ["weeks", "before", "after", "gain", "mdc95", "within_measurement_error"]
    return table[[*SERIES, "from_date", "to_date", *numbers]].reset_index(drop=True)


def gain_retention(profile: pd.DataFrame, errors: pd.DataFrame, weeks: float = 4) -> pd.DataFrame:
    """What is left of each ROM gain at the next assessment, a row for three assessments in succession.

    Columns: athlete_id, motion, side, quality, position, unit; from_date, to_date, later_date; gain (to - from) and
    kept (later - from) in degrees; mdc95; weeks_later (to to later); share_kept (kept / gain); share_kept_after (at
    `weeks` weeks, see `share_after_weeks`); half_life_weeks (see `half_life_weeks`); why_missing, of the half-life:
    'no MDC95', 'no gain beyond MDC95' (then the shares are missing too), 'no loss beyond MDC95' or 'all of the gain
    lost'. Default 4 weeks: CLAIMS temporary_range. Raises as `rom_gains`.
    """
    gains = rom_gains(profile, errors)
    later = gains.groupby(SERIES)[["to_date", "after", "weeks"]].shift(-1)
    table = gains.assign(later_date=later["to_date"], weeks_later=later["weeks"], kept=later["after"] - gains["before"])
    table = table.dropna(subset=["later_date"]).reset_index(drop=True)
    loss = table["gain"] - table["kept"]
    reasons = {
        "no MDC95": table["mdc95"].isna(),
        "no gain beyond MDC95": ~(table["gain"] > table["mdc95"]),
        "no loss beyond MDC95": ~(loss > table["mdc95"]),
        "all of the gain lost": table["kept"] <= 0,
    }
    why = pd.Series(np.select(list(reasons.values()), list(reasons), ""), index=table.index, dtype="str")
    table["why_missing"] = why.replace("", None)
    gained = ~why.isin(["no MDC95", "no gain beyond MDC95"])
    table["share_kept"] = (table["kept"] / table["gain"].where(gained)).astype("float64")
    table["share_kept_after"] = share_after_weeks(table["share_kept"], table["weeks_later"], weeks)
    table["half_life_weeks"] = half_life_weeks(table["share_kept"].where(why == ""), table["weeks_later"])
    dates, numbers = ["from_date", "to_date", "later_date"], ["gain", "kept", "mdc95", "weeks_later"]
    return table[[*SERIES, *dates, *numbers, "share_kept", "share_kept_after", "half_life_weeks", "why_missing"]]


def _series(profile: pd.DataFrame, errors: pd.DataFrame) -> pd.DataFrame:
    """The ROM tests with a value, in order of date, with the mdc95 of their kind."""
    for name, table, columns in (
        ("profile", profile, [*SERIES, "date", "value"]),
        ("table of errors", errors, [*ERROR_OF, "mdc95"]),
    ):
        absent = [c for c in columns if c not in table]
        if absent:
            raise HiprunError(f"ROM gains: the {name} has no column {', '.join(absent)}. Fix: add or rename it.")
    if errors.duplicated(ERROR_OF).any():
        raise HiprunError("ROM gains: found two errors for one motion, quality, position and unit. Fix: keep one.")
    rom = profile[profile["quality"].isin(ROM) & profile["value"].notna()]
    rom = rom[[*SERIES, "date", "value"]].merge(errors[[*ERROR_OF, "mdc95"]], on=ERROR_OF, how="left")
    return rom.sort_values([*SERIES, "date"], ignore_index=True)


def _like(given: Numbers, values: np.ndarray, name: str) -> Numbers:
    if isinstance(given, pd.Series):
        return pd.Series(values, index=given.index, name=name)
    return values if values.ndim else float(values)
