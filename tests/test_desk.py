"""What staff do with a conversation: who may, what it changes, and what the learner gets."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.channels import Outgoing, Rejected, Sent
from bot.core.conversation import Status
from bot.core.desk import HandoffOutcome, NoSuchConversation, Refused
from bot.core.messages import MessageState, Template
from bot.core.staff import Staff
from bot.desk import Desk
from bot.storage import Author, Store
from tests.at_desk import ASHA, MEERA, RAVI, by, case_of, deeds, desk, hire, state_of, writes
from tests.storage.world import ANN, NOW, Recorder, deliver_all, execute, outgoing_of

LATER = NOW + timedelta(days=2)
BOB = "whatsapp:+919800000002"
Act = Callable[[Desk, Staff], object]


@pytest.fixture
def waiting(store: Store, database_url: str) -> Store:
    """A learner who asked for the fees and waits."""
    hire(database_url)
    writes(store, "SM1", "what are the fees?")
    return store


@pytest.fixture
def taken(waiting: Store) -> Store:
    """The same, once Asha has it."""
    desk(waiting).claim(1, staff=ASHA, now=NOW)
    return waiting


def test_a_claim_makes_the_conversation_open_and_notes_who_took_the_handoff(waiting: Store, database_url: str) -> None:
    desk(waiting).claim(1, staff=ASHA, now=NOW)
    handoff = case_of(waiting).handoff
    assert handoff is not None
    assert state_of(waiting) == (Status.OPEN, ASHA.id)
    assert (handoff.taken_at, handoff.taken_by, handoff.topic) == (NOW, ASHA.id, "admissions")
    assert deeds(database_url) == ["claimed"]


def test_a_second_claim_is_told_who_was_first(taken: Store) -> None:
    with pytest.raises(Refused, match=r"^Asha has this conversation\.$") as refusal:
        desk(taken).claim(1, staff=RAVI, now=NOW)
    assert refusal.value.owner_id == ASHA.id
    assert state_of(taken) == (Status.OPEN, ASHA.id)


def test_a_claim_of_ones_own_changes_nothing(taken: Store, database_url: str) -> None:
    desk(taken).claim(1, staff=ASHA, now=LATER)
    assert deeds(database_url) == ["claimed"]


def test_a_conversation_of_the_bot_can_be_claimed_and_has_a_brief(store: Store, database_url: str) -> None:
    hire(database_url)
    writes(store, "SM1", "tools for mlops")
    desk(store).claim(1, staff=ASHA, now=NOW)
    case = case_of(store)
    assert (case.brief.reason, case.brief.question, case.brief.asked) == (
        "staff",
        "tools for mlops",
        ("tools for mlops",),
    )
    assert case.handoff is not None
    assert (case.handoff.topic, case.handoff.taken_by) == ("tools", ASHA.id)
    writes(store, "SM2", "and ml?")
    assert len(by(store, Author.BOT)) == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda desk, staff: desk.release(1, staff=staff, now=NOW),
        lambda desk, staff: desk.hand_to(1, MEERA.id, staff=staff, now=NOW),
        lambda desk, staff: desk.snooze(1, LATER, staff=staff, now=NOW),
        lambda desk, staff: desk.resolve(1, HandoffOutcome.ENROLLED, staff=staff, now=NOW),
        lambda desk, staff: desk.back_to_bot(1, staff=staff, now=NOW),
        lambda desk, staff: desk.reply(1, "Hello", "s1", staff=staff, now=NOW),
        lambda desk, staff: desk.send_template(1, Template("HX1", {}), "Hi", "s1", staff=staff, now=NOW),
        lambda desk, staff: desk.hold(1, "Hello", "s1", staff=staff, now=LATER),
    ],
)
def test_only_who_has_the_conversation_may_act_on_it(taken: Store, database_url: str, act: Act) -> None:
    with pytest.raises(Refused, match="Asha has this conversation"):
        act(desk(taken), RAVI)
    assert (state_of(taken), deeds(database_url)) == ((Status.OPEN, ASHA.id), ["claimed"])
    act(desk(taken), ASHA)
    assert len(deeds(database_url)) == 2


def test_who_has_not_claimed_may_not_answer(waiting: Store) -> None:
    with pytest.raises(Refused, match="claim it first"):
        desk(waiting).reply(1, "Hello", "s1", staff=ASHA, now=NOW)


def test_a_released_conversation_waits_again_and_keeps_who_took_it_first(taken: Store) -> None:
    desk(taken).release(1, staff=ASHA, now=NOW)
    desk(taken).claim(1, staff=RAVI, now=LATER)
    handoff = case_of(taken).handoff
    assert handoff is not None
    assert (state_of(taken), handoff.taken_by) == ((Status.OPEN, RAVI.id), ASHA.id)


def test_a_conversation_is_handed_to_a_colleague_who_can_sign_in(taken: Store, database_url: str) -> None:
    execute(database_url, f"UPDATE staff SET disabled_at = '2026-11-02' WHERE id = {MEERA.id}")
    with pytest.raises(Refused, match="cannot sign in"):
        desk(taken).hand_to(1, MEERA.id, staff=ASHA, now=NOW)
    desk(taken).hand_to(1, RAVI.id, staff=ASHA, now=NOW)
    assert state_of(taken) == (Status.OPEN, RAVI.id)


def test_taking_over_needs_to_have_seen_who_has_it(taken: Store) -> None:
    desk(taken).take_over(1, ASHA.id, staff=RAVI, now=NOW)
    with pytest.raises(Refused, match="Meanwhile Ravi has this conversation"):
        desk(taken).take_over(1, ASHA.id, staff=MEERA, now=NOW)
    assert state_of(taken) == (Status.OPEN, RAVI.id)


def test_a_reply_is_queued_to_where_the_learner_wrote_from_last(taken: Store) -> None:
    bsuid = "whatsapp:IN.ann"
    writes(taken, "SM2", "hello?", sender=bsuid, aliases=(ANN, bsuid))
    desk(taken).reply(1, "Hello\r\nAnn\x00", "s1", staff=ASHA, now=NOW)
    phone = Recorder()
    deliver_all(taken, phone)
    assert [(outgoing.to, outgoing.reply.text) for outgoing in phone.sent][-1] == (bsuid, "Hello\nAnn")
    (reply,) = by(taken, Author.STAFF)
    assert (reply.staff_id, reply.state) == (ASHA.id, MessageState.SENT)


def test_the_first_reply_of_staff_is_noted_once(taken: Store) -> None:
    for number in range(2):
        desk(taken).reply(1, "Hello", f"s{number}", staff=ASHA, now=NOW + timedelta(minutes=number))
    handoff = case_of(taken).handoff
    assert handoff is not None
    assert handoff.first_reply_at == NOW


def test_a_long_reply_leaves_in_bubbles_and_in_order(taken: Store) -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 180 for number in range(4)).strip()
    first = desk(taken).reply(1, text, "s1", staff=ASHA, now=NOW)
    bubbles = by(taken, Author.STAFF)
    assert first == bubbles[0].id
    assert max(len(bubble.text) for bubble in bubbles) <= 1600
    assert " ".join(bubble.text for bubble in bubbles).split() == text.split()


def test_a_form_that_is_sent_twice_replies_once(taken: Store, database_url: str) -> None:
    woken: list[bool] = []
    at_desk = desk(taken, lambda: woken.append(True))
    ids = {at_desk.reply(1, text, "s1", staff=ASHA, now=NOW) for text in ("Hello", "Hello", "changed")}
    assert (len(ids), len(by(taken, Author.STAFF)), woken) == (1, 1, [True])
    assert deeds(database_url) == ["claimed", "replied"]


@pytest.mark.parametrize(("text", "why"), [(" \r\n\x00", "no text yet"), ("x" * 16_001, "16,001 characters")])
def test_a_reply_without_words_or_with_too_many_is_refused(taken: Store, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        desk(taken).reply(1, text, "s1", staff=ASHA, now=NOW)
    assert not by(taken, Author.STAFF)


def test_after_24_hours_only_a_template_leaves(taken: Store) -> None:
    day = timedelta(days=1)
    desk(taken).reply(1, "in time", "s1", staff=ASHA, now=NOW + day - timedelta(seconds=1))
    with pytest.raises(Refused, match="more than 24 hours old"):
        desk(taken).reply(1, "too late", "s2", staff=ASHA, now=NOW + day)
    template = Template("HX1", {"1": "Ann"})
    for _ in range(2):
        desk(taken).send_template(1, template, "Hello Ann", "s3", staff=ASHA, now=NOW + day)
    assert [(one.text, one.reply.template) for one in by(taken, Author.STAFF)] == [
        ("in time", None),
        ("Hello Ann", template),
    ]


def test_nothing_is_sent_to_who_wrote_stop(taken: Store) -> None:
    writes(taken, "SM2", "STOP")
    for send in (
        lambda: desk(taken).reply(1, "Hello", "s1", staff=ASHA, now=NOW),
        lambda: desk(taken).send_template(1, Template("HX1", {}), "Hi", "s2", staff=ASHA, now=NOW),
        lambda: desk(taken).hold(1, "Hello", "s3", staff=ASHA, now=LATER),
    ):
        with pytest.raises(Refused, match="wrote STOP"):
            send()


# Replies that wait


def test_a_held_reply_leaves_by_itself_when_the_learner_writes(taken: Store) -> None:
    for number in (1, 2, 2):
        desk(taken).hold(1, f"held {number}", f"s{number}", staff=ASHA, now=LATER)
    assert [held.text for held in case_of(taken).held] == ["held 1", "held 2"]
    writes(taken, "SM2", "hello again", now=LATER)
    assert [one.text for one in by(taken, Author.STAFF)] == ["held 1", "held 2"]
    desk(taken).hold(1, "held 1", "s1", staff=ASHA, now=LATER + timedelta(days=2))
    assert case_of(taken).held == ()


def test_a_held_reply_leaves_to_whoever_it_is_for(taken: Store) -> None:
    writes(taken, "SM2", "a person please", sender=BOB)
    desk(taken).claim(2, staff=ASHA, now=LATER)
    desk(taken).hold(2, "for bob", "s1", staff=ASHA, now=LATER)
    writes(taken, "SM3", "hello again", now=LATER)
    assert [held.text for held in case_of(taken, BOB).held] == ["for bob"]
    writes(taken, "SM4", "hello again", now=LATER, sender=BOB)
    assert case_of(taken, BOB).held == ()
    assert [one.text for one in by(taken, Author.STAFF, BOB)] == ["for bob"]


def test_a_held_reply_comes_before_what_the_bot_says(taken: Store) -> None:
    desk(taken).hold(1, "held", "s1", staff=ASHA, now=LATER)
    desk(taken).back_to_bot(1, staff=ASHA, now=LATER)
    writes(taken, "SM2", "tools for mlops", now=LATER)
    assert [one.author for one in outgoing_of(taken)[-2:]] == [Author.STAFF, Author.BOT]


@pytest.mark.parametrize("text", ["STOP", "erase my data"])
def test_a_held_reply_does_not_leave_after_stop_or_into_an_erasure(taken: Store, text: str) -> None:
    desk(taken).hold(1, "held", "s1", staff=ASHA, now=LATER)
    phone = Recorder()
    for sid, words in (("SM2", text), ("SM3", "yes, erase")):
        writes(taken, sid, words, now=LATER)
        deliver_all(taken, phone, LATER)
    assert phone.texts
    assert "held" not in phone.texts


def test_a_held_reply_stays_through_stop_until_start(taken: Store) -> None:
    desk(taken).hold(1, "held", "s1", staff=ASHA, now=LATER)
    writes(taken, "SM2", "STOP", now=LATER)
    writes(taken, "SM3", "hello", now=LATER)
    assert len(case_of(taken).held) == 1
    writes(taken, "SM4", "START", now=LATER)
    assert [one.text for one in by(taken, Author.STAFF)] == ["held"]


def test_a_held_reply_can_be_taken_back_until_it_has_left(taken: Store) -> None:
    desk(taken).hold(1, "held", "s1", staff=ASHA, now=LATER)
    (held,) = case_of(taken).held
    with pytest.raises(Refused, match="Asha has this conversation"):
        desk(taken).cancel_held(1, held.id, staff=RAVI, now=LATER)
    desk(taken).cancel_held(1, held.id, staff=ASHA, now=LATER)
    writes(taken, "SM2", "hello", now=LATER)
    assert not by(taken, Author.STAFF)
    with pytest.raises(Refused, match="has left or was taken back"):
        desk(taken).cancel_held(1, held.id, staff=ASHA, now=LATER)


def test_while_the_window_is_open_there_is_nothing_to_hold(taken: Store) -> None:
    with pytest.raises(Refused, match="send the reply now"):
        desk(taken).hold(1, "Hello", "s1", staff=ASHA, now=NOW)


def test_one_form_cannot_hold_and_send_the_same_reply(taken: Store) -> None:
    desk(taken).hold(1, "held", "s1", staff=ASHA, now=LATER)
    with pytest.raises(Refused, match="waits already"):
        desk(taken).send_template(1, Template("HX1", {}), "Hi", "s1", staff=ASHA, now=LATER)


# Sending once more


class Refusing(Recorder):
    """A provider that refuses everything for one reason."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def send(self, outgoing: Outgoing) -> Sent:
        raise Rejected(self.code, "It could not be sent.")


