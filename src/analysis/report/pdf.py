"""The report as a tagged PDF (PDF/UA-1) with typst; every text goes in as data, so none of it is run as markup."""

import json
import shutil
import tempfile
from dataclasses import asdict
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import typst
from matplotlib.ft2font import FT2Font

from analysis.errors import HiprunError
from analysis.report.content import Content, ShownFigure
from analysis.report.format import tidy_text
from analysis.report.shown import ShownTable

TEXT_WIDTH_MM = 166
LINE_CHARACTERS = {"normal": 102, "small": 126, "landscape": 190}
LONG_TEXT = 40
GUTTER = 3
NOT_IN_FONT = "□"


def render_pdf(content: Content, created: str) -> bytes:
    """The PDF, the same bytes for the same content and `created` (an ISO date or time).

    Only fonts that come with typst and matplotlib are used; a character they lack is shown as "□". Raises
    `HiprunError` with typst's message if it cannot be made.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = iter(range(10_000))
        data = _plain(content, folder, figures)
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        with as_file(files("analysis.report") / "templates" / "report.typ") as template:
            shutil.copyfile(template, folder / "report.typ")
        try:
            return typst.Compiler(
                folder / "report.typ", root=folder, font_paths=[str(_font_folder())], ignore_system_fonts=True
            ).compile(format="pdf", pdf_standards=["ua-1"], timestamp=_timestamp(created))
        except typst.TypstError as error:
            raise HiprunError(
                f"report.pdf: typst says: {error.message}. Fix: report.html holds the same; please report this."
            ) from error


def _plain(value: Any, folder: Path, figures: Any) -> Any:
    """`value` as JSON values; figures are copied into `folder` under running numbers."""
    if isinstance(value, str):
        return displayable(tidy_text(value))
    if isinstance(value, ShownFigure):
        return _picture(value, folder, next(figures)) | {
            k: displayable(tidy_text(v))
            for k, v in (("label", value.label), ("caption", value.caption), ("alt", value.alt))
        }
    if isinstance(value, ShownTable):
        layout, shares = _layout(value)
        return _plain(asdict(value), folder, figures) | {"layout": layout, "shares": shares}
    if isinstance(value, (list, tuple)):
        return [_plain(v, folder, figures) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v, folder, figures) for k, v in value.items()}
    return _plain(vars(value), folder, figures) if hasattr(value, "__dict__") else value


def _picture(figure: ShownFigure, folder: Path, number: int) -> dict[str, Any]:
    file = f"figure{number}{figure.path.suffix}"
    shutil.copyfile(figure.path, folder / file)
    return {"kind": "figure", "file": file, "width": min(TEXT_WIDTH_MM, figure.width_mm)}


def _layout(table: ShownTable) -> tuple[str, list[int]]:
    """How a table fits on paper: "normal", "small" or "landscape", and the share of the width each column has.

    Widths are counted in characters. Columns of long text share what the others leave, if that is enough; else, and in
    a table without them, every share is 0: as wide as the column needs.
    """
    longest = [_longest(table, i) for i in range(len(table.columns))]
    long_text = [n > LONG_TEXT and not c.numeric for n, c in zip(longest, table.columns, strict=True)]
    needed = sum(LONG_TEXT if long else n + GUTTER for n, long in zip(longest, long_text, strict=True))
    layout = next((name for name, room in LINE_CHARACTERS.items() if needed <= room), "landscape")
    left = LINE_CHARACTERS[layout] - needed
    if left < 0 or not any(long_text):
        return layout, [0] * len(longest)
    each = LONG_TEXT + left // sum(long_text)
    return layout, [each if long else n + GUTTER for n, long in zip(longest, long_text, strict=True)]


def _longest(table: ShownTable, i: int) -> int:
    """Characters the widest cell of a column takes; a heading may break between words."""
    heading = max(len(word) for word in table.columns[i].label.split() or [""])
    return max([heading, *(len(row[i][0]) for row in table.rows)])


def _timestamp(created: str) -> int:
    moment = pd.Timestamp(created)
    moment = moment.tz_localize("UTC") if moment.tz is None else moment
    return int(moment.timestamp())


def displayable(text: str) -> str:
    """`text` with "□" for each character that no font of the PDF has."""
    return "".join(c if c.isspace() or ord(c) in _characters() else NOT_IN_FONT for c in text)


def _font_folder() -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _characters() -> frozenset[int]:
    return frozenset(FT2Font(str(_font_folder() / "DejaVuSans.ttf")).get_charmap())
