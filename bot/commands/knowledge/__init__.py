"""`bot knowledge`: the tools of those who edit the knowledge files."""

from typing import Final

import click

from bot.commands.lazy import Entry, LazyGroup

COMMANDS: Final = {
    "check": Entry("bot.commands.knowledge.check:check", "Find every problem in the files."),
    "conflicts": Entry("bot.commands.knowledge.conflicts:conflicts_", "Name phrases in each other's way."),
    "propose": Entry("bot.commands.knowledge.propose:propose", "Make a patch of questions asked in vain, and try it."),
    "replay": Entry("bot.commands.knowledge.replay:replay", "Show what a change does to conversations that were held."),
    "corpus": Entry("bot.commands.knowledge.corpus:corpus", "Write the conversations into a file, without names."),
    "coverage": Entry("bot.commands.knowledge.coverage:coverage", "Show what tests and learners reached."),
    "links": Entry("bot.commands.knowledge.links:links", "Make links into the chat, and check all addresses."),
    "schema": Entry("bot.commands.knowledge.schema:schema", "Make the schemas with which editing programs help."),
    "versions": Entry("bot.commands.knowledge.versions:versions", "List the versions kept, and the one served."),
    "publish": Entry("bot.commands.knowledge.versions:publish", "Have all processes serve the folder."),
    "back": Entry("bot.commands.knowledge.versions:back", "Have all processes serve an earlier version."),
    "unanswered": Entry("bot.commands.knowledge.unanswered:unanswered", "Show what learners asked in vain."),
    "import": Entry("bot.commands.knowledge.import_:import_page", "Make a comparison file of a page."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def knowledge() -> None:
    """Check the knowledge files, see what a change does, and learn from what people asked."""
