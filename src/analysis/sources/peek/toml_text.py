"""Lines of TOML as peek writes them: short, one fact a line, what it rests on as a comment."""

import re
from dataclasses import dataclass, field

from analysis.sources.mapping import ASK
from analysis.sources.problems import printable

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_COMMENT_AT = 36
_LONGEST_COMMENT = 150


def quoted_text(text: str) -> str:
    """A text as a TOML string: in single quotes where it holds a backslash."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def value_text(value: object) -> str:
    """A value as TOML: text, number, true or false, list."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(value_text(v) for v in value)}]"
    return quoted_text(value) if isinstance(value, str) else str(value)


def key_text(key: str) -> str:
    """A key as TOML, quoted where it must be."""
    return key if _BARE.fullmatch(key) else quoted_text(key)


@dataclass
class Lines:
    """The lines of a block in the making."""

    text: list[str] = field(default_factory=list)

    def add(self, key: str, value: str, why: str = "", *, asked: bool = False) -> None:
        """A line "key = value", with what it rests on or, `asked`, what it asks."""
        line = f"{key_text(key)} = {value}"
        comment = f"{ASK}: {why}" if asked else why
        self.text.append(with_comment(line, comment))

    def head(self, name: str, why: str = "") -> None:
        """A line "[name]"."""
        self.text.append(with_comment(name, why))

    def __str__(self) -> str:
        return "\n".join(self.text)


def with_comment(line: str, comment: str) -> str:
    """A line and its comment, which holds no line break."""
    shown = printable(comment)
    shown = shown if len(shown) <= _LONGEST_COMMENT else f"{shown[:_LONGEST_COMMENT]}…"
    return f"{line:<{_COMMENT_AT - 2}}  # {shown}" if comment else line
