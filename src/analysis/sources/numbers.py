"""Text to numbers. Which mark is the decimal mark is decided per column from all its cells, never cell by cell.

"2.932" can be 2932 (steps, as a Garmin account in Germany writes them) or 2.932; "12.5" and "1.234.567" can be read in
one way only, and they tell how to read the rest.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.sources.units import CLOCKS, LETTERED

_OTHER = {".": ",", ",": "."}
_GAPS = " \u00a0\u2009\u202f'’"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_WHOLE = re.compile(rf"[+-]?\d+{_EXPONENT}")
_GROUPS_THEN_DECIMAL = re.compile(rf"[+-]?\d{{1,3}}(?:([.,])\d{{3}})+(?!\1)([.,])\d*{_EXPONENT}")
_SEVERAL_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})+")
_ONE_MARK = re.compile(rf"[+-]?(\d*)([.,])(\d*){_EXPONENT}")
_PART = r"(\d+(?:[.,]\d{1,2})?)"
_LETTERED = re.compile(
    rf"(?:{_PART}\s*(?:h|hr|hrs|hours?|std|stunden?|heures?)\.?)?\s*"
    rf"(?:{_PART}\s*(?:m|min|mins|minutes?|minuten?)\.?)?\s*"
    rf"(?:{_PART}\s*(?:s|sec|secs|seconds?|sek|sekunden?|secondes?)\.?)?",
    re.IGNORECASE,
)
_HOURS_AND_A_NUMBER = re.compile(r"(\d+)\s*h\s*(\d{1,2})", re.IGNORECASE)
_BARE = re.compile(r"\d+(?:[.,]\d{1,2})?")
_MINUS = str.maketrans({"−": "-", "–": "-"})


@dataclass(frozen=True)
class Evidence:
    """What the cells of one column say: for each mark a cell that proves it decimal, and a cell open to both."""

    proves: dict[str, str]
    open_cell: str | None

    @property
    def decided(self) -> str | None:
        """The decimal mark that is proved, if just one is."""
        return next(iter(self.proves)) if len(self.proves) == 1 else None


@dataclass(frozen=True)
class Marks:
    """How the numbers of a column are written."""

    decimal: str = "."
    thousands: str = ","


def evidence(texts: Iterable[str]) -> Evidence:
    """The evidence for the decimal mark in the texts of one column, blanks excluded."""
    proves: dict[str, str] = {}
    open_cell = None
    for text in texts:
        mark = _proved_decimal(text)
        if mark == "open":
            open_cell = open_cell or text
        elif mark:
            proves.setdefault(mark, text)
    return Evidence(proves, open_cell)


def _proved_decimal(text: str) -> str | None:
    """The mark this cell proves decimal; "open" where it could be either; None where there is no mark or no number."""
    text = _no_gaps(text)
    if match := _GROUPS_THEN_DECIMAL.fullmatch(text):
        return match[2]
    if match := _SEVERAL_GROUPS.fullmatch(text):
        return _OTHER[match[1]]
    match = _ONE_MARK.fullmatch(text)
    if match is None or not (match[1] or match[3]):
        return None
    before, mark, after = match.groups()
    could_be_thousands = len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0" and text[-1].isdigit()
    return "open" if could_be_thousands and not re.search("[eE]", text) else mark


def parse_number(text: str, marks: Marks) -> float | None:
    """The number in `text` as written with `marks`; None where it is none (units, percent, two numbers, infinity)."""
    text = _no_gaps(text)
    d, t = re.escape(marks.decimal), re.escape(marks.thousands)
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(?:{t}\d{{3}})+(?:{d}\d*)?", text):
        text = text.replace(marks.thousands, "")
    elif not (_WHOLE.fullmatch(text) or re.fullmatch(rf"[+-]?(?:\d+{d}\d*|{d}\d+){_EXPONENT}", text)):
        return None
    return float(text.replace(marks.decimal, "."))


def uses_thousands(text: str, marks: Marks) -> bool:
    """Whether the text is a number that holds the thousands mark."""
    return marks.thousands in text and parse_number(text, marks) is not None


def parse_duration(text: str, written: str) -> float | None:
    """Seconds in a duration written as `written`, one of `units.WRITTEN`; None where it is written otherwise."""
    return _parse_lettered(text, LETTERED[written]) if written in LETTERED else _parse_clock(text, written)


def _parse_lettered(text: str, bare_s: float | None) -> float | None:
    """Of two parts the first is whole and the second below 60, so that 1h90 is not read; nor is 1.200 min, which can
    be two numbers.
    """
    text = " ".join(text.split())
    if _BARE.fullmatch(text):
        return None if bare_s is None else float(text.replace(",", ".")) * bare_s
    match = _HOURS_AND_A_NUMBER.fullmatch(text)
    found = (match[1], match[2], None) if match else _lettered_parts(text)
    given = [(part, size) for part, size in zip(found, (3600, 60, 1), strict=True) if part is not None]
    if not given or not all(part.isdecimal() for part, _ in given[:-1]):
        return None
    values = [float(part.replace(",", ".")) for part, _ in given]
    if any(value >= 60 for value in values[1:]):
        return None
    return sum(value * size for value, (_, size) in zip(values, given, strict=True))


def _lettered_parts(text: str) -> tuple[str | None, ...]:
    match = _LETTERED.fullmatch(text)
    return match.groups() if match else (None, None, None)


def _parse_clock(text: str, clock: str) -> float | None:
    parts = text.split(":")
    sizes = CLOCKS[clock]
    whole = parts[:-1] + re.split(r"[.,]", parts[-1])[:1]
    written = (
        len(parts) == len(sizes)
        and re.fullmatch(r"\d+(?:[.,]\d+)?", parts[-1])
        and all(p.isdecimal() for p in parts[:-1])
    )
    if not written or any(int(part) > 59 for part in whole[1:]):
        return None
    return sum(float(part.replace(",", ".")) * size for part, size in zip(parts, sizes, strict=True))


def other_mark(decimal: str) -> str:
    """The thousands mark that goes with a decimal mark unless the mapping says otherwise."""
    return _OTHER[decimal]


def _no_gaps(text: str) -> str:
    """Without blanks and apostrophes between groups of three digits, and with an ASCII minus."""
    text = text.translate(_MINUS)
    if re.search(rf"\d[{_GAPS}]\d", text) and re.fullmatch(rf"[+-]?\d{{1,3}}(?:[{_GAPS}]\d{{3}})+(?:[.,]\d*)?", text):
        return re.sub(rf"[{_GAPS}]", "", text)
    return text
