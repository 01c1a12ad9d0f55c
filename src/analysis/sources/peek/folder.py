"""A file, a folder or an archive looked at whole: files alike shown once, links between them, ids written two ways."""

import zipfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from analysis.errors import InputError
from analysis.hip.motions import fold
from analysis.sources import redcap, redcap_dictionary, redcap_proposal
from analysis.sources.blob import DAMAGED, Blob, members
from analysis.sources.formats import READERS
from analysis.sources.id_style import find_style
from analysis.sources.mapping import COHORT_FILE
from analysis.sources.peek.known import Known, packaged
from analysis.sources.peek.look import Opened, open_file
from analysis.sources.peek.propose import view_sheet
from analysis.sources.peek.view import Block, Conclusion, FileView, Peek, SheetView

ACTIVITY_FILES = (".fit", ".gpx", ".tcx")
_MOST_OF_A_KIND = 10
"""How many activity files of one folder are opened."""
_LINKS = ("filename", "dateiname", "nomdufichier", "nombredelarchivo", "nomefile", "bestandsnaam", "filnavn")
_EXPORT = {
    ".pdf": "a PDF", ".doc": "a text document", ".docx": "a text document", ".odt": "a text document",
    ".png": "a picture", ".jpg": "a picture", ".jpeg": "a picture", ".gif": "a picture", ".heic": "a picture",
    ".numbers": "a Numbers sheet", ".sav": "an SPSS file", ".dta": "a Stata file", ".rds": "an R file",
    ".mat": "a MATLAB file",
    ".json": "a JSON file", ".html": "a web page", ".mdb": "a database", ".accdb": "a database",
}  # fmt: skip


