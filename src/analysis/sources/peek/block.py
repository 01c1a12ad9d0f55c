"""One proposed [[file]] block: its lines, what each rests on, and what it asks."""

import numpy as np

from analysis.hip.motions import fold
from analysis.sources.dates import parse_moment
from analysis.sources.peek import answers, rules
from analysis.sources.peek.constants import fill_constants
from analysis.sources.peek.draft import FROM_FOLDER, Draft, payload
from analysis.sources.peek.look import Look
from analysis.sources.peek.profile import CLOCK, DATE, NUMBER, Profile, profile
from analysis.sources.peek.toml_text import Lines, key_text, quoted_text, value_text
from analysis.sources.peek.units import find_unit, in_minutes
from analysis.sources.peek.view import ASK, Block, Conclusion
from analysis.sources.units import CLOCKS, factor, units_for
from analysis.tables import Column
from analysis.tables.declare import DAY, INSTANT, TEXT, TRUTH


def write_block(draft: Draft) -> Block:
    """The text of the block."""
    lines = Lines()
    lines.head("[[file]]", draft.why)
    lines.add("path", value_text(draft.path))
    lines.add("table", value_text(draft.table.name))
    for key, value in draft.look.rules.items():
        lines.add(key, value_text(value), _why_rule(draft.look, key))
    rules.write_file_lines(lines, _file_conclusions(draft))
    _rows_that_count(draft, lines)
    if draft.folder_is_athlete:
        lines.add("from_path", f"'{FROM_FOLDER}'", "the folder names the athlete")
    column_lines, codes = _columns(draft)
    constants = fill_constants(draft)
    if constants:
        lines.head("[file.set]")
        for name, told in constants.items():
            lines.add(name, value_text(told.value), told.evidence, asked=told.value == ASK)
    if column_lines.text:
        lines.head("[file.columns]")
        lines.text += column_lines.text
    for name, of_column in codes.items():
        _write_codes(lines, f"file.codes.{name}", draft.table[name], of_column)
    if draft.wide:
        _write_unpivot(draft, lines)
    return Block(draft.table.name, str(lines), draft.why)


def _why_rule(look: Look, key: str) -> str:
    what = {"header_rows": "header", "skip_footer": "footer"}.get(key, key)
    return next((c.evidence for c in look.conclusions if c.what == what), "")


def _file_conclusions(draft: Draft) -> list[Conclusion | None]:
    used = [*draft.found.values(), *draft.wide_of]
    coded = {c for c in draft.found if draft.table[c].dtype in (TEXT, TRUTH)}
    numbers = [p for c, p in draft.found.items() if p.kind == NUMBER and c not in coded]
    numbers += [p for p in draft.wide_of if p.kind == NUMBER]
    dates = [p for p in used if p.kind == DATE]
    places = {p.position: c for c, p in draft.found.items()}
    places |= {p.position: draft.value for p in draft.wide_of if draft.value in draft.table}
    in_numbers = [p for p in used if p.kind in (NUMBER, DATE, CLOCK)]
    return [
        rules.decimal_of([_of_all_rows(draft, p) for p in numbers]),
        rules.order_of([_of_all_rows(draft, p) for p in dates]),
        _zone(draft),
        *rules.missing_codes(in_numbers, draft.table, places),
    ]


def _of_all_rows(draft: Draft, p: Profile) -> Profile:
    """The column as it is in the whole file: rows of other kinds tell too how it is written."""
    return p if p.raw is draft.look.raw else profile(draft.look.raw, p.position)


def _zone(draft: Draft) -> Conclusion | None:
    """Clock times of sessions without an offset: their zone is asked."""
    date = draft.found.get("start_utc") or draft.found.get("date")
    if draft.table.name != "training_sessions" or date is None:
        return None
    cell = rules.has_clock_times(date)
    if cell is None:
        return None
    said = f"in which zone are the clock times ({date.shown(cell)})? The cohort's own: remove this line"
    return Conclusion("time zone", ASK, said, asked=True)


def _rows_that_count(draft: Draft, lines: Lines) -> None:
    if draft.where:
        inner = ", ".join(f"{key_text(h)} = {value_text(v)}" for h, v in draft.where.items())
        lines.add("where", f"{{ {inner} }}", "rows of this kind")
    columns = payload(draft)
    n_rows = len(draft.look.raw)
    n_blank = 0 if draft.wide else rules.sparse(columns, draft.look.raw)
    if n_blank:
        lines.add("needs", value_text([p.header for p in columns]), f"{n_blank} of {n_rows} rows are blank in them")
    ids = draft.found.get("athlete_id")
    if draft.table.name == "athletes" and ids is not None:
        n_kept = n_rows - n_blank
        if len(ids.texts) < n_kept:
            lines.add("one_row_per", value_text([ids.header]), f"{n_kept} rows of {len(ids.texts)} athletes")


def _columns(draft: Draft) -> tuple[Lines, dict[str, answers.Codes]]:
    lines, codes = Lines(), {}
    minutes = _minutes(draft)
    for declared in draft.table.columns:
        profile = draft.found.get(declared.name)
        if profile is None:
            continue
        said, why, asked = _source(draft, declared, profile, minutes)
        lines.add(declared.name, said, why, asked=asked)
        if (of_column := _codes_of(draft, declared, profile)) and declared.name != "exercise":
            codes[declared.name] = of_column
    return lines, codes


def _minutes(draft: Draft) -> np.ndarray | None:
    duration = draft.found.get("duration_min")
    if duration is None:
        return None
    return in_minutes(duration, find_unit(draft.table["duration_min"], duration).unit)


