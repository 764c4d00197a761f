"""Tell staff of a handoff, at whatever addresses they gave: e-mail, Slack, Teams, Telegram and so on."""

import hashlib
import logging
import re
from collections.abc import Collection, Sequence
from typing import Final

import apprise

from bot.core.conversation import Brief
from bot.core.desk import NoticeKind
from bot.errors import BotError

QUESTION_LIMIT: Final = 300
"""Characters of the learner's question in a notice; the rest is read in the inbox."""

_TITLES: Final = {
    NoticeKind.HANDOFF: "A learner waits for staff: {reason}",
    NoticeKind.PROMISE: "A promise is due: {reason}",
}
_NUMBER: Final = re.compile(r"[+(]*\d(?:[ ().-]{0,2}\d){7,}")

log = logging.getLogger(__name__)


class UnknownNotifyAddress(BotError):
    """One of the addresses in `STAFF_NOTIFY_URLS` cannot be used."""


class Notifier:
    """Sends short notices. The addresses hold passwords, so they are named by kind and place only.

    urls: as in `STAFF_NOTIFY_URLS`; none means that nobody is told.
    inbox_base_url: the public address of the program without a slash at its end; None leaves the link out.

    Raises UnknownNotifyAddress.
    """

    def __init__(self, urls: Sequence[str], *, inbox_base_url: str | None) -> None:
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its own lines show the addresses
        self._inbox_base_url = inbox_base_url
        self._addresses: dict[str, tuple[str, apprise.NotifyBase]] = {}
        for place, url in enumerate(urls, start=1):
            plugin = apprise.Apprise.instantiate(url)
            kind = url.partition(":")[0]
            if plugin is None:
                raise UnknownNotifyAddress(
                    f"STAFF_NOTIFY_URLS: address {place} ({kind}:...) is not understood: compare it with its "
                    "example in the documentation of Apprise."
                )
            self._addresses[hashlib.sha256(url.encode()).hexdigest()[:16]] = (f"{place} ({kind})", plugin)

    @property
    def addresses(self) -> frozenset[str]:
        """Marks of all addresses: they tell one from another and nothing about it."""
        return frozenset(self._addresses)

    def tell(
        self, brief: Brief, conversation_id: int, *, told: Collection[str], kind: NoticeKind = NoticeKind.HANDOFF
    ) -> frozenset[str]:
        """Send the notice of a handoff to the addresses that are not in `told`; return all that have it now."""
        return self._tell(*self._write(brief, conversation_id, kind), told)

    def tell_of_broken_edit(self, findings: Sequence[str], place: str, *, told: Collection[str]) -> frozenset[str]:
        """Send word that the knowledge folder at a place cannot be served, as `tell` does."""
        lines = [*findings, f"Until it is mended, the last good version answers. The folder: {place}"]
        if self._inbox_base_url:
            lines.append(f"{self._inbox_base_url}/knowledge")
        return self._tell("An edit of the knowledge cannot be served", "\n".join(lines), told)

    def _tell(self, title: str, body: str, told: Collection[str]) -> frozenset[str]:
        reached = {mark for mark in self.addresses - set(told) if self._reaches(mark, title, body)}
        return frozenset(told) | reached

    def _reaches(self, mark: str, title: str, body: str) -> bool:
        place, plugin = self._addresses[mark]
        try:
            if plugin.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
                return True
            log.warning("address %s of STAFF_NOTIFY_URLS did not take a notice", place)
        except Exception as error:
            # The text of the error may show the address.
            log.warning("address %s of STAFF_NOTIFY_URLS did not take a notice: %s", place, type(error).__name__)
        return False

    def _write(self, brief: Brief, conversation_id: int, kind: NoticeKind) -> tuple[str, str]:
        lines = [f"Name: {brief.name}" if brief.name else "", f"Asked: {brief.question[:QUESTION_LIMIT]}"]
        if kind is NoticeKind.PROMISE:
            lines.append(f"Promised: {brief.promise}")
        body = _NUMBER.sub("[number]", "\n".join(line for line in lines if line))
        if self._inbox_base_url:
            body += f"\n{self._inbox_base_url}/inbox/{conversation_id}"
        return _TITLES[kind].format(reason=brief.reason), body
