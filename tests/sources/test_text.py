"""Encoding and delimiter, and physical lines."""

import pytest

from analysis.sources.text import BadRecord, decode, find_delimiter, records

WORD = "id;Größe\nA;1,80\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_and_utf_8_are_read_without_being_told(encoding):
    found = decode(WORD.encode(encoding), None)
    assert (found.text, found.trouble) == (WORD, None)


def test_what_is_not_utf_8_is_an_error_that_names_the_line_and_proposes_cp1252():
    found = decode(WORD.encode("cp1252"), None)
    assert found.trouble.line == 1
    assert found.trouble.severity == "error"
    assert "Größe" in found.trouble.found
    assert 'encoding = "cp1252"' in found.trouble.fix


def test_a_given_encoding_is_used_and_doubted_where_the_bytes_are_utf_8():
    assert decode(WORD.encode("cp1252"), "cp1252").trouble is None
    assert decode(WORD.encode("utf-8"), "cp1252").trouble.severity == "warning"
    assert decode(b"id;x\n", "cp1252").trouble is None
    assert decode("a\nb\nŐ".encode("cp1250"), "ascii").trouble.line == 3


def test_nul_bytes_are_an_error_with_their_line():
    assert decode(b"a,b\n1,\x002\n", None).trouble.line == 2
    assert decode("a\x00b".encode("utf-16"), None).trouble.code == "ENCODING"


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("Datum;Distanz, km;Zeit\n01.02.2026;5,5;30\n", ";"),
        ("a\tb\n1,5\t2,5\n", "\t"),
        ('Zeit,"Frage; mit Strichpunkt"\n1,2\n', ","),
        ("a|b\n1|2\n", "|"),
        ("id\n007\n", ","),
    ],
)
def test_the_delimiter_is_the_one_under_which_rows_agree_with_the_header(text, mark):
    assert find_delimiter(text, None).mark == mark


def test_a_tie_between_delimiters_is_not_decided():
    found = find_delimiter("a;b,c\n1;2,3\n", None)
    assert found.mark is None
    assert "comma and semicolon" in found.evidence


def test_title_lines_do_not_mislead_where_the_header_is_named():
    assert find_delimiter("Report, of, many, commas\n\na;b;c\n1,5;2,5;3\n", 3).mark == ";"


def test_lines_are_physical_after_quoted_line_breaks_blank_rows_and_any_line_ending():
    text = 'id,note\r\n1,"two\r\nlines"\r\n\r\n\r\n2,x\r\n3,"a\rb"\r\n4,y'
    assert [(line, row[0]) for line, row in records(text, ",") if row] == [
        (1, "id"),
        (2, "1"),
        (6, "2"),
        (7, "3"),
        (9, "4"),
    ]


def test_a_quote_that_is_never_closed_is_reported_where_it_begins():
    with pytest.raises(BadRecord) as caught:
        list(records('a,b\n1,2\n3,"open\n4,5\n', ","))
    assert caught.value.line == 3
