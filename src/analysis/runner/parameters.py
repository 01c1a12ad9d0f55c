"""Parameters of notebooks: read from the parameters cell, checked before anything runs.

papermill only logs an unknown name and takes any value for any name (seen in 2.7.0), so both are
checked here.
"""

import ast
import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.errors import HiprunError, InputError

COMMON = ("cohort", "data_dir", "run_dir")
"""Parameters that hiprun itself sets, the same in every notebook."""

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list a,b,c"}


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: a name, its default and, by the default, its type."""

    name: str
    default: object

    @property
    def kind(self) -> type:
        """The Python type a value must have."""
        return type(self.default)


def read_parameters(source: str, notebook: str) -> dict[str, Parameter]:
    """The parameters in the text of a parameters cell, by name.

    Raises `HiprunError` where a line is anything but `name = literal`: a value derived in that cell would
    keep its old value after papermill sets the name it was derived from.
    """
    try:
        lines = ast.parse(source).body
    except SyntaxError as error:
        raise HiprunError(f"{notebook}: the parameters cell is not Python: {error}") from error
    return dict(_read_line(line, notebook) for line in lines)


def _read_line(line: ast.stmt, notebook: str) -> tuple[str, Parameter]:
    where = f"{notebook}: parameters cell, line {line.lineno}: found '{ast.unparse(line)}'"
    fix = "expected `name = literal`. Fix: move everything else to the next cell."
    if not (isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name)):
        raise HiprunError(f"{where}; {fix}")
    try:
        value = ast.literal_eval(line.value)
    except ValueError as error:
        raise HiprunError(f"{where}; {fix}") from error
    if type(value) not in KINDS:
        raise HiprunError(f"{where}; expected one of: {', '.join(KINDS.values())}. Fix: change the default.")
    return line.targets[0].id, Parameter(line.targets[0].id, value)


def split_given(given: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` texts as a mapping; raises `InputError` for text of another form or a name given twice."""
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(f"-p: found '{text}'; expected NAME=VALUE. Fix: put '=' between the two.")
        if name in values:
            raise InputError(f"-p {name}: given twice ('{values[name]}' and '{value}'). Fix: give it once.")
        values[name] = value.strip()
    return values


def typed_values(
    given: Mapping[str, str], declared: Mapping[str, Mapping[str, Parameter]]
) -> dict[str, dict[str, object]]:
    """Per notebook, the given values it declares, each of the declared type.

    `declared` holds per notebook its parameters. Raises `InputError` for a name no notebook declares, a
    name hiprun sets itself, and a value of another type.
    """
    own = sorted({name for parameters in declared.values() for name in parameters} - set(COMMON))
    for name in given:
        if name in COMMON:
            raise InputError(f"-p {name}: hiprun sets this itself. Fix: name the cohort, or use --data and --out.")
        if name not in own:
            raise InputError(_unknown("-p", name, own, "a parameter of a notebook"))
    return {
        notebook: {n: as_type(text, parameters[n]) for n, text in given.items() if n in parameters}
        for notebook, parameters in declared.items()
    }


def as_type(text: str, parameter: Parameter) -> object:
    """The value `text` stands for, of the parameter's type; raises `InputError` where it is not one."""
    default = parameter.default
    if isinstance(default, list):
        like = Parameter(parameter.name, default[0] if default else "")
        return [as_type(item.strip(), like) for item in text.split(",")] if text else []
    if isinstance(default, str):
        return text
    value = _as_number(text, type(default))
    if value is None:
        raise InputError(
            f"-p {parameter.name}: found '{text}'; expected {KINDS[type(default)]}, "
            f"such as {str(default).lower()}. Fix: correct the value."
        )
    return value


def _as_number(text: str, kind: type) -> bool | int | float | None:
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower())
    if kind is int:
        return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else None
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        return None
    return float(text) if math.isfinite(float(text)) else None


def closest(name: str, known: Iterable[str]) -> str:
    """' Did you mean …?' with the known name nearest to `name`, or nothing where none is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{near[0]}'?" if near else ""


def _unknown(where: str, name: str, known: list[str], what: str) -> str:
    there_are = ", ".join(known) if known else "none"
    return f"{where} {name}: not {what}.{closest(name, known)} There are: {there_are}."
