"""Which language is a question in, and what is it about?"""

import pytest

from bot.core.drafting import draft
from bot.core.knowledge import Folder
from bot.core.spoken import Spoken
from bot.knowledge_files import read
from tests.core.talking import KNOWLEDGE_FOLDER


@pytest.fixture(scope="module")
def folder() -> Folder:
    """The files that are delivered with the program."""
    return read(KNOWLEDGE_FOLDER)


@pytest.mark.parametrize(
    ("question", "language", "topic"),
    [
        ("which laptop do i need", "en", "laptop"),
        ("is there an alumni meetup", "en", "alumni_meetup"),
        ("do you give recordings of classes", "en", "recordings_classes"),
        ("kya recording milegi", "hinglish", "recording_milegi"),
        ("हॉस्टल है क्या", "hi", "question"),
        ("xyzzy?", "en", "xyzzy"),
    ],
)
def test_a_question_tells_its_language_and_the_id_of_its_topic(
    folder: Folder, question: str, language: str, topic: str
) -> None:
    drafted = draft([question], "Ask our team.", folder)
    assert (Spoken(folder).language(question), drafted.topic) == (language, topic)
    assert drafted.phrases == {language: (question,)}


def test_staff_read_ids_and_titles_in_the_language_of_the_school(folder: Folder) -> None:
    drafted = draft(["kaunsa laptop lena chahiye", "which laptop do i need"], "8 GB will do.", folder)
    assert (drafted.topic, drafted.title) == ("laptop", "Which laptop do i")
