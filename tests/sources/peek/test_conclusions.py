"""Each conclusion about a file or column comes with the cell it rests on, or is asked."""

import pytest

from analysis.sources.peek import ColumnView, Conclusion, Peek, peek
from tests.sources.peek.conftest import Folder


def column(seen: Peek, header: str) -> ColumnView:
    return next(c for c in seen.files[0].sheets[0].columns if c.header == header)


def about(seen: Peek, header: str, what: str) -> Conclusion:
    return next(c for c in column(seen, header).conclusions if c.what == what)


def of_file(seen: Peek, what: str) -> Conclusion:
    return next(c for c in seen.files[0].sheets[0].conclusions if c.what == what)


@pytest.mark.parametrize(
    ("dates", "value", "evidence"),
    [
        (("01/02/2026", "17/03/2026"), "day_first", 'line 3 has "17/03/2026"'),
        (("01/02/2026", "03/17/2026"), "month_first", 'line 3 has "03/17/2026"'),
        (("2026-03-17", "2026-03-18"), "year first", 'line 2 has "2026-03-17"'),
        (("01/02/2026", "03/04/2026"), "ASK", "which no date of the file settles"),
        (("01-02-26", "17-03-26"), "ASK", "the year has two digits"),
    ],
)
def test_the_order_of_day_and_month_is_proved_by_a_cell_or_asked(folder: Folder, dates, value, evidence):
    rows = "".join(f"A{i},{d},10.5\n" for i, d in enumerate(dates))
    found = about(folder.peek("l.csv", f"athlete,date,km\n{rows}"), "date", "date order")
    assert (found.value, found.asked) == (value, value == "ASK")
    assert evidence in found.evidence


def test_the_decimal_mark_of_each_column_is_proved_by_a_cell(folder: Folder):
    seen = folder.peek("l.csv", 'athlete,date,km,steps\nA,2026-03-01,"8,45",2.932\nA,2026-03-02,"9,1",10.104\n')
    assert about(seen, "km", "decimal mark") == Conclusion("decimal mark", "comma", 'line 2 has "8,45"')
    assert 'decimal = ","' in seen.blocks[0].text


def test_a_number_open_to_both_marks_is_asked_with_both_readings(folder: Folder):
    seen = folder.peek("l.csv", "athlete;date;ascent (m);km\nA;2026-03-01;1.204;12\nA;2026-03-02;2.310;14\n")
    line = next(x for x in seen.blocks[0].text.splitlines() if x.startswith("decimal"))
    assert '"ASK"' in line
    assert "1.204 or 1204" in line


def test_a_distance_without_a_unit_is_asked_with_the_pace_in_both(folder: Folder):
    seen = folder.peek("l.csv", "athlete,date,sport,minutes,distance\n" + "A,2026-03-01,run,52,10\n" * 3)
    assert about(seen, "distance", "unit").evidence == "km or mi? median pace 5:12 min/km if km; 3:14 if mi"


@pytest.mark.parametrize(
    ("header", "cells", "unit"),
    [("duration", ("0:45:10", "1:02:00"), "h:mm:ss"), ("duration", ("45:10", "62:00"), "mm:ss"),
     ("duration", ("0:45", "1:02"), "ASK"),
     ("time (s)", ("2700", "3720"), "s"), ("duration", ("45", "62"), "min"), ("duration_h", ("0.75", "1.1"), "h")],
)  # fmt: skip
def test_the_unit_of_a_duration_is_told_by_header_form_or_size(folder: Folder, header, cells, unit):
    rows = "".join(f"A,2026-03-0{i + 1},run,{c}\n" for i, c in enumerate(cells))
    assert about(folder.peek("l.csv", f"athlete,date,sport,{header}\n{rows}"), header, "unit").value == unit


@pytest.mark.parametrize(
    ("header", "cells", "scale"),
    [("rpe", (7, 13), "borg6_20"), ("rpe", (0, 5), "cr10"), ("rpe", (2, 8), "ASK"), ("RPE (0-10)", (2, 8), "cr10"),
     ("rpe", (-99, 5), "ASK"), ("Borg 6-20", (7, 9), "borg6_20")],
)  # fmt: skip
def test_the_scale_of_exertion_is_told_by_values_that_one_scale_alone_has(folder: Folder, header, cells, scale):
    rows = "".join(f"A,2026-03-0{i + 1},run,40,{c}\n" for i, c in enumerate(cells))
    seen = folder.peek("l.csv", f"athlete,date,sport,minutes,{header}\n{rows}")
    assert about(seen, header, "RPE scale").value == scale


