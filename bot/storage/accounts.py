"""The accounts of staff: who they are, their passwords, their sessions, their one-time links."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, exists, func, insert, select, update

from bot.core.staff import Role, Staff
from bot.errors import BotError
from bot.storage import attempts, passwords
from bot.storage.attempts import Origins
from bot.storage.database import Database, insert_if_new
from bot.storage.tables import sessions, sign_in_links, staff

LOCAL_EMAIL: Final = "admin@localhost"
"""The account that `bot serve` makes for whoever tries the program on their own machine."""
IDLE_END: Final = timedelta(hours=12)
"""After so long without a request a session is over."""
ABSOLUTE_END: Final = timedelta(days=7)
"""After so long it is over in any case."""
LINK_LIFE: Final = timedelta(hours=24)
_SEEN_EVERY: Final = timedelta(minutes=1)

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


class NotAnEmail(BotError):
    """What was given as the e-mail of an account is none."""


class AlreadyStaff(BotError):
    """Somebody has that e-mail already."""


class NotStaff(BotError):
    """Nobody has that e-mail."""


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff as those see it who look after the accounts. `last_seen_at` is None without a session."""

    staff: Staff
    has_password: bool
    disabled_at: datetime | None
    last_seen_at: datetime | None


class Accounts:
    """Every method is one transaction and may raise StorageUnavailable; then nothing has changed.

    Tokens are random, 256 bits, and known only to whoever holds them: the tables have their hashes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # People

    def add(self, email: str, name: str, role: Role, *, password: str | None = None, now: datetime) -> Staff:
        """Add a member of staff; without a name the e-mail has to do.

        Raises NotAnEmail, AlreadyStaff or PasswordTooShort.
        """
        email = normalised(email)
        name = " ".join(name.split()) or _name_in(email)
        values = {
            "email": email,
            "name": name,
            "role": role,
            "password_hash": "" if password is None else passwords.hashed(password),
            "created_at": now,
        }
        with self._database.writing() as connection:
            added = insert_if_new(connection, staff).values(values).returning(staff.c.id)
            staff_id = connection.scalar(added)
        if staff_id is None:
            raise _already(email)
        return Staff(staff_id, email, name, role)

    def add_first(self, email: str, name: str, role: Role, *, now: datetime) -> None:
        """Add a member of staff if there is nobody yet; of several processes one does."""
        with self._database.writing() as connection:
            if not connection.scalar(select(exists().select_from(staff))):
                values = {"email": email, "name": name, "role": role, "created_at": now}
                connection.execute(insert_if_new(connection, staff).values(values))

    def refuse_known(self, email: str) -> None:
        """Raise AlreadyStaff if somebody has that e-mail, so that a person hears it before typing a password."""
        with self._database.reading() as connection:
            if connection.scalar(select(exists().where(staff.c.email == email.strip().lower()))):
                raise _already(email)

    def find(self, email: str) -> Account:
        """Return whoever has that e-mail, disabled or not. Raises NotStaff."""
        with self._database.reading() as connection:
            row = connection.execute(_accounts().where(staff.c.email == email.strip().lower())).one_or_none()
        if row is None:
            raise NotStaff(f"Nobody has the e-mail {email.strip()}: `bot staff list` shows who is there.")
        return _account(row)

    def all(self) -> list[Account]:
        """Return everybody, by e-mail."""
        with self._database.reading() as connection:
            return [_account(row) for row in connection.execute(_accounts().order_by(staff.c.email))]

    def colleagues(self) -> list[Staff]:
        """Return all who are not disabled, by name."""
        wanted = select(staff).where(staff.c.disabled_at.is_(None)).order_by(staff.c.name, staff.c.id)
        with self._database.reading() as connection:
            return [_staff(row) for row in connection.execute(wanted)]

    def colleague(self, email: str) -> Staff | None:
        """Return whoever has that e-mail and is not disabled; None if nobody has."""
        with self._database.reading() as connection:
            row = connection.execute(_enabled().where(staff.c.email == email.strip().lower())).one_or_none()
        return None if row is None else _staff(row)

    def names(self) -> dict[int, str]:
        """Return the name of everybody who ever was staff, by id."""
        with self._database.reading() as connection:
            return {row.id: row.name for row in connection.execute(select(staff.c.id, staff.c.name))}

    def set_role(self, staff_id: int, role: Role) -> None:
        """Give another role; it counts from the next request on."""
        with self._database.writing() as connection:
            connection.execute(update(staff).where(staff.c.id == staff_id).values(role=role))

    def disable(self, staff_id: int, *, now: datetime) -> None:
        """Let somebody in no more: their sessions and links end at once. The name stays with what they wrote."""
        with self._database.writing() as connection:
            connection.execute(
                update(staff).where(staff.c.id == staff_id, staff.c.disabled_at.is_(None)).values(disabled_at=now)
            )
            _end_everything(connection, staff_id)

    def enable(self, staff_id: int) -> None:
        """Let somebody in again, with the password they had."""
        with self._database.writing() as connection:
            connection.execute(update(staff).where(staff.c.id == staff_id).values(disabled_at=None))

    # Passwords

    def set_password(self, staff_id: int, password: str) -> None:
        """Set a password; sessions and links of that person end. Raises PasswordTooShort."""
        password_hash = passwords.hashed(password)
        with self._database.writing() as connection:
            connection.execute(update(staff).where(staff.c.id == staff_id).values(password_hash=password_hash))
            _end_everything(connection, staff_id)

    def begin_attempt(self, origins: Origins, *, now: datetime) -> timedelta | None:
        """Count an attempt, before the password is looked at; if there were too many failures, how long to wait."""
        with self._database.writing() as connection:
            return attempts.begin(connection, origins, now=now)

    def check_password(self, email: str, password: str, origins: Origins, *, begun_at: datetime) -> Staff | None:
        """Return whose e-mail and password these are; None if they fit nobody who may sign in.

        begun_at: the time of `begin_attempt`; a success takes back what was counted there.
        """
        with self._database.reading() as connection:
            row = connection.execute(_enabled().where(staff.c.email == email.strip().lower())).one_or_none()
        # Also without such a person a hash is computed: the time of the answer must not tell who is staff.
        if not passwords.fits(password, row.password_hash if row else "") or row is None:
            return None
        with self._database.writing() as connection:
            attempts.succeed(connection, origins, now=begun_at)
            if passwords.is_outdated(row.password_hash):
                same = (staff.c.id == row.id) & (staff.c.password_hash == row.password_hash)
                connection.execute(update(staff).where(same).values(password_hash=passwords.hashed(password)))
        return _staff(row)

    # Sessions

    def open_session(self, staff_id: int, *, now: datetime) -> str:
        """Begin a session; return its token."""
        token = secrets.token_urlsafe(32)
        values = {"token_hash": _hash(token), "staff_id": staff_id, "created_at": now, "seen_at": now}
        with self._database.writing() as connection:
            connection.execute(insert(sessions).values(values))
        return token

    def signed_in(self, token: str, *, now: datetime, by_hand: bool = True) -> Staff | None:
        """Return whose session it is; None if it has ended, by whatever reason.

        by_hand: whether a person asks, and not the page by itself; only that keeps a session from ending.
        """
        wanted = (
            _enabled()
            .add_columns(sessions.c.seen_at)
            .join(sessions, sessions.c.staff_id == staff.c.id)
            .where(
                sessions.c.token_hash == _hash(token),
                sessions.c.seen_at > now - IDLE_END,
                sessions.c.created_at > now - ABSOLUTE_END,
            )
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        if by_hand and now - row.seen_at >= _SEEN_EVERY:
            with self._database.writing() as connection:
                connection.execute(update(sessions).where(sessions.c.token_hash == _hash(token)).values(seen_at=now))
        return _staff(row)

    def close_session(self, token: str) -> None:
        """End one session."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))

    def close_sessions(self, staff_id: int) -> None:
        """End all sessions of a person, and the links that would open new ones."""
        with self._database.writing() as connection:
            _end_everything(connection, staff_id)

    # One-time links

    def new_link(self, staff_id: int, *, now: datetime) -> str:
        """Make a one-time link, good for `LINK_LIFE`, in place of older ones; return its token."""
        token = secrets.token_urlsafe(32)
        values = {"token_hash": _hash(token), "staff_id": staff_id, "expires_at": now + LINK_LIFE}
        with self._database.writing() as connection:
            connection.execute(delete(sign_in_links).where(sign_in_links.c.staff_id == staff_id))
            connection.execute(insert(sign_in_links).values(values))
        return token

    def link_owner(self, token: str, *, now: datetime) -> Staff | None:
        """Return whose link it is, without using it up; None if it is used up or too old, or its owner disabled."""
        wanted = (
            _enabled()
            .join(sign_in_links, sign_in_links.c.staff_id == staff.c.id)
            .where(sign_in_links.c.token_hash == _hash(token), sign_in_links.c.expires_at > now)
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _staff(row)

    def use_link(self, token: str, *, password: str | None = None, now: datetime) -> Staff | None:
        """Use a link up, setting a password if one is given; None as in `link_owner`. Of two at once, one gets it.

        Raises PasswordTooShort, and the link stays.
        """
        password_hash = None if password is None else passwords.hashed(password)
        with self._database.writing() as connection:
            staff_id = connection.scalar(
                delete(sign_in_links)
                .where(sign_in_links.c.token_hash == _hash(token), sign_in_links.c.expires_at > now)
                .returning(sign_in_links.c.staff_id)
            )
            row = connection.execute(_enabled().where(staff.c.id == staff_id)).one_or_none()
            if row is None:
                return None
            if password_hash is not None:
                connection.execute(update(staff).where(staff.c.id == row.id).values(password_hash=password_hash))
                _end_everything(connection, row.id)
        return _staff(row)


def normalised(email: str) -> str:
    """Return an e-mail as it is stored. Raises NotAnEmail."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise NotAnEmail(f"{email!r} is not an e-mail: write it like asha@example.org.")
    return email


def _already(email: str) -> AlreadyStaff:
    return AlreadyStaff(
        f"{email} is there already (`bot staff list`): `bot staff password {email}` sets a password,"
        f" `bot staff role {email} ROLE` another role, `bot staff enable {email}` lets them in again."
    )


def _name_in(email: str) -> str:
    """`Asha Rao` of `asha.rao@example.org`."""
    return " ".join(re.split(r"[._+-]+", email.partition("@")[0])).strip().title() or email


def _hash(token: str) -> str:
    # The token is random already; a slow hash is for what people choose.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _end_everything(connection: Connection, staff_id: int) -> None:
    for table in (sessions, sign_in_links):
        connection.execute(delete(table).where(table.c.staff_id == staff_id))


def _enabled() -> Select[Any]:
    return select(staff).where(staff.c.disabled_at.is_(None))


def _accounts() -> Select[Any]:
    last = select(func.max(sessions.c.seen_at)).where(sessions.c.staff_id == staff.c.id).scalar_subquery()
    return select(staff, last.label("last_seen_at"))


def _account(row: Row[Any]) -> Account:
    return Account(_staff(row), row.password_hash != "", row.disabled_at, row.last_seen_at)


def _staff(row: Row[Any]) -> Staff:
    return Staff(row.id, row.email, row.name, Role(row.role))
