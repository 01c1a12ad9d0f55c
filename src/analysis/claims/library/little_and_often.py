"""Hip work on more days at equal minutes; before a run against after one."""

from analysis.claims.claim import Claim, on_pain_and_injury

CLAIM = Claim(
    "little_and_often",
    "Little and often",
    "A few minutes daily, or a few times a week before or after runs, do most.",
    primary=False,
    estimands=(
        *on_pain_and_injury(
            label="Days with hip work, +1 day/week",
            contrast="hip work on 1 day/week more before them than the runner's own habit, at equal minutes,",
            adds=("days_within", "days_between"),
            weights={"days_within": 1.0},
            needs=("days_within",),
        ),
        *on_pain_and_injury(
            label="{step} min/week of hip work before runs in place of after runs",
            contrast="{step} min/week of hip work before runs in place of after runs, at equal minutes,",
            adds=("before_run_within", "before_run_between", "after_run_within", "after_run_between"),
            weights={"before_run_within": 1.0, "after_run_within": -1.0},
            needs=("before_run_within", "after_run_within"),
        ),
    ),
)
