"""The root of all expected errors. One place per face (web, command line) turns them into a status or an exit code."""


class BotError(Exception):
    """Something expected went wrong; `str(error)` is one sentence that says what, where and what to do."""
