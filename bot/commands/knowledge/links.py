"""`bot knowledge links`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from bot import knowledge_files, qr
from bot.addresses import addresses, unanswered
from bot.buttons import button
from bot.commands import EXPECTED_FAILURE
from bot.commands.knowledge.folder import knowledge_dir
from bot.core.amounts import counted
from bot.core.links import Link
from bot.settings import Settings


@click.command()
@knowledge_dir
@click.option("--number", metavar="+919...", help="Where the links lead instead of TWILIO_WHATSAPP_FROM.")
@click.option(
    "--out", "target", type=click.Path(file_okay=False, path_type=Path), help="Write QR pictures and buttons there."
)
@click.option("--json", "as_json", is_flag=True, help="Print links and faults as one JSON object.")
def links(directory: Path, number: str | None, target: Path | None, *, as_json: bool) -> None:
    """Make a link into the chat for every entry, topic and comparison; check that all addresses answer."""
    number = _number(number)
    made = list(knowledge_files.load(directory).links.values())
    if target is not None:
        _write(made, number, target)
    asked = addresses(knowledge_files.read(directory))
    silent = unanswered(asked)
    faults = [
        {"place": f"{directory.as_posix()}/{place}", "address": address, "reason": reason}
        for address, reason in silent.items()
        for place in asked[address]
    ]
    if as_json:
        listed = [_described(link, number) for link in made]
        click.echo(json.dumps({"links": listed, "faults": faults}, indent=2, ensure_ascii=False))
    else:
        _tell(made, number, len(asked), faults)
    if faults:
        raise click.exceptions.Exit(EXPECTED_FAILURE)


def _number(given: str | None) -> str:
    twilio = Settings.load().twilio if given is None else None
    number = given or (twilio.whatsapp_from if twilio else None)
    digits = "".join(character for character in number or "" if character in "0123456789")
    if not 6 <= len(digits) <= 15:
        raise click.UsageError(
            "There is no number that the links could lead to: add --number +91..., or set TWILIO_WHATSAPP_FROM."
        )
    return digits


def _described(link: Link, number: str) -> dict[str, str]:
    return {
        "id": link.id,
        "title": link.title,
        "opening": link.opening,
        "address": link.address(number),
        "button": button(link, number),
    }


def _write(made: Sequence[Link], number: str, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for link in made:
        address = link.address(number)
        (target / f"{link.tag}.svg").write_bytes(qr.svg(address))
        (target / f"{link.tag}.png").write_bytes(qr.png(address))
        (target / f"{link.tag}.html").write_text(f"{button(link, number)}\n", "utf-8")


def _tell(made: Sequence[Link], number: str, asked: int, faults: Sequence[Mapping[str, str]]) -> None:
    for link in made:
        click.echo(f"{link.id}\n    {link.address(number)}")
    for fault in faults:
        click.echo(f"{fault['place']}: {fault['address']}: {fault['reason']}\n    Correct the address, or take it out.")
    silent = len({each["address"] for each in faults})
    answering = "every one answers" if not silent else f"{silent:,} {'does' if silent == 1 else 'do'} not answer"
    click.echo(
        f"{counted(len(made), 'link')}; {counted(asked, 'address', 'addresses')} in the knowledge, of which {answering}"
    )
