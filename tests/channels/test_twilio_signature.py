import pytest
from werkzeug.datastructures import MultiDict

from bot.channels.twilio.signature import Signature, check
from tests.twilio_forms import AUTH_TOKEN, MESSAGES, PUBLIC_BASE_URL, message_form, signature

URL = PUBLIC_BASE_URL + MESSAGES
FORM = message_form("fees? 🙏 C++ 100%\r\n ", MessageSid="SM" + "0" * 32)
GOOD = signature(URL, FORM)


def checked(url: str = URL, form: dict[str, str] = FORM, header: str | None = GOOD, *tokens: str) -> Signature:
    return check(url, MultiDict(form), header, tokens=tokens or (AUTH_TOKEN,))


def test_a_signature_over_url_and_parameters_is_good() -> None:
    assert checked() is Signature.GOOD


@pytest.mark.parametrize("header", [None, ""])
def test_a_missing_signature_is_not_a_wrong_one(header: str | None) -> None:
    assert checked(header=header) is Signature.MISSING


def test_a_default_port_makes_no_difference() -> None:
    assert checked("https://bot.example.org:443" + MESSAGES) is Signature.GOOD


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("https:", "http:"),
        URL + "/",
        URL + "?a=1",
        URL.replace("bot.", "bots."),
    ],
)
def test_another_address_makes_the_signature_wrong(url: str) -> None:
    assert checked(url) is Signature.WRONG


def test_a_port_of_its_own_must_be_in_the_address_we_know() -> None:
    with_port = URL.replace(".org", ".org:8443")
    assert checked(URL, header=signature(with_port, FORM)) is Signature.WRONG
    assert checked(with_port, header=signature(with_port, FORM)) is Signature.GOOD


def test_the_query_is_signed_as_it_was_sent() -> None:
    url = URL + "?b=%7E&a=1"
    assert checked(url, header=signature(url, FORM)) is Signature.GOOD
    assert checked(URL + "?b=~&a=1", header=signature(url, FORM)) is Signature.WRONG
    assert checked(URL + "?a=1&b=%7E", header=signature(url, FORM)) is Signature.WRONG


@pytest.mark.parametrize("change", [{"Body": "fees? 🙏 C++ 100%"}, {"New": ""}, {"From": "whatsapp:+911"}])
def test_a_changed_or_added_parameter_makes_the_signature_wrong(change: dict[str, str]) -> None:
    assert checked(form=FORM | change) is Signature.WRONG


def test_a_missing_parameter_makes_the_signature_wrong() -> None:
    assert checked(form={name: value for name, value in FORM.items() if name != "ApiVersion"}) is Signature.WRONG


def test_either_of_two_tokens_may_have_signed() -> None:
    assert checked(URL, FORM, GOOD, "new token", AUTH_TOKEN) is Signature.GOOD
    assert checked(URL, FORM, GOOD, "new token", "third token") is Signature.WRONG


@pytest.mark.parametrize("header", ["x", "x" * 28, "ümläut" * 5, GOOD + "=", GOOD.lower()])
def test_any_other_text_is_a_wrong_signature(header: str) -> None:
    assert checked(header=header) is Signature.WRONG
