"""What a file is: format, encoding, columns, units, dates, each with its evidence, and a proposed mapping."""

from analysis.sources.peek.folder import peek
from analysis.sources.peek.show import cohort_toml, peek_lines
from analysis.sources.peek.view import Block, ColumnView, Conclusion, FileView, Peek, SheetView

__all__ = ["Block", "ColumnView", "Conclusion", "FileView", "Peek", "SheetView", "cohort_toml", "peek", "peek_lines"]
