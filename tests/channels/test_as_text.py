from hypothesis import given
from hypothesis import strategies as st

from bot.channels import as_text
from bot.core.messages import (
    MENU_TEXT_LIMIT,
    ROW_DESCRIPTION_LIMIT,
    ROW_LIMIT,
    ROW_TITLE_LIMIT,
    TEXT_LIMIT,
    Button,
    Reply,
    Row,
)

ROWS = st.lists(
    st.builds(
        Row,
        id=st.just("x"),
        title=st.text(max_size=ROW_TITLE_LIMIT),
        description=st.text(max_size=ROW_DESCRIPTION_LIMIT),
    ),
    max_size=ROW_LIMIT,
).map(tuple)


def test_a_plain_reply_stays_as_it_is() -> None:
    assert as_text(Reply(" Hello\n")) == " Hello\n"


def test_buttons_become_numbered_lines() -> None:
    reply = Reply("Which one?", buttons=(Button("a", "Tools"), Button("b", "Salary")))
    assert as_text(reply) == "Which one?\n\n1. Tools\n2. Salary"


def test_rows_keep_their_descriptions() -> None:
    reply = Reply("Menu", rows=(Row("a", "Tools", "what is used"), Row("b", "Fees")))
    assert as_text(reply) == "Menu\n\n1. Tools - what is used\n2. Fees"


def test_descriptions_give_way_to_the_limit_of_a_text() -> None:
    rows = tuple(Row(str(number), "x" * 24, "y" * 72) for number in range(10))
    text = as_text(Reply("z" * MENU_TEXT_LIMIT, rows=rows))
    assert text.endswith("10. " + "x" * 24)
    assert "y" not in text


@given(text=st.text(max_size=MENU_TEXT_LIMIT), rows=ROWS)
def test_a_reply_within_its_limits_fits_one_text(text: str, rows: tuple[Row, ...]) -> None:
    assert len(as_text(Reply(text, rows=rows))) <= TEXT_LIMIT