@pytest.mark.parametrize(
    ("q2", "version", "evidence"),
    [((0, 13), "1", "line 3 has 13"), ((0, 17), "2", "line 3 has 17"), ((0, 25), "ASK", "do not tell")],
)
def test_the_ostrc_version_is_told_by_answers_to_questions_2_and_3(folder: Folder, q2, version, evidence):
    rows = "".join(f"A{i},2026-03-02,8,{q},0,8\n" for i, q in enumerate(q2))
    found = about(folder.peek("o.csv", f"athlete,week of,q1,q2,q3,q4\n{rows}"), "q2", "OSTRC version")
    assert found.value == version
    assert evidence in found.evidence


def test_choices_0_to_3_are_never_taken_for_ostrc_scores(folder: Folder):
    rows = "".join(f"A{i},2026-03-02,{i},{i},{i},{i}\n" for i in range(4))
    text = folder.peek("o.csv", f"athlete,week of,q1,q2,q3,q4\n{rows}").blocks[0].text
    assert text.count('"ASK"') == 16 + 2  # codes, version, region


def test_letters_for_the_sides_are_read_as_a_pair(folder: Folder):
    """G and D are gauche and droite; D alone could be droite, derecha or destra."""
    rows = "A,2026-03-01,Genou,G\nB,2026-03-02,Hanche,D\n"
    seen = folder.peek("b.csv", f"athlète,date de blessure,région,côté\n{rows}")
    assert about(seen, "côté", "side coding").value == "G = left, D = right"


def test_a_word_that_is_not_known_is_asked(folder: Folder):
    seen = folder.peek("l.csv", "athlete,date,sport,minutes\nA,2026-03-01,Run,40\nA,2026-03-02,Zumba,30\n")
    assert any(a.startswith("Zumba: ") for a in seen.blocks[0].asks)


def test_title_rows_two_header_rows_and_notes_below_are_found(folder: Folder):
    rows = [["Hüfte"], [], ["Patient", "Datum", "Abduktion", None], [None, None, "R (N)", "L (N)"]]
    rows += [[f"P{i}", f"2026-02-0{i}", 180 + i, 190 + i] for i in range(1, 6)] + [["Mittelwert", None, 183, 193]]
    path = folder.workbook("k.xlsx", {"Kraft": rows, "alt": rows}, hidden=("alt",))
    seen = peek(path)
    assert seen.files[0].hidden == ("alt",)
    assert seen.files[0].sheets[0].header == ("Patient", "Datum", "Abduktion R (N)", "L (N)")
    assert of_file(seen, "header").value == "row 3 and 4"
    assert of_file(seen, "footer").value == "last 1 left out"


def test_a_sheet_without_a_header_is_said_to_have_none(folder: Folder):
    seen = peek(folder.workbook("x.xlsx", {"a": [["2026-01-01", 15], ["2026-01-02", 16]]}))
    assert of_file(seen, "header").asked
    assert seen.blocks == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
def test_the_encoding_is_found(folder: Folder, encoding):
    text = "Läufer;Datum;Art;Dauer (min)\nA1;17.03.2026;Lauf;45\nA1;18.03.2026;Laufband;30\n"
    seen = folder.peek("l.csv", text.encode(encoding))
    assert of_file(seen, "encoding").value == encoding
    assert of_file(seen, "delimiter").value == "semicolon"
    assert "sport" in seen.blocks[0].text


def test_of_a_large_file_the_first_rows_are_read_and_this_is_said(folder: Folder):
    rows = "".join(f'A{i % 50},2026-03-{1 + i % 28:02d},run,{30 + i % 60},"a\nremark"\n' for i in range(220_000))
    seen = folder.peek("l.csv", f"athlete,date,sport,minutes,comment\n{rows}")
    told = [c for c in seen.files[0].sheets[0].conclusions if c.what == "rows"]
    assert [c.evidence for c in told] == ["the file is large: what comes later is not looked at"]
    assert seen.files[0].sheets[0].n_rows <= 20_000
    assert not seen.files[0].sheets[0].problems


def test_dates_of_rows_of_another_kind_prove_the_order_too(folder: Folder):
    rows = "A,03/04/2026,Strength (N),200,210\nA,17/03/2026,ROM (deg),40,41\n" * 2
    seen = folder.peek("h.csv", f"id,date,test,R Abd,L Abd\n{rows}")
    assert [b.text.count('dates = "day_first"') for b in seen.blocks] == [1, 1]
