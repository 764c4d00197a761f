"""What tests run in processes of their own. Each function is given addresses only, as a process shares nothing else."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.channels import Outgoing, Sent
from bot.core.bursts import in_bursts
from bot.core.dialogue import decide
from bot.intake import Intake
from bot.storage import Store
from tests.core.talking import real_knowledge
from tests.storage.world import NOW, delivery, intake, message

_SPAWN = multiprocessing.get_context("spawn")


def run_together(work: Callable[..., None], *arguments: tuple[object, ...]) -> list[int]:
    """Run the work once for each set of arguments, all at the same time; return the exit codes."""
    processes = [_SPAWN.Process(target=work, args=given) for given in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode or 0 for process in processes]


class Ledger:
    """A channel whose provider is a file: one line for each message it was given, and look-ups read the file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def send(self, outgoing: Outgoing) -> Sent:
        with self.file.open("a") as file:
            file.write(f"{outgoing.message_id}\t{outgoing.to}\t{outgoing.reply.text}\n")
        return Sent(f"OUT{outgoing.message_id}")

    def find(self, outgoing: Outgoing) -> Sent | None:
        taken = f"{outgoing.message_id}\t" in self.file.read_text() if self.file.exists() else False
        return Sent(f"OUT{outgoing.message_id}") if taken else None

    def texts(self) -> list[str]:
        return [line.split("\t")[2] for line in self.file.read_text().splitlines()] if self.file.exists() else []


class LastAct(Ledger):
    """The worker dies the moment its message has left."""

    def send(self, outgoing: Outgoing) -> Sent:
        super().send(outgoing)
        _die()
        raise AssertionError


def receive_all(database_url: str, sids: list[str], text: str) -> None:
    with closing(Store(database_url)) as store:
        receive = intake(store).receive
        for sid in sids:
            receive(message(sid, text), now=NOW)


def receive_and_die(database_url: str, sid: str) -> None:
    receive_all(database_url, [sid], "Hello")
    _die()


def die_while_receiving(database_url: str, sid: str) -> None:
    store = Store(database_url)
    with store.transaction() as tx:
        tx.lock_conversation(message(sid), now=NOW)
        _die()


def deliver_until_empty(database_url: str, ledger: Path) -> None:
    with closing(Store(database_url)) as store:
        worker = delivery(store, Ledger(ledger))
        while store.outbox.queue().depth:
            worker.run_once(datetime.now(UTC))


def deliver_one_and_die(database_url: str, ledger: Path) -> None:
    delivery(Store(database_url), LastAct(ledger)).run_once(NOW)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def receive_before_and_after_a_fork(database_url: str) -> None:
    """As a web server does that loads the program once and forks its workers."""
    store = Store(database_url)
    intake(store).receive(message("SM1"), now=NOW)
    store.close()
    child = os.fork()
    if child == 0:
        intake(store).receive(message("SM2"), now=NOW)
        os._exit(0)
    intake(store).receive(message("SM3"), now=NOW)
    _, status = os.waitpid(child, 0)
    intake(store).receive(message("SM4"), now=NOW)
    store.close()
    raise SystemExit(os.waitstatus_to_exitcode(status))


def burst_and_die(database_url: str) -> None:
    rule = in_bursts(decide)
    Intake(Store(database_url), real_knowledge(), wake=lambda: None, rule=rule).receive(message("SM1", "hi"), now=NOW)
    _die()
