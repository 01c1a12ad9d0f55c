"""How long injuries last: classes of days lost by region, and the share not yet back over the days since."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.rows import label_rows, print_column, row_axes, wrap_label
from analysis.figures.style import INK, MUTED, SMALL_PT, use_style
from analysis.figures.survival import kaplan_meier_plot
from analysis.figures.wording import count, interval, number, percent_name

_CLASSES = ["group", "days_lost", "n_cases"]
_LOOKS = (("#DDEAF3", ""), ("#9CC4E0", ""), ("#4C93C6", ""), ("#0A4C7F", ""), ("#FFFFFF", "////"))
"""Light to dark blue from no day lost to the longest, told apart in grey too; hatched: not ended."""
_DARK_FROM = 2
_LEAST_SHARE = 0.06
RETURN = ["time", "n_risk", "n_events", "survival", "ci_low", "ci_high"]


@use_style()
def severity_classes_plot(classes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """One bar a group, divided into the classes of days lost, with the number of injuries in each and of the group.

    `classes`: `group`, `days_lost`, `n_cases` as `describe.classes_by_region` gives them: every group has every class,
    in one order, least severe first, up to five. The numbers are counts of cases: not for handing out where they are
    small. Raises `HiprunError` for missing columns, doubled or more classes, counts below 0, `NothingToDraw` without a
    case.
    """
    wide = _wide(classes)
    labels = [wrap_label(name) for name in wide.index]
    ax = row_axes(labels, ax, extra_cm=3.4)
    start = pd.Series(0.0, index=wide.index)
    totals = wide.sum(axis=1)
    for i, name in enumerate(wide.columns):
        color, hatch = _LOOKS[i]
        share = wide[name] / totals
        ax.barh(
            range(len(wide)), share, left=start, height=0.62, color=color, hatch=hatch, edgecolor=INK, linewidth=0.5,
            label=name,
        )  # fmt: skip
        _print_counts(ax, wide[name], share, start, i)
        start = start + share
    label_rows(ax, labels, [False] * len(labels))
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_xlabel("Share of the injuries, by days lost")
    print_column(ax, "Injuries", [number(n, 0) for n in totals])
    ax.figure.legend(loc="outside upper right", ncols=3)
    return ax


def alt_severity_classes_plot(classes: pd.DataFrame) -> str:
    """The number of injuries of each class of days lost, group by group, in words."""
    wide = _wide(classes)
    said = [
        f"{group}: " + ", ".join(f"{name} {number(n, 0)}" for name, n in row.items()) + "."
        for group, row in wide.iterrows()
    ]
    return " ".join(["Injuries by days lost, in groups.", *said])


@use_style()
def return_plot(curve: pd.DataFrame, share: bool = False, threshold: int = 5, level: float = 0.95) -> Figure:
    """Share of injuries that have not ended by days since, with pointwise limits and the numbers still open.

    `curve`: `describe.return_curve` of one group of injuries. With `share`, as in `kaplan_meier_plot`: it ends where
    fewer than `threshold` injuries are open. Raises as that, and `NothingToDraw` where no injury cost a day.
    """
    given = rows_with(curve, "return_plot", ["group", *RETURN[:4]], RETURN[:4])
    if given["time"].max() <= 0:
        raise NothingToDraw("figure return_plot: no injury cost a day. Fix: leave the figure out for this cohort.")
    fig = kaplan_meier_plot(curve, "Days lost since the injury", share=share, threshold=threshold, level=level)
    above, strip = fig.axes
    above.set_ylabel("Injuries that have not ended")
    strip.set_title("Injuries still open", size=SMALL_PT, weight="normal", color=MUTED)
    return fig


def alt_return_plot(curve: pd.DataFrame, share: bool = False, threshold: int = 5, level: float = 0.95) -> str:
    """The share of injuries not ended after 0, 7 and 28 days, as far as the curve goes, in words."""
    rows = rows_with(curve, "return_plot", ["group", *RETURN[:4]], RETURN[:4])
    rows = rows[rows["n_risk"] >= (threshold if share else 1)]
    parts = []
    for days in (0, 7, 28):
        at = rows[rows["time"] <= days].tail(1)
        if len(at) and (rows["time"].max() >= days):
            numbers = (100 * float(at[c].iloc[0]) for c in ("survival", "ci_low", "ci_high"))
            parts.append(f"after {days} days lost {interval(*numbers, 0)} percent have not ended")
    head = f"Kaplan-Meier curve of the days lost by {count(int(curve['n_risk'].max()), 'injury', 'injuries')}"
    return f"{head}, with {percent_name(level)} limits: {'; '.join(parts)}."


def _wide(classes: pd.DataFrame) -> pd.DataFrame:
    """Counts, groups × classes, both in order of first appearance; groups without a case are left out."""
    given = rows_with(classes, "severity_classes_plot", _CLASSES, ["n_cases"])
    require_unique(given, "severity_classes_plot", ["group", "days_lost"])
    wide = given.pivot(index="group", columns="days_lost", values="n_cases").fillna(0)
    wide = wide.loc[list(dict.fromkeys(given["group"])), list(dict.fromkeys(given["days_lost"]))]
    if wide.shape[1] > len(_LOOKS) or (wide < 0).any(axis=None) or not wide.to_numpy().sum():
        raise HiprunError(
            f"figure severity_classes_plot: found {wide.shape[1]} classes and {wide.to_numpy().sum():g} injuries; "
            f"expected {len(_LOOKS)} classes or fewer, counts of 0 or more and one injury. Fix: pass "
            "describe.classes_by_region."
        )
    return wide[wide.sum(axis=1) > 0]


def _print_counts(ax: Axes, counts: pd.Series, share: pd.Series, start: pd.Series, place: int) -> None:
    for y, (n, width, left) in enumerate(zip(counts, share, start, strict=True)):
        if n and width >= _LEAST_SHARE:
            box = {"facecolor": _LOOKS[place][0], "edgecolor": "none", "pad": 1.0}
            color = "white" if _DARK_FROM <= place < len(_LOOKS) - 1 else INK
            ax.text(left + width / 2, y, number(n, 0), ha="center", va="center", size=SMALL_PT, color=color, bbox=box)