def _source(draft: Draft, declared: Column, profile: Profile, minutes: np.ndarray | None) -> tuple[str, str, bool]:
    """The right side of a line in [file.columns], its comment, and whether it asks."""
    parts, why, asked = {"column": quoted_text(profile.header)}, "", False
    occurrence, doubled = _occurrence(profile)
    if occurrence:
        parts["occurrence"], why, asked = (
            ("1", doubled, False) if doubled.startswith("both") else (f'"{ASK}"', doubled, True)
        )
    if declared.dtype in (DAY, INSTANT):
        for conclusion in rules.date_conclusions(profile):
            draft.tell(profile, conclusion)
    if declared.name == "week_start":
        to, said = _monday(draft, profile)
        parts |= {"to": f'"{to}"'} if to else {}
        why, asked = (why or said), asked or to == ASK
    elif units_for(declared) and profile.kind in (NUMBER, CLOCK):
        unit = find_unit(declared, profile, draft.look.title, minutes)
        draft.tell(profile, Conclusion("unit", unit.unit or "", unit.evidence, unit.asked))
        if unit.asked or unit.unit in CLOCKS or (unit.unit and factor(declared, unit.unit) != 1.0):
            parts["unit"] = quoted_text(unit.unit)
        why, asked = (
            (why if asked else unit.evidence if unit.asked or not _said_by_header(unit.evidence) else why),
            asked or unit.asked,
        )
    if len(parts) == 1:
        return parts["column"], why, asked
    return f"{{ {', '.join(f'{k} = {v}' for k, v in parts.items())} }}", why, asked


def _said_by_header(evidence: str) -> bool:
    return evidence == "the header says so"


def _occurrence(profile: Profile) -> tuple[int | None, str]:
    """Which of several columns of one name, and what to say about it."""
    raw, header = profile.raw, profile.header
    same = [p for p, h in enumerate(raw.header) if h == header and p in raw.cells]
    if len(same) == 1:
        return None, ""
    if all((raw.cells[p] == raw.cells[same[0]]).all() for p in same):
        return 1, f"both of {len(same)} columns of that name hold the same"
    firsts = " / ".join(next((str(c) for c in raw.cells[p] if c), "blank") for p in same)
    return 1, f"occurrence 1 to {len(same)}? the columns of that name begin {firsts}"


def _monday(draft: Draft, profile: Profile) -> tuple[str, str]:
    """What a date of a weekly form needs to become a Monday: nothing, "monday", or a question."""
    if draft.found.get("answered_on") is profile:
        return ASK, '"monday" if the answers are about the week of that day; else add a column with the week'
    order = rules.order_of([profile])
    moments = {
        t: parse_moment(t, "month_first" if order and order.value == "month_first" else "day_first")
        for t in profile.texts
    }
    other = next((t for t, m in moments.items() if m and m.at.weekday() != 0), None)
    return ("", "") if other is None else ("monday", f"{profile.place(other)} is no Monday")


def _codes_of(draft: Draft, declared: Column, profile: Profile) -> answers.Codes:
    if declared.name in answers.QUESTIONS:
        return answers.find_ostrc_codes(profile)
    if not declared.allowed and declared.dtype != TRUTH:
        return {}
    if draft.where and profile.header in draft.where:
        kept = set(draft.where[profile.header])
        codes = {c: w for c, w in answers.find_codes(declared, profile).items() if c in kept}
    else:
        codes = answers.find_codes(declared, profile)
    if declared.name in ("side", "dominant_leg"):
        draft.tell(profile, answers.side_conclusion(profile, codes))
    return codes


def _write_codes(lines: Lines, name: str, declared: Column, codes: answers.Codes) -> None:
    allowed = ", ".join(declared.allowed) or "true or false"
    if declared.name in answers.QUESTIONS:
        allowed = "0, 8, 17 or 25"
    if declared.name in ("ostrc_q2", "ostrc_q3"):
        allowed = "0, 8, 17 or 25 (version 1: 0, 6, 13, 19 or 25)"
    lines.head(f"[{name}]")
    for cell, word in codes.items():
        lines.add(cell, value_text(word), allowed if word == ASK else "", asked=word == ASK)


def _write_unpivot(draft: Draft, lines: Lines) -> None:
    lines.head("[file.unpivot]")
    lines.add(
        "pattern",
        quoted_text(draft.wide.pattern),
        f"{len(draft.wide.positions)} headers such as {draft.wide_of[0].header}",
    )
    if draft.value == ASK:
        lines.add("value", f'"{ASK}"', "force_n, torque_nm, angle_deg, time_s or score?", asked=True)
        lines.add("unit", f'"{ASK}"', "N, kgf, lbf, Nm, deg or s?", asked=True)
    else:
        lines.add("value", value_text(draft.value))
        _write_unit(draft, lines)
    for name, codes in draft.wide.codes().items():
        if any(fold(cell) != fold(word) or cell != word for cell, word in codes.items()):
            _write_codes(lines, f"file.unpivot.codes.{name}", draft.table[name], codes)


def _write_unit(draft: Draft, lines: Lines) -> None:
    declared = draft.table[draft.value]
    if not units_for(declared):
        return
    fullest = max(draft.wide_of, key=lambda p: p.n_filled)
    found = find_unit(declared, fullest, f"{draft.look.title} {draft.value_words}")
    for p in draft.wide_of:
        draft.tell(p, Conclusion("unit", found.unit or "", found.evidence, found.asked))
    lines.add("unit", value_text(found.unit), found.evidence, asked=found.asked)
