"""Random streams: one for each room, so that a change in one does not move the draws of another."""

import zlib

import numpy as np


def stream(seed: int, room: str) -> np.random.Generator:
    """The random generator of one room (a fixed name) of the cohort with that seed."""
    return np.random.default_rng([seed, zlib.crc32(room.encode())])


def autoregressive(rng: np.random.Generator, n: int, n_weeks: int, sd: float, correlation: float) -> np.ndarray:
    """Stationary AR(1) noise, shape (n, n_weeks): mean 0, standard deviation `sd`, lag-one `correlation`.

    x_t = correlation x_(t-1) + e_t with Var(e) = sd^2 (1 - correlation^2) (Box & Jenkins, Time Series Analysis).
    """
    shocks = rng.standard_normal((n, n_weeks))
    shocks[:, 1:] *= np.sqrt(1 - correlation**2)
    for week in range(1, n_weeks):
        shocks[:, week] += correlation * shocks[:, week - 1]
    return sd * shocks
