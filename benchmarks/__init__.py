"""How fast `analysis.models.fit` is beside other programs, at equal log-likelihoods. `python -m benchmarks`."""
