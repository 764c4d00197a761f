from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.twilio.errors import sentence
from bot.channels.twilio.inbound import UnreadableForm, clean_name, read_message, read_report
from bot.core.messages import DeliveryReport, Inbound, Kind, Media, MessageState
from tests.twilio_forms import NUMBER, message_form, report_form

RECORDED = Path(__file__).parent / "recorded"
PHONE = "whatsapp:+919876543210"
SCOPED = "whatsapp:IN.a1B2c3D4e5F6g7H8"


def recorded(name: str) -> Inbound:
    body = (RECORDED / f"{name}.form").read_text("ascii")
    return read_message(dict(parse_qsl(body, keep_blank_values=True)))


def test_a_text_is_read_whole() -> None:
    assert recorded("text") == Inbound(
        sid="SM00000000000000000000000000000001",
        sender=PHONE,
        recipient=NUMBER,
        kind=Kind.TEXT,
        text="Which tools does an MLOps engineer use?",
        aliases=(PHONE,),
        name="Asha",
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("text", Kind.TEXT),
        ("button", Kind.CHOICE),
        ("list_row", Kind.CHOICE),
        ("location", Kind.LOCATION),
        ("image_with_caption", Kind.IMAGE),
        ("voice_note", Kind.AUDIO),
        ("contact", Kind.CONTACT),
        ("sticker", Kind.STICKER),
        ("document", Kind.DOCUMENT),
        ("empty_body", Kind.EMPTY),
    ],
)
def test_the_kind_follows_from_the_fields_that_are_there(name: str, kind: Kind) -> None:
    assert recorded(name).kind is kind


def test_the_kind_does_not_depend_on_the_message_type() -> None:
    assert read_message(message_form("hello", MessageType="hologram")).kind is Kind.TEXT


def test_a_tapped_button_brings_its_id_its_title_and_the_message_it_was_on() -> None:
    tap = recorded("button")
    assert (tap.choice, tap.text, tap.quoted_sid) == ("person", "Talk to a person", "MM" + "ab" * 16)


def test_a_tapped_row_brings_its_id_and_title() -> None:
    assert (recorded("list_row").choice, recorded("list_row").text) == ("topic:tools", "Tools")


def test_a_picture_keeps_its_caption_and_address() -> None:
    picture = recorded("image_with_caption")
    assert picture.text == "is this my fee receipt?"
    assert picture.media is not None
    assert picture.media.url.startswith("https://api.twilio.com/")


def test_a_media_type_with_parameters_in_capitals_is_understood() -> None:
    form = message_form(
        "", NumMedia="1", MediaUrl0="https://api.twilio.com/x", MediaContentType0="Audio/OGG; codecs=opus"
    )
    assert read_message(form).media == Media("https://api.twilio.com/x", "audio/ogg")


def test_a_location_is_written_out_for_staff() -> None:
    assert recorded("location").text == "India Gate\nKartavya Path, New Delhi\n28.6129, 77.2295"


def test_a_sender_without_phone_number_is_a_person_too() -> None:
    scoped = recorded("scoped_sender")
    assert (scoped.sender, scoped.aliases) == (SCOPED, (SCOPED,))


def test_phone_number_and_scoped_id_are_aliases_of_one_person() -> None:
    assert recorded("both_addresses").aliases == (PHONE, SCOPED)


def test_an_advertisement_is_the_source() -> None:
    assert recorded("advertisement").source == "Become an MLOps engineer"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("emoji", "fees? 🙏🏽 👩‍💻 नमस्ते"),
        ("plus_and_percent", "C++ or C# 100% & a=b?"),
        ("line_breaks", "first line\r\n\r\nthird line \t "),
        ("empty_body", ""),
    ],
)
def test_the_text_arrives_as_it_was_typed(name: str, text: str) -> None:
    assert recorded(name).text == text


def test_control_characters_are_dropped() -> None:
    assert read_message(message_form("a\x00b\x0bc\td")).text == "abc\td"


