"""Where the program is put together: the only place that knows every part."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot import knowledge_files
from bot.catch_up import CatchUp
from bot.channels import Channel
from bot.channels.local import LocalChannel
from bot.channels.twilio.received import Records
from bot.channels.twilio.sending import TwilioChannel
from bot.core.catalogue import Knowledge
from bot.core.dialogue import decide
from bot.core.flood import decide_unless_flooded
from bot.core.late import decide_missed
from bot.core.messages import Inbound
from bot.data_protection import FORGET_EVERY, PURGE_EVERY, Forgetter, Retention
from bot.delivery import Chore, Delivery
from bot.desk import Desk
from bot.doctor import Doctor
from bot.intake import Intake
from bot.notify import Notifier
from bot.settings import Settings, SettingsError, TwilioSettings
from bot.storage import Store
from bot.storage.limits import Limits
from bot.times import Times

_SANDBOX: Final = "whatsapp:+14155238886"
_SANDBOX_INTERVAL: Final = timedelta(seconds=3)
_MESSAGES_PER_SECOND: Final = 80


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running program. `knowledge` is what it started with; `intake` has the newest.

    catch_up, doctor: None with the local channel, which misses nothing and needs no set-up.
    """

    settings: Settings
    store: Store
    channel: Channel
    knowledge: Knowledge
    times: Times
    notifier: Notifier
    intake: Intake
    delivery: Delivery
    desk: Desk
    catch_up: CatchUp | None
    doctor: Doctor | None

    def work(self, stop: threading.Event) -> None:
        """Deliver what is queued and fetch what was missed, until `stop` is set; what was begun is finished first."""
        fetching = threading.Thread(target=self.catch_up.run, args=(stop,)) if self.catch_up else None
        if fetching:
            fetching.start()
        self.delivery.run(stop)
        if fetching:
            fetching.join()


def build_services(settings: Settings) -> Services:
    """Put the program together. Connects to nothing yet.

    Raises SettingsError, KnowledgeError, BadDatabaseUrl or UnknownNotifyAddress.
    """
    if not settings.knowledge_dir.is_dir():
        raise SettingsError([f"KNOWLEDGE_DIR is {settings.knowledge_dir}, and there is no such folder: correct it."])
    store = Store(settings.database_url)
    channel = make_channel(settings)
    knowledge = knowledge_files.load(settings.knowledge_dir)
    notifier = Notifier(settings.staff_notify_urls, inbox_base_url=settings.public_base_url)
    limits = make_limits(settings.twilio) if settings.twilio else None
    delivery = Delivery(store, channel, notifier, limits=limits, chores=_chores(settings, store, channel))

    def wake() -> None:
        delivery.wake()  # if it runs in this process
        store.announce()  # if it runs in another one

    times = Times()
    # Whoever tries the bot on their own machine may be as quick as they like, and may be a script.
    rule = decide if settings.twilio is None else decide_unless_flooded
    intake = Intake(store, knowledge, wake=wake, rule=times.timed(rule))
    desk = Desk(store, knowledge=lambda: intake.knowledge, wake=wake)

    def receive_missed(inbound: Inbound, *, now: datetime) -> bool:
        return Intake(store, intake.knowledge, wake=wake, rule=times.timed(decide_missed)).receive(inbound, now=now)

    twilio = settings.twilio
    catch_up = CatchUp(store, Records(twilio), receive=receive_missed) if twilio else None
    doctor = Doctor(store, settings, twilio, receive=receive_missed) if twilio else None
    return Services(settings, store, channel, knowledge, times, notifier, intake, delivery, desk, catch_up, doctor)


def _chores(settings: Settings, store: Store, channel: Channel) -> list[Chore]:
    """What keeps personal data from being kept longer than it should be."""
    chores = [Chore("forget", FORGET_EVERY, Forgetter(store, channel).run)]
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
