"""Columns that tell who a person is are recognised in several languages, and not shown."""

import pytest

from analysis.sources.peek import peek_lines
from tests.sources.peek.conftest import Folder

NAMES = ("Anna Muster", "Bert Beispiel", "Carla van der Test", "Dora O'Probe")
MAILS = ("anna@example.org", "b.b@example.com", "carla@test.example", "dora@example.net")
PHONES = ("+49 170 1234567", "0171 7654321", "(030) 123-4567", "0049 89 998877")
BIRTHS = ("1984-05-01", "1991-12-24", "1975-07-07", "2001-01-31")
REMARKS = tuple(f"she said on the phone that her brother {n} drove her home" for n in NAMES)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Nachname", NAMES), ("contact", NAMES), ("Prénom", NAMES), ("E-mail", MAILS), ("login", MAILS),
        ("Telefon", PHONES), ("mobil nr", PHONES), ("Geburtsdatum", BIRTHS), ("dob", BIRTHS), ("when", BIRTHS),
        ("Bemerkung", REMARKS), ("misc", REMARKS), ("fødselsdag", BIRTHS), ("Indirizzo", REMARKS),
    ],
)  # fmt: skip
def test_a_column_about_a_person_is_masked_and_not_proposed(folder: Folder, header, cells):
    rows = "".join(f'K{i},2026-03-0{i + 1},run,40,"{c}"\n' for i, c in enumerate(cells))
    seen = folder.peek("l.csv", f"code,date,sport,minutes,{header}\n{rows}")
    column = seen.files[0].sheets[0].columns[-1]
    assert column.masked is not None
    assert column.feeds == ()
    shown = "\n".join(peek_lines(seen))
    assert not any(c in shown for c in cells)


def test_names_are_never_proposed_as_ids(folder: Folder):
    rows = "".join(f"{n},2026-03-0{i + 1},run,40\n" for i, n in enumerate(NAMES))
    seen = folder.peek("l.csv", f"athlete,date,sport,minutes\n{rows}")
    shown = "\n".join(peek_lines(seen))
    assert not any(n in shown for n in NAMES)


def test_exercises_of_two_words_are_not_taken_for_names(folder: Folder):
    seen = folder.peek(
        "h.csv", "athlete,date,exercise\nA,2026-03-01,Side Plank\nB,2026-03-02,Hip Hinge\nC,2026-03-02,Bird Dog\n"
    )
    assert any("hip_work.exercise" in c.feeds for c in seen.files[0].sheets[0].columns)


def test_what_a_terminal_would_obey_is_shown_as_text(folder: Folder):
    seen = folder.peek("l.csv", "athlete,date,sport,minutes\nA,2026-03-01,\x1b[2Jrun,40\nB,2026-03-01,run,30\n")
    assert "\x1b" not in "\n".join(peek_lines(seen))
