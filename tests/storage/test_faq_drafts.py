from datetime import timedelta

import pytest

from bot.core.messages import Kind
from bot.storage import Author, Direction, Store
from bot.storage.faq_drafts import NoSuchDraft
from tests.storage.test_insights_counting import NOON, add_learner, said

REPLY = {"direction": Direction.OUT, "author": Author.STAFF, "outcome": None, "state": "sent", "staff_id": 7}


@pytest.fixture
def answered(store: Store) -> Store:
    """With a question of Ann (message 1), a picture (2) and the reply of staff (3)."""
    add_learner(store)
    said(store, {"text": "Ann here, which laptop? call 9876543210"}, {"text": "", "kind": Kind.IMAGE})
    said(store, REPLY | {"text": "Hi Ann, any with 8 GB. Yours, Ravi"})
    return store


def test_a_reply_is_kept_with_the_question_before_it_and_without_names(answered: Store) -> None:
    draft = answered.faq_drafts.suggest(1, 3, staff_id=7, names=["Ravi Kumar"], now=NOON)
    assert draft.question == "here, which laptop? call"
    assert draft.reply == "Any with 8 GB. Yours, [name]"
    assert answered.faq_drafts.all() == [draft] == [answered.faq_drafts.get(draft.id)]


def test_a_second_click_keeps_it_once(answered: Store) -> None:
    first = answered.faq_drafts.suggest(1, 3, staff_id=7, names=[], now=NOON)
    assert answered.faq_drafts.suggest(1, 3, staff_id=8, names=[], now=NOON + timedelta(days=1)) == first


@pytest.mark.parametrize(("conversation", "message"), [(1, 1), (1, 99), (2, 3)])
def test_only_a_reply_of_staff_becomes_a_draft(answered: Store, conversation: int, message: int) -> None:
    with pytest.raises(NoSuchDraft, match="reply of staff"):
        answered.faq_drafts.suggest(conversation, message, staff_id=7, names=[], now=NOON)


def test_what_an_editor_has_seen_to_is_gone(answered: Store) -> None:
    draft = answered.faq_drafts.suggest(1, 3, staff_id=7, names=[], now=NOON)
    answered.faq_drafts.remove(draft.id)
    answered.faq_drafts.remove(draft.id)
    with pytest.raises(NoSuchDraft, match="not there any more"):
        answered.faq_drafts.get(draft.id)


def test_drafts_leave_when_their_time_is_over(answered: Store) -> None:
    answered.faq_drafts.suggest(1, 3, staff_id=7, names=[], now=NOON)
    answered.retention.purge(before=NOON + timedelta(days=1), now=NOON + timedelta(days=2))
    assert answered.faq_drafts.all() == []
