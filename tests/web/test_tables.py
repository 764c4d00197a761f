import csv
import io

import pytest

from bot.web.tables import Table, as_csv

TABLE = Table("days", "Messages per day", ("Day", "Number"), (("2026-11-23", 7), ("2026-11-24", None)))


def test_one_table_is_its_columns_and_rows_for_any_spreadsheet() -> None:
    assert as_csv([TABLE]) == "\ufeffDay,Number\r\n2026-11-23,7\r\n2026-11-24,\r\n"


def test_several_tables_stand_one_below_the_other_under_their_titles() -> None:
    other = Table("topics", "Topics", ("Topic",), (("Fees, dates",),))
    assert as_csv([TABLE, other]).split("\r\n")[3:] == ["2026-11-24,", "", "Topics", "Topic", '"Fees, dates"', ""]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://example.org","Fees")']
)
def test_no_text_is_read_as_a_formula(text: str) -> None:
    written = as_csv([Table("a", text, (text,), ((text, -2),)), TABLE])
    rows = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert rows[:3] == [[f"'{text}"], [f"'{text}"], [f"'{text}", "-2"]]


def test_every_script_arrives_as_it_was() -> None:
    assert "आशा" in as_csv([Table("a", "A", ("आशा",), ())])
