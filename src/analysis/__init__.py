"""hiprun: hip health in runners, from raw exports to a report."""

import os

__version__ = "0.1.0"

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    # Before numpy is imported: the matrices of the models are small, and threads that share one wait for one another.
    # Every claim of the demo took 11 s of processor time with one thread, 60 s with two on a busy machine.
    os.environ.setdefault(_name, "1")
