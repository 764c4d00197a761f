"""Whoever gets hold of a backup, and so of the database, can neither sign in nor speak for the school with it."""

from datetime import UTC, datetime
from pathlib import Path

from bot.storage.backup import backup
from tests.twilio_forms import AUTH_TOKEN, MESSAGES, message_form
from tests.twilio_stand_in import TwilioStandIn
from tests.web.staff_clients import PASSWORD, people_at


def test_a_backup_holds_nothing_that_opens_a_door(sqlite_url: str, tmp_path: Path) -> None:
    with TwilioStandIn() as twilio, people_at(sqlite_url, **twilio.environ) as people:
        accounts, settings = people.services.store.accounts, people.services.settings
        accounts.set_password(people.editor.id, PASSWORD)
        link = accounts.new_link(people.agent.id, now=datetime.now(UTC))
        with people.admin.client.session_transaction() as session:
            token = session["token"]
        people.stranger.client.post(MESSAGES, data=message_form("Hello"))
        backup(sqlite_url, tmp_path / "stolen.db")
    stolen = (tmp_path / "stolen.db").read_bytes()
    assert b"Hello" in stolen
    assert b"edgar@example.org" in stolen
    assert settings.secret_key
    assert [
        secret for secret in (PASSWORD, link, token, settings.secret_key, AUTH_TOKEN) if secret.encode() in stolen
    ] == []
