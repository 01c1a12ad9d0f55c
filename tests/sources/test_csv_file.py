"""Delimited text to cells with their lines."""

from analysis.sources.blob import Blob
from analysis.sources.formats import read_raw
from analysis.sources.raw_table import ReadingRules
from tests.sources.conftest import only


def _read(raw, content, rules=None, name="a.csv"):
    raw.write(name, content)
    return read_raw(Blob(raw.folder / name, name), rules)


def test_lines_stay_right_after_quoted_line_breaks_and_blank_rows(raw):
    reading = _read(raw, 'id,note,pain\n1,"two\nlines",3\n\n,,\n2,x,4\n')
    table = reading.table
    assert list(table.rows) == [2, 6]
    assert list(table.cells[2]) == ["3", "4"]
    assert table.place(1, 2) == "line 6"


def test_blank_rows_of_frictionless_keep_their_numbers(shared):
    path = shared / "samples" / "frictionless" / "blank-rows-multiple.csv"
    table = read_raw(Blob(path, "b.csv")).table
    lines = path.read_text().splitlines()
    assert [lines[row - 1].split(",")[0] for row in table.rows] == list(table.cells[0])


def test_a_row_with_too_many_cells_is_a_problem_with_its_line_and_trailing_delimiters_are_not(raw):
    reading = _read(raw, "a,b\n1,2,\n1,2,3\n")
    problem = only(reading.problems, "FORMAT")
    assert (problem.place, problem.severity, problem.found) == ("line 3", "error", "3 cells")


def test_a_short_row_ends_in_blanks_with_a_warning(raw):
    reading = _read(raw, "a,b,c\n1,2\n")
    assert only(reading.problems, "FORMAT").severity == "warning"
    assert list(reading.table.cells[2]) == [""]


def test_header_names_lose_runs_of_blanks_and_no_break_spaces(raw):
    assert _read(raw, '"Max\u00a0Force \n(N)",b\n1,2\n').table.header == ("Max Force (N)", "b")


def test_title_rows_two_header_rows_and_footers(raw):
    rules = ReadingRules(header_rows=(3, 4), skip_footer=1, delimiter=";")
    table = _read(raw, "Title\n\n;Kraft;;ROM\nPatient;R;L;R\n7;1;2;3\n\nNote: end;;;\n", rules).table
    assert table.header == ("Patient", "Kraft R", "Kraft L", "ROM R")
    assert list(table.rows) == [5]


def test_a_header_row_that_is_blank_or_absent_is_a_problem(raw):
    reading = _read(raw, "a,b\n\n1,2\n", ReadingRules(header_rows=(2,)))
    assert reading.table is None
    assert only(reading.problems, "HEADER").place == "line 2"


def test_an_empty_file_is_an_error_and_one_with_a_header_only_a_table_without_rows(raw):
    for content in (b"", b"\xef\xbb\xbf\n \n"):
        reading = _read(raw, content)
        assert reading.table is None
        assert only(reading.problems, "EMPTY").severity == "error"
    assert len(_read(raw, b"a,b\n").table) == 0
    assert len(_read(raw, b"a,b\n1,2\n3,4\n", ReadingRules(skip_footer=3)).table) == 0


def test_a_first_line_that_states_the_delimiter_for_excel_is_obeyed_and_counted(raw):
    for first in ("sep=;", '"SEP=;"'):
        reading = _read(raw, f"{first}\r\nid;km\r\nA;5,2\r\n")
        assert reading.problems == ()
        assert reading.table.header == ("id", "km")
        assert (reading.table.header_row, list(reading.table.rows)) == (2, [3])


def test_a_cell_beyond_the_limit_of_the_reader_is_a_problem(raw):
    assert "field larger" in only(_read(raw, "a,b\n1," + "9" * 140_000 + "\n").problems, "FORMAT").found


def test_ids_keep_leading_zeros(shared):
    table = read_raw(Blob(shared / "samples" / "frictionless" / "leading-zeros.csv", "z.csv")).table
    assert any(cell.startswith("0") for cells in table.cells.values() for cell in cells)


def test_an_open_quote_is_a_problem_and_the_rows_before_it_are_read(raw):
    reading = _read(raw, 'a,b\n1,2\n3,"open\n4,5\n')
    assert only(reading.problems, "FORMAT").place == "line 3"
    assert list(reading.table.rows) == [2]


def test_only_the_columns_asked_for_are_held(raw):
    raw.write("a.csv", "name,id\nJane,1\n")
    table = read_raw(Blob(raw.folder / "a.csv", "a.csv"), keep=lambda header: [header.index("id")]).table
    assert set(table.cells) == {1}
    assert "Jane" not in repr(table)


def test_folders_and_unknown_formats_are_problems(raw):
    raw.write("a.sav", b"x")
    (raw.folder / "d.csv").mkdir()
    assert "one of .csv" in only(read_raw(Blob(raw.folder / "a.sav", "a.sav")).problems, "FORMAT").expected
    assert only(read_raw(Blob(raw.folder / "d.csv", "d.csv")).problems, "FORMAT").found == "a folder"


def test_a_long_file_is_read_with_the_line_of_its_last_row(raw):
    rows = "".join(f'{i},"line\nbreak {i}"\n' for i in range(2000))
    assert _read(raw, "id,note\n" + rows).table.rows[-1] == 2 + 2 * 1999
