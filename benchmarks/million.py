"""1e6 athlete-weeks: CPU seconds, wall seconds and peak memory of one `fit`, in a process of its own."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from analysis.models import fit
from benchmarks.athlete_weeks import athlete_weeks
from benchmarks.models import MODELS

ROWS = 1_000_000


def million(rows: int = ROWS) -> dict[str, float | bool]:
    """rows, cpu_s, wall_s, peak_gb (of the whole process, with Python, the libraries and the data), data_gb (peak
    before the fit), loglik, converged: the LMM with slope."""
    command = [sys.executable, "-m", "benchmarks.million", str(rows)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _peak_gb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main(rows: int) -> None:
    """Fit once and write what it took to standard output."""
    model, frame = MODELS[0], athlete_weeks(rows)
    before, cpu, wall = _peak_gb(), time.process_time(), time.perf_counter()
    fitted = fit(model.formula, frame, model.family)
    took = {"rows": rows, "cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    took |= {"peak_gb": _peak_gb(), "data_gb": before, "loglik": fitted.loglik, "converged": fitted.converged}
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main(int(sys.argv[1]))
