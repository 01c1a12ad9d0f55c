"""What is seen in a table of cells, and its blocks: known exports by their header, all others by what they hold."""

from dataclasses import replace

from analysis.sources.peek.assign import assign
from analysis.sources.peek.block import write_block
from analysis.sources.peek.draft import FROM_FOLDER, Draft
from analysis.sources.peek.drafts import find_drafts
from analysis.sources.peek.identify import examples, identifying, masked_words
from analysis.sources.peek.known import Known, KnownFound, find_known
from analysis.sources.peek.look import Look
from analysis.sources.peek.profile import DATE, NUMBER, Profile, profile
from analysis.sources.peek.rules import date_conclusions
from analysis.sources.peek.view import Block, ColumnView, Conclusion, SheetView
from analysis.sources.problems import quoted

_MORE_THAN_KNOWN = 3
"""How many columns more than a known export's block an own proposal has to map to be preferred."""


def view_sheet(look: Look, path: str, known: list[Known], *, folder_is_athlete: bool = False) -> SheetView:
    """What is seen in one table of cells, and the blocks proposed for it; `path` is what they name."""
    raw = look.raw
    profiles = [profile(raw, p) for p in range(len(raw.header)) if raw.header[p] or (raw.cells[p] != "").any()]
    persons = {p.position: kind for p in profiles if p.n_filled and (kind := identifying(p))}
    open_profiles = [p for p in profiles if p.position not in persons]
    drafts = [] if _has_no_header(look) else find_drafts(look, path, open_profiles)
    for draft in drafts:
        draft.folder_is_athlete = folder_is_athlete and "athlete_id" not in draft.found
    own = [(draft, write_block(draft)) for draft in drafts]
    athlete = _own_ids(open_profiles, look)
    from_path = FROM_FOLDER if folder_is_athlete else None
    found = find_known(known, look, path, athlete, from_path)
    if found is not None and not _own_is_better(found, drafts):
        return _known_view(look, profiles, persons, found.block, found.feeds, found.conclusions)
    feeds_by: dict[int, list[str]] = {}
    for draft in drafts:
        for column, p in draft.found.items():
            feeds_by.setdefault(p.position, []).append(f"{draft.table.name}.{column}")
        for p in draft.wide_of:
            feeds_by.setdefault(p.position, []).append(f"{draft.table.name}.{draft.value}")
    told: dict[int, list[Conclusion]] = {}
    for draft in drafts:
        for position, conclusions in draft.told.items():
            for c in conclusions:
                if not any((c.what, c.value) == (d.what, d.value) for d in told.setdefault(position, [])):
                    told[position].append(c)
    columns = tuple(_column(p, persons.get(p.position), feeds_by, told) for p in profiles)
    return _sheet(look, columns, tuple(block for _, block in own))


def _own_ids(profiles: list[Profile], look: Look) -> str | None:
    """The header of a column that holds athletes' ids and is called so; None without one."""
    ids = assign("training_sessions", profiles).get("athlete_id")
    return ids.header if ids is not None and look.raw.header.count(ids.header) == 1 else None


def _has_no_header(look: Look) -> bool:
    return any(c.what == "header" and c.asked for c in look.conclusions)


def _own_is_better(found: KnownFound, drafts: list[Draft]) -> bool:
    """Whether an own proposal for the same table maps many more columns; nothing beats "no table takes this"."""
    table = found.block.table if found.block else None
    own = max((len(d.found) for d in drafts if d.table.name == table), default=0)
    return own >= found.n_columns + _MORE_THAN_KNOWN


def _known_view(
    look: Look,
    profiles: list[Profile],
    persons: dict[int, str],
    block: Block | None,
    feeds_by: dict[int, list[str]],
    conclusions: tuple[Conclusion, ...],
) -> SheetView:
    columns = tuple(_column(p, persons.get(p.position), feeds_by, {}) for p in profiles)
    return _sheet(replace(look, conclusions=(*look.conclusions, *conclusions)), columns, (block,) if block else ())


def _sheet(look: Look, columns: tuple[ColumnView, ...], blocks: tuple[Block, ...]) -> SheetView:
    raw = look.raw
    return SheetView(
        raw.sheet, raw.header, len(raw), look.conclusions, columns, blocks, tuple(p.text for p in look.problems)
    )


def _column(
    p: Profile, person: str | None, feeds_by: dict[int, list[str]], told: dict[int, list[Conclusion]]
) -> ColumnView:
    same = [i for i, h in enumerate(p.raw.header) if h == p.header]
    conclusions = list(told.get(p.position, ()))
    if not person:
        conclusions += _of_cells(p, conclusions)
    feeds_ = tuple(dict.fromkeys(feeds_by.get(p.position, ())))
    is_id = any(f.endswith(".athlete_id") for f in feeds_)
    return ColumnView(
        p.header,
        same.index(p.position) + 1 if len(same) > 1 else None,
        _kind_words(p),
        p.n_filled,
        len(p.texts),
        () if person else examples(p, of_ids=is_id, used=bool(feeds_)),
        masked_words(person, len(p.texts)) if person else None,
        feeds_,
        tuple(conclusions),
    )


def _of_cells(p: Profile, so_far: list[Conclusion]) -> list[Conclusion]:
    """What the cells of a column say by themselves: decimal mark, order of dates, missing codes, odd cells."""
    told = []
    if p.kind == NUMBER:
        told += [
            Conclusion("decimal mark", {".": "point", ",": "comma"}[mark], p.shown(cell))
            for mark, cell in p.decimal.proves.items()
        ]
    if p.kind == DATE and not any(c.what == "date order" for c in so_far):
        told += date_conclusions(p)
    told += [
        Conclusion("missing code", quoted(text), f"{p.raw.place(row, p.position)} has it among {p.kind}s")
        for text, row in p.missing.items()
    ]
    told += [Conclusion("odd cell", quoted(t), f"{p.place(t)}: no {p.kind}") for t in p.odd]
    return told


def _kind_words(p: Profile) -> str:
    if p.kind == NUMBER:
        return "whole number" if all(float(n).is_integer() for n in p.numbers) else "number"
    return {"clock": "clock or duration", "date": "date", "blank": "blank"}.get(p.kind, "text")
