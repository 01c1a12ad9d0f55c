"""Injuries beyond the primary model: counts, recurrent events, severity and burden."""
