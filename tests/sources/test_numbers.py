"""Which mark is the decimal mark, and what the cells then say."""

import pytest

from analysis.sources.numbers import Marks, evidence, parse_duration, parse_number, uses_thousands

COMMA, POINT = Marks(",", "."), Marks(".", ",")


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("12,5", ","),
        ("0,125", ","),
        ("1234,567", ","),
        ("1.234,5", ","),
        ("1.234.567", ","),
        ("12.5", "."),
        ("0.125", "."),
        ("-0.75", "."),
        ("1,234.5", "."),
        ("9,894,001", "."),
        ("3322.949951171875", "."),
        ("1.5E-3", "."),
    ],
)
def test_a_cell_that_can_be_read_in_one_way_proves_the_decimal_mark(text, mark):
    assert evidence([text]).decided == mark


@pytest.mark.parametrize("text", ["2.932", "1,020", "-9.894"])
def test_three_digits_after_one_mark_prove_nothing_as_in_garmins_steps(text):
    found = evidence(["7", text])
    assert found.proves == {}
    assert found.open_cell == text


def test_contradictory_cells_are_not_decided():
    assert evidence(["1,54", "1.54"]).decided is None


@pytest.mark.parametrize("text", ["12", "", "abc", "5:42", "."])
def test_cells_without_a_mark_or_without_a_number_are_no_evidence(text):
    found = evidence([text])
    assert (found.proves, found.open_cell) == ({}, None)


@pytest.mark.parametrize(
    ("text", "marks", "number"),
    [
        ("2.932", COMMA, 2932),
        ("2.932", POINT, 2.932),
        ("1.234,56", COMMA, 1234.56),
        ("1,234.56", POINT, 1234.56),
        ("12 345,6", COMMA, 12345.6),
        ("12\u202f345.6", POINT, 12345.6),
        ("1'234.5", POINT, 1234.5),
        ("−7,5", COMMA, -7.5),
        ("+3", POINT, 3),
        (".5", POINT, 0.5),
        ("1e3", POINT, 1000),
        ("007", POINT, 7),
    ],
)
def test_numbers_as_written_in_europe_and_america(text, marks, number):
    assert parse_number(text, marks) == number


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("12.5", COMMA),
        ("12,5", POINT),
        ("42min", POINT),
        ("95%", POINT),
        ("inf", POINT),
        ("1 2", POINT),
        ("1.2.3", POINT),
        ("12.34,5", COMMA),
        ("nan", POINT),
        ("0x10", POINT),
        ("1_000", POINT),
    ],
)
def test_what_is_no_number_in_these_marks_is_not_read(text, marks):
    assert parse_number(text, marks) is None


def test_thousands_are_told_only_where_the_mark_is_used():
    assert uses_thousands("2.932", COMMA)
    assert not uses_thousands("2932", COMMA)
    assert not uses_thousands("2.9.32", COMMA)


@pytest.mark.parametrize(
    ("text", "clock", "seconds"),
    [("1:05:11", "h:mm:ss", 3911), ("00:01:39,6", "h:mm:ss", 99.6), ("12:03", "mm:ss", 723), ("1:30", "h:mm", 5400)],
)
def test_durations_written_with_colons(text, clock, seconds):
    assert parse_duration(text, clock) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "clock"), [("12:03", "h:mm:ss"), ("1:05:11", "mm:ss"), ("1:75:00", "h:mm:ss"), ("1h12", "h:mm")]
)
def test_a_duration_written_otherwise_is_not_guessed(text, clock):
    assert parse_duration(text, clock) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("42min", 42),
        ("42 Min.", 42),
        ("1h12", 72),
        ("1 h 12 min", 72),
        ("1h05min30s", 65.5),
        ("1 Std. 5 Minuten", 65),
        ("2 heures", 120),
        ("1,5 h", 90),
        ("0.5h", 30),
        ("90m", 90),
        ("45 s", 0.75),
        ("120 min", 120),
    ],
)
@pytest.mark.parametrize("written", ["1h12", "1h12|min"])
def test_durations_written_with_letters_as_in_answers_to_a_form_inputs_1_4(text, minutes, written):
    assert parse_duration(text, written) == pytest.approx(minutes * 60)


@pytest.mark.parametrize("text", ["1h90", "1,5h 10min", "h", "", "12:30", "-42min", "42 km", "1.200 min"])
@pytest.mark.parametrize("written", ["1h12", "1h12|min"])
def test_a_text_that_is_no_duration_with_letters_is_not_read(text, written):
    assert parse_duration(text, written) is None


def test_a_number_without_a_letter_is_a_duration_only_where_its_unit_is_said():
    assert parse_duration("92", "1h12") is None
    assert parse_duration("92", "1h12|min") == 92 * 60
    assert parse_duration("92,5", "1h12|min") == 92.5 * 60
    assert parse_duration("1.200", "1h12|min") is None


def test_a_cell_of_blanks_without_end_is_no_duration_and_takes_no_time():
    assert parse_duration("1h" + " " * 100_000 + "x", "1h12") is None
