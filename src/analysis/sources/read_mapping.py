"""cohort.toml to a checked `CohortMapping`; every mistake in it is a problem that names the key."""

import datetime as dt
import tomllib
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from analysis.errors import InputError
from analysis.sources.file_mapping import read_file_mapping
from analysis.sources.mapping import COHORT_FILE, CohortMapping, FileMapping
from analysis.sources.mapping_checks import Section, Toml, is_kind
from analysis.sources.problems import Problem, quoted

UTC = ZoneInfo("UTC")


def read_mapping(folder: Path) -> tuple[CohortMapping, tuple[Problem, ...]]:
    """What cohort.toml in `folder` says, and what is wrong with it; a [[file]] with a mistake is left out.

    Raises `InputError` where there is no such folder or file, or it is not TOML.
    """
    top = Section("", _toml(folder))
    top.only(("cohort", "same_athlete", "athletes", "file"))
    cohort = Section("[cohort]", top.get("cohort", dict, {}, needed=True), top.problems)
    cohort.only(("name", "timezone", "start", "pseudonym_key"))
    timezone = cohort.zone("timezone", UTC)
    if "timezone" not in cohort.values:
        cohort.wrong("timezone", "nothing", "the time zone weeks start in", 'add timezone = "Europe/Berlin" (or yours)')
    mapping = CohortMapping(
        name=cohort.get("name", str, folder.name),
        timezone=timezone,
        start=cohort.get("start", dt.date),
        pseudonym_key=_key(cohort),
        same_athlete=_same_athlete(Section("[same_athlete]", top.get("same_athlete", dict, {}), top.problems)),
        athletes=_tables_at(top, "athletes"),
        files=_files(top, timezone),
    )
    if not mapping.files and not top.problems:
        top.wrong("file", "no [[file]]", "at least one", "add a [[file]] with path, table and columns")
    return mapping, tuple(top.problems)


def _toml(folder: Path) -> Toml:
    path = folder / COHORT_FILE
    if not folder.is_dir():
        raise InputError(
            f"{folder}: found no such folder; expected the exports of a cohort. Fix: check the cohort's name."
        )
    if not path.is_file():
        raise InputError(
            f"{path}: found no such file; expected the mapping of the cohort. "
            "Fix: write it, see docs/bring-your-data.md."
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: found text that is not TOML ({error}); expected TOML in UTF-8. Fix: correct that line."
        ) from error


def _key(cohort: Section) -> str | None:
    key = cohort.get("pseudonym_key", str)
    if key is not None and not key.strip():
        cohort.wrong(
            "pseudonym_key", "an empty key", "a secret text", "remove it: a key is then made in data/.hiprun_key"
        )
        return None
    return key


def _same_athlete(section: Section) -> dict[str, str]:
    """Other id -> the id that counts; an id cannot be both."""
    aliases = {}
    for other, main in section.values.items():
        if not isinstance(main, str):
            section.wrong(other, quoted(main), "an id, as text", 'write it as "other id" = "id"')
        elif main.strip() in {o.strip() for o in section.values}:
            section.wrong(
                other,
                f"{quoted(main)}, which itself stands on the left",
                "an id that counts",
                "name the final id on every line",
            )
        else:
            aliases[other.strip()] = main.strip()
    return aliases


def _tables_at(top: Section, key: str) -> tuple[Toml, ...]:
    tables = top.get(key, list, [])
    if all(is_kind(t, dict) for t in tables):
        return tuple(tables)
    top.wrong(key, "values", f"[[{key}]] tables", f"write each as [[{key}]]")
    return ()


def _files(top: Section, timezone: ZoneInfo) -> tuple[FileMapping, ...]:
    read = []
    for number, values in enumerate(_tables_at(top, "file"), start=1):
        section = Section(_block_name(number, values), values)
        mapping = read_file_mapping(section, number, timezone)
        top.problems.extend(section.problems)
        if mapping is not None and not section.problems:
            read.append(mapping)
    return tuple(read)


def _block_name(number: int, values: Toml) -> str:
    path = values.get("path")
    return f"[[file]] {number}" + (f" ({PurePosixPath(path)})" if isinstance(path, str) and path else "")
