"""A short guided talk that ends in a recommendation with its reasons; it can be left and gone on with at any time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.core.catalogue import PATH, RECOMMENDATION
from bot.core.conversation import Action, Decision, Status
from bot.core.goals import leans_to
from bot.core.memory import Choice, Finder, Given, Memory
from bot.core.messages import MENU_TEXT_LIMIT, Kind
from bot.core.path_result import Standing
from bot.core.questions import PATH_FINDER, Option, Question
from bot.core.replies import menu, quoted
from bot.core.turn import Turn
from bot.core.understanding import Request

_FEWEST_ASKED: Final = 3
"""Answers that come before anything is told, however clear they are."""
_LEAVES: Final = ("no", "goodbye")
_PUTS_ASIDE: Final = ("greeting", "menu", "bot", "start")
_LONGEST_QUOTE: Final = 60
_MOST_TOLD: Final = 3


def left(turn: Turn) -> Decision | None:
    """A wish to leave the questions, which may sound like STOP ("stop this"); None if there is none.

    It is asked for before STOP, so a plain STOP must not be among what leaves.
    """
    finder = turn.memory.finder
    if finder is None or not finder.asking or turn.conversation.status is not Status.BOT:
        return None
    says_so = turn.chosen is None and turn.knowledge.says_only(turn.words, turn.knowledge.leaving)
    if not says_so and turn.topic not in _LEAVES:
        return None
    turn.remember(finder=finder.model_copy(update={"asking": False}), topic=PATH_FINDER)
    return turn.say(turn.lines.finder_left, PATH_FINDER, [_continue(turn, finder)])


def guided(turn: Turn) -> Decision | None:
    """What a message means to the path finder: an answer to its question or a wish to go on; None if nothing.

    A tap on one of its choices counts whenever it comes; words only while its question is open and no person is waited
    for.
    """
    chosen, finder = turn.chosen, turn.memory.finder
    if chosen is not None and chosen.topic == PATH_FINDER and chosen.answer and chosen.comparison is not None:
        question, _, option = chosen.answer.partition(".")
        return _taken(turn, chosen.comparison, Given(question=question, choice=option))
    if finder is None or turn.conversation.status is not Status.BOT:
        return None
    open_question = _next(Standing(turn, finder), finder)
    if open_question is None:
        return None
    resumes = chosen is None and turn.knowledge.says_only(turn.words, turn.knowledge.resuming)
    if resumes:
        return _gone_on(turn, finder)
    if not finder.asking:
        return None
    if chosen is None and turn.knowledge.says_only(turn.words, turn.knowledge.undecided):
        return _taken(turn, finder.comparison, Given(question=open_question.id))
    if turn.topic == "yes":
        return _gone_on(turn, finder)
    if turn.topic in _PUTS_ASIDE:
        turn.remember(finder=finder.model_copy(update={"asking": False}))
        return None
    typed = turn.inbound.kind is Kind.TEXT and chosen is None and bool(turn.words)
    return _answered_in_words(turn, finder, open_question) if typed else None


def asked_again(turn: Turn) -> Decision | None:
    """The open question once more, in the language of the turn; None if none is open."""
    finder = turn.memory.finder
    if finder is None or not finder.asking or turn.conversation.status is not Status.BOT:
        return None
    return _gone_on(turn, finder)


def begin(turn: Turn, comparison: str) -> Decision:
    """Begin, or go on where it was left. Where nothing can be asked, say on what the choice depends."""
    finder = turn.memory.finder
    if finder is not None and finder.comparison == comparison and _next(Standing(turn, finder), finder) is not None:
        return _gone_on(turn, finder)
    finder = _new(turn, comparison)
    standing = Standing(turn, finder)
    question = _next(standing, finder)
    if question is None:
        return turn.say(turn.text(Request(RECOMMENDATION, None, comparison, 1.0)), PATH_FINDER)
    turn.note_question()
    opening = turn.lines.finder_opened.replace("{count}", str(len(standing.questions)))
    return _ask(turn, finder, question, opening)


def with_open_question(turn: Turn, decision: Decision) -> Decision:
    """The decision; an answer given while a question is open has that question below it again, in the same bubble.

    The question is put aside if the learner goes to a person or wants no more messages.
    """
    memory = decision.memory
    finder = memory.finder
    if finder is None or not finder.asking:
        return decision
    if decision.status is not Status.BOT or decision.opted_out:
        aside = finder.model_copy(update={"asking": False})
        return replace(decision, memory=memory.model_copy(update={"finder": aside}))
    question = _next(Standing(turn, finder), finder)
    in_between = decision.action is Action.ANSWER and len(decision.replies) == 1
    busy = memory.confirming or memory.rating or memory.reminding or _shows_question(memory)
    if question is None or busy or not in_between:
        return decision
    for text, choices in (
        (question.text, _choices(finder, question)),
        (turn.lines.finder_back, [_continue(turn, finder)]),
    ):
        whole = f"{decision.replies[0].text}\n\n{text}"
        if len(whole) <= MENU_TEXT_LIMIT:
            titled = tuple(choice.model_copy(update={"title": title}) for choice, title in choices)
            shown = menu(whole, [(choice.id, title) for choice, title in choices], label=turn.lines.choose)
            memory = memory.model_copy(update={"choices": titled, "compared": False})
            return replace(decision, replies=(shown,), memory=memory)
    return decision


def note_told(turn: Turn, requests: Sequence[Request]) -> None:
    """Keep in mind what a learner has said outside the questions that speaks for a side."""
    side = next((request.side for request in requests if request.topic == PATH), None)
    if side is None and turn.knowledge.tastes.states(turn.words):
        comparison = turn.memory.comparison or next(iter(turn.knowledge.comparisons))
        side = _leaning(turn, comparison)
    if side is None:
        return
    said = "" if turn.chosen else quoted(turn.inbound.text, _LONGEST_QUOTE)
    told = [given for given in turn.memory.told if (given.said, given.side) != (said, side)]
    turn.remember(told=(*told, Given(said=said, side=side))[-_MOST_TOLD:])


def _shows_question(memory: Memory) -> bool:
    return bool(memory.choices) and memory.choices[0].topic == PATH_FINDER and bool(memory.choices[0].answer)


def _new(turn: Turn, comparison: str) -> Finder:
    """A finder that knows what was said before. Whoever has said what they like is not asked that, the first, again."""
    told = [one for one in turn.memory.told if one.side in turn.knowledge.sides[comparison]]
    side = _leaning(turn, comparison)
    if side is not None and turn.knowledge.tastes.states(turn.words):
        told.append(Given(said=quoted(turn.inbound.text, _LONGEST_QUOTE), side=side))
    finder = Finder(comparison=comparison, given=tuple(told))
    questions = Standing(turn, finder).questions
    if questions and len({one.side for one in told}) == 1:
        answer = told[-1].model_copy(update={"question": questions[0].id})
        finder = finder.model_copy(update={"given": (*told[:-1], answer)})
    return finder


def _leaning(turn: Turn, comparison: str) -> str | None:
    if turn.chosen is not None:
        return None
    side = leans_to(turn.words, comparison, turn.knowledge)
    return side if side in turn.knowledge.sides[comparison] else None


# Answers


def _answered_in_words(turn: Turn, finder: Finder, question: Question) -> Decision | None:
    """An answer in own words. Other questions are answered as ever; what cannot be placed twice leaves this one out."""
    option = _named(turn, question, whole=True)
    if option is None and not {request.topic for request in turn.reading.requests} <= {PATH, RECOMMENDATION}:
        return None
    option = option or _named(turn, question, whole=False)
    if option is not None:
        return _taken(turn, finder.comparison, Given(question=question.id, choice=option.id))
    side = _leaning(turn, finder.comparison)
    if side is not None:
        said = Given(question=question.id, said=quoted(turn.inbound.text, _LONGEST_QUOTE), side=side)
        return _taken(turn, finder.comparison, said)
    if any(request.topic != PATH for request in turn.reading.requests):
        return None
    if finder.missed:
        return _taken(turn, finder.comparison, Given(question=question.id))
    turn.note_question()
    return _ask(turn, finder.model_copy(update={"missed": True}), question, turn.lines.finder_again)


def _named(turn: Turn, question: Question, *, whole: bool) -> Option | None:
    """The one option that has words of the message to itself. whole: nothing else is said than what it says."""
    knowledge = turn.knowledge
    said = set(knowledge.telling(turn.words))
    words = {option.id: set(knowledge.telling(knowledge.read(option.title))) for option in question.options}
    shared = {word for word in said if sum(word in own for own in words.values()) > 1}
    named = [option for option in question.options if (said & words[option.id]) - shared]
    if len(named) != 1 or (whole and not said <= words[named[0].id]):
        return None
    return None if knowledge.turns(turn.words) else named[0]


def _taken(turn: Turn, comparison: str, given: Given) -> Decision:
    """Go on with an answer; one to a question that was answered before takes its place."""
    finder = turn.memory.finder
    if finder is None or finder.comparison != comparison:
        finder = _new(turn, comparison)
    kept = [one for one in finder.given if one.question != given.question]
    turn.note_question()
    return _gone_on(turn, Finder(comparison=comparison, given=(*kept, given)))


# Questions


def _next(standing: Standing, finder: Finder) -> Question | None:
    """The next question, None if enough is known."""
    answered = {given.question for given in finder.given}
    ahead = [question for question in standing.questions if question.id not in answered]
    settled = standing.settled(sum(question.most for question in ahead))
    if not ahead or (settled and len(standing.questions) - len(ahead) >= _FEWEST_ASKED):
        return None
    return ahead[0]


def _gone_on(turn: Turn, finder: Finder) -> Decision:
    standing = Standing(turn, finder)
    question = _next(standing, finder)
    return _ask(turn, finder, question) if question else _result(turn, finder, standing)


def _ask(turn: Turn, finder: Finder, question: Question, before: str = "") -> Decision:
    turn.remember(finder=finder.model_copy(update={"asking": True}), comparison=finder.comparison, topic=PATH_FINDER)
    text = "\n\n".join(part for part in (before, question.text) if part)
    return turn.say(text, PATH_FINDER, _choices(finder, question))


def _choices(finder: Finder, question: Question) -> list[tuple[Choice, str]]:
    return [
        (Choice(topic=PATH_FINDER, comparison=finder.comparison, answer=f"{question.id}.{option.id}"), option.title)
        for option in question.options
    ]


def _continue(turn: Turn, finder: Finder) -> tuple[Choice, str]:
    return Choice(topic=PATH_FINDER, comparison=finder.comparison), turn.lines.finder_continue


# The end


def _result(turn: Turn, finder: Finder, standing: Standing) -> Decision:
    """The recommended side; if it is close to even, that, and what would tip it."""
    turn.remember(finder=finder.model_copy(update={"asking": False}), comparison=finder.comparison)
    close = standing.nearest
    if len(close) > 1:
        turn.remember(topic=PATH_FINDER, side=None)
        return turn.say(standing.tie(close), PATH_FINDER, _offers(turn, None, finder.comparison))
    side = close[0]
    answer = turn.answered(Request(PATH, side, finder.comparison, 1.0))
    turn.note_answers([answer])
    turn.remember(topic=PATH, side=side, preference=side)
    decision = turn.say(standing.recommendation(side), PATH_FINDER, _offers(turn, side, finder.comparison))
    return replace(decision, answers=(answer,))


def _offers(turn: Turn, side: str | None, comparison: str) -> Sequence[tuple[Choice, str]]:
    about = Request(PATH_FINDER, side, comparison, 1.0)
    choices = [turn.offer(topic, about) for topic in turn.knowledge.topics[PATH_FINDER].offers]
    return [(choice, turn.writer.label(choice)) for choice in choices if choice is not None]
