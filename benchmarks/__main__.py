"""`python -m benchmarks`: run everything, keep the tables as CSV beside this file and write them into README.md."""

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from benchmarks import readme
from benchmarks.compare import compare, door_share, write
from benchmarks.measure import ONE_THREAD, single_threaded
from benchmarks.million import million
from benchmarks.nested import nested
from benchmarks.programs import PROGRAMS
from benchmarks.sessions import sessions

HERE = Path(__file__).parent
ROWS = (1_000, 10_000, 100_000)
PARTS = ("door", "million", "nested", "compare", "sessions")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--programs", nargs="+", choices=list(PROGRAMS), default=list(PROGRAMS))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the parts that were asked for, all by default; a part not run keeps its last table."""
    if not single_threaded():  # the libraries read this when they load: start again
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks", *sys.argv[1:]], {**os.environ, **ONE_THREAD})
    asked = _asked()
    if "door" in asked.parts:
        write(door_share(compare(asked.rows, ["glmm"], _say)), HERE / "door.csv")
    if "million" in asked.parts:
        write(pd.DataFrame([million()]), HERE / "million.csv")
    if "nested" in asked.parts:
        write(nested(max(asked.rows), said=_say), HERE / "nested.csv")
    if "sessions" in asked.parts:
        write(pd.DataFrame([sessions()]), HERE / "sessions.csv")
    if "compare" in asked.parts:
        write(compare(asked.rows, asked.programs, _say), HERE / "results.csv")
    names = ("glmm", "numpy", "pandas", "formulaic", "statsmodels")
    readme.fill(HERE, f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names))


if __name__ == "__main__":
    main()
