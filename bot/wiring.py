"""Where the program is put together: the only place that knows every part."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot import knowledge_files
from bot.catch_up import CatchUp
from bot.channels import Channel
from bot.channels.local import LocalChannel
from bot.channels.twilio.received import Records
from bot.channels.twilio.sending import TwilioChannel
from bot.core.bursts import in_bursts
from bot.core.catalogue import Knowledge
from bot.core.dialogue import decide
from bot.core.flood import decide_unless_flooded
from bot.core.late import decide_missed
from bot.core.messages import Inbound
from bot.core.voice import waiting_for_words
from bot.data_protection import FORGET_EVERY, PURGE_EVERY, Forgetter, Retention
from bot.delivery import Chore, Delivery
from bot.desk import Desk
from bot.doctor import Doctor
from bot.fault_notices import TELL_EVERY, FaultTeller
from bot.intake import Intake
from bot.listening import Listener
from bot.notify import Notifier
from bot.presence import Presence
from bot.reminding import LOOK_EVERY, Reminding
from bot.serving import TIDY_EVERY, Serving
from bot.settings import Settings, SettingsError, TwilioSettings
from bot.storage import Store
from bot.storage.limits import Limits
from bot.times import Times

_SANDBOX: Final = "whatsapp:+14155238886"
_SANDBOX_INTERVAL: Final = timedelta(seconds=3)
_MESSAGES_PER_SECOND: Final = 80
_INDEX_EVERY: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running program. `intake` has the knowledge that it answers from.

    catch_up, doctor, presence: None with the local channel, which misses nothing, needs no set-up and answers at once.
    listener: None unless voice notes are turned into text.
    """

    settings: Settings
    store: Store
    channel: Channel
    serving: Serving
    times: Times
    notifier: Notifier
    intake: Intake
    delivery: Delivery
    desk: Desk
    catch_up: CatchUp | None
    doctor: Doctor | None
    presence: Presence | None
    listener: Listener | None

    def work(self, stop: threading.Event) -> None:
        """Deliver what is queued and fetch what was missed, until `stop` is set; what was begun is finished first."""
        beside = [threading.Thread(target=self.keep_current, args=(stop,), name="knowledge")]
        if self.catch_up:
            beside.append(threading.Thread(target=self.catch_up.run, args=(stop,)))
        if self.presence:
            beside.append(threading.Thread(target=self.presence.run, args=(stop,), name="presence"))
        if self.listener:
            beside.append(threading.Thread(target=self.listener.run, args=(stop,), name="listener"))
        for thread in beside:
            thread.start()
        self.delivery.run(stop)
        for thread in beside:
            thread.join()

    def keep_current(self, stop: threading.Event) -> None:
        """Answer from the knowledge that all processes serve, as editors change it, until `stop` is set."""

        def adopt(newer: Knowledge) -> None:
            self.intake.knowledge = newer

        self.serving.run(stop, adopt)


def build_services(settings: Settings, *, serves: bool = False) -> Services:
    """Put the program together.

    serves: answer from the knowledge that all processes serve, for which it has to stand in the database; else from the
    folder as it is, and nothing is connected to yet.

    Raises SettingsError, KnowledgeError, BadDatabaseUrl or UnknownNotifyAddress; if it serves, also StorageUnavailable
    or WrongRevision.
    """
    if not settings.knowledge_dir.is_dir():
        raise SettingsError([f"KNOWLEDGE_DIR is {settings.knowledge_dir}, and there is no such folder: correct it."])
    store = Store(settings.database_url)
    channel = make_channel(settings)
    serving = Serving(store, settings.knowledge_dir)
    knowledge = serving.begin(datetime.now(UTC)) if serves else knowledge_files.load(settings.knowledge_dir)
    notifier = Notifier(settings.staff_notify_urls, inbox_base_url=settings.public_base_url)
    limits = make_limits(settings.twilio) if settings.twilio else None
    reminding = Reminding(store, channel, knowledge=lambda: intake.knowledge)
    chores = [Chore("reminders", LOOK_EVERY, reminding.run), *_chores(settings, store, channel, notifier)]
    delivery = Delivery(store, channel, notifier, limits=limits, chores=chores)

    def wake() -> None:
        delivery.wake()  # if it runs in this process
        store.announce()  # if it runs in another one

    times = Times()
    # Whoever tries the bot on their own machine may be as quick as they like, and may be a script.
    rule = decide if settings.twilio is None else in_bursts(decide_unless_flooded)
    if settings.speech_command:
        rule = waiting_for_words(rule)
    intake = Intake(store, knowledge, wake=wake, rule=times.timed(rule))
    desk = Desk(store, knowledge=lambda: intake.knowledge, wake=wake)

    def receive_missed(inbound: Inbound, *, now: datetime) -> bool:
        return Intake(store, intake.knowledge, wake=wake, rule=times.timed(decide_missed)).receive(inbound, now=now)

    twilio = settings.twilio
    catch_up = CatchUp(store, Records(twilio), receive=receive_missed) if twilio else None
    doctor = Doctor(store, settings, twilio, receive=receive_missed) if twilio else None
    presence = Presence(store, channel) if twilio else None
    listener = Listener(store, channel, settings.speech_command, hear=intake.hear) if settings.speech_command else None
    return Services(
        settings, store, channel, serving, times, notifier, intake, delivery, desk, catch_up, doctor, presence, listener
    )


def _chores(settings: Settings, store: Store, channel: Channel, notifier: Notifier) -> list[Chore]:
    """What keeps nothing longer than it should be kept, personal data above all; word of broken edits; and search."""
    chores = [
        Chore("forget", FORGET_EVERY, Forgetter(store, channel).run),
        Chore("versions", TIDY_EVERY, store.versions.tidy),
        Chore("broken edits", TELL_EVERY, FaultTeller(store, notifier).run),
        Chore("search index", _INDEX_EVERY, lambda _: store.search_index.keep_up()),
    ]
    if settings.retention_days is not None:
        chores.append(Chore("retention", PURGE_EVERY, Retention(store, settings.retention_days).run))
    return chores


def make_channel(settings: Settings) -> Channel:
    """Choose the channel: Twilio if there are credentials, else the local one."""
    return LocalChannel() if settings.twilio is None else TwilioChannel(settings.twilio)


def make_limits(twilio: TwilioSettings) -> Limits:
    """How fast Twilio lets our sender send: as set, else as it lets everybody, and its sandbox slower."""
    sender = twilio.whatsapp_from or twilio.messaging_service_sid or ""
    is_set = twilio.messages_per_second is not None
    # What replaces Twilio's API has no sandbox, whatever number it goes by.
    if sender == _SANDBOX and twilio.api_base_url is None and not is_set:
        return Limits(sender, _SANDBOX_INTERVAL)
    return Limits(sender, timedelta(seconds=1) / (twilio.messages_per_second or _MESSAGES_PER_SECOND))
