"""Health problems as the IOC 2020 consensus and the Oslo questionnaires count them."""

from analysis.surveillance.prevalence import prevalence, prevalence_by_week, prevalence_table
from analysis.surveillance.rates import Rate, burden, incidence, wald_limits
from analysis.surveillance.ratios import Ratio, burden_ratio, rate_ratio, ratio_table
from analysis.surveillance.subsequent import recurrence_timing, subsequent_injuries
from analysis.surveillance.survival import (
    LogRank,
    follow_up,
    kaplan_meier,
    log_rank,
    mean_cumulative_count,
    median_times,
    numbers_at_risk,
    time_to_first,
)

__all__ = [
    "LogRank",
    "Rate",
    "Ratio",
    "burden",
    "burden_ratio",
    "follow_up",
    "incidence",
    "kaplan_meier",
    "log_rank",
    "mean_cumulative_count",
    "median_times",
    "numbers_at_risk",
    "prevalence",
    "prevalence_by_week",
    "prevalence_table",
    "rate_ratio",
    "ratio_table",
    "recurrence_timing",
    "subsequent_injuries",
    "time_to_first",
    "wald_limits",
]
