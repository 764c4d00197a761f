"""The left pane: lists with their counts, search, filters, and a card for each conversation."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.core.conversation import Status
from bot.core.window import closes_at
from bot.storage.inbox import COUNTED_RESOLVED, Card, Preview, View
from bot.storage.records import Author
from bot.web.inbox import words
from bot.web.inbox.reader import Reader
from bot.web.inbox.state import CARDS, State

TITLES: Final = {
    View.WAITING: "Waiting",
    View.MINE: "Mine",
    View.OPEN: "All open",
    View.SNOOZED: "Snoozed",
    View.RESOLVED: "Resolved",
}
_WRITERS: Final = {Author.BOT: "Bot", Author.STAFF: "Staff", Author.SYSTEM: "School"}


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the lists. `loud` if somebody waits there."""

    title: str
    count: str
    href: str
    chosen: bool
    loud: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow a list: a select with (value, words)."""

    title: str
    name: str
    choices: list[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list says, and what to do next."""

    icon: str
    title: str
    words: str
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card in words.

    waits: empty unless somebody waits. overdue: they were promised that staff are back by now.
    owner: empty if nobody has it or the reader does.
    """

    id: int
    href: str
    chosen: bool
    name: str
    at: datetime
    ago: str
    writer: str
    preview: str
    unread: int
    waits: str
    waiting_since: datetime | None
    overdue: bool
    snoozed_until: datetime | None
    wakes: str
    about: str
    labels: tuple[str, ...]
    outcome: str
    window: str
    window_state: str
    closes_at: datetime
    owner: str
    owner_id: int


def list_pane(reader: Reader, state: State) -> dict[str, Any]:
    """Read what the left pane shows."""
    inbox = reader.store.inbox
    found = inbox.cards(state.view, state.filters, reader.staff.id, limit=state.cards + 1)
    cards = [_shown(card, reader, state) for card in found[: state.cards]]
    counts = inbox.counts(reader.staff.id)
    return {
        "tabs": [_tab(view, counts[view], state) for view in View],
        "counts": counts,
        "cards": cards,
        "more_href": state.href(state.conversation, cards=state.cards + CARDS) if len(found) > state.cards else "",
        "filters": _filters(reader, state),
        "narrowed_words": _narrowed_words(reader, state),
        "empty": _empty(state, counts) if not cards else None,
    }


def title(counts: dict[View, int], school: str) -> str:
    """Return the title of the page: how many wait stands first, where a narrow tab shows it."""
    waiting = counts[View.WAITING]
    return f"({waiting}) Inbox · {school}" if waiting else f"Inbox · {school}"


def _tab(view: View, count: int, state: State) -> Tab:
    # A search goes over all lists: choosing one ends it.
    href = State(view, replace(state.filters, query="")).href(state.conversation)
    chosen = view is state.view and not state.filters.query
    # The resolved ones are not counted to the end.
    shown = f"{COUNTED_RESOLVED - 1}+" if view is View.RESOLVED and count == COUNTED_RESOLVED else str(count)
    return Tab(TITLES[view], shown, href, chosen, loud=view is View.WAITING and count > 0)


def _shown(card: Card, reader: Reader, state: State) -> ShownCard:
    seen = card.hit or card.preview
    writer, preview = _preview(seen)
    at = card.last_at or card.last_inbound_at
    waits = card.status is Status.WAITING and card.waiting_since is not None
    about = [reader.reason(card.reason) if card.reason else "", reader.topic(card.topic) if card.topic else ""]
    return ShownCard(
        id=card.conversation_id,
        href=state.href(card.conversation_id),
        chosen=card.conversation_id == state.conversation,
        name=card.name or words.masked(card.number),
        at=at,
        ago=words.span(reader.now - at),
        writer=writer,
        preview=preview,
        unread=card.unread,
        waits=words.span(reader.now - card.waiting_since) if waits and card.waiting_since else "",
        waiting_since=card.waiting_since,
        overdue=waits and card.promised_at is not None and card.promised_at <= reader.now,
        snoozed_until=card.snoozed_until,
        wakes=reader.when(card.snoozed_until) if card.snoozed_until else "",
        about=" · ".join(dict.fromkeys(part for part in about if part)),
        labels=card.labels,
        outcome=words.plain(card.outcome) if card.outcome and card.status is Status.BOT else "",
        window=words.window(card.last_inbound_at, reader.now),
        window_state=words.window_state(card.last_inbound_at, reader.now),
        closes_at=closes_at(card.last_inbound_at),
        owner=reader.name_of(card.owner_id) if card.owner_id != reader.staff.id else "",
        owner_id=card.owner_id or 0,
    )


def _preview(preview: Preview | None) -> tuple[str, str]:
    if preview is None:
        return "", "No messages any more"
    return _WRITERS.get(preview.author, ""), preview.text or words.WITHOUT_WORDS.get(preview.kind, "")


def _filters(reader: Reader, state: State) -> list[Filter]:
    inbox, filters = reader.store.inbox, state.filters
    everybody = [(str(one.id), one.name) for one in (reader.staff, *reader.colleagues)]
    return [
        Filter("Topic", "topic", [(topic, reader.topic(topic)) for topic in inbox.topics()], filters.topic),
        Filter("Reason", "reason", [(reason, reader.reason(reason)) for reason in inbox.reasons()], filters.reason),
        Filter("Who has it", "owner", everybody, str(filters.owner_id or "")),
        Filter("Label", "label", [(label, label) for label in reader.labels], filters.label),
    ]


def _narrowed_words(reader: Reader, state: State) -> str:
    filters = state.filters
    said = [
        f"“{filters.query}” in all conversations" if filters.query else "",
        reader.topic(filters.topic) if filters.topic else "",
        reader.reason(filters.reason) if filters.reason else "",
        reader.name_of(filters.owner_id),
        filters.label,
    ]
    return "Only: " + " · ".join(part for part in said if part)


def _empty(state: State, counts: dict[View, int]) -> Empty:
    everything = state.href(state.conversation, cleared=True)
    if state.filters.query:
        hint = "Try fewer words, or a part of the number."
        return Empty("search", "Nothing found", hint, everything, "End the search")
    if state.narrowed:
        return Empty("filter", "Nothing fits these filters", "Take a filter off to see more.", everything, "Show all")
    waiting = _href_of(View.WAITING, state)
    match state.view:
        case View.WAITING if counts[View.MINE]:
            hint = "Nobody waits. Some conversations of yours are still open."
            return Empty("check", "All caught up", hint, _href_of(View.MINE, state), "See mine")
        case View.WAITING:
            return Empty("check", "All caught up", "Nobody waits. New handoffs appear here by themselves.")
        case View.MINE if counts[View.WAITING]:
            return Empty("hand", "Nothing is yours", "Claim a conversation that waits.", waiting, "See who waits")
        case View.MINE | View.OPEN:
            return Empty("check", "Nothing is open", "What you claim stands here until you resolve it.")
        case View.SNOOZED:
            hint = "Snooze what can wait: it comes back by itself, or when they write."
            return Empty("snooze", "Nothing is snoozed", hint)
        case View.RESOLVED:
            return Empty("check", "Nothing resolved yet", "Resolved conversations stay here, and can be opened again.")


def _href_of(view: View, state: State) -> str:
    return State(view, state.filters).href(state.conversation)
