"""The sheets of a template: Data to type into, Legend to read, and the hidden lists behind the drop-downs."""

import datetime as dt
from dataclasses import dataclass, field
from textwrap import wrap

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from analysis.sources.dates import FIRST_YEAR, LAST_YEAR
from analysis.tables import Column

ROWS = 2000
"""Rows that have drop-downs and bounds; more may be typed."""
_LONGEST_PROMPT, _LONGEST_TITLE = 255, 32
_INK, _NEEDED, _OPTIONAL, _LINE = "1F2D3D", "CFDDE8", "EEF2F5", "B8C4CE"
_THIN = Side(style="thin", color=_LINE)
_LEGEND = ("Column", "What it means", "Unit", "Needed", "Allowed", "Example")
_LEGEND_WIDTHS = (24, 52, 10, 26, 46, 22)
_LINE_POINTS = 15
_HOW = (
    "Type into the sheet Data, from row 2 on. Headers are found by their names: leave them as they are.",
    "Leave a cell blank where nothing was measured or answered. Blank is never read as 0; type 0 only for a zero.",
    "Dates: 2026-03-17. Darker headers have to be filled in every row.",
)


@dataclass(frozen=True)
class Field:
    """A column of a template: the declared column, its header and unit in the sheet, what may be typed (`kind` day,
    whole, number or "" for text; bounds in that unit; `words` as shown -> word of the table), whether it is needed, and
    an example as typed. Where not `only_words`, the drop-down proposes.
    """

    column: Column
    header: str
    unit: str = ""
    kind: str = ""
    low: float | None = None
    high: float | None = None
    words: dict[object, object] = field(default_factory=dict)
    only_words: bool = True
    needed: str = "no"
    example: object = None

    @property
    def meaning(self) -> str:
        """What the column means, in words."""
        return self.column.meaning.replace("`", "").replace("_", " ")

    @property
    def allowed(self) -> str:
        """What may be typed, in words."""
        if self.words:
            return ", ".join(map(str, self.words)) + ("" if self.only_words else ", or another name")
        if self.low is not None and self.high is not None:
            return f"{'whole number' if self.kind == 'whole' else 'number'} from {self.low:g} to {self.high:g}"
        return {"day": "date", "whole": "whole number", "number": "number"}.get(self.kind, "text")


def build_workbook(title: str, grain: str, fields: list[Field], block: str) -> Workbook:
    """The workbook of a template: one row of Data is `grain`; `block` is the text for cohort.toml."""
    workbook = Workbook()
    workbook.properties.title, workbook.properties.creator = title, "hiprun"
    lists = workbook.create_sheet("Lists")
    lists.sheet_state = "hidden"
    _fill_data(workbook.active, lists, fields)
    _fill_legend(workbook.create_sheet("Legend", 1), title, grain, fields, block)
    return workbook


def _fill_data(sheet: Worksheet, lists: Worksheet, fields: list[Field]) -> None:
    sheet.title, sheet.freeze_panes = "Data", "B2"
    sheet.row_dimensions[1].height = 34
    for number, shown in enumerate(fields, start=1):
        letter = get_column_letter(number)
        how = sheet.column_dimensions[letter]
        how.width = min(34, max(12, len(shown.header) + 3, *(len(str(w)) + 5 for w in shown.words), 0))
        how.number_format = {"day": "yyyy-mm-dd", "": "@"}.get(shown.kind, "General") if not shown.words else "General"
        _style_header(sheet.cell(1, number, shown.header), _NEEDED if shown.needed == "yes" else _OPTIONAL)
        for row, word in enumerate(shown.words, start=1):
            lists.cell(row, number, word)
        validation = _validation(shown, f"Lists!${letter}$1:${letter}${len(shown.words)}")
        sheet.add_data_validation(validation)
        validation.add(f"{letter}2:{letter}{ROWS + 1}")
    _set_page(sheet, "1:1")


def _style_header(cell, fill: str) -> None:
    cell.font = Font(bold=True, color=_INK)
    cell.fill = PatternFill("solid", start_color=fill)
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    cell.border = Border(bottom=_THIN)


def _validation(shown: Field, words: str) -> DataValidation:
    """What a cell of the column may hold, and what is said beside it when it is chosen."""
    rule = DataValidation(**_rule(shown, words), allow_blank=True)
    rule.promptTitle, rule.prompt = shown.header[:_LONGEST_TITLE], _prompt(shown)
    rule.showInputMessage = True
    rule.showErrorMessage = shown.only_words
    rule.errorTitle, rule.error = "Not possible here", f"Expected: {shown.allowed}."[:_LONGEST_PROMPT]
    return rule


def _rule(shown: Field, words: str) -> dict[str, object]:
    if shown.words:
        return {"type": "list", "formula1": words}
    if shown.kind == "day":
        first, last = to_excel(dt.date(FIRST_YEAR, 1, 1)), to_excel(dt.date(LAST_YEAR, 12, 31))
        return {"type": "date", "operator": "between", "formula1": f"{first:g}", "formula2": f"{last:g}"}
    if shown.low is None or shown.high is None:
        return {"type": None}
    kind = "whole" if shown.kind == "whole" else "decimal"
    return {"type": kind, "operator": "between", "formula1": f"{shown.low:g}", "formula2": f"{shown.high:g}"}


def _prompt(shown: Field) -> str:
    unit = f" Unit: {shown.unit}." if shown.unit else ""
    allowed = f" {shown.allowed[0].upper()}{shown.allowed[1:]}." if not shown.words else ""
    blank = "Needed in every row." if shown.needed == "yes" else "May stay blank."
    text = f"{shown.meaning[0].upper()}{shown.meaning[1:]}.{unit}{allowed} {blank}"
    return text if len(text) <= _LONGEST_PROMPT else f"{text[: _LONGEST_PROMPT - 1]}…"


def _fill_legend(sheet: Worksheet, title: str, grain: str, fields: list[Field], block: str) -> None:
    sheet.sheet_view.showGridLines = False
    for number, width in enumerate(_LEGEND_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([title])
    sheet["A1"].font = Font(bold=True, size=15, color=_INK)
    for line in (f"One row is {grain}.", *_HOW):
        sheet.append([line])
    sheet.append([])
    sheet.append(_LEGEND)
    for cell in sheet[sheet.max_row]:
        _style_header(cell, _NEEDED)
    for shown in fields:
        sheet.append([shown.header, shown.meaning, shown.unit, shown.needed, shown.allowed, shown.example])
        for cell in sheet[sheet.max_row]:
            cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
            cell.border = Border(bottom=_THIN)
        sheet.row_dimensions[sheet.max_row].height = _LINE_POINTS * _lines(sheet[sheet.max_row])
    sheet.append([])
    sheet.append(["To read this file, put it into the cohort's folder and this text into cohort.toml:"])
    sheet.cell(sheet.max_row, 1).font = Font(bold=True, color=_INK)
    for line in block.splitlines():
        sheet.append([line])
        sheet.cell(sheet.max_row, 1).font = Font(name="Consolas", color=_INK)
    _set_page(sheet)


def _lines(cells: tuple) -> int:
    """Lines that the longest text of a legend row takes: a workbook keeps the height it is given."""
    texts = (str(cell.value or "") for cell in cells)
    return max(len(wrap(text, int(0.9 * width))) or 1 for text, width in zip(texts, _LEGEND_WIDTHS, strict=True))


def _set_page(sheet: Worksheet, repeated_rows: str | None = None) -> None:
    """Landscape A4, as many pages as the rows take and one across."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = repeated_rows
    sheet.oddFooter.right.text = "&P / &N"
