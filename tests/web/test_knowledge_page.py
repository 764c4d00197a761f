import re
from datetime import UTC, datetime
from pathlib import Path

from bot.core.messages import Inbound, Kind
from tests.knowledge.editing import EditedFolder
from tests.twilio_stand_in import TwilioStandIn
from tests.web.staff_clients import People, people_at


def test_editors_and_admins_see_the_knowledge_and_nobody_else(people: People) -> None:
    assert people.editor.get("/knowledge").status_code == 200
    assert people.admin.get("/knowledge").status_code == 200
    assert people.agent.get("/knowledge").status_code == 403
    assert people.stranger.get("/knowledge").status_code == 302


def test_only_who_may_open_it_is_led_to_it(people: People) -> None:
    assert 'href="/knowledge"' in people.editor.get("/insights").text
    assert 'href="/knowledge"' not in people.agent.get("/insights").text


def test_the_page_names_the_version_that_is_served(people: People) -> None:
    assert people.services.intake.knowledge.version in people.editor.get("/knowledge").text


ENTRY = "cook-vs-baker/tools/cook"


def test_every_entry_is_a_bubble_as_learners_get_it(people: People) -> None:
    page = people.editor.get("/knowledge").text
    knowledge = people.services.intake.knowledge
    assert page.count('<article class="card"') == len(knowledge.entries)
    for point in knowledge.entries[ENTRY].answer.points:
        assert point in page
    assert "of 1,024 characters, " in page
    assert not re.search(r"\sstyle=|<script", page)


def test_entries_are_found_by_their_words(people: People) -> None:
    page = people.editor.get("/knowledge?q=tools+cook").text
    assert f'href="/knowledge/entries/{ENTRY}"' in page
    assert "Nothing fits" in people.editor.get("/knowledge?q=astronaut").text


def test_a_red_line_stands_where_buttons_and_bubbles_give_way(people: People) -> None:
    entry = people.services.intake.knowledge.entries[ENTRY]
    object.__setattr__(entry.answer, "text", "Knives and pans. " * 110)
    page = people.editor.get(f"/knowledge/entries/{ENTRY}").text
    assert "A new bubble begins (1,600 characters)" in page


def test_an_entry_tells_how_often_it_was_asked_and_where_it_stands(people: People) -> None:
    link = next(link for link in people.services.intake.knowledge.links.values() if link.id == f"entry:{ENTRY}")
    inbound = Inbound("SM1", "whatsapp:+919811100001", "whatsapp:+14155238886", Kind.TEXT, link.opening)
    people.services.intake.receive(inbound, now=datetime.now(UTC))
    page = people.editor.get(f"/knowledge/entries/{ENTRY}").text
    assert "Asked 1 time in 30 days" in page
    assert people.services.intake.knowledge.entries[ENTRY].place in page
    assert link.opening in page


def test_an_entry_that_is_gone_is_answered_with_a_sentence(people: People) -> None:
    response = people.editor.get("/knowledge/entries/no/such")
    assert response.status_code == 404
    assert "Look for it on the page" in response.text


def test_a_phrase_leads_to_its_topic_or_is_marked(people: People) -> None:
    page = people.editor.get(f"/knowledge/entries/{ENTRY}").text
    assert "<td>Here</td>" in page


def test_the_draft_answers_beside_what_is_served_and_nothing_is_stored(sqlite_url: str, tmp_path: Path) -> None:
    folder = EditedFolder(tmp_path / "knowledge")
    with people_at(sqlite_url, KNOWLEDGE_DIR=str(folder.path)) as people:
        asked = "which tools does a cook use"
        same = people.editor.post("/knowledge/chat", said=asked).text
        assert "both say the same" in same
        folder.edit("comparisons/cook-vs-baker.yaml", "title: Cook vs Baker", "title: Chef vs Baker")
        assert "both say the same" not in people.editor.post("/knowledge/chat", said=asked).text
        folder.write("courses.yaml", "courses: [")
        broken = people.editor.post("/knowledge/chat", before=asked, said="thanks").text
        assert "courses.yaml:" in broken
        assert people.services.store.conversation_of("draft") is None


def test_the_link_of_an_entry_is_shown_with_its_picture_once_a_number_is_known(sqlite_url: str) -> None:
    with TwilioStandIn() as twilio, people_at(sqlite_url, **twilio.environ) as people:
        page = people.editor.get(f"/knowledge/entries/{ENTRY}").text
        assert "https://wa.me/" in page
        picture = re.search(r'src="(/knowledge/links/[^"]+)"', page)
        assert picture is not None
        assert people.editor.get(picture[1]).mimetype == "image/svg+xml"
        assert people.editor.get(picture[1].replace(".svg", ".png")).data.startswith(b"\x89PNG")
        assert [page.count(f"<summary>{kind}") for kind in ("This entry", "Its topic", "Its comparison")] == [1, 1, 1]
        assert page.count("&lt;a href=&#34;https://wa.me/14155238886?text=") == 3


def test_a_test_in_the_knowledge_that_fails_is_told_in_red_with_its_place(sqlite_url: str, tmp_path: Path) -> None:
    folder = EditedFolder(tmp_path / "knowledge")
    first = "# yaml-language-server: $schema=../schemas/test.json\n"
    folder.write("tests/kitchen.yaml", f"{first}must_not_answer:\n  - is it raining\n  - tools?\n")
    with people_at(sqlite_url, KNOWLEDGE_DIR=str(folder.path)) as people:
        page = people.editor.get("/knowledge").text
    assert "1 message does not go as the tests in the knowledge tell" in page
    assert re.search(r'class="problem"[^§]*<code>tests/kitchen.yaml:4</code>', page)
    assert "tests/kitchen.yaml:3" not in page
