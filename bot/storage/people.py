"""One person, found by whatever they are known by: what is held of them, and its erasure."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from bot.errors import BotError
from bot.storage.database import Database
from bot.storage.erasing import erase
from bot.storage.exporting import Json, everything_of
from bot.storage.housekeeping import remove_erased
from bot.storage.tables import addresses, conversations, erasure_receipts, messages

_SCHEME: Final = "whatsapp:"
_FEWEST_DIGITS: Final = 8
"""Fewer are the id of a learner; no phone number is so short."""


class NobodyFound(BotError):
    """Nothing is held of such a person."""


class SeveralFound(BotError):
    """More than one person could be meant."""


@dataclass(frozen=True, slots=True)
class Person:
    """A learner as one says whom one means. `ending` is the end of the phone number, or empty."""

    learner_id: int
    conversation_id: int
    ending: str
    messages: int


class People:
    """Every method is one transaction and may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, person: str) -> Person:
        """Find somebody by phone number in any spelling, by WhatsApp address or by the id of the learner.

        A number without its country is found if it ends the number of one learner only.

        Raises NobodyFound or SeveralFound.
        """
        with self._database.reading() as connection:
            found = _found(connection, person)
            if not found:
                raise NobodyFound(
                    "Nothing is held of such a person: give the phone number with its country, such as +91 98000 00001,"
                    " or the address or id that an export shows."
                )
            if len(found) > 1:
                ids = ", ".join(map(str, found))
                raise SeveralFound(f"The learners {ids} have such a number: give it with its country, or an id.")
            return _person(connection, found[0])

    def export(self, person: Person, *, now: datetime) -> Json:
        """Return everything that is held of a person, as a value for JSON."""
        with self._database.reading() as connection:
            return everything_of(connection, person.learner_id, person.conversation_id, now=now)

    def erase(self, person: Person, *, now: datetime) -> str:
        """Erase everything that is held of a person; return the number of the receipt.

        Raises NobodyFound if they were erased meanwhile.
        """
        with self._database.writing() as connection:
            held = connection.scalar(
                select(conversations.c.id)
                .where(conversations.c.id == person.conversation_id, conversations.c.erased_at.is_(None))
                .with_for_update()
            )
            if held is None:
                raise NobodyFound("Everything of this person has just been erased.")
            receipt = erase(connection, person.conversation_id, person.learner_id, now=now)
        remove_erased(self._database, now=now)
        return receipt

    def erased_on(self, number: str) -> date:
        """Return the day of the erasure with that number of a receipt. Raises NobodyFound."""
        wanted = erasure_receipts.c.number == number.strip().upper()
        with self._database.reading() as connection:
            day: date | None = connection.scalar(select(erasure_receipts.c.erased_on).where(wanted))
        if day is None:
            raise NobodyFound("No erasure has such a number: look for a letter that was misread.")
        return day


def _found(connection: Connection, person: str) -> list[int]:
    """Return the ids of the learners that may be meant."""
    person = person.strip()
    digits = "".join(str(unicodedata.digit(letter)) for letter in person if letter.isdecimal())
    if person.startswith(_SCHEME) and not person.removeprefix(_SCHEME).startswith("+"):
        return _ids(connection, addresses.c.address == person)
    if len(digits) < _FEWEST_DIGITS:
        return _ids(connection, conversations.c.learner_id == int(digits)) if person.isdecimal() else []
    exact = digits.removeprefix("00") if digits.startswith("00") else digits
    found = _ids(connection, addresses.c.address == f"{_SCHEME}+{exact}")
    if found or exact != digits or "+" in person:
        return found
    # Within a country numbers begin with a zero that is not there when they are written with the country.
    return _ids(connection, addresses.c.address.endswith(digits.lstrip("0")))


def _ids(connection: Connection, condition: ColumnElement[bool]) -> list[int]:
    query: Select[tuple[int]] = (
        select(conversations.c.learner_id)
        .outerjoin(addresses, addresses.c.learner_id == conversations.c.learner_id)
        .where(condition, conversations.c.erased_at.is_(None))
        .distinct()
        .order_by(conversations.c.learner_id)
    )
    return list(connection.scalars(query))


def _person(connection: Connection, learner_id: int) -> Person:
    conversation_id = connection.scalars(
        select(conversations.c.id).where(conversations.c.learner_id == learner_id)
    ).one()
    known = connection.scalars(select(addresses.c.address).where(addresses.c.learner_id == learner_id)).all()
    number = next((address for address in known if address.startswith(f"{_SCHEME}+")), "")
    count = connection.scalar(
        select(func.count()).select_from(messages).where(messages.c.conversation_id == conversation_id)
    )
    return Person(learner_id, conversation_id, number[-4:], count or 0)
