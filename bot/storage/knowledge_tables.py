"""The tables of the knowledge's versions; the others are in `tables.py`."""

from typing import Final

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, Table, Text, text

from bot.storage.moment import Moment
from bot.storage.tables import Id, metadata

knowledge_versions: Final = Table(
    "knowledge_versions",
    metadata,
    # Names the content, as the decisions of messages do that were answered from it.
    Column("version", Text, primary_key=True),
    # The files, see `bot.knowledge_files.packing`.
    Column("packed", LargeBinary, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("made_at", Moment, nullable=False),
)

# Which version was served from when on. The last row tells what all processes serve.
knowledge_publications: Final = Table(
    "knowledge_publications",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", ForeignKey("knowledge_versions.version", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("how", Text, nullable=False),
    sqlite_autoincrement=True,
)

# What the folder of each machine held when it was looked at last: only so is a change told from an old copy.
knowledge_folders: Final = Table(
    "knowledge_folders",
    metadata,
    Column("place", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

# Edits that cannot be served, and whether staff were told.
knowledge_faults: Final = Table(
    "knowledge_faults",
    metadata,
    # Of the files and of what is wrong in them.
    Column("mark", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("told", JSON, nullable=False),
)
