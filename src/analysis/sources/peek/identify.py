"""Columns that tell who a person is, recognised by their header or by what stands in them."""

import re

from analysis.hip.exercises import match_exercises
from analysis.sources.dates import parse_moment
from analysis.sources.peek.profile import DATE, NUMBER, TEXT, Profile
from analysis.sources.peek.vocabulary import header_scores, person_words
from analysis.sources.problems import has_e_mail, quoted, quoted_id
from analysis.tables import RAW_TABLES

_PART = r"[A-ZÀ-Þ][^\W\d_]+(?:[-'’][^\W\d_]+)*"
_NAME = re.compile(rf"{_PART}(?: {_PART})*,? (?:(?:van|von|de|del|la|der) )*{_PART}")
_PHONE = re.compile(r"(?:\+|00?[1-9])[\d ()/.-]{6,}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")
_LONG, _MANY_WORDS = 30, 5
_LATEST_BIRTH, _SPREAD_Y = 2014, 12
_SHOWN = 3
_TRIED = 500


def identifying(profile: Profile) -> str | None:
    """What person data the column seems to hold ("names", "remarks in free text", …); None where none."""
    by_header = person_words(profile.header)
    scores = [s for table in RAW_TABLES for s in header_scores(table, profile.header).items()]
    named = {column for column, score in scores if score == 1.0}
    if by_header is not None and (by_header[1] == 1.0 or not named) and not _is_fixed_answer(profile, by_header[0]):
        return by_header[0]
    return _by_content(profile, {column for column, _ in scores})


def _is_fixed_answer(profile: Profile, kind: str) -> bool:
    """A "note" that is a number is an answer, not a remark."""
    return kind == "remarks in free text" and profile.kind == NUMBER


def _by_content(profile: Profile, columns: set[str]) -> str | None:
    texts = profile.texts[:_TRIED]
    if not texts:
        return None
    if _share(texts, has_e_mail) > 0.3:
        return "e-mail addresses"
    if profile.kind == DATE:
        return "birth dates" if _are_births(texts) else None
    if profile.kind != TEXT:
        return "phone numbers" if _share(texts, lambda t: bool(_PHONE.fullmatch(t)) and not t.isdigit()) > 0.6 else None
    if _share(texts, lambda t: bool(_PHONE.fullmatch(t))) > 0.6:
        return "phone numbers"
    if "athlete_id" not in columns and columns and "region" not in columns:
        return "remarks in free text" if _share(texts, _is_prose) > 0.5 and "exercise" not in columns else None
    if len(texts) > 2 and _share(texts, lambda t: bool(_NAME.fullmatch(t))) > 0.6 and not _are_exercises(texts):
        return "names"
    return "remarks in free text" if len(texts) > 3 and _share(texts, _is_prose) > 0.4 else None


def _are_births(texts: tuple[str, ...]) -> bool:
    years = [m.at.year for t in texts if (m := parse_moment(t, "day_first") or parse_moment(t, "month_first"))]
    return len(years) > 2 and max(years) <= _LATEST_BIRTH and max(years) - min(years) >= _SPREAD_Y


def _are_exercises(texts: tuple[str, ...]) -> bool:
    return bool(match_exercises(list(texts[:50]))["known"].any())


def _is_prose(text: str) -> bool:
    return len(text) > _LONG and len(text.split()) >= _MANY_WORDS


def _share(texts: tuple[str, ...], holds) -> float:
    return sum(map(holds, texts)) / len(texts)


def masked_words(kind: str, n: int) -> str:
    """'3 values, not shown: looks like names'."""
    return f"{n} different value{'' if n == 1 else 's'}, not shown: look{'s' if n == 1 else ''} like {kind}"


def examples(profile: Profile, *, of_ids: bool, used: bool) -> tuple[str, ...]:
    """The first three distinct cells as they may be shown: of ids, and of cells like names in columns that nothing
    uses, initials only.
    """
    return tuple(
        quoted_id(text) if of_ids or (not used and _NAME.fullmatch(text)) else quoted(text)
        for text in profile.texts[:_SHOWN]
    )
