"""The claims on simulated cohorts: what is true there, whether it is found, and how large a study must be."""
