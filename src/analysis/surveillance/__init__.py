"""Health problems as the IOC 2020 consensus and the Oslo questionnaires count them."""

from analysis.surveillance.prevalence import prevalence, prevalence_by_week
from analysis.surveillance.rates import Rate, burden, incidence, wald_limits

__all__ = ["Rate", "burden", "incidence", "prevalence", "prevalence_by_week", "wald_limits"]
