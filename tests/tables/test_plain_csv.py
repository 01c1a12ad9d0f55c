"""No CSV file of ours runs in a spreadsheet program, and no number changes by that."""

import csv

import pandas as pd
import pytest

from analysis.tables.plain_csv import safe_cell, write_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_text_that_begins_a_formula_gets_an_apostrophe(start):
    assert safe_cell(f"{start}1+1") == "'" + f"{start}1+1".replace("\r", "\n")


@pytest.mark.parametrize("value", [-1.5, 0, None, True, "a=b", "", " -", "'=1"])
def test_numbers_and_other_texts_stay_as_they_are(value):
    assert safe_cell(value) is value


def test_a_frame_is_written_with_safe_texts_and_headers_and_exact_numbers(tmp_path):
    frame = pd.DataFrame({
        "=header": ["-2", None],
        "found": pd.Categorical(["@SUM(A1)", "fine"]),
        "mixed": pd.Series([-3, "=cmd|' /C calc'!A0"], dtype=object),
        "number": [-0.1, 1e-12],
        "whole": pd.array([-7, None], dtype="Int64"),
        "day": pd.to_datetime(["2026-01-05", None]),
    })  # fmt: skip
    write_csv(frame, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["'=header", "found", "mixed", "number", "whole", "day"]
    assert rows[1] == ["'-2", "'@SUM(A1)", "-3", "-0.1", "-7", "2026-01-05"]
    assert rows[2] == ["", "fine", "'=cmd|' /C calc'!A0", "1e-12", "", ""]
    assert "=header" in frame
    assert b"\r\n" not in (tmp_path / "a.csv").read_bytes()


def test_columns_of_one_name_each_keep_their_values(tmp_path):
    frame = pd.DataFrame([["=a", "=b"]], columns=["x", "x"])
    write_csv(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8").splitlines() == ["x,x", "'=a,'=b"]


def test_numbers_are_written_as_the_format_says(tmp_path):
    write_csv(pd.DataFrame({"p": [1 / 3]}), tmp_path / "a.csv", float_format="%.6g")
    assert (tmp_path / "a.csv").read_text("utf-8") == "p\n0.333333\n"
