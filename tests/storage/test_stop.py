"""After STOP nothing leaves but its confirmation, wherever the other messages are."""

from datetime import timedelta

from bot.channels import MaybeSent, NotProcessed, Outgoing, Rejected, Sent
from bot.core.messages import DeliveryReport, MessageState
from bot.delivery import LEASE
from bot.storage import Store
from bot.storage.opt_out import STOPPED
from tests.at_desk import writes
from tests.storage.world import ANN, NOW, Recorder, deliver_all, delivery, intake, message, outgoing_of

LATER = NOW + timedelta(hours=1)


def test_what_was_queued_before_stop_does_not_leave(store: Store) -> None:
    for sid, text in (("SM1", "menu"), ("SM2", "STOP")):
        intake(store).receive(message(sid, text), now=NOW)
    phone = Recorder()
    deliver_all(store, phone)
    assert phone.texts == ["Stopped."]
    first, second, confirmation = outgoing_of(store)
    assert (first.state, first.error) == (second.state, second.error) == (MessageState.FAILED, STOPPED)
    assert confirmation.state is MessageState.SENT


def test_the_confirmation_leaves_although_the_learner_goes_on_writing(store: Store) -> None:
    for sid, text in (("SM1", "STOP"), ("SM2", "hello"), ("SM3", "anybody?")):
        writes(store, sid, text)
    deliver_all(store, phone := Recorder())
    assert len(phone.texts) == 1
    assert "no more messages" in phone.texts[0]


def test_start_lets_answers_out_again(store: Store) -> None:
    for sid, text in (("SM1", "STOP"), ("SM2", "START"), ("SM3", "Hello")):
        intake(store).receive(message(sid, text), now=NOW)
    phone = Recorder()
    deliver_all(store, phone)
    assert phone.texts == ["Stopped.", "You wrote: START", "You wrote: Hello"]


class StopWhileSending(Recorder):
    """The learner writes STOP while a message is on its way to a provider that then fails."""

    def __init__(self, store: Store, failure: Exception) -> None:
        super().__init__()
        self.store = store
        self.failure: Exception | None = failure

    def send(self, outgoing: Outgoing) -> Sent:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            intake(self.store).receive(message("SM2", "STOP"), now=NOW)
            raise failure
        return super().send(outgoing)


def test_stop_while_a_message_is_refused_for_now_ends_its_retries(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    phone = StopWhileSending(store, NotProcessed("Too many requests."))
    deliver_all(store, phone)
    deliver_all(store, phone, LATER)
    assert phone.texts == ["Stopped."]
    assert outgoing_of(store)[0].error == STOPPED


def test_stop_while_a_message_is_in_doubt_ends_its_second_life(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    phone = StopWhileSending(store, MaybeSent("Time-out."))
    for minutes in range(10):
        deliver_all(store, phone, NOW + timedelta(minutes=minutes))
    assert phone.texts == ["Stopped."]
    assert outgoing_of(store)[0].error == STOPPED


def test_the_confirmation_itself_is_tried_again(store: Store) -> None:
    intake(store).receive(message("SM1", "STOP"), now=NOW)
    phone = StopWhileSending(store, NotProcessed("Too many requests."))
    deliver_all(store, phone)
    deliver_all(store, phone, LATER)
    assert phone.texts == ["Stopped."] * 2  # one for each STOP


class RefusedForOptOut(Recorder):
    def send(self, outgoing: Outgoing) -> Sent:
        raise Rejected("21610", "The learner has opted out.")


def test_a_refusal_because_of_an_opt_out_at_the_provider_silences_us(store: Store) -> None:
    intake(store).receive(message("SM1", "menu"), now=NOW)
    delivery(store, RefusedForOptOut()).run_once(NOW)
    conversation = store.conversation_of(ANN)
    assert conversation is not None
    assert conversation.opted_out
    assert [(sent.state, sent.error_code, sent.error) for sent in outgoing_of(store)] == [
        (MessageState.FAILED, "21610", "The learner has opted out."),
        (MessageState.FAILED, "", STOPPED),
    ]


def test_a_report_of_an_opt_out_at_the_provider_silences_us(store: Store) -> None:
    intake(store).receive(message("SM1", "menu"), now=NOW)
    delivery(store, Recorder()).run_once(NOW)
    sid = outgoing_of(store)[0].sid
    assert sid is not None
    store.record_report(DeliveryReport(sid, MessageState.FAILED, "21610", "Opted out."), now=NOW)
    assert not deliver_all(store, Recorder())
    assert outgoing_of(store)[1].error == STOPPED


def test_a_message_that_was_with_a_dead_worker_is_not_sent_after_stop(store: Store) -> None:
    intake(store).receive(message("SM1"), now=NOW)
    assert store.outbox.claim(now=NOW, lease=LEASE)
    intake(store).receive(message("SM2", "STOP"), now=NOW)
    phone = Recorder()
    for minutes in range(1, 10):
        deliver_all(store, phone, NOW + timedelta(minutes=minutes))
    assert phone.texts == ["Stopped."]