def failed_reply(store: Store, code: str) -> int:
    failed = desk(store).reply(1, "Hello", "s1", staff=ASHA, now=NOW)
    deliver_all(store, Refusing(code))
    return failed


def test_a_failed_message_is_sent_again_once_however_often_it_is_asked(taken: Store) -> None:
    failed = failed_reply(taken, "30008")
    copies = {desk(taken).retry(1, failed, staff=ASHA, now=NOW) for _ in range(3)}
    deliver_all(taken, phone := Recorder())
    assert (phone.texts, len(copies)) == (["Hello"], 1)
    assert [one.state for one in by(taken, Author.STAFF)] == [MessageState.FAILED, MessageState.SENT]


def test_a_copy_that_fails_too_can_be_sent_again(taken: Store) -> None:
    first = failed_reply(taken, "30008")
    second = desk(taken).retry(1, first, staff=ASHA, now=NOW)
    deliver_all(taken, Refusing("30008"))
    desk(taken).retry(1, second, staff=ASHA, now=NOW)
    deliver_all(taken, phone := Recorder())
    assert phone.texts == ["Hello"]


def test_what_would_fail_again_is_not_sent_again(taken: Store) -> None:
    failed = failed_reply(taken, "63033")
    with pytest.raises(Refused, match="would fail again"):
        desk(taken).retry(1, failed, staff=ASHA, now=NOW)


