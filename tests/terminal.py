"""Commands of `bot` as typed in a folder, run inside the test process: the same without the start of Python."""

import logging
import os
from contextlib import chdir
from pathlib import Path

from click.testing import CliRunner

from bot.commands import main
from tests.test_serve import environment


def typed(folder: Path, *command: str, given: str | bytes = "", **environ: str) -> tuple[int, str, str]:
    """Run a command to its end; return exit code, stdout and stderr."""
    own = environment(**environ)
    unset = dict.fromkeys(os.environ.keys() - own.keys())
    log = logging.getLogger()
    handlers, level = log.handlers[:], log.level
    try:
        with chdir(folder):
            result = CliRunner().invoke(main, command, input=given, env=unset | own)
    finally:
        # The command has sent the log to a stream that is closed by now.
        log.handlers[:] = handlers
        log.setLevel(level)
    return result.exit_code, result.stdout, result.stderr
