"""Variance shares: what the fixed effects, each random group and the residual make of the whole."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import PercentFormatter

from analysis.errors import HiprunError
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.rows import label_rows, row_axes, wrap_label
from analysis.figures.style import INK, OKABE_ITO, SMALL_PT, use_style
from analysis.figures.wording import listed, number, width_pt

_COLUMNS = ["part", "variance"]
_LOOKS = (
    (OKABE_ITO["blue"], ""),
    (OKABE_ITO["orange"], "//"),
    (OKABE_ITO["green"], ".."),
    (OKABE_ITO["purple"], "xx"),
    (OKABE_ITO["sky"], "\\\\"),
)
_REST = ("#E3E3E3", "")
_AXIS_PT = 260.0
"""Narrowest the bars can be; a share is printed in its segment where it fits."""


@use_style()
def variance_shares(parts: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """One bar a model, divided into the shares of its variance on the link scale; the last part is the residual's.

    `parts`: `part` (such as fixed effects, athlete, clinic, residual, in this order), `variance`, optional `model`
    (one bar each). The first share is Nakagawa's marginal R², all but the last the conditional R² (Nakagawa, Johnson
    and Schielzeth 2017, J R Soc Interface 14:20170213). Raises `HiprunError` for missing columns, doubled parts, more
    than 6 parts, negative variances or none above 0, `NothingToDraw` without a row.
    """
    given = _checked(parts)
    labels = [wrap_label(name) for name in given.index]
    ax = row_axes(labels, ax, extra_cm=3.6)
    looks = dict(zip(given.columns, [*_LOOKS[: given.shape[1] - 1], _REST], strict=True))
    start = pd.Series(0.0, index=given.index)
    for part in given.columns:
        color, hatch = looks[part]
        ax.barh(
            range(len(given)), given[part], left=start, height=0.6, color=color, hatch=hatch, edgecolor="white",
            linewidth=0.8, label=str(part),
        )  # fmt: skip
        _print_shares(ax, given[part], start, color)
        start = start + given[part]
    label_rows(ax, labels, [False] * len(labels))
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_xlabel("Share of the variance on the link scale")
    ax.figure.legend(loc="outside upper right", ncols=given.shape[1] if given.shape[1] <= 4 else 3)
    return ax


def alt_variance_shares(parts: pd.DataFrame) -> str:
    """The shares of each model in words."""
    given = _checked(parts)
    said = []
    for model, row in given.iterrows():
        shares = listed([f"{part} {number(100 * share)}%" for part, share in row.items()])
        said.append((f"{model}: " if model else "") + shares + ".")
    return "Shares of the variance on the link scale. " + " ".join(said)


def _checked(parts: pd.DataFrame) -> pd.DataFrame:
    """Shares, models × parts, both in order of first appearance."""
    given = rows_with(parts, "variance_shares", _COLUMNS, ["variance"])
    given = given.assign(model=given["model"].astype(str) if "model" in given else "", part=given["part"].astype(str))
    require_unique(given, "variance_shares", ["model", "part"])
    wide = given.pivot(index="model", columns="part", values="variance").fillna(0.0)
    wide = wide.loc[list(dict.fromkeys(given["model"])), list(dict.fromkeys(given["part"]))]
    if wide.shape[1] > len(_LOOKS) + 1:
        raise HiprunError(f"figure variance_shares: found {wide.shape[1]} parts, expected {len(_LOOKS) + 1} or fewer.")
    total = wide.sum(axis=1)
    if (wide < 0).to_numpy().any() or (total <= 0).any():
        raise HiprunError(
            "figure variance_shares: found a negative variance, or a model without any; expected variances of 0 or "
            "more, one of them above 0."
        )
    return wide.div(total, axis=0)


def _print_shares(ax: Axes, shares: pd.Series, start: pd.Series, color: str) -> None:
    dark = sum(w * c for w, c in zip((0.3, 0.59, 0.11), to_rgb(color), strict=True)) < 0.5
    for y, (share, left) in enumerate(zip(shares, start, strict=True)):
        text = f"{number(100 * share, 0)}%"
        if share * _AXIS_PT > width_pt(text, SMALL_PT) + 6:
            ax.text(
                left + share / 2, y, text, ha="center", va="center", size=SMALL_PT, color="white" if dark else INK,
                bbox={"facecolor": color, "edgecolor": "none", "pad": 1.0},
            )  # fmt: skip
