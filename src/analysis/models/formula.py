"""Reading an lme4-style formula: response, fixed part, random terms, offsets and the columns they name.

Only text is handled here; values come in `design.py`. Every column name is replaced by a token that is a
plain Python name, so that names with dots, blanks (in backticks) or other alphabets work in every term.
"""

import re
from dataclasses import dataclass, field

from analysis.errors import HiprunError

FUNCTIONS = frozenset(
    {"C", "I", "bs", "cr", "cc", "cs", "scale", "center", "poly", "log", "log2", "log10", "exp"}
    | {"contr.treatment", "contr.sum"}
)
_WORDS = {"True", "False", "None"}
_TOKEN = re.compile(
    r"`(?P<quoted>[^`]+)`"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d][\w.]*)"
)
_COLUMN = re.compile(r"hiprun_v(\d+)_")


@dataclass(frozen=True)
class RandomPart:
    """One `(terms | group)`: `terms` in tokens, `group` the tokens of the columns whose levels are crossed;
    `correlated` is False for `(terms || group)`."""

    terms: str
    group: tuple[str, ...]
    correlated: bool


@dataclass
class Columns:
    """The columns a formula names, each with its token, in order of first appearance."""

    names: list[str] = field(default_factory=list)

    def token(self, name: str) -> str:
        if name not in self.names:
            self.names.append(name)
        return f"hiprun_v{self.names.index(name)}_"

    def name(self, token: str) -> str:
        """A text with tokens, as the user wrote it."""
        return _COLUMN.sub(lambda match: self.names[int(match[1])], token)


@dataclass(frozen=True)
class Formula:
    """A formula taken apart; every text is in tokens, `columns` gives the names back. `offsets` are those of the text
    and the column given beside it; `weights` is the token of the weights column, or None."""

    text: str
    response: str
    fixed: str
    random: tuple[RandomPart, ...]
    offsets: tuple[str, ...]
    weights: str | None
    columns: Columns


def parse(text: str, offset: str | None = None, weights: str | None = None) -> Formula:
    """Take an lme4-style formula apart, with the columns of an offset and of weights that are given beside it.

    Parameters
    ----------
    text : str
        `y ~ a*b + offset(o) + (1 + a | g)`. Groups: `g`, `g:h`, `g/h` (short for `g` and `g:h`). `||` in place of
        `|`: no correlation between the columns of that term.

    Raises
    ------
    HiprunError
        Not one `~`, an empty side, unbalanced brackets, an unknown function, or a random term that cannot be read.
    """
    if not isinstance(text, str) or not text.strip():
        raise HiprunError(f"formula: found {text!r}, expected text such as 'y ~ x + (1 | athlete)'.")
    columns = Columns()
    encoded = re.sub(r"\boffset\s+\(", "offset(", _encode(text, columns)).replace("^", "**")
    sides = [side.strip() for side in encoded.split("~")]
    if len(sides) != 2 or not all(sides):
        raise HiprunError(_where(text, "expected one '~' with the outcome left and the terms right of it."))
    if re.search(r"(?<![\w.])\.(?![\w.])", sides[1]):
        raise HiprunError(_where(text, "'.' (every column) is not read; list the columns."))
    fixed, random, offsets = "", [], []
    for sign, piece in pieces(sides[1], text):
        if "|" in piece or piece.startswith("offset("):
            if sign == "-":
                raise HiprunError(_where(text, "a random term or offset cannot be taken away with '-'."))
            if "|" in piece:
                random += _random(piece, text, columns)
            else:
                offsets.append(_inside(piece, text))
        else:
            fixed += f" {sign} {piece}"
    fixed = fixed.strip().removeprefix("+ ") or "1"
    if offset is not None:
        offsets.append(_column("offset", offset, columns))
    weight = None if weights is None else _column("weights", weights, columns)
    return Formula(text, sides[0], fixed, tuple(random), tuple(offsets), weight, columns)


def _column(role: str, name: object, columns: Columns) -> str:
    if not isinstance(name, str):
        raise HiprunError(f"{role}: found {type(name).__name__}, expected the name of a column.")
    return columns.token(name)


def _where(text: str, problem: str) -> str:
    return f"formula {text!r}: {problem}"


def _encode(text: str, columns: Columns) -> str:
    """The formula with column names as tokens; functions are checked against `FUNCTIONS`."""

    def replace(match: re.Match) -> str:
        if match["quoted"]:
            return columns.token(match["quoted"])
        name = match["name"]
        if not name or name in _WORDS:
            return match[0]
        rest = text[match.end() :].lstrip()
        if rest.startswith("("):
            if name != "offset" and name not in FUNCTIONS:
                known = ", ".join(sorted(FUNCTIONS | {"offset"}))
                raise HiprunError(_where(text, f"unknown function {name!r}; a formula may use {known}."))
            return name
        if name.startswith("contr.") and name in FUNCTIONS:
            return name
        if rest.startswith("=") and not rest.startswith("=="):
            return name
        return columns.token(name)

    return _TOKEN.sub(replace, text)


def pieces(side: str, text: str) -> list[tuple[str, str]]:
    """The right-hand side cut at every `+` and `-` outside brackets, each piece with its sign."""
    found, depth, sign, start = [], 0, "+", 0
    for at, char in enumerate(side + "+"):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0:
            break
        if depth == 0 and char in "+-":
            piece = side[start:at].strip()
            if piece:
                found.append((sign, piece))
            elif at == len(side) or start > 0:
                raise HiprunError(_where(text, f"nothing stands beside a {sign!r}."))
            sign, start = char, at + 1
    if depth != 0:
        raise HiprunError(_where(text, "the brackets do not match."))
    return found


def _inside(piece: str, text: str) -> str:
    inner = piece[piece.index("(") + 1 : -1].strip()
    if not piece.endswith(")") or not inner or not _balanced(inner):
        raise HiprunError(_where(text, "expected offset(column) as a term of its own."))
    return inner


def _balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0


def _random(piece: str, text: str, columns: Columns) -> list[RandomPart]:
    """`(terms | group)` as one part, or two for the nested `g/h`."""
    match = re.fullmatch(r"\(([^|]*)\|(\|?)([^|]*)\)", piece)
    shape = "expected a random term in brackets, such as (1 | athlete) or (1 + x | athlete)"
    if not match or not match[1].strip() or not match[3].strip():
        raise HiprunError(_where(text, f"{shape}; found {columns.name(piece)!r}."))
    terms, correlated, group = match[1].strip(), not match[2], re.sub(r"\s", "", match[3])
    if not re.fullmatch(r"hiprun_v\d+_(?:[:/]hiprun_v\d+_)*", group) or (":" in group and "/" in group):
        raise HiprunError(_where(text, f"the group {columns.name(group)!r} is not a column, a:b or a/b."))
    if "/" in group:
        parts = group.split("/")
        return [RandomPart(terms, tuple(parts[: i + 1]), correlated) for i in range(len(parts))]
    return [RandomPart(terms, tuple(group.split(":")), correlated)]
