"""`hiprun power`: reads the grid asked for, simulates it with a bar, prints the table, writes table and figure."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from analysis.claims.known_truth.power import PowerQuestion, power_of, power_question
from analysis.errors import InputError
from analysis.figures.power import power_curve
from analysis.models.power_table import athletes_needed
from analysis.report.record import save_figure
from analysis.runner.progress import Voice
from analysis.tables.plain_csv import write_csv

WANTED = 0.8


@dataclass(frozen=True)
class PowerRequest:
    """What was asked for on the command line; the lists as they were typed ("20,40,60")."""

    claim: str
    athletes: str
    weeks: str
    effects: str | None
    replicates: int
    seed: int
    jobs: int
    out: Path | None


def run_power(request: PowerRequest, voice: Voice) -> int:
    """Simulate, print and write; 0. Raises `InputError` before anything runs for what cannot be."""
    question = power_question(request.claim)
    athletes = [int(n) for n in _numbers(request.athletes, "--athletes", whole=True)]
    weeks = [int(n) for n in _numbers(request.weeks, "--weeks", whole=True)]
    effects = None if request.effects is None else _numbers(request.effects, "--effect")
    if request.out is not None and request.out.exists() and not request.out.is_dir():
        raise InputError(f"--out {request.out}: is a file; expected a folder. Fix: name another.")
    voice.say(f"{question.effect_label}: simulated cohorts, each analysed as the notebooks do.")
    with _bar(voice) as on_progress:
        table = power_of(
            request.claim,
            athletes,
            weeks,
            effects,
            replicates=request.replicates,
            seed=request.seed,
            jobs=request.jobs,
            on_progress=on_progress,
        )
    if not voice.quiet:
        _print(table)
    for line in [*unanswered_in_words(table), *needed_in_words(table, question)]:
        voice.say(line)
    if request.out is not None:
        for path in save_power(table, question, request.out):
            voice.say(f"Written: {path}")
    return 0


def save_power(table: pd.DataFrame, question: PowerQuestion, folder: Path) -> list[Path]:
    """Write power.csv, power.svg and power.png into `folder`, each in one step; their paths.

    The same table gives the same bytes.
    """
    paths = [folder / f"power.{kind}" for kind in ("csv", "svg", "png")]
    drawn = power_curve(table, question.effect_label, WANTED)
    write_csv(table, paths[0], float_format="%.6g")
    for path in paths[1:]:
        save_figure(drawn, path)
    return paths


def needed_in_words(table: pd.DataFrame, question: PowerQuestion, wanted: float = WANTED) -> list[str]:
    """A sentence for each number of weeks and effect that is one: how many athletes the wanted power takes."""
    sentences = []
    for row in athletes_needed(table[table["effect"] != question.null], wanted).itertuples():
        of = f"{wanted:.0%} power for effect {row.effect:g} over {row.n_weeks} weeks"
        curve = table[(table["n_weeks"] == row.n_weeks) & (table["effect"] == row.effect)]
        if pd.notna(row.n_athletes):
            low, high = (str(n) if pd.notna(n) else "outside the grid" for n in (row.n_low, row.n_high))
            sentences.append(f"{of}: about {row.n_athletes} athletes (Monte-Carlo limits {low} to {high}).")
        elif curve["power"].max() >= wanted:
            sentences.append(f"{of}: {curve['n_athletes'].min()} athletes or fewer.")
        else:
            sentences.append(f"{of}: not reached with {curve['n_athletes'].max()} athletes.")
    return sentences


def unanswered_in_words(table: pd.DataFrame) -> list[str]:
    """A sentence for each point with simulated studies that gave no estimate: how many, and most often why."""
    sentences = []
    for row in table[table["n_converged"] < table["n_replicates"]].itertuples():
        at = f"{row.n_athletes} athletes, {row.n_weeks} weeks, effect {row.effect:g}"
        without = f"{row.n_replicates - row.n_converged} of {row.n_replicates} studies gave no estimate"
        sentences.append(f"{at}: {without} and count as not called; most often: {row.reason.rstrip('.')}.")
    return sentences


def _numbers(text: str, option: str, whole: bool = False) -> list[float]:
    """The numbers of "20,40,60" in order, each once."""
    parts = [part.strip() for part in text.split(",")]
    shape = r"\d+" if whole else r"[+-]?(\d+\.?\d*|\.\d+)"
    wrong = [part for part in parts if not re.fullmatch(shape, part)]
    if wrong:
        kind = "whole numbers, such as 20,40,60" if whole else "numbers, such as -0.25,-0.5"
        raise InputError(f"{option} {text}: found {wrong[0]!r}; expected {kind}. Fix: separate them by commas.")
    return list(dict.fromkeys(float(part) for part in parts))


@contextmanager
def _bar(voice: Voice) -> Iterator[Callable[[int, int], None]]:
    """A bar over replicates on a terminal, nothing elsewhere or when quiet."""
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    shown = console.is_terminal and not voice.quiet
    with Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True, disable=not shown
    ) as progress:
        task = progress.add_task("replicates", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _in_short(table: pd.DataFrame) -> pd.DataFrame:
    """The table as text, a dash where there is no number."""
    power = table[["power", "power_low", "power_high"]].itertuples(index=False)
    bias = table[["bias", "bias_se"]].itertuples(index=False)
    short = {
        "athletes": table["n_athletes"].astype(str),
        "weeks": table["n_weeks"].astype(str),
        "effect": table["effect"].map("{:g}".format),
        "power % (MC limits)": [f"{100 * p:.1f} ({100 * low:.1f} to {100 * high:.1f})" for p, low, high in power],
        "half width": table["ci_half_width"].map("{:.3f}".format),
        "bias (MC SE)": [f"{b:.3f} ({se:.3f})" for b, se in bias],
        "coverage %": (100 * table["coverage"]).map("{:.1f}".format),
        "answered": [f"{k}/{n}" for k, n in zip(table["n_converged"], table["n_replicates"], strict=True)],
    }
    return pd.DataFrame(short).replace({"nan": "-", "nan (nan)": "-"})


def _print(table: pd.DataFrame) -> None:
    """As a rich table on a terminal, as aligned plain text elsewhere."""
    short = _in_short(table)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if console.is_terminal:
        shown = Table(box=box.SIMPLE_HEAD)
        for name in short:
            shown.add_column(name, justify="right")
        for row in short.itertuples(index=False):
            shown.add_row(*row)
        console.print(shown, soft_wrap=False)
    else:
        console.print(short.to_string(index=False))
