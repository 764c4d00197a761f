from tests.web.staff_clients import People


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