def test_a_text_over_every_limit_is_kept() -> None:
    assert len(read_message(message_form("x" * 50_000)).text) == 50_000


def test_an_opt_out_that_twilio_has_answered_is_named() -> None:
    assert recorded("opt_out").opt_out == "STOP"
    assert read_message(message_form(OptOutType="MAYBE")).opt_out == ""


@pytest.mark.parametrize("name", ["MessageSid", "From", "To"])
def test_without_id_sender_or_recipient_it_is_no_message(name: str) -> None:
    form = message_form()
    del form[name]
    with pytest.raises(UnreadableForm, match=name):
        read_message(form)


@pytest.mark.parametrize("sid", ["", " ", "SM' OR 1=1", "S" * 65, "SM\n"])
def test_an_implausible_id_is_refused(sid: str) -> None:
    with pytest.raises(UnreadableForm, match="MessageSid"):
        read_message(message_form() | {"MessageSid": sid})


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Asha", "Asha"),
        ("  A\nsha \t K ", "A sha K"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("Ra\x00vi\u200b", "Ravi"),
        ("क्\u200dष 👩\u200d💻", "क्\u200dष 👩\u200d💻"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_display_name_is_made_harmless(given_name: str, shown: str) -> None:
    assert clean_name(given_name) == shown


@given(st.dictionaries(st.sampled_from([*message_form(), "MediaUrl0", "Latitude", "ListId", "ErrorCode"]), st.text()))
def test_any_form_gives_a_message_or_a_named_error(changes: dict[str, str]) -> None:
    try:
        inbound = read_message(message_form() | changes)
    except UnreadableForm:
        return
    assert inbound.sender in inbound.aliases
    stored = "".join([inbound.text, inbound.name, inbound.choice, inbound.source, inbound.quoted_sid, *inbound.aliases])
    assert b"\x00" not in stored.encode()  # which also refuses lone surrogates, as databases do


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", MessageState.SENT),
        ("queued", MessageState.SENT),
        ("sending", MessageState.SENT),
        ("sent", MessageState.SENT),
        ("delivered", MessageState.DELIVERED),
        ("read", MessageState.READ),
        ("failed", MessageState.FAILED),
        ("undelivered", MessageState.FAILED),
        ("canceled", MessageState.FAILED),
    ],
)
def test_a_report_is_read_into_a_state(status: str, state: MessageState) -> None:
    report = read_report(report_form("SM1", status))
    assert report is not None
    assert (report.sid, report.state) == ("SM1", state)


def test_a_failure_tells_staff_what_to_do() -> None:
    report = read_report(report_form("SM1", "undelivered", error_code=63016))
    assert report == DeliveryReport("SM1", MessageState.FAILED, "63016", sentence(63016))
    assert "24 hours" in report.error


def test_a_code_we_do_not_know_points_to_its_page() -> None:
    report = read_report(report_form("SM1", "failed", error_code=99999))
    assert report is not None
    assert report.error.endswith("https://www.twilio.com/docs/api/errors/99999.")


def test_an_error_code_of_a_message_that_arrived_is_no_failure() -> None:
    assert read_report(report_form("SM1", "delivered", error_code=0)) == DeliveryReport("SM1", MessageState.DELIVERED)


@pytest.mark.parametrize("status", ["", "received", "teleported"])
def test_an_unknown_status_says_nothing(status: str) -> None:
    assert read_report(report_form("SM1", status)) is None


@given(st.dictionaries(st.sampled_from([*report_form("SM1", "failed"), "ErrorCode"]), st.text()))
def test_any_report_gives_a_value_or_a_named_error(changes: dict[str, str]) -> None:
    try:
        report = read_report(report_form("SM1", "failed", error_code=30008) | changes)
    except UnreadableForm:
        return
    assert report is None or (report.state is MessageState.FAILED) == bool(report.error)