def test_only_what_has_failed_inside_the_window_is_sent_again(taken: Store) -> None:
    failed = failed_reply(taken, "30008")
    with pytest.raises(Refused, match="24 hours"):
        desk(taken).retry(1, failed, staff=ASHA, now=LATER)
    copy = desk(taken).retry(1, failed, staff=ASHA, now=NOW)
    with pytest.raises(Refused, match="has not failed"):
        desk(taken).retry(1, copy, staff=ASHA, now=NOW)
    with pytest.raises(Refused, match="does not exist"):
        desk(taken).retry(1, 999, staff=ASHA, now=NOW)


# The end of a handoff


def test_resolving_gives_the_conversation_back_to_the_bot(taken: Store) -> None:
    desk(taken).resolve(1, HandoffOutcome.ENROLLED, staff=ASHA, now=LATER)
    case = case_of(taken)
    assert (state_of(taken), case.handoff) == ((Status.BOT, None), None)
    (handoff,) = case.earlier
    assert (handoff.outcome, handoff.resolved_at, handoff.resolved_by) == ("enrolled", LATER, ASHA.id)
    assert (case.conversation.memory.asked, case.conversation.memory.reason) == ((), "")
    writes(taken, "SM2", "tools for mlops", now=LATER)
    assert "MLOps" in by(taken, Author.BOT)[-1].text


