"""Where the program is put together: the only place that knows every part."""

from dataclasses import dataclass

from bot import knowledge_files
from bot.channels import Channel
from bot.channels.local import LocalChannel
from bot.channels.twilio.sending import TwilioChannel
from bot.core.catalogue import Knowledge
from bot.delivery import Delivery
from bot.desk import Desk
from bot.intake import Intake
from bot.notify import Notifier
from bot.settings import Settings, SettingsError
from bot.storage import Store


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
    delivery = Delivery(store, channel, notifier)

    def wake() -> None:
        delivery.wake()  # if it runs in this process
        store.announce()  # if it runs in another one

    intake = Intake(store, knowledge, wake=wake)
    desk = Desk(store, knowledge=lambda: intake.knowledge, wake=wake)
    return Services(settings, store, channel, knowledge, notifier, intake, delivery, desk)


def make_channel(settings: Settings) -> Channel:
    """Choose the channel: Twilio if there are credentials, else the local one."""
    return LocalChannel() if settings.twilio is None else TwilioChannel(settings.twilio)
