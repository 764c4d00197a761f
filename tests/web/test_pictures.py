import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.web.pictures import Bar, bars, columns, heat_map

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>'
WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def read(picture: Markup) -> ET.Element:
    return ET.fromstring(str(picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def drawn(picture: Markup) -> list[ET.Element]:
    return read(picture).findall(f"{SVG}rect")


def words(picture: Markup) -> list[str]:
    return [element.text or "" for element in read(picture).findall(f"{SVG}text")]


@pytest.mark.parametrize(
    "picture",
    [
        columns("days", HOSTILE, [HOSTILE, "24 Nov"], [(HOSTILE, [3, 0]), ("ended", [1, 2])]),
        bars("topics", HOSTILE, [Bar(HOSTILE, 3, HOSTILE)]),
        heat_map("hours", HOSTILE, [HOSTILE], [[1] * 24]),
    ],
)
def test_a_picture_is_one_image_with_title_and_description_and_nothing_that_runs(picture: Markup) -> None:
    svg = read(picture)
    title, description = svg[0], svg[1]
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == HOSTILE
    assert description.text
    assert "<script" not in picture
    assert not re.search(r"\sstyle=|\son\w+=", picture)


def test_the_longest_bar_is_that_of_the_largest_number() -> None:
    lengths = [float(bar.get("width") or 0) for bar in drawn(bars("a", "A", [Bar("x", 10, "10"), Bar("y", 5, "5")]))]
    assert lengths[0] == 2 * lengths[1] > 0


def test_bars_of_nothing_have_no_length() -> None:
    assert [bar.get("width") for bar in drawn(bars("a", "A", [Bar("x", 0, "0")]))] == ["0"]


def test_a_long_label_is_cut() -> None:
    assert words(bars("a", "A", [Bar("x" * 100, 1, "1")])) == ["x" * 45 + "…", "1"]


def test_columns_stand_on_the_ground_and_grow_with_the_number() -> None:
    one, other = drawn(columns("a", "A", ["23 Nov"], [("began", [1]), ("ended", [2])]))
    feet = {float(column.get("y") or 0) + float(column.get("height") or 0) for column in (one, other)}
    assert len(feet) == 1
    assert float(other.get("height") or 0) == 2 * float(one.get("height") or 0)


@pytest.mark.parametrize(
    ("most", "top"), [(0, "2"), (1, "2"), (3, "4"), (10, "10"), (11, "20"), (57, "60"), (101, "200")]
)
def test_the_scale_ends_with_a_round_number(most: int, top: str) -> None:
    assert top in words(columns("a", "A", ["23 Nov"], [("began", [most])]))


@given(values=st.lists(st.integers(0, 10**6), min_size=1, max_size=366))
def test_every_column_stays_in_the_picture(values: list[int]) -> None:
    picture = columns("a", "A", [str(number) for number in range(len(values))], [("began", values), ("ended", values)])
    _, _, width, height = map(float, (read(picture).get("viewBox") or "").split())
    for column in drawn(picture):
        x, y, w, h = (float(column.get(name) or 0) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height


def test_the_busiest_hour_is_the_strongest_and_is_named() -> None:
    grid = [[0] * 24 for _ in WEEK]
    grid[2][14], grid[5][9] = 10, 1
    picture = heat_map("hours", "Hours", WEEK, grid)
    cells = drawn(picture)
    assert [cells[row * 24 + hour].get("class") for row, hour in ((2, 14), (5, 9), (0, 0))] == [
        "heat-5",
        "heat-1",
        "heat-0",
    ]
    assert read(picture)[1].text == "The busiest hour is Wednesday from 14:00 to 15:00 with 10."