def test_what_waits_can_be_resolved_by_anybody_and_only_once(waiting: Store) -> None:
    desk(waiting).resolve(1, HandoffOutcome.OFF_TOPIC, staff=RAVI, now=NOW)
    with pytest.raises(Refused, match="bot has this conversation already"):
        desk(waiting).resolve(1, HandoffOutcome.ENROLLED, staff=ASHA, now=NOW)


def test_a_resolved_handoff_goes_on_when_it_is_reopened(taken: Store) -> None:
    desk(taken).back_to_bot(1, staff=ASHA, now=NOW)
    desk(taken).reopen(1, staff=RAVI, now=LATER)
    case = case_of(taken)
    assert case.handoff is not None
    assert (state_of(taken), case.earlier) == ((Status.OPEN, RAVI.id), ())
    assert (case.handoff.outcome, case.handoff.taken_by, case.conversation.memory.reason) == (
        None,
        ASHA.id,
        "admissions",
    )
    with pytest.raises(Refused, match="open already"):
        desk(taken).reopen(1, staff=ASHA, now=LATER)


def test_what_never_was_with_staff_cannot_be_reopened(store: Store, database_url: str) -> None:
    hire(database_url)
    writes(store, "SM1", "hello")
    with pytest.raises(Refused, match="never was with staff"):
        desk(store).reopen(1, staff=ASHA, now=NOW)


def test_a_learner_who_goes_back_to_the_bot_leaves_the_line(waiting: Store) -> None:
    writes(waiting, "SM2", "BOT")
    assert state_of(waiting) == (Status.BOT, None)
    assert case_of(waiting).earlier[0].outcome == HandoffOutcome.RETURNED_TO_BOT


# What only staff see


