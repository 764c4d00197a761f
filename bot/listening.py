"""Turn voice notes into text by a program on this machine, one at a time. Off unless `SPEECH_COMMAND` is set."""

import logging
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from bot.channels import Channel
from bot.channels.files import MediaGone, MediaRefused, MediaUnavailable
from bot.storage import StorageUnavailable, Store
from bot.storage.voice import VoiceNote

FILE: Final = "{file}"
"""Stands in the command for the sound file."""
LONGEST_SECONDS: Final = 20.0
"""How long the program may take; what takes longer is left to staff, who can listen."""
LARGEST_BYTES: Final = 1_000_000
"""WhatsApp's voice notes take about 2 KB a second: some minutes, more than anybody wants answered by a bot."""
LONGEST_WORDS: Final = 1_000
NEW: Final = timedelta(minutes=10)
"""What came in before that is not listened to any more: staff have it, and the learner was told so."""

_LOOK_SECONDS: Final = 0.5
_TRIED: Final = 1_000

log = logging.getLogger(__name__)


class Hear(Protocol):
    """How `bot.intake.Intake.hear` is called."""

    def __call__(self, note: VoiceNote, words: str, *, now: datetime) -> None:
        """Take in the words of a voice note, empty if it has none."""
        ...


class Listener:
    """Listens to what comes in. Several of these do no harm: the first to know the words keeps them."""

    def __init__(self, store: Store, channel: Channel, command: Sequence[str], *, hear: Hear) -> None:
        self._store = store
        self._channel = channel
        self._hear = hear
        self._command = tuple(command)
        self._tried: deque[int] = deque(maxlen=_TRIED)

    def run(self, stop: threading.Event) -> None:
        """Listen until `stop` is set."""
        while not stop.wait(_LOOK_SECONDS):
            try:
                while not stop.is_set() and self.hear_one(datetime.now(UTC)):
                    pass
            except StorageUnavailable:
                continue  # delivery says so
            except Exception:
                log.exception("a voice note is left to staff after a fault")

    def hear_one(self, now: datetime) -> bool:
        """Listen to one voice note; False if none is new at `now` (aware UTC). Raises StorageUnavailable."""
        note = self._store.voice.next_note(since=now - NEW, but=tuple(self._tried))
        if note is None:
            return False
        self._tried.append(note.message_id)
        began = time.monotonic()
        words = self._words(note)
        self._hear(note, words, now=now + timedelta(seconds=time.monotonic() - began))
        return True

    def _words(self, note: VoiceNote) -> str:
        """What is said in a voice note; empty if that cannot be found out."""
        try:
            file = self._channel.fetch(note.media)
            if len(file.content) > LARGEST_BYTES:
                log.info("voice note %d is too long to be listened to", note.message_id)
                return ""
            with tempfile.TemporaryDirectory(prefix="voice-note-") as folder:
                sound = Path(folder) / f"sound{file.ending}"
                sound.write_bytes(file.content)
                return self._said(sound)
        except (MediaGone, MediaRefused, MediaUnavailable) as error:
            log.info("voice note %d could not be fetched: %s", note.message_id, error)
        except subprocess.TimeoutExpired:
            log.warning("voice note %d: SPEECH_COMMAND took more than %.0f seconds", note.message_id, LONGEST_SECONDS)
        except (OSError, subprocess.CalledProcessError) as error:
            log.error("voice note %d: SPEECH_COMMAND failed (%s)", note.message_id, type(error).__name__)
        return ""

    def _said(self, sound: Path) -> str:
        command = [part.replace(FILE, str(sound)) for part in self._command]
        done = subprocess.run(  # noqa: S603 - the operator's own command; the learner gives nothing but the sound
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST_SECONDS, check=True
        )
        return " ".join(done.stdout.decode("utf-8", "replace").split())[:LONGEST_WORDS]