@dataclass
class _Seen:
    """What one file turned out to be."""

    blob: Blob
    opened: Opened
    more: list[Blob] = field(default_factory=list)
    pattern: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and those of files alike."""
        return (self.blob.name, *(b.name for b in self.more))

    @property
    def make(self) -> tuple:
        """Files of one make are alike: format, sheets, headers, and how they are written."""
        tables = tuple(
            (x.raw.sheet, x.raw.header, str(x.rules)) if x.raw is not None else None for x in self.opened.looks
        )
        alone = any(x.raw is not None and redcap_dictionary.is_dictionary(x.raw.header) for x in self.opened.looks)
        if alone or self.opened.not_read or not self.opened.looks:
            return (self.blob.name,)
        return (self.blob.suffix, tables)


def peek(path: Path | str, known: tuple[Known, ...] | None = None) -> Peek:
    """What a file, a folder or a ZIP archive is, each conclusion with its evidence, and a proposed mapping.

    Nothing is written or changed. `known` are the known exports to recognise (default: those that come with hiprun).
    Raises `InputError` where there is no such path, nothing in it, or a single file that cannot be read.
    """
    path = Path(path)
    blobs = _blobs(path)
    many = path.is_dir() or path.suffix.lower() == ".zip"
    seen = _alike([_Seen(blob, open_file(blob), more) for blob, more in _some_of_each(blobs)])
    names = {b.name for b in blobs}
    files = tuple(_view(s, seen, packaged() if known is None else known) for s in seen)
    if not many and files[0].not_read:
        raise InputError(files[0].not_read)
    notes = (*_links(seen, names), *_ids(files, seen)) if many else ()
    return Peek(str(path), many, files, notes)


def _blobs(path: Path) -> list[Blob]:
    if not path.exists():
        raise InputError(f"{path}: found no such file or folder; expected one. Fix: check the name.")
    if path.is_file() and path.suffix.lower() != ".zip":
        return [Blob(path, path.name)]
    top = path if path.is_dir() else path.parent
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    found = []
    for file in files:
        name = file.relative_to(top).as_posix()
        if any(part.startswith(".") for part in PurePosixPath(name).parts) or file.name == COHORT_FILE:
            continue
        found += _members(file, name) if file.suffix.lower() == ".zip" else [Blob(file, name)]
    if not found:
        raise InputError(f"{path}: found no files; expected exports. Fix: copy them there.")
    return found


def _members(file: Path, name: str) -> list[Blob]:
    """The files of an archive; the archive itself where it cannot be opened."""
    try:
        inside = members(file)
    except (*DAMAGED, zipfile.BadZipFile, OSError):
        return [Blob(file, name)]
    return [Blob(file, f"{name}/{m}", m) for m in inside if not m.startswith("__MACOSX")]


def _some_of_each(blobs: list[Blob]) -> list[tuple[Blob, list[Blob]]]:
    """Every file to open; of activity files in one folder the first few, the last of them with those not opened."""
    by_place: dict[tuple[str, str], list[Blob]] = defaultdict(list)
    for blob in blobs:
        by_place[
            str(PurePosixPath(blob.name).parent), blob.suffix if blob.suffix in ACTIVITY_FILES else blob.name
        ].append(blob)
    chosen = []
    for group in by_place.values():
        chosen += [(b, []) for b in group[:_MOST_OF_A_KIND]]
        chosen[-1][1].extend(group[_MOST_OF_A_KIND:])
    return chosen


def _alike(seen: list[_Seen]) -> list[_Seen]:
    """One for each group of files that are alike and that one path pattern takes."""
    groups: dict[tuple, list[_Seen]] = {}
    for s in seen:
        groups.setdefault(s.make, []).append(s)
    names = {n for s in seen for n in s.names if not (s.opened.not_read and s.blob.suffix in ACTIVITY_FILES)}
    return [one for group in groups.values() for one in _merged(group, names)]


def _merged(group: list[_Seen], names: set[str]) -> list[_Seen]:
    """A group as one, where a pattern takes it; else each of its folders as one; else each file alone."""
    pattern = _pattern(tuple(n for s in group for n in s.names), names)
    if pattern is not None:
        group[0].pattern = pattern
        group[0].more += [b for s in group[1:] for b in (s.blob, *s.more)]
        return group[:1]
    folders: dict[str, list[_Seen]] = defaultdict(list)
    for s in group:
        folders[str(PurePosixPath(s.blob.name).parent)].append(s)
    return [one for part in folders.values() for one in _merged(part, names)] if len(folders) > 1 else group


def _view(s: _Seen, seen: list[_Seen], known: tuple[Known, ...]) -> FileView:
    own, path = s.names, s.pattern or s.blob.name
    if s.opened.not_read:
        return FileView(own, path, s.opened.format, hidden=s.opened.hidden, not_read=_why(s))
    folders = {PurePosixPath(n).parts[0] for n in own if len(PurePosixPath(n).parts) > 1}
    apart = len(folders) == len(own) > 1
    sheets = tuple(
        view_sheet(x, path, list(known), folder_is_athlete=apart) for x in s.opened.looks if x.raw is not None
    )
    return FileView(own, path, s.opened.format, tuple(_with_redcap(v, s, seen) for v in sheets), s.opened.hidden)


def _why(s: _Seen) -> str:
    kind = _EXPORT.get(s.blob.suffix)
    if kind is not None and s.blob.suffix not in READERS:
        return f"{s.blob.name}: not read: {kind}. Export it as CSV or XLSX, or type it into a sheet"
    return s.opened.not_read


def _pattern(own: tuple[str, ...], names: set[str]) -> str | None:
    """One path, or a pattern that takes all of these files and no other; None where there is none."""
    if len(own) == 1:
        return own[0]
    start, end = _same_start(own), _same_start([n[::-1] for n in own])[::-1]
    folder = start[: start.rfind("/") + 1]
    for pattern in (
        f"{start}*{end}",
        f"{folder}*{PurePosixPath(end).suffix or end}",
        f"{folder}*/{PurePosixPath(own[0]).name}",
    ):
        if {n for n in names if fnmatchcase(n, pattern)} == set(own):
            return pattern
    return None


def _same_start(names: Iterable[str]) -> str:
    """The letters that all names begin with."""
    first, last = min(names), max(names)
    n = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:n]


def _with_redcap(view: SheetView, s: _Seen, seen: list[_Seen]) -> SheetView:
    """A raw export of REDCap: its blocks come from the data dictionary beside it, if there is one."""
    raw = s.opened.looks[0].raw
    if redcap_dictionary.is_dictionary(raw.header):
        said = Conclusion("REDCap", "data dictionary", "its header; it explains the export beside it")
        return replace(view, blocks=(), columns=(), conclusions=(*view.conclusions, said))
    if not redcap.is_redcap(raw.header):
        return view
    folder = PurePosixPath(s.blob.name).parent
    beside = [
        x for o in seen if PurePosixPath(o.blob.name).parent == folder for x in o.opened.looks if x.raw is not None
    ]
    dictionary = next((x.raw for x in beside if redcap_dictionary.is_dictionary(x.raw.header)), None)
    if dictionary is None:
        said = Conclusion(
            "REDCap", "raw export", "without its data dictionary: download it, and put it beside this file", asked=True
        )
        return replace(view, conclusions=(*view.conclusions, said))
    text = redcap_proposal.propose_blocks(raw, dictionary)
    parts = [part.strip() for part in text.split("[[file]]") if part.strip()]
    blocks = tuple(Block("REDCap form", f"[[file]]\n{part}") for part in parts)
    said = Conclusion("REDCap", "raw export", f"read with its data dictionary {dictionary.file}")
    return replace(view, blocks=blocks, conclusions=(*view.conclusions, said))


def _links(seen: list[_Seen], names: set[str]) -> list[Conclusion]:
    """Whether the files that a list of activities names are there."""
    found = []
    for s in seen:
        for look in s.opened.looks:
            at = [] if look.raw is None else [p for p, h in enumerate(look.raw.header) if fold(h) in _LINKS]
            named = [str(c) for c in look.raw.cells[at[0]] if c] if at else []
            if not named or not any(Blob(s.blob.path, c, c).suffix in ACTIVITY_FILES for c in named[:20]):
                continue
            folder = PurePosixPath(s.blob.name).parent
            there = sum((folder / name).as_posix() in names for name in named)
            said = f'{there} of {len(named)} rows of {s.blob.name} have their file (column "{look.raw.header[at[0]]}")'
            found.append(
                Conclusion("links", said, "files of a row hold the same session: map the list or the files, not both")
            )
    return found


def _ids(files: tuple[FileView, ...], seen: list[_Seen]) -> list[Conclusion]:
    """Athletes' ids that are written another way in one file than in another."""
    ids: dict[str, set[str]] = {}
    for view, s in zip(files, seen, strict=True):
        for sheet, look in zip(view.sheets, (x for x in s.opened.looks if x.raw is not None), strict=True):
            for column in (c for c in sheet.columns if any(f.endswith(".athlete_id") for f in c.feeds)):
                position = look.raw.header.index(column.header)
                ids[view.names[0]] = {str(c) for c in look.raw.cells[position] if c}
    if not ids:
        return []
    main = max(
        ids,
        key=lambda n: (
            any(b.table == "athletes" for v in files if v.names[0] == n for x in v.sheets for b in x.blocks),
            len(ids[n]),
        ),
    )
    told = []
    for name, own in ids.items():
        if (
            name != main
            and not own & ids[main]
            and (match := find_style(sorted(own), sorted(ids[main])))
            and match.style.is_plain
        ):
            rule = match.style.as_toml(None)
            told.append(
                Conclusion(
                    "ids",
                    f"{name} and {main} write ids in two ways",
                    f"if they are the same people, say {rule} in its block",
                    asked=True,
                )
            )
    return told
