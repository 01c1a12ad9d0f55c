"""`python -m benchmarks.recovery`: simulate, estimate, write results.csv or silence.csv and the tables of README.md."""

import argparse

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from benchmarks.recovery import pages
from benchmarks.recovery.run import ENDLESS_WORLD, keep, run_endless, run_silence, run_world
from benchmarks.recovery.worlds import ENDLESS, HERE, worlds


def _asked(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--cohorts", type=int, default=200, help="cohorts of each world")
    parser.add_argument("--athletes", type=int, nargs="+", default=[60], help="athletes of a cohort; several sizes")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--worlds", nargs="+", choices=names, default=names, help="fewer worlds")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--silence", action="store_true", help="only the cohorts without any effect")
    what.add_argument("--endless", action="store_true", help="only the true value that is no parameter")
    return parser.parse_args()


def main() -> None:
    every = worlds()
    asked = _asked(list(every))
    with Progress(console=Console(stderr=True)) as progress:
        if asked.endless:
            told = _bar(progress, f"{ENDLESS_WORLD}, very large", asked.cohorts)
            keep(run_endless(every[ENDLESS_WORLD], asked.cohorts, asked.jobs, told), ENDLESS, ["world", "term"])
        elif asked.silence:
            for size in asked.athletes:
                table = run_silence(asked.cohorts, size, asked.jobs, _bar(progress, f"null, {size}", asked.cohorts))
                keep(table, HERE / "silence.csv", ["n_athletes"])
        else:
            for size, name in ((size, name) for size in asked.athletes for name in asked.worlds):
                told = _bar(progress, f"{name}, {size}", asked.cohorts)
                table: pd.DataFrame = run_world(every[name], asked.cohorts, size, asked.jobs, told)
                keep(table, HERE / "results.csv", ["world", "n_athletes"])
    pages.fill()


def _bar(progress: Progress, words: str, total: int):
    task = progress.add_task(words, total=total)
    return lambda done: progress.update(task, completed=done)


if __name__ == "__main__":
    main()
