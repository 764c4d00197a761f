"""The decision what to do with one message. Pure: the same arguments give the same decision."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.catalogue import COURSE, PATH, Knowledge
from bot.core.conversation import Action, Answered, Conversation, Decision, Status, Suggestion
from bot.core.first_minute import introduced
from bot.core.knowledge import About
from bot.core.memory import Choice, Memory
from bot.core.messages import BUTTON_LIMIT, Inbound, Kind, Outcome
from bot.core.path_finder import asked_again, begin, guided, left, note_told, with_open_question
from bot.core.questions import PATH_FINDER
from bot.core.reminders import REMINDER, WITHDRAW_REMINDERS, asked_when, reminded, withdrawn
from bot.core.replies import with_buttons, with_rows
from bot.core.stakes import worth_interrupting
from bot.core.turn import Turn, choices_of
from bot.core.understanding import Request

GREETING, THANKS, GOODBYE, MENU = "greeting", "thanks", "goodbye", "menu"
STOP, START, DELETE_DATA, BOT = "stop", "start", "delete_data", "bot"
YES, NO, MORE, HUMAN = "yes", "no", "more", "human"
LOWEST, HIGHEST = 1, 5
"""Ends of the scale on which learners rate."""


def decide(conversation: Conversation, inbound: Inbound, knowledge: Knowledge, *, now: datetime) -> Decision:
    """Decide what to do with one message: what to reply, what becomes of the conversation and of the message.

    now: aware UTC, the time at which the message arrived.
    """
    turn = Turn(conversation, inbound, knowledge, now)
    decision = next((decision for rule in _RULES if (decision := rule(turn)) is not None), None) or _unclear(turn)
    decision = with_open_question(turn, decision)
    talks = decision.reason == "rated" or any(turn.about(request) is About.TALK for request in turn.reading.requests)
    return introduced(conversation, decision, turn.writer, talks=talks)


def _settled_by_provider(turn: Turn) -> Decision | None:
    """The provider has handled an opt-out keyword and has answered it."""
    keyword = turn.inbound.opt_out
    if not keyword:
        return None
    opted_out = {"STOP": True, "START": False}.get(keyword, turn.conversation.opted_out)
    return turn.silent(Outcome.IGNORED, "handled_by_provider", opted_out=opted_out)


def _stopped(turn: Turn) -> Decision | None:
    """After STOP nothing goes out until START; what is asked of staff still reaches them."""
    if not turn.conversation.opted_out:
        return None
    turn.remember(reminders=())  # they were withdrawn
    if turn.topic == START:
        return turn.say(turn.lines.started, START, opted_out=False)
    if turn.topic in (DELETE_DATA, HUMAN):
        turn.note_question()
        return _with_staff(turn) or turn.hand_over(turn.topic, "", "")
    return turn.silent(Outcome.IGNORED, "opted_out")


def _confirmed(turn: Turn) -> Decision | None:
    """The answer to "shall I erase your data?". Anything but a clear yes or no is an ordinary message."""
    if not turn.memory.confirming:
        return None
    turn.remember(confirming=False, choices=())
    # "not sure" resembles "sure", and nothing is erased by halves.
    if turn.topic in (YES, DELETE_DATA) and not turn.knowledge.says_only(turn.words, turn.knowledge.undecided):
        decision = turn.say(turn.lines.erased, DELETE_DATA)
        memory = Memory(language=turn.memory.language, language_wished=turn.memory.language_wished)
        return replace(decision, erase=True, status=Status.BOT, memory=memory, brief=None)
    return turn.say(turn.lines.not_erased, NO) if turn.topic == NO else None


def _rated(turn: Turn) -> Decision | None:
    """The answer to "how was it, 1 to 5?". Anything but a bare number is an ordinary message."""
    if not turn.memory.rating:
        return None
    turn.remember(rating=False)
    number = turn.number
    if turn.conversation.status is not Status.BOT or number is None or not LOWEST <= number <= HIGHEST:
        return None
    return replace(turn.say(turn.lines.rated, None), reason="rated", rating=number)


def _steered(turn: Turn) -> Decision | None:
    """STOP and "erase my data" work whoever has the conversation."""
    if turn.topic == STOP:
        return turn.say(turn.lines.stopped, STOP, opted_out=True)
    if turn.topic == DELETE_DATA:
        turn.remember(confirming=True)
        choices = [(Choice(topic=DELETE_DATA), turn.lines.erase_yes), (Choice(topic=NO), turn.lines.erase_no)]
        return turn.say(turn.lines.erase_question, DELETE_DATA, choices)
    return None


def _with_staff(turn: Turn) -> Decision | None:
    """A person has the conversation: the bot is silent, whatever comes."""
    if turn.conversation.status not in (Status.OPEN, Status.SNOOZED):
        return None
    return turn.silent(Outcome.HANDED_OVER, "with_staff")


def _language_changed(turn: Turn) -> Decision | None:
    """The wish for another language alone: what was said last comes again, in that one."""
    if turn.wished is None or not turn.knowledge.says_little(turn.words) or turn.reading.mentions:
        return None
    if (question := asked_again(turn)) is not None:
        return question
    topic = turn.memory.topic
    if topic is None or turn.knowledge.topics[topic].about in (About.TALK, About.STAFF):
        return turn.say(turn.lines.switched, None, _menu(turn))
    last = Request(topic, turn.memory.side, turn.memory.comparison, 1.0)
    turn.reading = replace(turn.reading, requests=(last,))
    return _answered(turn)


def _without_words(turn: Turn) -> Decision | None:
    """A voice note, a picture, an emoji, an empty message. A caption that is understood is answered like any text."""
    kind = turn.inbound.kind
    if kind in (Kind.TEXT, Kind.CHOICE):
        kind = Kind.STICKER if turn.inbound.text.strip() else Kind.EMPTY
        if turn.reading.candidates:
            return None
    if turn.reading.requests:
        return None
    line = turn.lines.received.get(kind.value, turn.lines.received[Kind.EMPTY])
    if turn.conversation.status is Status.WAITING:
        return turn.note(line)
    return turn.say(line, None, _menu(turn))


def _answered(turn: Turn) -> Decision | None:
    """What was asked clearly enough, in one reply; what only staff can answer is handed over with it."""
    requests = turn.reading.requests
    if turn.conversation.status is Status.WAITING:
        # Who waits for a person asks for one in passing ("until they call, ..."); that is no question of its own.
        requests = tuple(request for request in requests if request.topic != HUMAN) or requests
        if not all(worth_interrupting(request.confidence) for request in requests):
            return None
    if not requests:
        return None
    unclear = next((request for request in requests if _comparison_unclear(turn, request)), None)
    if unclear is not None:
        return _which_comparison(turn, unclear)
    if len(requests) == 1 and turn.about(requests[0]) is About.TALK:
        return _talk(turn, requests[0])
    texts = [turn.text(request) for request in requests if turn.about(request) is not About.STAFF]
    _recall(turn, requests)
    if len(texts) < len(requests):
        return _for_staff(turn, texts, requests)
    decision = turn.reply("\n\n".join(texts), _offers(turn, requests[-1]), Action.ANSWER, "answered")
    return replace(decision, answers=_answers(turn, requests))


def _talk(turn: Turn, request: Request) -> Decision:
    """What steers the conversation instead of asking for knowledge."""
    lines = turn.lines
    if request.topic in (YES, MORE):
        return _went_on(turn, request)
    if request.topic == PATH_FINDER:
        return begin(turn, request.comparison or next(iter(turn.knowledge.comparisons)))
    if request.topic == REMINDER:
        return asked_when(turn)
    if request.topic == WITHDRAW_REMINDERS:
        return withdrawn(turn)
    if request.topic == BOT:
        turn.remember(asked=(), answered=(), reason="", promise="")
        return replace(turn.say(lines.back_to_bot, BOT), status=Status.BOT, brief=None)
    if request.topic == GREETING and turn.conversation.status is Status.WAITING:
        return turn.note(_still_waiting(turn))  # "hello? anyone?" asks for the person
    if request.topic in (GREETING, MENU):
        return turn.say(lines.greeting if request.topic == GREETING else lines.menu, request.topic, _menu(turn))
    line = {THANKS: lines.thanks, GOODBYE: lines.goodbye, NO: lines.alright, START: lines.started}[request.topic]
    return turn.say(line, request.topic)


def _went_on(turn: Turn, request: Request) -> Decision:
    """A "yes" takes what was offered first; "more" goes on with the side at hand, or says the last thing again."""
    memory, topics = turn.memory, turn.knowledge.topics
    about_sides = [choice for choice in memory.choices if topics[choice.topic].about is About.SIDE]
    choice = None
    if request.topic == YES and memory.choices:
        choice = memory.choices[0]
    elif request.topic == MORE and memory.topic is not None:
        goes_on = topics[memory.topic].about is About.SIDE and about_sides
        last = Choice(topic=memory.topic, side=memory.side, comparison=memory.comparison)
        choice = about_sides[0] if goes_on else last
    if choice is None or (topics[choice.topic].about is About.TALK and choice.topic != PATH_FINDER):
        return turn.say(turn.lines.menu, MENU, _menu(turn))
    chosen = Request(choice.topic, choice.side, choice.comparison, request.confidence)
    turn.reading = replace(turn.reading, requests=(chosen,))
    return _answered(turn) or _unclear(turn)


def _for_staff(turn: Turn, texts: Sequence[str], requests: Sequence[Request]) -> Decision:
    """Hand over what only staff can answer, under what the bot could answer itself."""
    matters = [request for request in requests if turn.about(request) is About.STAFF]
    promise = turn.writer.promise(turn.now)
    waiting = turn.conversation.status is Status.WAITING
    named = [turn.lines.for_staff.replace("{question}", turn.title(one)) for one in matters if one.topic != HUMAN]
    ahead = turn.ahead()
    lines = [turn.lines.still_waiting, ahead] if waiting else [promise, ahead, turn.lines.way_back]
    last = " ".join([*named, *(turn.writer.line(line) for line in lines if line)])
    text = "\n\n".join([*texts, last])
    decision = turn.hand_over(matters[0].topic, text, promise)
    return replace(decision, answers=_answers(turn, requests))


def _answers(turn: Turn, requests: Sequence[Request]) -> tuple[Answered, ...]:
    return tuple(turn.answered(request) for request in requests)


def _recall(turn: Turn, requests: Sequence[Request]) -> None:
    """Keep in mind what is being answered, for follow-ups and for the brief."""
    turn.note_question()
    known = [request for request in requests if turn.about(request) is not About.STAFF]
    turn.note_answers(_answers(turn, known))
    turn.remember(misses=0)
    note_told(turn, requests)
    if not known:
        turn.remember(topic=requests[-1].topic)
        return
    last = known[-1]
    about = turn.about(last)
    turn.remember(
        topic=last.topic,
        # A question of its own leaves the side in focus; one about all sides takes it away.
        side=turn.memory.side if about is About.FAQ else last.side,
        comparison=last.comparison or turn.memory.comparison,
        order=_order(turn, last),
        compared=last.side is None and about in (About.SIDE, About.COMPARISON),
        preference=last.side if last.topic == PATH else turn.memory.preference,
    )


def _order(turn: Turn, request: Request) -> tuple[str, ...]:
    """The sides that "the second one" would count after this answer."""
    if turn.about(request) is About.COURSES:
        return tuple(turn.knowledge.courses)
    if request.side is None and len(turn.memory.order) < 2:
        return turn.knowledge.sides.get(request.comparison or "", turn.memory.order)
    return turn.memory.order


def _offers(turn: Turn, request: Request) -> list[tuple[Choice, str]]:
    """What is offered below an answer: the topics that its topic names, about the same side."""
    if turn.about(request) is About.COURSES:
        choices = [Choice(topic=COURSE, side=course) for course in turn.knowledge.courses]
    else:
        choices = [
            choice
            for topic in turn.knowledge.topics[request.topic].offers
            if (choice := turn.offer(topic, request)) is not None
        ]
    return [(choice, turn.writer.label(choice)) for choice in choices[:BUTTON_LIMIT]]


def _comparison_unclear(turn: Turn, request: Request) -> bool:
    if len(turn.knowledge.comparisons) < 2 or request.comparison is not None or request.side is not None:
        return False
    return turn.about(request) in (About.SIDE, About.COMPARISON) or request.topic == PATH_FINDER


def _which_comparison(turn: Turn, request: Request) -> Decision:
    comparisons = turn.knowledge.comparisons
    choices = [Choice(topic=request.topic, comparison=comparison) for comparison in comparisons]
    titles = [turn.writer.wording.comparison_short(comparison) for comparison in comparisons]
    if len(choices) <= BUTTON_LIMIT:
        buttons = [(choice.id, title) for choice, title in zip(choices, titles, strict=True)]
        reply = with_buttons(turn.lines.which_comparison, buttons)
    else:
        rows = [
            (choice.id, comparison.short, comparison.title)
            for choice, comparison in zip(choices, comparisons.values(), strict=True)
        ]
        reply = with_rows(turn.lines.which_comparison, rows, label=turn.lines.choose)
    return turn.clarify(reply, choices, [Suggestion(request.topic, None, turn.title(request))])


def _unclear(turn: Turn) -> Decision:
    """Nothing is clear enough: offer the likeliest readings, or say so and offer the menu and a person."""
    if turn.conversation.status is Status.WAITING:
        first = turn.memory.misses == 0
        turn.remember(misses=turn.memory.misses + 1)
        return turn.note(_still_waiting(turn) if first else "")
    turn.note_question()
    suggestions = turn.reading.suggestions
    if suggestions and turn.memory.misses == 0:
        choices = choices_of(suggestions)
        likeliest = suggestions[0]
        turn.remember(topic=likeliest.topic, side=likeliest.side or turn.memory.side)
        titles = [(choice.id, turn.writer.label(choice)) for choice in choices]
        offered = [Suggestion(one.topic, one.side, turn.title(one)) for one in suggestions]
        return turn.clarify(with_buttons(turn.lines.which, titles), choices, offered)
    line = turn.lines.not_understood_again if turn.memory.misses else turn.lines.not_understood
    turn.remember(misses=turn.memory.misses + 1)
    buttons = [(Choice(topic=HUMAN), turn.lines.person), (Choice(topic=MENU), turn.lines.menu_button)]
    return turn.reply(turn.writer.line(line), buttons, Action.FALLBACK, "not_understood")


def _still_waiting(turn: Turn) -> str:
    return f"{turn.lines.still_waiting} {turn.ahead()}".rstrip()


def _menu(turn: Turn) -> list[tuple[Choice, str]]:
    """The first steps that a menu offers: the topics that `menu` itself names."""
    choices = [Choice(topic=topic) for topic in turn.knowledge.topics[MENU].offers]
    return [(choice, turn.writer.label(choice)) for choice in choices]


_RULES: Final[tuple[Callable[[Turn], Decision | None], ...]] = (
    _settled_by_provider,
    _stopped,
    _confirmed,
    _rated,
    left,
    _steered,
    _with_staff,
    _language_changed,
    reminded,
    guided,
    _without_words,
    _answered,
)
"""Asked in this order; the first that has something to say decides."""