def test_notes_and_labels_are_kept_once_and_anybody_may_write_them(taken: Store, database_url: str) -> None:
    for staff in (ASHA, RAVI, RAVI):
        desk(taken).note(1, " calls at six ", staff=staff, now=NOW)
        desk(taken).label(1, " VIP   later ", staff=staff, now=NOW)
    case = case_of(taken)
    assert [(note.staff_id, note.text) for note in case.notes] == [(ASHA.id, "calls at six"), (RAVI.id, "calls at six")]
    assert case.labels == ("vip later",)
    desk(taken).unlabel(1, "VIP later", staff=RAVI, now=NOW)
    desk(taken).unlabel(1, "VIP later", staff=RAVI, now=NOW)
    assert case_of(taken).labels == ()
    assert deeds(database_url) == ["claimed", "noted", "labelled", "noted", "unlabelled"]


def test_reading_never_goes_back_unless_one_says_so(taken: Store) -> None:
    came, promise = (stored.id for stored in taken.thread(1))
    desk(taken).mark_read(1, promise, staff=ASHA)
    desk(taken).mark_read(1, came, staff=ASHA)
    assert case_of(taken).read_up_to == promise
    desk(taken).mark_unread(1, staff=ASHA, now=NOW)
    assert case_of(taken).read_up_to == came - 1


def test_who_looks_or_types_is_written_down_every_few_seconds(taken: Store, database_url: str) -> None:
    def seen() -> list[tuple[object, ...]]:
        return execute(database_url, "SELECT seen_at, typing_at IS NOT NULL FROM presence")

    at_desk, second = desk(taken), timedelta(seconds=1)
    at_desk.here(1, typing=False, staff=ASHA, now=NOW)
    first = seen()
    at_desk.here(1, typing=False, staff=ASHA, now=NOW + 4 * second)
    assert seen() == first
    at_desk.here(1, typing=True, staff=ASHA, now=NOW + 4 * second)
    assert bool(seen()[0][1])
    at_desk.here(1, typing=True, staff=ASHA, now=NOW + 10 * second)
    taken.tidy(now=NOW + 70 * second)
    assert len(seen()) == 1
    taken.tidy(now=NOW + 71 * second)
    assert seen() == []


def test_an_action_on_what_is_gone_says_so(waiting: Store) -> None:
    writes(waiting, "SM2", "erase my data")
    writes(waiting, "SM3", "yes, erase")
    for conversation_id in (1, 999):
        with pytest.raises(NoSuchConversation, match="does not exist any more"):
            desk(waiting).claim(conversation_id, staff=ASHA, now=NOW)
        desk(waiting).here(conversation_id, typing=True, staff=ASHA, now=NOW)
        desk(waiting).mark_read(conversation_id, 1, staff=ASHA)


def test_every_action_is_heard_of_in_open_inboxes(waiting: Store) -> None:
    at_desk, revision = desk(waiting), case_of(waiting).revision
    for act in (
        lambda: at_desk.claim(1, staff=ASHA, now=NOW),
        lambda: at_desk.here(1, typing=True, staff=ASHA, now=NOW),
        lambda: at_desk.note(1, "a note", staff=RAVI, now=NOW),
        lambda: at_desk.label(1, "vip", staff=RAVI, now=NOW),
        lambda: at_desk.mark_read(1, 1, staff=RAVI),
        lambda: at_desk.reply(1, "Hello", "s1", staff=ASHA, now=NOW),
        lambda: deliver_all(waiting, Recorder()),
        lambda: at_desk.snooze(1, LATER, staff=ASHA, now=NOW),
        lambda: writes(waiting, "SM2", "hello?"),
        lambda: at_desk.resolve(1, HandoffOutcome.ANSWERED, staff=ASHA, now=NOW),
    ):
        act()
        revision, before = case_of(waiting).revision, revision
        assert revision > before


def test_erasing_takes_what_staff_wrote_with_it(taken: Store, database_url: str) -> None:
    at_desk = desk(taken)
    at_desk.note(1, "a secret", staff=ASHA, now=NOW)
    at_desk.label(1, "secret", staff=ASHA, now=NOW)
    at_desk.mark_read(1, 1, staff=ASHA)
    at_desk.here(1, typing=True, staff=ASHA, now=NOW)
    at_desk.reply(1, "a secret", "s1", staff=ASHA, now=NOW)
    at_desk.hold(1, "a secret", "s2", staff=ASHA, now=LATER)
    writes(taken, "SM2", "erase my data", now=LATER)
    writes(taken, "SM3", "yes, erase", now=LATER)
    for table in ("notes", "labels", "held_replies", "reads", "presence", "handoffs"):
        assert execute(database_url, f"SELECT * FROM {table}") == []
    assert "secret" not in str(execute(database_url, "SELECT * FROM audit_log"))
    assert execute(database_url, "SELECT owner_id FROM conversations") == [(None,)]
