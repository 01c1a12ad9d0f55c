"""Which tables a table of cells can feed, and with which of its columns: drafts of blocks."""

from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from analysis.sources.mapping import ASK
from analysis.sources.peek import answers, measure
from analysis.sources.peek.assign import VALUES, Assigned, assign, feeds
from analysis.sources.peek.draft import Draft, payload
from analysis.sources.peek.look import Look
from analysis.sources.peek.profile import BLANK, Profile, profile
from analysis.sources.peek.rules import sparse
from analysis.sources.peek.vocabulary import folded_words, header_scores, words_for
from analysis.sources.peek.wide import Wide, find_wide
from analysis.tables import RAW_TABLES

_PAIN = {
    "pain",
    "schmerz",
    "schmerzen",
    "nrs",
    "vas",
    "douleur",
    "dolor",
    "dolore",
    "pijn",
    "smerte",
    "smerter",
    "ache",
}
_MOTION_OF_TEST = {"thomas_test": "extension", "ober_test": "adduction"}
"""Modified Thomas and Ober tests: how far the hip extends, and how far it adducts."""
_ORDER = (
    "hip_assessments",
    "athletes",
    "hip_work",
    "training_sessions",
    "weekly_reports",
    "observation_windows",
    "injuries",
)
"""Hip tests come before sessions and windows before injuries: a list of the first kind is none of the second."""


def find_drafts(look: Look, path: str, profiles: list[Profile]) -> list[Draft]:
    """Drafts of the tables that the file can feed, hip assessments before sessions."""
    hip = [w for w in find_wide(profiles, "hip_assessments") if _is_hip(w, profiles)]
    pain = [w for w in find_wide(profiles, "weekly_reports") if _is_pain(w, profiles)]
    wide_at = {p for w in (*hip, *pain) for p in w.positions}
    narrow = [p for p in profiles if p.position not in wide_at]
    drafts: list[Draft] = []
    for name in _ORDER:
        found = assign(name, narrow)
        groups = {"hip_assessments": hip, "weekly_reports": pain}.get(name, [])
        others = {d.table.name for d in drafts}
        if feeds(name, found, wide=bool(groups), others=others):
            drafts += _of_table(name, look, path, found, groups, profiles)
    return _apart(drafts)


def _is_hip(group: Wide, profiles: list[Profile]) -> bool:
    words = set(folded_words(group.fixed))
    other_part = any(words_for("region").get(w) not in (None, "hip_groin", "pelvis") for w in words)
    has_motion = "motion" in group.columns or "position" in group.columns
    told = measure.find_measure(group.fixed) is not None or measure.find_kind_column(profiles) is not None
    return not (words & _PAIN) and not other_part and (has_motion or told)


def _is_pain(group: Wide, profiles: list[Profile]) -> bool:
    numbers = np.concatenate([p.ratings for p in profiles if p.position in group.positions])
    return bool(set(folded_words(group.fixed)) & _PAIN) and (
        not len(numbers) or (numbers.min() >= 0 and numbers.max() <= 10)
    )


def _of_table(
    name: str, look: Look, path: str, found: Assigned, groups: list[Wide], profiles: list[Profile]
) -> list[Draft]:
    base = Draft(RAW_TABLES[name], path, look, found)
    if name == "hip_assessments":
        return _hip(base, groups, profiles)
    if name == "weekly_reports":
        return _weekly(base, groups, profiles)
    return [_in_own_rows(base)]


