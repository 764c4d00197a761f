import pytest

from bot.core.anonymous import anonymous, has_marks, question_of, reply_of


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call me on +91 98765 43210 please", "call me on [number] please"),
        ("call 98765-43210", "call [number]"),
        ("मेरा नंबर ९८७६५४३२१० है", "मेरा नंबर [number] है"),
        ("born 12/05/1998", "born [number]"),
        ("my PAN is ABCDE1234F", "my PAN is [number]"),
        ("write to asha.rao+x@mail.example.co.in ok", "write to [email] ok"),
        ("see www.linkedin.example/in/asha and @asha_r", "see [link] and [handle]"),
        ("i live in house no 12-B, MG Road", "i live in [address]"),
        ("near Lajpat Nagar", "near [address]"),
        ("my name is asha, is it hard?", "my name is [name], is it hard?"),
        ("मेरा नाम आशा है", "मेरा नाम [name] है"),
        ("mera naam Asha hai", "mera naam [name] hai"),
        ("This is Asha Rao from Pune", "This is [name] from Pune"),
        ("Hi Asha, thanks", "Hi [name], thanks"),
    ],
)
def test_what_tells_who_somebody_is_becomes_a_mark(text: str, left: str) -> None:
    assert anonymous(text) == left


@pytest.mark.parametrize(
    "text",
    ["i have 5 years of experience", "6 to 12 LPA in 2026?", "this is good", "hi there, fees?", "batch of 40 in May",
     "क्या मैं ops छोड़ सकता हूं", "is MLOps Engineer better than ML Engineer"],
)  # fmt: skip
def test_what_many_people_write_stays(text: str) -> None:
    assert anonymous(text) == text
    assert question_of(text) == text


def test_known_names_are_found_wherever_they_stand_but_not_inside_words() -> None:
    assert anonymous("asha here, ASHA RAO. ashakti?", ["Asha Rao"]) == "[name] here, [name]. ashakti?"


def test_short_parts_of_names_are_words_too() -> None:
    assert anonymous("is it for me", ["Is Om"]) == "is it for me"


def test_a_question_keeps_no_marks_and_no_greeting() -> None:
    assert question_of("Hi Ravi, my number is 9876543210.\nis  a laptop needed?") == "my number is. is a laptop needed?"


@pytest.mark.parametrize("text", ["hi my name is ravi, laptop?", "this is Ravi, laptop?", "मेरा नाम रवि है laptop?"])
def test_who_presents_themselves_asks_the_rest(text: str) -> None:
    assert question_of(text) == "laptop?"


def test_a_reply_keeps_its_lines_and_the_pages_it_names() -> None:
    reply = "Hi Asha,\n\nYes:  see https://school.example/page.\nCall 9876543210, Asha!"
    assert reply_of(reply, ["Asha"]) == "Yes: see https://school.example/page.\nCall [number], [name]!"
    assert has_marks(reply_of(reply))
    assert not has_marks("Yes [sic]")
