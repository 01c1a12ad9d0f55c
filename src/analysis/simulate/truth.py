"""The truth of a simulated cohort: every effect by name, with its value, unit, scale and definition.

The defaults follow what is known (Videbaek 2015 for rates; Leppanen 2024 and the null reviews for hip work;
Nielsen 2012 and later for previous injury): small within-runner benefits, nothing between runners.
"""

import dataclasses
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import InputError
from analysis.simulate.claim_effects import ClaimEffects
from analysis.simulate.truth_fields import (
    EFFECT,
    IDENTITY,
    LOG,
    LOGIT,
    MISSINGNESS,
    autocorrelation,
    field,
    level,
    points,
    ratio,
    sd,
)

DOSE = (
    "dose of a week = mean of the true weekly minutes before that week, the week k back weighing "
    "2^(-(k-1)/dose_half_life_weeks), normalised; within = dose minus the athlete's own mean of it over the "
    "observed weeks up to and including this one; between = that mean minus the median athlete's weekly minutes"
)


STEP_MIN = 30.0
"""The step that effects of minutes are per."""
_STEP = f"per +{STEP_MIN:g} min/week"
_LATENT = "pain before rounding and clipping to 0-10"


@dataclass(frozen=True)
class Truth(ClaimEffects):
    """What is true in a simulated cohort. Units, scales and definitions: `describe_truth`.

    Points are on the 0-10 pain scale before rounding; ratios multiply the injury rate per hour of running.
    """

    pain_mobility_within: float = points(-0.25, _STEP, f"mobility dose within the athlete on {_LATENT}")
    pain_stability_within: float = points(-0.20, _STEP, f"stability dose within the athlete on {_LATENT}")
    pain_mobility_between: float = points(0.0, _STEP, f"the athlete's own mean mobility dose on {_LATENT}")
    pain_stability_between: float = points(0.0, _STEP, f"the athlete's own mean stability dose on {_LATENT}")
    pain_mobility_slope_sd: float = field(
        0.10, EFFECT, f"NRS points {_STEP}", IDENTITY,
        "SD between athletes of pain_mobility_within", null=0.0, minimum=0.0,
    )  # fmt: skip
    pain_acute_load: float = points(
        0.40, "per unit of ln(acute load / usual load)",
        "acute load = mean of the running minutes before the week, half-life 1 week, at least 30 min; "
        f"usual load = the athlete's own weekly minutes outside the programme; on {_LATENT}",
    )  # fmt: skip
    pain_build_up: float = points(0.60, "from the first to the last week", f"linear over the programme, on {_LATENT}")
    pain_previous_injury: float = points(0.40, "", f"previous injury against none, on {_LATENT}")
    pain_open_injury: float = points(
        2.0, "", f"in the region and on the side of an injury, in weeks it is open, on {_LATENT}"
    )
    injury_mobility_within: float = ratio(0.90, _STEP, "mobility dose within the athlete")
    injury_stability_within: float = ratio(
        0.90, _STEP, "stability dose within the athlete; where both are equal, so is the ratio of total hip work"
    )
    injury_mobility_between: float = ratio(1.0, _STEP, "the athlete's own mean mobility dose")
    injury_stability_between: float = ratio(1.0, _STEP, "the athlete's own mean stability dose")
    injury_acute_load: float = ratio(
        1.25, "per unit of ln(acute load / usual load)", "acute and usual load as in pain_acute_load"
    )
    injury_build_up: float = ratio(1.30, "from the first to the last week", "log-linear over the programme")
    injury_previous_injury: float = ratio(1.70, "", "previous injury against none")

    pain_level: float = level(
        2.6, "NRS points", IDENTITY,
        "pain in hip and groin of an athlete without previous injury, in the first week, at usual load",
        maximum=10.0,
    )  # fmt: skip
    injury_rate_per_1000h: float = level(
        8.0, "injuries per 1000 h of running", IDENTITY,
        "rate of an athlete with median frailty and no previous injury, in the first week, at usual load",
    )  # fmt: skip
    time_loss_median_days: float = level(
        8.0, "days", IDENTITY, "median time loss of injuries with time loss; log-normal", minimum=1.0
    )
    share_without_time_loss: float = level(0.30, "share", IDENTITY, "share of injuries without a lost day", maximum=1.0)
    illness_rate_per_week: float = level(
        0.03, "illnesses per week", IDENTITY, "unrelated to hip work and load: a negative control", maximum=1.0
    )
    mobility_median_min: float = level(30.0, "min/week", LOG, "weekly mobility work of the median athlete")
    stability_median_min: float = level(35.0, "min/week", LOG, "weekly stability work of the median athlete")
    dose_half_life_weeks: float = level(2.0, "weeks", IDENTITY, DOSE, minimum=0.1)
    dose_burn_in_weeks: int = level(
        8, "weeks", IDENTITY, "weeks of hip work and running before the first observed week", maximum=52
    )

    pain_frailty_sd: float = sd(1.0, "NRS points", IDENTITY, f"SD between athletes of {_LATENT}")
    pain_noise_sd: float = sd(1.1, "NRS points", IDENTITY, f"SD within athletes of {_LATENT}, AR(1)")
    pain_autocorrelation: float = autocorrelation(0.4, "week-to-week correlation of that noise")
    injury_frailty_sd: float = sd(0.5, "", LOG, "SD between athletes of the log injury rate")
    time_loss_log_sd: float = sd(1.1, "", LOG, "SD of log time loss")
    load_log_sd: float = sd(0.30, "", LOG, "SD within athletes of log weekly running minutes about the plan, AR(1)")
    load_autocorrelation: float = autocorrelation(0.6, "week-to-week correlation of that noise")
    hip_work_habit_log_sd: float = sd(0.6, "", LOG, "SD between athletes of log weekly minutes of hip work")
    hip_work_log_sd: float = sd(0.6, "", LOG, "SD within athletes of log weekly minutes of hip work, AR(1)")
    hip_work_autocorrelation: float = autocorrelation(0.6, "week-to-week correlation of that noise")
    strength_error_percent: float = sd(
        6.0,
        "% of the value",
        IDENTITY,
        "error of one strength test day, the same for its trials (Thorborg 2010: 3-12 %)",
    )
    test_error_share: float = sd(
        1.0, "share", IDENTITY, "of the usual error of each trial (4 % of strength, 1.5 degrees) and of a day of the "
        "tests of end range, endurance and control (a quarter of their SD); chosen, not measured",
    )  # fmt: skip
    rom_error_deg: float = sd(
        2.0, "degrees", IDENTITY, "error of one range-of-motion test day, the same for its trials"
    )

    range_lost_share: float = level(
        0.3, "share", IDENTITY, "share of the range gained between two test days that is lost by the next one without "
        "any loading between (range_kept_loading_after); chosen, not measured", maximum=1.0,
    )  # fmt: skip
    range_change_sd_deg: float = sd(
        2.0, "degrees", IDENTITY, "SD of the change of range between two test days that nothing explains"
    )
    balance_error_s: float = sd(3.0, "s", IDENTITY, "error of the time on one leg of one test day")
    balance_change_sd_s: float = sd(3.0, "s", IDENTITY, "SD of the change of that time that nothing explains")
    pain_elsewhere_shift: float = level(
        0.0, "NRS points", IDENTITY, "added to the level of pain in every region but hip and groin", minimum=-10.0,
        maximum=10.0,
    )  # fmt: skip
    soreness_level: float = level(
        2.5, "NRS points", IDENTITY, "soreness the day after the usual hip work; chosen, not measured", maximum=10.0
    )
    trail_habit_sd: float = sd(1.0, "", LOGIT, "SD between athletes of the log odds that a run is on a trail")

    response_share: float = field(
        0.82, MISSINGNESS, "share", LOGIT,
        "chance that the median athlete answers the weekly form in a week with pain 3",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip
    response_log_odds_per_point: float = field(
        -0.15, MISSINGNESS, "log odds per NRS point", LOGIT, "how that chance depends on the pain of the same week"
    )
    response_frailty_sd: float = field(
        0.6, MISSINGNESS, "", LOGIT, "SD between athletes of the log odds of answering", minimum=0.0
    )
    dropout_rate_per_week: float = field(
        0.008, MISSINGNESS, "share", IDENTITY, "chance to leave the study after a week", minimum=0.0, maximum=1.0
    )
    diary_gap_share: float = field(
        0.05, MISSINGNESS, "share", IDENTITY,
        "chance that the hip-work diary of a week is not kept (not watched, not zero)",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            value, low, high = getattr(self, f.name), f.metadata["minimum"], f.metadata["maximum"]
            if isinstance(value, bool) or not isinstance(value, int if f.type is int else (int, float)):
                raise InputError(
                    f"truth: '{f.name}' is {value!r}; expected a {'whole ' if f.type is int else ''}number. "
                    "Fix: correct the value."
                )
            if not (low <= value <= high and math.isfinite(value)):
                raise InputError(
                    f"truth: '{f.name}' is {value!r}; expected {low:g} to {high:g}. Fix: correct the value."
                )


def null_truth() -> Truth:
    """The truth in which no effect exists: every difference 0, every ratio 1; levels and spreads as default."""
    effects = (f for f in dataclasses.fields(Truth) if f.metadata["kind"] == EFFECT)
    return Truth(**{f.name: f.metadata["null"] for f in effects})


def read_truth(path: Path) -> Truth:
    """The truth in the TOML file at `path`; what it does not name keeps its default.

    Raises `InputError` where the file is absent or not TOML, a name is unknown, or a value is of the wrong
    type or out of its bounds.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: no such file; expected a TOML file of true effects. Fix: correct the path."
        ) from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as TOML ({error}). Fix: correct that line.") from error
    known = [f.name for f in dataclasses.fields(Truth)]
    for name in given:
        if name not in known:
            raise InputError(f"{path}: found '{name}'; expected one of {', '.join(known)}. Fix: correct the name.")
    try:
        return Truth(**given)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def describe_truth(truth: Truth) -> list[dict[str, str | float]]:
    """One entry a field of `truth`: name, value, kind, unit, scale (of the effect), definition."""
    keys = ("kind", "unit", "scale", "definition")
    return [
        {"name": f.name, "value": getattr(truth, f.name)} | {k: f.metadata[k] for k in keys}
        for f in dataclasses.fields(truth)
    ]
