"""`bot chat`: the whole bot in a terminal, through the same database and the same path as a WhatsApp message."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import click

from bot.channels import as_text, without_controls
from bot.commands.explaining import explained
from bot.core.messages import Inbound, Kind
from bot.errors import BotError
from bot.settings import Settings
from bot.storage import migrate
from bot.storage.records import Direction, StoredMessage
from bot.wiring import Services, build_services

_PROMPT = click.style("you  ", fg="cyan", bold=True)
_BOT = click.style("bot  ", fg="green", bold=True)


class ChatNeedsLocalChannel(BotError):
    """The terminal chat must not send by Twilio."""


@click.command()
@click.option("--name", default="", help="The name that the learner goes by.")
def chat(name: str) -> None:
    """Talk to the bot in the terminal; choices by number, /why, /reset, /quit. Reads lines from a pipe as well."""
    settings = Settings.load()
    if settings.twilio is not None:
        raise ChatNeedsLocalChannel("bot chat works without Twilio only: unset TWILIO_ACCOUNT_SID to try the bot here.")
    migrate(settings.database_url)
    services = build_services(settings)
    try:
        _talk(_Chat(services, name))
    finally:
        services.store.close()


def _talk(chat: "_Chat") -> None:
    if sys.stdin.isatty():
        click.echo("Write as a learner would. /why explains the last answer, /reset begins anew, /quit ends.\n")
    for line in _lines():
        match line.strip():
            case "/quit":
                return
            case "/reset":
                chat.reset()
                click.echo("A new learner writes now.")
            case "/why":
                click.echo(chat.why())
            case _:
                chat.write(line)


def _lines() -> Iterator[str]:
    """What is typed, or what comes through a pipe, line by line."""
    if not sys.stdin.isatty():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    while True:
        try:
            yield click.prompt(_PROMPT, prompt_suffix="", default="", show_default=False)
        except click.Abort:
            click.echo()
            return


class _Chat:
    """One learner at the keyboard."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self._name = name
        self.reset()

    def reset(self) -> None:
        """Begin anew as a learner who has never written."""
        self._address = f"terminal:{uuid4().hex}"
        self._seen = 0
        self._last: StoredMessage | None = None

    def write(self, text: str) -> None:
        """Send one message and show what comes back."""
        text = without_controls(text)
        inbound = Inbound(
            sid=f"TE{uuid4().hex}",
            sender=self._address,
            recipient="terminal:bot",
            kind=Kind.TEXT if text.strip() else Kind.EMPTY,
            text=text,
            aliases=(self._address,),
            name=self._name,
        )
        self._services.intake.receive(inbound, now=datetime.now(UTC))
        while self._services.delivery.run_once(datetime.now(UTC)):
            pass
        replied = False
        for message in self._news():
            if message.direction is Direction.OUT:
                replied = True
                click.echo(_BOT + as_text(message.reply).replace("\n", "\n     ") + "\n")
            else:
                self._last = message
        if not replied and self._last is not None:
            click.secho(f"     (no reply: {self._last.outcome}, {self._last.reason})\n", dim=True)

    def _news(self) -> list[StoredMessage]:
        conversation = self._services.store.conversation_of(self._address)
        if conversation is None:
            return []
        news = self._services.store.thread(conversation.id, after_id=self._seen)
        self._seen = max((message.id for message in news), default=self._seen)
        return news

    def why(self) -> str:
        """What the last message was taken for, where its answer stands, and which phrase spoke for it."""
        decision = self._last.decision if self._last else None
        if not decision or not (decision["why"] or decision["answers"]):
            return "Nothing to explain yet: write something first."
        return "\n".join(f"     {line}" for line in explained(decision))
