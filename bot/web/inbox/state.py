"""What the address of the inbox says: which list, how it is narrowed, and how much of it is shown."""

from dataclasses import dataclass, replace
from typing import Any, Final

from flask import request, url_for

from bot.storage.inbox import Filters, View

CARDS: Final = 50
MESSAGES: Final = 100
_MOST_CARDS: Final = 500
_MOST_MESSAGES: Final = 2000
_LONGEST_QUERY: Final = 100
_ALL: Final = Filters()


@dataclass(frozen=True, slots=True)
class State:
    """The address, read. `conversation` is the open one.

    cards, messages: how many of the list and of the thread are shown.
    around: id of a message in whose midst the thread is shown; None for its end.
    read_up_to: where the reader began to read, so that the mark of what is new stays while they read; None: not told.
    templates: whether the approved templates are wanted.
    """

    view: View = View.WAITING
    filters: Filters = _ALL
    conversation: int | None = None
    cards: int = CARDS
    messages: int = MESSAGES
    around: int | None = None
    read_up_to: int | None = None
    templates: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether a filter other than the search is in use."""
        return replace(self.filters, query="") != _ALL

    def href(self, conversation: int | None = None, *, cleared: bool = False, **changes: object) -> str:
        """Return the address of this list with a conversation, or none, open. `changes` are those of fields."""
        beginning = State(self.view, _ALL if cleared else self.filters, conversation, self.cards)
        return replace(beginning, **changes).address()  # type: ignore[arg-type]

    def address(self) -> str:
        """Return the address that says this."""
        if self.conversation is None:
            return url_for("inbox.page", **self.arguments())
        return url_for("inbox.conversation", conversation_id=self.conversation, **self.arguments())

    def action(self, name: str) -> str:
        """Return the address of an action on the open conversation, which comes back to this state."""
        return url_for("inbox.act", conversation_id=self.conversation, action=name, **self.arguments())

    def arguments(self) -> dict[str, Any]:
        """Return the query of the address, without what is usual."""
        filters = self.filters
        said = {
            "view": str(self.view),
            "q": filters.query,
            "topic": filters.topic,
            "reason": filters.reason,
            "owner": filters.owner_id or "",
            "label": filters.label,
            "cards": self.cards if self.cards != CARDS else "",
            "messages": self.messages if self.messages != MESSAGES else "",
            "around": self.around or "",
            "templates": "1" if self.templates else "",
        }
        return {name: value for name, value in said.items() if value != ""}


def asked_state(conversation: int | None) -> State:
    """Read the address of the request. What makes no sense counts as not said."""
    args = request.args
    return State(
        view=View(args["view"]) if args.get("view") in set(View) else View.WAITING,
        filters=Filters(
            query=args.get("q", "").strip()[:_LONGEST_QUERY],
            topic=args.get("topic", ""),
            reason=args.get("reason", ""),
            owner_id=args.get("owner", None, type=int),
            label=args.get("label", ""),
        ),
        conversation=conversation,
        cards=min(max(args.get("cards", CARDS, type=int), 1), _MOST_CARDS),
        messages=min(max(args.get("messages", MESSAGES, type=int), 1), _MOST_MESSAGES),
        around=args.get("around", None, type=int),
        read_up_to=args.get("read_up_to", None, type=int),
        templates="templates" in args,
    )
