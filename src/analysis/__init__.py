"""hiprun: hip health in runners, from raw exports to a report."""

__version__ = "0.1.0"