def _weekly(base: Draft, groups: list[Wide], profiles: list[Profile]) -> list[Draft]:
    """The OSTRC answers and the pain of a form are rows of their own: they are about other regions."""
    dates = _with_week(base.found)
    shared = {c: p for c, p in dates.items() if c in ("athlete_id", "week_start", "answered_on")}
    drafts = []
    questions = {c: p for c, p in dates.items() if c in (*answers.QUESTIONS, "problem_type", "ostrc_version")}
    if any(c in questions for c in answers.QUESTIONS):
        draft = replace(base, found={**shared, **questions}, why="the OSTRC questions", told={})
        drafts.append(_in_own_rows(draft))
    if "pain_nrs" in dates and not groups:
        pain = {c: p for c, p in dates.items() if c in ("region", "side", "pain_nrs")}
        region = _region_in(pain["pain_nrs"].header) if "region" not in pain else None
        known = {"region": answers.Told(region, "the header of the pain column says so")} if region else {}
        draft = replace(base, found={**shared, **pain}, constants=known, why="pain", told={})
        drafts.append(_in_own_rows(draft))
    for group in groups:
        drafts.append(
            _unpivoted(base, group, profiles, {**shared}, value="pain_nrs", why="the pain of several columns")
        )
    return drafts


def _with_week(found: Assigned) -> Assigned:
    """The date of answering stands for the week where there is no other."""
    return found if "week_start" in found else {**found, "week_start": found["answered_on"]}


def _region_in(header: str) -> str | None:
    regions = {w for word in folded_words(header) if (w := words_for("region").get(word))}
    return next(iter(regions)) if len(regions) == 1 else None


def _unpivoted(base: Draft, group: Wide, profiles: list[Profile], found: Assigned, value: str, why: str) -> Draft:
    of_group = [p for p in profiles if p.position in group.positions]
    kept = {c: p for c, p in found.items() if c not in group.columns and c != value}
    constants = dict(base.constants)
    if value == "pain_nrs" and "region" not in group.columns and (region := _region_in(group.fixed)):
        constants["region"] = answers.Told(region, "the headers say so")
    return replace(base, found=kept, wide=group, wide_of=of_group, value=value, why=why, constants=constants, told={})


def _hip(base: Draft, groups: list[Wide], profiles: list[Profile]) -> list[Draft]:
    """A draft for each kind of value: wide columns of one make, a row kind, or a value column."""
    found = {c: p for c, p in base.found.items() if c not in VALUES}
    levers = [p for p in profiles if "lever_arm_m" in header_scores("hip_assessments", p.header)]
    if len(levers) > 1:
        found.pop("lever_arm_m", None)
    kinds = measure.kind_column(profiles)
    around = (base.look.raw.sheet, base.look.title, PurePosixPath(base.path).stem)
    drafts = []
    for group in _tests_apart(groups):
        told = measure.find_measure(group.fixed)
        if told is None and kinds is not None:
            for cell in kinds.texts:
                of_kind = measure.find_measure(cell)
                draft = _unpivoted(
                    base, group, profiles, {c: p for c, p in found.items() if p is not kinds}, of_kind.value, cell
                )
                draft.where, draft.value_words = {kinds.header: [cell]}, cell
                drafts.append(_with_quality(_of_kind(draft, kinds, cell), cell, *around))
            continue
        named = _named_test(group)
        told = measure.Measure("angle_deg", "named test") if named else told or measure.find_measure(*around)
        value = told.value if told else ASK
        draft = _unpivoted(base, group, profiles, found, value, _words_of(group))
        if named:
            draft.constants = {
                **draft.constants,
                "motion": answers.Told(_MOTION_OF_TEST[named], "what the test limits"),
            }
        drafts.append(_with_quality(draft, group.fixed, *around))
    if not groups:
        for value in (v for v in VALUES if v in base.found):
            draft = replace(base, found={**found, value: base.found[value]}, value=value, why=value, told={})
            drafts.append(_with_quality(draft, base.found[value].header, *around))
    return [_with_levers(_of_rows(d), levers) for d in drafts]


def _with_levers(draft: Draft, levers: list[Profile]) -> Draft:
    """Of several lever arms none is taken for all motions: which belongs to which is told to be settled."""
    if len(levers) > 1 and draft.value == "force_n":
        names = ", ".join(p.header for p in levers)
        draft.why += f"; for torque map lever_arm_m, in a block for each group of motions ({names})"
    return draft


