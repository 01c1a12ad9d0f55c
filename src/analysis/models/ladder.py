"""The ladder: which simpler model is fitted when one is in trouble, decided before the data are seen.

    1. full             the formula as written
    2. no correlation   every (1 + x | g) as (1 + x || g), by mixedlm where the engine cannot but mixedlm can
    3. no slope         one random slope less a step, from the last one written to the first
    4. intercept only   (1 | g) for every group

The first fit that converged and is not singular ends it. Groups are never dropped: they are in the design of the study
(Barr et al. 2013), and an SD of zero for one of them changes nothing but its own row. Once step 2 could be fitted the
steps after it stay without correlations, and so they do after a formula with `||`, which has no step 2. The fixed terms
stay as they are.

Sources: Barr, Levy, Scheepers and Tily 2013, J Mem Lang 68:255 (maximal model, then simpler if it fails); Bates,
Kliegl, Vasishth and Baayen 2015, arXiv:1506.04967, sec. 3 (correlations leave before slopes; a singular fit is too
complex a model); Matuschek et al. 2017, J Mem Lang 94:305.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import pandas as pd

from analysis.errors import HiprunError
from analysis.models import engine_mixedlm
from analysis.models.columns import complete_rows
from analysis.models.door import DEFAULT_ENGINE, ENGINES
from analysis.models.door import fit as fit_once
from analysis.models.formula import FUNCTIONS, Formula, parse, pieces
from analysis.models.result import Fit

FULL, NO_CORRELATION, NO_SLOPE, INTERCEPT_ONLY = "full", "no correlation", "no slope", "intercept only"
_PLAIN_NAME = re.compile(r"[^\W\d][\w.]*")
_TOKEN = re.compile(r"hiprun_v(\d+)_")
_BAR = re.compile(r"`[^`]*`|\|\|")


@dataclass(frozen=True)
class LadderStep:
    """One model of the ladder. `converged` and `singular` are None where it could not be fitted at all; `left` says
    why the ladder went on, and is empty for the fit that was kept."""

    name: str
    formula: str
    engine: str
    converged: bool | None
    singular: bool | None
    left: str


@dataclass(frozen=True)
class LadderFit:
    """The fit the ladder ended on and every step up to it; `doubt` says what is wrong with that fit, if anything."""

    fit: Fit
    steps: tuple[LadderStep, ...]
    doubt: str

    @property
    def table(self) -> pd.DataFrame:
        """One row a step: name, formula, engine, converged, singular (missing: not fitted), left."""
        columns = [field.name for field in fields(LadderStep)]
        rows = [[getattr(step, name) for name in columns] for step in self.steps]
        return pd.DataFrame(rows, columns=columns).astype({"converged": "boolean", "singular": "boolean"})


@dataclass(frozen=True)
class _Random:
    """A random term in tokens: "0" or "1", its slopes as they are written, and its group."""

    intercept: str
    slopes: tuple[str, ...]
    group: str


def fit_by_ladder(formula: str, frame: pd.DataFrame, family: str = "gaussian", **options: object) -> LadderFit:
    """Fit `formula`, or the first simpler model of the ladder (see the module) that converges and is not singular.

    Parameters
    ----------
    formula, frame, family, **options
        As for `fit`.

    Returns
    -------
    LadderFit
        If no step is sound: the last (simplest) one that converged, so that a singular intercept-only fit is kept,
        with its `doubt`; if none converged the last that was fitted, without numbers. `fit.messages` name the steps
        that were left and why, and the doubt, so that they reach the reports.

    Raises
    ------
    HiprunError
        The formula cannot be read, a column is missing, or not one step could be fitted; then with every reason.
    """
    parsed = parse(formula)
    complete_rows(frame, parsed.columns.names)
    steps: list[LadderStep] = []
    fits: list[Fit | None] = []
    for name, text in _rungs(formula, parsed, steps):
        step, found = _try(name, text, frame, family, options)
        steps.append(step)
        fits.append(found)
        if not step.left:
            break
    return _ended(steps, fits)


def _rungs(formula: str, parsed: Formula, steps: list[LadderStep]) -> Iterator[tuple[str, str]]:
    """Name and formula of each step; `steps` are those done so far, to see whether an engine could do `||`."""
    yield FULL, formula
    bar = "|" if all(part.correlated for part in parsed.random) else "||"
    terms = [_taken_apart(part.terms, ":".join(part.group), formula) for part in parsed.random]
    if any((term.intercept == "1") + len(term.slopes) > 1 for term in terms) and bar == "|":
        yield NO_CORRELATION, _written(parsed, terms, "||")
        bar = "||" if steps[-1].converged is not None else "|"
    for at in reversed(range(len(terms))):
        while terms[at].slopes:
            slopes = terms[at].slopes[:-1]
            terms[at] = replace(terms[at], slopes=slopes, intercept=terms[at].intercept if slopes else "1")
            name = NO_SLOPE if any(term.slopes for term in terms) else INTERCEPT_ONLY
            yield name, _written(parsed, terms, bar)


def _taken_apart(terms: str, group: str, text: str) -> _Random:
    intercept, slopes = "1", []
    for sign, piece in pieces(terms, text):
        if piece in ("0", "1"):
            intercept = "0" if (sign, piece) in (("+", "0"), ("-", "1")) else "1"
        elif sign == "-" and slopes:
            slopes[-1] += f" - {piece}"  # x*z - x:z leaves as one: without its last piece it would be larger
        else:
            slopes.append(piece)
    return _Random(intercept, tuple(slopes), group)


def _written(parsed: Formula, terms: list[_Random], bar: str) -> str:
    """The formula with these random terms, in the user's names."""
    random = [
        f"({' + '.join([term.intercept, *term.slopes])} {bar if term.slopes else '|'} {term.group})" for term in terms
    ]
    offsets = [f"offset({part})" for part in parsed.offsets]
    text = f"{parsed.response} ~ {' + '.join([parsed.fixed, *offsets, *dict.fromkeys(random)])}"
    # `parse` reads ^ as **, and terms are named as the formula writes them.
    text = text if "**" in parsed.text else text.replace("**", "^")
    return _TOKEN.sub(lambda token: _quoted(parsed.columns.names[int(token[1])]), text)


