"""The standing words of the report: how to read it, and how the numbers were made."""

from analysis.report.format import number
from analysis.study import Study


def how_to_read(study: Study) -> tuple[tuple[str, str], ...]:
    """What a reader must know to read the numbers, as (word, explanation)."""
    level = f"{100 * study.confidence_level:g} %"
    return (
        (
            "Interval",
            f"The numbers in brackets after an estimate are its {level} interval: values outside it fit these "
            "data poorly. A wide interval means that the data say little, not that there is no effect.",
        ),
        (
            "Within a runner",
            "Most findings compare weeks of the same runner: a week with more hip work than is usual for that runner "
            "against a week with less. Differences between runners are not mixed in.",
        ),
        (
            "Within measurement error",
            "A change, or a difference of two sides, that is no larger than the MDC95 may come from measuring alone: "
            "it does not show that a hip changed, nor that it did not.",
        ),
        (
            "IRR",
            "The incidence rate ratio: 0.90 is a rate 10 % lower, 1.15 a rate 15 % higher, 1 no difference.",
        ),
        (
            "Associations",
            "Everything here is an association in one cohort. It does not show that one thing caused another, and it "
            "is not medical advice. A result close to no difference is a result.",
        ),
    )


def method_notes(study: Study) -> tuple[tuple[str, str], ...]:
    """How the numbers were made, as (topic, text), with the choices of this study."""
    half_life = number(study.dose_half_life_weeks)
    return (
        (
            "Time",
            "What explains a week is known before the week starts: the hip work of a week is the exponentially "
            f"weighted mean of minutes per week up to the Sunday before (half-life {half_life} weeks); a hip "
            "score is that of the runner's first test, and the change by the last test before is adjusted for.",
        ),
        (
            "Models",
            "Mixed models with an intercept for each runner. Hip work enters as the runner's own mean to date and the "
            "deviation from it; the deviation is what is read, "
            f"per {number(study.dose_step_min)} minutes a week. Injury models count new problems with the hours at "
            "risk as offset. Intervals are cluster-robust (CR2), since weeks of a runner are alike. A model that did "
            "not converge gives no result.",
        ),
        (
            "Injuries and pain",
            "Words and definitions follow the IOC consensus of 2020 and the Oslo questionnaires (OSTRC). Incidence is "
            "new cases per 1000 hours at risk; burden is days lost per 1000 hours. Limits of incidence are exact "
            "Poisson limits.",
        ),
        (
            "Privacy",
            f"Counts of runners or cases below {study.disclosure_threshold} are not shown, nor other numbers from "
            "which they could be worked out. Identifiers are pseudonyms and appear nowhere in this report.",
        ),
        (
            "Every number",
            "All tables and estimates are in results.json and in the folder tables beside this report.",
        ),
    )
