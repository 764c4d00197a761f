"""The command line. Each command lives in a module of its own and is imported when it is called, not before."""

import sys
import traceback
from datetime import UTC, datetime
from typing import Final

import click

from bot.commands.lazy import Entry, LazyGroup
from bot.errors import BotError
from bot.logs import without_addresses
from bot.settings import VAR

EXPECTED_FAILURE: Final = 1
UNEXPECTED_FAILURE: Final = 3


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
    "knowledge": Entry("bot.commands.knowledge:knowledge", "Check and improve the knowledge files."),
}


class _Commands(LazyGroup):
    """Turns what goes wrong in a command into a sentence and an exit code."""

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


@click.group(cls=_Commands, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
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
