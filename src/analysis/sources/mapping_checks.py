"""Small checks on the values of cohort.toml; each mistake becomes a problem that names the key."""

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analysis.sources.mapping import COHORT_FILE
from analysis.sources.problems import Problem, closest, quoted
from analysis.tables import Column
from analysis.tables.declare import DAY, INSTANT, NUMBER, TEXT, TRUTH, WHOLE

Toml = dict[str, object]
KINDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    dt.date: "a date",
}
_BAD_DIRECTIVE = "is a bad directive"


@dataclass
class Section:
    """One part of cohort.toml under check: where it stands, what it holds, and the problems met in it."""

    place: str
    values: Toml
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, key: str, found: str, expected: str, fix: str, code: str = "MAPPING") -> None:
        """Note a mistake at `key`."""
        self.problems.append(Problem(COHORT_FILE, "", self.place, key, code, "error", found, expected, fix))

    def only(self, known: Collection[str]) -> None:
        """Every key is one of the known."""
        for key in self.values:
            if key not in known:
                self.wrong(
                    key,
                    f"the key {quoted(key)}",
                    f"one of {', '.join(known)}",
                    f"correct the key ({closest(key, known)})",
                )

    def get(self, key: str, kind: type, default: object = None, *, needed: bool = False) -> object:
        """The value at `key` if it is of the kind; else the default, and a problem unless it may be absent."""
        if key not in self.values:
            if needed:
                self.wrong(key, "nothing", KINDS[kind], f"add [{key}]" if kind is dict else f"add {key} = …")
            return default
        value = self.values[key]
        if is_kind(value, kind):
            return value
        self.wrong(key, quoted(value), KINDS[kind], "correct the value")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts (one text counts as a list of one)."""
        value = self.values.get(key, [])
        value = [value] if isinstance(value, str) else value
        if is_kind(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        self.wrong(key, quoted(value), "a list of texts", 'write it as ["…", "…"]')
        return ()

    def part(self, key: str) -> "Section":
        """The sub-table at `key`, empty where there is none; it shares this section's problems."""
        return Section(f"{self.place} {key}".strip(), self.get(key, dict, {}), self.problems)

    def choice(self, key: str, allowed: Collection[str]) -> str | None:
        """One of the allowed texts, or None where the key is absent."""
        value = self.get(key, str)
        if value is None or value in allowed:
            return value
        self.wrong(key, quoted(value), "one of " + ", ".join(quoted(a) for a in allowed), "correct the value")
        return None

    def zone(self, key: str, default: ZoneInfo) -> ZoneInfo:
        """An IANA time zone."""
        name = self.get(key, str)
        if name is None:
            return default
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.wrong(key, quoted(name), 'an IANA time zone such as "Europe/Berlin"', "correct the name")
            return default


def is_kind(value: object, kind: type) -> bool:
    """Whether a TOML value is of a kind: true is no number, a date-time is no date, a whole number is a number."""
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, dt.datetime):
        return kind is dt.datetime
    return isinstance(value, (int, float)) if kind is float else isinstance(value, kind)


def check_constant(section: Section, declared: Column, value: object) -> object | None:
    """A constant for a column, in the column's kind; None and a problem where it does not fit."""
    kind = {TEXT: str, WHOLE: int, NUMBER: float, TRUTH: bool, DAY: dt.date}.get(declared.dtype)
    if kind is None or not is_kind(value, kind):
        expected = KINDS[kind] if kind else "a column of the file, not a constant"
        section.wrong(
            declared.name,
            quoted(value),
            expected,
            "correct the value" if declared.dtype != INSTANT else "map it in columns",
        )
        return None
    if declared.allowed and value not in declared.allowed:
        words = ", ".join(declared.allowed)
        section.wrong(
            declared.name,
            quoted(value),
            f"one of {words}",
            f"correct the word ({closest(str(value), declared.allowed)})",
            "CODE",
        )
        return None
    low, high = declared.minimum, declared.maximum
    if kind in (int, float) and ((low is not None and value < low) or (high is not None and value > high)):
        section.wrong(declared.name, str(value), f"{low:g} to {high:g}", "correct the value", "RANGE")
        return None
    return value


def check_encoding(section: Section, name: str | None) -> str | None:
    """A text encoding Python knows."""
    if name is None:
        return None
    try:
        "".encode(name)
    except LookupError:
        section.wrong("encoding", quoted(name), 'an encoding such as "utf-8" or "cp1252"', "correct the name")
        return None
    return name


def check_date_format(section: Section, key: str, form: str | None) -> str | None:
    """A strptime format with a day, a month and a year."""
    if form is None:
        return None
    reason = ""
    try:
        dt.datetime.strptime("", form)
    except ValueError as error:
        reason = str(error) if _BAD_DIRECTIVE in str(error) or "stray %" in str(error) else ""
    complete = re.search("%[Yy]", form) and re.search("%[mbB]", form) and "%d" in form
    if reason or not (complete or "%j" in form or any(d in form for d in ("%x", "%c", "%G"))):
        section.wrong(key, quoted(form), 'a strptime format such as "%d.%m.%Y"', reason or "name day, month and year")
        return None
    return form
