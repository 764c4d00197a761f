"""The command line. Each command lives in a module of its own and is imported when it is called, not before."""

import sys
import traceback
from datetime import UTC, datetime
from importlib import import_module
from typing import Final, NamedTuple

import click

from bot.errors import BotError
from bot.logs import without_addresses
from bot.settings import VAR

EXPECTED_FAILURE: Final = 1
UNEXPECTED_FAILURE: Final = 3


class Entry(NamedTuple):
    """Where a command is (`module:name`), and the line that `bot --help` shows without importing it."""

    target: str
    summary: str


COMMANDS: Final = {
    "serve": Entry("bot.commands.serve:serve", "Run everything on this machine: pages, webhooks and delivery."),
    "web": Entry("bot.commands.serve:web", "Run pages and webhooks only, for hosts with separate processes."),
    "worker": Entry("bot.commands.serve:worker", "Run delivery only, beside bot web."),
    "db": Entry("bot.commands.serve:db", "Look after the database."),
    "ledger": Entry("bot.commands.ledger:ledger", "Count what became of every message; code 1 if a sum differs."),
    "staff": Entry("bot.commands.staff:staff", "Look after the accounts of those who answer learners."),
    "twilio": Entry("bot.commands.twilio:twilio", "Find out why messages do not arrive, and mend it."),
    "data": Entry("bot.commands.data:data", "Export, erase, back up and move what is kept."),
    "chat": Entry("bot.commands.chat:chat", "Talk to the bot in the terminal."),
    "ask": Entry("bot.commands.ask:ask", "Ask one question."),
    "eval": Entry("bot.commands.eval:evaluate", "Count how well labelled messages are understood."),
    "knowledge": Entry("bot.commands.knowledge:knowledge", "Check the knowledge files, learn from questions."),
}


class _Commands(click.Group):
    """Knows the commands by their names; turns what goes wrong in them into a sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - inherited
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - inherited
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].target.partition(":")
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name].target} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - inherited
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BotError as error:
            click.echo(str(error), err=True)
            sys.exit(EXPECTED_FAILURE)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click knows what to do with these
        except Exception as error:
            click.echo(_record(error), err=True)
            sys.exit(UNEXPECTED_FAILURE)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Admissions assistant for WhatsApp: answers from knowledge files and hands over to staff."""


def _record(error: Exception) -> str:
    """Write the details where people who mend it look, and say so in one sentence."""
    path = VAR / "errors.log"
    details = without_addresses("".join(traceback.format_exception(error)))
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat()} {details}\n")
    except OSError:
        return f"Something went wrong that should not ({type(error).__name__}), and {path} is not writable: allow it."
    return f"Something went wrong that should not ({type(error).__name__}): please report it with the end of {path}."
