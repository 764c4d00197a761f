"""Where the program is put together: the only place that knows every part."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot import knowledge_files
from bot.channels import Channel
from bot.channels.local import LocalChannel
from bot.channels.twilio.sending import TwilioChannel
from bot.core.catalogue import Knowledge
from bot.delivery import Delivery
from bot.desk import Desk
from bot.intake import Intake
from bot.notify import Notifier
from bot.settings import Settings, SettingsError, TwilioSettings
from bot.storage import Store
from bot.storage.limits import Limits

_SANDBOX: Final = "whatsapp:+14155238886"
_SANDBOX_INTERVAL: Final = timedelta(seconds=3)
_MESSAGES_PER_SECOND: Final = 80


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running program. `knowledge` is what it started with; `intake` has the newest."""

    settings: Settings
    store: Store
    channel: Channel
    knowledge: Knowledge
    notifier: Notifier
    intake: Intake
    delivery: Delivery
    desk: Desk


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
    delivery = Delivery(store, channel, notifier, limits=make_limits(settings.twilio) if settings.twilio else None)

    def wake() -> None:
        delivery.wake()  # if it runs in this process
        store.announce()  # if it runs in another one

    intake = Intake(store, knowledge, wake=wake)
    desk = Desk(store, knowledge=lambda: intake.knowledge, wake=wake)
    return Services(settings, store, channel, knowledge, notifier, intake, delivery, desk)


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