def _of_kind(draft: Draft, kinds: Profile, cell: str) -> Draft:
    """The columns as they are in the rows of one kind."""
    part = draft.look.raw.select(draft.look.raw.cells[kinds.position] == cell)
    found = {c: profile(part, p.position) for c, p in draft.found.items()}
    found = {c: p for c, p in found.items() if p.kind != BLANK}
    return replace(draft, found=found, wide_of=[profile(part, p.position) for p in draft.wide_of])


def _words_of(group: Wide) -> str:
    """The words that all headers of a group share."""
    return " ".join(group.fixed.split()) if folded_words(group.fixed) else f"{len(group.positions)} wide columns"


def _tests_apart(groups: list[Wide]) -> list[Wide]:
    """Named tests are of one motion each: a group for each test."""
    apart = []
    for group in groups:
        tests = dict.fromkeys(p.word for row in group.parts for p in row if p.word in _MOTION_OF_TEST)
        of_test = [_part(group, test) for test in tests] if "motion" not in group.columns else []
        apart += of_test or [group]
    return apart


def _part(group: Wide, word: str) -> Wide:
    """The headers of a group that hold a word."""
    kept = [i for i, row in enumerate(group.parts) if any(p.word == word for p in row)]
    return replace(group, positions=tuple(group.positions[i] for i in kept), parts=tuple(group.parts[i] for i in kept))


def _named_test(group: Wide) -> str | None:
    """The named test that all headers of a group are of, whose motion is no part of them."""
    words = {p.word for row in group.parts for p in row if p.column == "position"}
    one = words.pop() if len(words) == 1 else None
    return one if one in _MOTION_OF_TEST and "motion" not in group.columns else None


def _with_quality(draft: Draft, *texts: str) -> Draft:
    if "quality" in draft.found or draft.value not in draft.table:
        return draft
    quality = measure.find_quality(draft.value, *texts)
    if quality is not None:
        draft.constants = {**draft.constants, "quality": answers.Told(*quality)}
    return draft


def _of_rows(draft: Draft) -> Draft:
    """The columns as they are in the rows that hold the value: codes of other rows are not asked."""
    source = draft.found.get(draft.value)
    raw = draft.look.raw
    if source is None:
        return draft
    filled = np.isin(raw.cells[source.position].astype(str), source.texts)
    if filled.all():
        return draft
    part = raw.select(filled)
    found = {c: profile(part, p.position) for c, p in draft.found.items()}
    return replace(draft, found={c: p for c, p in found.items() if p.kind != BLANK})


def _in_own_rows(draft: Draft) -> Draft:
    """The columns as they are in the rows of the table, where others share the file; one blank there is none of it."""
    raw = draft.look.raw
    if not sparse(payload(draft), raw):
        return draft
    own = np.zeros(len(raw), dtype=bool)
    for p in payload(draft):
        own |= np.isin(raw.cells[p.position].astype(str), p.texts)
    part = raw.select(own)
    found = {c: profile(part, p.position) for c, p in draft.found.items()}
    return replace(draft, found={c: p for c, p in found.items() if p.kind != BLANK or c == "return_date"})


def _apart(drafts: list[Draft]) -> list[Draft]:
    """A diary of sessions and hip work: sessions are the kinds of row that never have an exercise."""
    by_table = {d.table.name: d for d in drafts}
    sessions, work = by_table.get("training_sessions"), by_table.get("hip_work")
    if sessions is None or work is None:
        return drafts
    sport, exercise = sessions.found.get("sport"), work.found["exercise"]
    raw = sessions.look.raw
    has_exercise = np.isin(raw.cells[exercise.position].astype(str), exercise.texts)
    if sport is None or sport is exercise:
        return [d for d in drafts if d is not sessions] if "distance_km" not in sessions.found else drafts
    cells = raw.cells[sport.position]
    hip, other = set(cells[has_exercise]), set(cells[~has_exercise])
    if hip and other and not hip & other:
        sessions.where = {sport.header: [t for t in sport.texts if t in other]}
        work.found = {c: p for c, p in work.found.items() if c != "category" or p is not sport}
        return drafts
    return [d for d in drafts if d is not sessions] if has_exercise.all() else drafts
