import io
import json
import logging
import sys

import pytest

from bot.core.messages import DeliveryReport, MessageState
from bot.logs import JsonFormatter, TextFormatter, about, without_addresses
from bot.storage import Store
from tests.storage.world import NOW, Recorder, deliver_all, intake, message


def record(message: str, *values: object, **fields: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "bot.test", "levelname": "INFO", "msg": message, "args": values} | fields)
    made.created = 0.5
    return made


def test_a_text_line_has_time_level_logger_and_message() -> None:
    line = TextFormatter().format(record("took %s seconds", 3))
    assert line == "1970-01-01T00:00:00.500Z INFO bot.test: took 3 seconds"


def test_a_json_line_is_one_object_with_the_extra_fields() -> None:
    line = JsonFormatter().format(record("two\nlines", message_id=7, level="not this"))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.500Z",
        "level": "info",
        "logger": "bot.test",
        "message": "two\nlines",
        "message_id": 7,
    }


def test_a_json_line_keeps_the_trace_of_an_error() -> None:
    try:
        raise ValueError("from whatsapp:+919876543210")
    except ValueError:
        line = JsonFormatter().format(record("failed", exc_info=sys.exc_info()))
    assert "ValueError: from [address]" in json.loads(line)["error"]


@pytest.mark.parametrize(
    "address",
    [
        "whatsapp:+919876543210",
        "whatsapp%3A%2B919876543210",
        "WhatsApp:IN.a1B2c3D4e5F6",
        "+919876543210",
        "%2B919876543210",
        "919876543210",
        "9876543210",
    ],
)
def test_addresses_of_learners_are_hidden(address: str) -> None:
    assert without_addresses(f"sent to {address}, done") == "sent to [address], done"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T10:00:00+00:00",
        "1+1",
        "whatsapp: hello",
        "C++",
        "message 123456789",
        "SM" + "0123456789" * 3,
        "took 0.1234567890123",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert without_addresses(text) == text


def test_a_number_without_plus_is_hidden_wherever_it_stands_in_a_json_line() -> None:
    line = JsonFormatter().format(record("WaId was\n%s", "919876543210", sender=["919876543210"], size=9876543210))
    assert json.loads(line)["message"] == "WaId was\n[address]"
    assert json.loads(line)["sender"] == "['[address]']"
    assert json.loads(line)["size"] == 9876543210


def test_what_a_block_is_about_stands_in_all_its_lines() -> None:
    formatter = JsonFormatter()
    with about(trace="IN1"), about(message_id=7):
        line = json.loads(formatter.format(record("sent", message_id=8)))
    assert (line["trace"], line["message_id"]) == ("IN1", 8)
    assert "trace" not in json.loads(formatter.format(record("later")))


def test_one_id_follows_a_message_through_its_whole_life(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    text, handler = io.StringIO(), logging.StreamHandler()
    handler.setStream(text)
    handler.setFormatter(JsonFormatter())
    caplog.set_level(logging.INFO, logger="bot")
    logging.getLogger("bot").addHandler(handler)
    intake(store).receive(message("IN1", "My secret"), now=NOW)
    intake(store).receive(message("IN1", "My secret"), now=NOW)
    deliver_all(store, Recorder())
    store.record_report(DeliveryReport("OUT2", MessageState.READ), now=NOW)
    logging.getLogger("bot").removeHandler(handler)
    lines = [json.loads(line) for line in text.getvalue().splitlines()]
    assert [(line["trace"], line.get("message_id"), line["message"]) for line in lines] == [
        ("IN1", None, "a message was taken in"),
        ("IN1", None, "a message was here before"),
        ("IN1", 2, "message 2 is sent as OUT2"),
        ("IN1", 2, "message 2, OUT2, is reported as read"),
    ]
    assert "secret" not in text.getvalue()
