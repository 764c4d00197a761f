"""`bot ask`: one question, one reply, nothing stored."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from bot import knowledge_files
from bot.channels import as_text
from bot.commands.explaining import explained
from bot.core.conversation import Conversation, Decision
from bot.core.dialogue import decide
from bot.core.messages import Inbound, Kind, Reply
from bot.settings import Settings


@click.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print what was understood and the reply as one JSON object.")
def ask(text: str, *, as_json: bool) -> None:
    """Ask the bot one question, as a learner who has never written before."""
    knowledge = knowledge_files.load(Settings.load().knowledge_dir)
    inbound = Inbound(sid="ask", sender="terminal", recipient="bot", kind=Kind.TEXT, text=text)
    decision = decide(Conversation(), inbound, knowledge, now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(_described(text, decision), ensure_ascii=False))
    else:
        click.echo("\n\n".join(as_text(reply) for reply in decision.replies) + "\n")
        click.secho("\n".join(explained(asdict(decision))), dim=True)


def _described(text: str, decision: Decision) -> dict[str, object]:
    last = decision.replies[-1] if decision.replies else Reply(text="")
    return {
        "text": text,
        "action": decision.action,
        "answers": [
            {"topic": one.topic, "side": one.side, "entry": one.entry, "confidence": round(one.confidence, 4)}
            for one in decision.answers
        ],
        "suggestions": [{"topic": one.topic, "side": one.side, "title": one.title} for one in decision.suggestions],
        "reply": {
            "text": "\n\n".join(reply.text for reply in decision.replies),
            "buttons": [{"id": button.id, "title": button.title} for button in last.buttons],
            "list": [{"id": row.id, "title": row.title, "description": row.description} for row in last.rows],
        },
    }