def _quoted(name: str) -> str:
    plain = _PLAIN_NAME.fullmatch(name) and name not in FUNCTIONS | {"True", "False", "None", "offset"}
    return name if plain else f"`{name}`"


def _try(name: str, text: str, frame: pd.DataFrame, family: str, options: dict) -> tuple[LadderStep, Fit | None]:
    engine = _engine(text, family, options)
    try:
        found = fit_once(text, frame, family, **{**options, "engine": engine})
    except HiprunError as error:
        return LadderStep(name, text, engine, None, None, f"it could not be fitted: {error}"), None
    return LadderStep(name, text, engine, found.converged, found.singular, _trouble(found)), found


def _engine(text: str, family: str, options: dict) -> str:
    """The engine asked for, or mixedlm for a model without correlations that only mixedlm can fit."""
    asked = options.get("engine", DEFAULT_ENGINE)
    uncorrelated = any(bar[0] == "||" for bar in _BAR.finditer(text))
    can = family in engine_mixedlm.FAMILIES and options.get("weights") is None
    return "mixedlm" if uncorrelated and can and asked in ENGINES else asked


def _trouble(fit: Fit) -> str:
    """Why a fit is not sound, in words; empty if it is."""
    if not fit.converged:
        said = [message.removeprefix("severe: ") for message in fit.messages if message.startswith("severe: ")]
        return " ".join(["it did not converge.", *said])
    if fit.singular:
        rows = fit.random_effects[fit.random_effects["term"] != ""].itertuples()
        found = [f"{r.term} | {r.group} SD {r.sd:.3g}" + ("" if r.corr != r.corr else f" r {r.corr:.3f}") for r in rows]
        return f"it is singular, a variance at zero or a correlation at its limit: {', '.join(found)}."
    return ""


def _ended(steps: list[LadderStep], fits: list[Fit | None]) -> LadderFit:
    """The ladder with its best fit: the last that converged, else the last there is."""
    fitted = [at for at, found in enumerate(fits) if found is not None]
    if not fitted:
        reasons = dict.fromkeys(step.left for step in steps)
        raise HiprunError(f"fit_by_ladder: no step could be fitted; {' '.join(reasons)}")
    at = max(fitted, key=lambda at: (fits[at].converged, at))
    doubt = steps[at].left
    steps = [replace(step, left="") if step is steps[at] else step for step in steps]
    messages = [f"note: Ladder, {step.name}: {step.formula} was left: {step.left}" for step in steps if step.left]
    if doubt:
        tier = "caution" if fits[at].converged else "severe"
        messages.append(f"{tier}: Ladder: no step is sound; {steps[at].formula} is kept, but {doubt}")
    return LadderFit(replace(fits[at], messages=(*fits[at].messages, *messages)), tuple(steps), doubt)
