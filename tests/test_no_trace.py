"""A whole run with all sorts of trouble, and an erasure at its end: then nothing tells of the learner anywhere."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.test_serve import LIMIT, Running, running
from tests.twilio_forms import MESSAGES, message_form
from tests.twilio_stand_in import Fault, TwilioStandIn

# Rows 1 and 10 of each say what the index is made of, all others hold letters.
LETTERS_IN_INDEXES = """
    SELECT 1 FROM search_message_texts_data WHERE id > 10 UNION ALL SELECT 1 FROM search_people_data WHERE id > 10
"""
TRACES = ("9876543210", "Annabella", "annabella", "salary", "SALARY")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def live_through(twilio: TwilioStandIn, bot: Running) -> None:
    """Let the learner be answered, refused, doubted, handed over, stopped and started."""
    bot.until_listening()
    twilio.bot = bot.url
    twilio.follow_up = ("sent", "delivered", "read")
    for number, text in enumerate(["Hello", "a person please, my SALARY is 5", "STOP", "START"], 1):
        assert twilio.send_whatsapp(text, name="Annabella").status == 204
        twilio.until_messages(number, seconds=LIMIT)
    for trouble in (Fault.SERVER_ERROR, Fault.REDIRECT):
        twilio.fail_next(trouble)
        assert twilio.send_whatsapp("menu", name="Annabella").status == 204
    twilio.reject_next(63033)
    assert twilio.send_whatsapp("tools?", name="Annabella").status == 204
    twilio.post(MESSAGES, message_form("SALARY", name="Annabella"), token="wrong")


def test_after_an_erasure_no_trace_is_left_in_files_logs_or_at_twilio(tmp_path: Path) -> None:
    knowledge = str(Path("knowledge").resolve())
    file = tmp_path / "var" / "bot.db"
    with TwilioStandIn() as twilio:
        environ = twilio.environ | {"KNOWLEDGE_DIR": knowledge, "LOG_LEVEL": "debug"}
        with running(tmp_path, "serve", **environ) as bot:
            live_through(twilio, bot)
            # What has met no message by now would meet the confirmation, which must arrive.
            twilio.forget_faults()
            with closing(sqlite3.connect(file)) as look:
                until(lambda: look.execute("SELECT 1 FROM message_texts").fetchall() != [])
                twilio.send_whatsapp("erase my data", name="Annabella")
                twilio.send_whatsapp("yes", name="Annabella")
                until(lambda: not look.execute("SELECT 1 FROM learners").fetchall())
                until(lambda: not look.execute(LETTERS_IN_INDEXES).fetchall())
                # The record of the confirmation stays at Twilio until that has had time to arrive.
                until(lambda: len(look.execute("SELECT 1 FROM to_forget").fetchall()) == 1)
            (confirmation,) = twilio.messages
            code, log = bot.stop()
        output = log + "".join(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file())
    assert code == 0
    assert "receipt is" in confirmation.body
    assert len(log.splitlines()) > 20  # so there was something to find them in
    assert [trace for trace in TRACES if trace in output] == []
