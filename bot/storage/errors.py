"""What can go wrong with the database, in sentences for people."""

from bot.errors import BotError


class StorageUnavailable(BotError):
    """The database cannot be used now. Nothing of the transaction was kept; trying again later is safe."""


class BadDatabaseUrl(BotError):
    """`DATABASE_URL` names no database that the bot can use."""


class WrongRevision(BotError):
    """The tables are of another version than the program."""
