import random
from datetime import UTC, datetime, timedelta

from bot.core.catalogue import Knowledge
from bot.core.unanswered import Asked, InVain, clusters

NOON = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


def asked(*texts: str, how: InVain = InVain.REFUSED, reason: str = "not_understood", name: str = "") -> list[Asked]:
    return [Asked(text, NOON + timedelta(minutes=number), how, reason, name) for number, text in enumerate(texts)]


LAPTOP = asked("which laptop do i need", "what laptop do i need to buy", "laptop?", "do i need a good laptop")
PETS = asked("can i bring my dog", "can i bring my dogs to class")


def test_questions_that_ask_the_same_are_one_cluster(knowledge: Knowledge) -> None:
    first, second = clusters([*LAPTOP, *PETS], knowledge)
    assert (first.count, second.count) == (4, 2)
    assert all("laptop" in example for example in first.examples)
    assert (first.first_at, first.last_at) == (NOON, NOON + timedelta(minutes=3))


def test_the_order_in_which_they_come_changes_nothing(knowledge: Knowledge) -> None:
    questions = [*LAPTOP, *PETS, *asked("fees", "fees kitni hai", "कितनी फीस है")]
    expected = clusters(questions, knowledge)
    for seed in range(5):
        random.Random(seed).shuffle(questions)
        assert clusters(questions, knowledge) == expected


def test_a_cluster_names_the_topic_it_is_nearest_to_with_its_place(knowledge: Knowledge) -> None:
    (cluster,) = clusters(asked("total fees for the course", how=InVain.HANDED_OVER, reason="admissions"), knowledge)
    assert cluster.nearest is not None
    assert cluster.nearest.topic == "admissions"
    assert cluster.nearest.place.startswith("topics/admissions.yaml:")
    assert cluster.how == ((InVain.HANDED_OVER, 1),)


def test_what_resembles_nothing_is_near_nothing(knowledge: Knowledge) -> None:
    (cluster,) = clusters(asked("xylophone zebra quartz"), knowledge)
    assert cluster.nearest is None


def test_who_asks_for_a_person_asks_no_question(knowledge: Knowledge) -> None:
    assert clusters(asked("a person please", how=InVain.HANDED_OVER, reason="human"), knowledge) == []


def test_names_and_numbers_of_learners_are_not_told(knowledge: Knowledge) -> None:
    question = asked("Annabella here, 9876543210, which laptop", name="Annabella Rao")
    (cluster,) = clusters(question, knowledge)
    assert cluster.examples == ("here, which laptop",)


def test_nothing_asked_makes_nothing(knowledge: Knowledge) -> None:
    assert clusters([], knowledge) == []
    assert clusters(asked("🙂", ""), knowledge) == []


def test_of_many_the_most_frequent_are_told(knowledge: Knowledge) -> None:
    (only,) = clusters([*LAPTOP, *PETS], knowledge, most=1)
    assert only.count == len(LAPTOP)
