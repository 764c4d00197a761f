"""`bot knowledge import`: from a page to a file that passes the check at once."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.talking import KNOWLEDGE_FOLDER
from tests.importing.importing import COMPARING, PAGES, THREE_ROLES, Imported, bot

Once = Callable[..., Imported]


@pytest.fixture(params=COMPARING)
def any_page(request: pytest.FixtureRequest, imported_once: Once) -> Imported:
    return imported_once(PAGES / request.param)


@pytest.fixture
def three(imported_once: Once) -> Imported:
    return imported_once(THREE_ROLES, "--add-courses")


def test_the_check_finds_no_error_at_once(any_page: Imported) -> None:
    assert "The check finds no error with it." in any_page.result.output


def test_the_command_says_what_the_check_says(three: Imported) -> None:
    checked = bot(three.folder, "check")
    assert checked.exit_code == 0, checked.output


def test_the_command_lists_every_mark_with_its_line(any_page: Imported) -> None:
    marked = [n for n, line in enumerate(any_page.text.splitlines(), 1) if line.strip().startswith("# please check:")]
    assert marked
    assert all(f"{any_page.file}:{number}: " in any_page.result.output for number in marked)


def test_what_a_page_does_not_say_is_marked_and_not_invented(imported_once: Once) -> None:
    made = imported_once(PAGES / "missing-sections.txt")
    assert (
        "# please check: the page says nothing for best_fit, next_step, projects, skills, success_metric" in made.text
    )
    assert set(made.comparison.sides["ux"].answers) == {"definition", "tools"}
    assert not made.comparison.paths


def test_a_day_and_an_address_that_the_page_does_not_tell_are_marked(imported_once: Once) -> None:
    made = imported_once(PAGES / "missing-sections.txt")
    lines = made.text.splitlines()
    for field in ("url", "updated"):
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{field}:"))
        assert lines[at - 1].startswith("# please check: the ")


def test_new_courses_are_shown_as_a_patch_and_not_referred_to(imported_once: Once) -> None:
    made = imported_once(THREE_ROLES)
    assert "+    name: Data Engineering Course" in made.result.output
    assert (made.folder / "courses.yaml").read_bytes() == (KNOWLEDGE_FOLDER / "courses.yaml").read_bytes()
    assert all(side.course is None for side in made.comparison.sides.values())


def test_new_courses_are_added_at_the_end_on_demand(three: Imported) -> None:
    courses = (three.folder / "courses.yaml").read_text("utf-8")
    assert courses.startswith((KNOWLEDGE_FOLDER / "courses.yaml").read_text("utf-8").rstrip("\n"))
    assert "    suits: tables that are never late\n" in courses
    assert 'url: "https://orchard.example/courses/data-engineering"' in courses
    taught = [side.course for side in three.comparison.sides.values()]
    assert taught == ["data_analytics", "data_engineering", "data_science"]


def test_a_file_that_is_there_already_is_not_overwritten(three: Imported) -> None:
    before = three.file.read_bytes()
    again = bot(three.folder, "import", str(THREE_ROLES))
    assert again.exit_code == 1
    assert "is there already: delete it first, or name another file with --out." in again.output
    assert three.file.read_bytes() == before


def test_the_file_may_be_written_elsewhere(tmp_path: Path) -> None:
    shutil.copytree(KNOWLEDGE_FOLDER, tmp_path / "knowledge")
    out = tmp_path / "draft.yaml"
    assert bot(tmp_path / "knowledge", "import", str(THREE_ROLES), "--out", str(out)).exit_code == 0
    assert out.read_text("utf-8").startswith("# yaml-language-server: $schema=../schemas/comparison.json\n")
    assert sorted((tmp_path / "knowledge" / "comparisons").iterdir()) == [
        tmp_path / "knowledge" / "comparisons" / "mlops-engineer-vs-ml-engineer.yaml"
    ]


def test_what_was_off_topic_until_now_is_taken_out_there_and_shown(imported_once: Once) -> None:
    made = imported_once(THREE_ROLES)
    before, after = ((folder / "off_topic.yaml").read_text("utf-8") for folder in (KNOWLEDGE_FOLDER, made.folder))
    gone = set(before.splitlines()) - set(after.splitlines())
    assert gone
    assert "not off topic any more, because the names in the new comparison answer" in made.result.output
    assert all(f"\n-{line}\n" in made.result.output for line in gone)


def test_the_first_comparison_of_a_folder_is_imported_too(tmp_path: Path) -> None:
    folder = shutil.copytree(
        KNOWLEDGE_FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("tests", "hi.yaml")
    )
    for path in (folder / "comparisons").iterdir():
        path.unlink()
    result = bot(folder, "import", str(THREE_ROLES))
    assert (result.exit_code, "The check finds no error with it." in result.output) == (0, True), result.output


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (str(PAGES / "unrelated.html"), "This page is not in the format of the school's comparison pages"),
        ("nowhere.html", "nowhere.html cannot be read (No such file or directory)"),
        ("ftp://example.org/page", "has to begin with https:// or http://"),
        ("file:///etc/hostname", "has to begin with https:// or http://"),
        ("http://127.0.0.1:1/", "127.0.0.1 is inside a private network"),
        ("http://[::1]/", "::1 is inside a private network"),
        ("http://10.0.0.8/page", "10.0.0.8 is inside a private network"),
        ("http://169.254.169.254/latest", "169.254.169.254 is inside a private network"),
        ("https://user@example.org/", "is not an address of a page"),
        ("https://example.org:port/", "is not an address: write it as"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_one_sentence(where: str, said: str) -> None:
    result = bot(KNOWLEDGE_FOLDER, "import", where)
    assert result.exit_code == 1
    assert said in result.output
    assert len(result.output.splitlines()) == 1
