"""Files that are missing, misplaced, misnamed or unreadable, and what the folder is worth then."""

import os
import re
from pathlib import Path

import pytest

from bot.knowledge_files import KnowledgeError, inspect, load, read
from bot.knowledge_files.contents import MAX_BYTES
from tests.knowledge.editing import EditedFolder

REAL = Path(__file__).parents[2] / "knowledge"


def test_the_knowledge_of_the_school_has_no_errors() -> None:
    assert [str(finding) for finding in inspect(REAL) if not finding.warning] == []


def test_a_file_in_another_encoding_is_told_with_the_line_of_the_first_strange_byte(folder: EditedFolder) -> None:
    folder.write("topics/tools.yaml", "# Werkzeug\ntitle: Das Gerät\n".encode("latin-1"))
    assert folder.told() == (
        "topics/tools.yaml:2:15: file-not-utf8: the file is not saved as UTF-8\n"
        "    Save it again with the encoding UTF-8.\n"
    )


@pytest.mark.parametrize("content", ["", "# nothing here\n", "---\n", "null\n"])
def test_an_empty_file_is_told(folder: EditedFolder, content: str) -> None:
    folder.write("faqs.yaml", f"# yaml-language-server: $schema=schemas/faqs.json\n{content}")
    assert folder.told() == (
        "faqs.yaml:1:1: file-empty: the file is empty\n    Fill it in, or delete it if nothing needs it.\n"
    )


def test_a_missing_file_is_told(folder: EditedFolder) -> None:
    folder.remove("courses.yaml")
    assert folder.told() == (
        "courses.yaml:1:1: file-missing: this file is needed and is not there\n"
        "    Restore it from the history, or copy the file of another knowledge folder.\n"
    )


def test_a_folder_without_any_comparison_is_told(folder: EditedFolder) -> None:
    folder.remove("comparisons/cook-vs-baker.yaml")
    assert "comparisons/<name>.yaml:1:1: file-missing: this file is needed and is not there\n" in folder.told()


def test_a_missing_topic_that_the_bot_needs_is_told(folder: EditedFolder) -> None:
    folder.remove("topics/stop.yaml")
    assert folder.told() == (
        'topics/stop.yaml:1:1: topic-missing: the bot needs the topic "stop"\n'
        "    Restore topics/stop.yaml from the history.\n"
    )


def test_missing_sentences_in_the_language_of_the_school_are_told(folder: EditedFolder) -> None:
    (folder.path / "lines/en.yaml").rename(folder.path / "lines/hi.yaml")
    assert folder.told() == (
        'lines/en.yaml:1:1: lines-missing: the bot needs its own sentences in "en", the language of the school\n'
        "    Restore lines/en.yaml from the history, or write another language in school.yaml.\n"
    )


def test_a_file_may_be_as_large_as_the_limit_and_not_larger(folder: EditedFolder) -> None:
    comment = "# yaml-language-server: $schema=schemas/faqs.json\nfaqs: []\n# "
    folder.edit("topics/tools.yaml", "register, apron, own_knife", "register, own_knife")
    folder.edit("comparisons/cook-vs-baker.yaml", "[apron, tools]", "[tools]")
    folder.write("faqs.yaml", comment.ljust(MAX_BYTES, "x"))
    assert folder.told() == ""
    folder.write("faqs.yaml", comment.ljust(MAX_BYTES + 1, "x"))
    assert folder.told() == (
        "faqs.yaml:1:1: file-too-large: the file is larger than 512 KB\n"
        "    Split it, or remove what does not belong there.\n"
    )


@pytest.mark.parametrize(("content", "kind"), [("- tools\n", "list"), ("tools\n", "text")])
def test_a_file_without_keys_is_told(folder: EditedFolder, content: str, kind: str) -> None:
    folder.write("faqs.yaml", f"# yaml-language-server: $schema=schemas/faqs.json\n\n{content}")
    assert folder.told() == (
        f"faqs.yaml:3:1: not-a-mapping: the file holds a {kind} instead of keys with values\n"
        "    Begin each line at the left with a key, a colon and a space; compare with a file that works.\n"
    )


def test_a_topic_in_a_file_of_another_name_is_told(folder: EditedFolder) -> None:
    (folder.path / "topics/tools.yaml").rename(folder.path / "topics/tolls.yaml")
    assert folder.told() == (
        'topics/tolls.yaml:2:1: file-name: the topic is "tools", but the file is called "tolls.yaml"\n'
        "    Rename the file to tools.yaml.\n"
    )


def test_a_comparison_in_a_file_whose_name_is_no_id_is_told(folder: EditedFolder) -> None:
    (folder.path / "comparisons/cook-vs-baker.yaml").rename(folder.path / "comparisons/Cook vs Baker.yaml")
    assert folder.told() == (
        'comparisons/Cook vs Baker.yaml:1:1: comparison-id: the file is called "Cook vs Baker.yaml", and its name is'
        " the id of the comparison\n"
        "    Use small letters, digits, _ and -, with a letter first, such as data-scientist-vs-data-analyst.yaml.\n"
    )


def test_sentences_in_a_file_whose_name_is_no_language_are_told(folder: EditedFolder) -> None:
    (folder.path / "lines/en.yaml").rename(folder.path / "lines/en-IN.yaml")
    assert folder.told() == (
        'lines/en-IN.yaml:1:1: file-name: the file is called "en-IN.yaml", which is not the code of a language\n'
        "    Use small letters a to z only, such as en.yaml.\n"
    )


def test_a_file_with_the_other_suffix_of_yaml_is_told(folder: EditedFolder) -> None:
    folder.write("topics/price.yml", "topic: price\n")
    assert folder.told() == (
        "topics/price.yml:1:1: file-unexpected: nothing reads a file of this name in this place\n"
        "    Rename it to topics/price.yaml.\n"
    )


@pytest.mark.parametrize("file", ["prices/price.yaml", "price.yaml", "test.yml"])
def test_a_file_in_the_wrong_place_is_told(folder: EditedFolder, file: str) -> None:
    folder.write(file, "topic: price\n")
    assert folder.told() == (
        f"{file}:1:1: file-unexpected: nothing reads a file of this name in this place\n"
        "    Files that are read: school.yaml, courses.yaml, faqs.yaml, language.yaml, off_topic.yaml,"
        " canned_replies.yaml, topics/<name>.yaml, comparisons/<name>.yaml, lines/<name>.yaml,"
        " translations/<name>.yaml, tests/<name>.yaml.\n"
    )


@pytest.mark.parametrize(
    ("file", "meant"), [("topic/price.yaml", "topics/price.yaml"), ("Off-topics.yaml", "off_topic.yaml")]
)
def test_a_folder_or_file_that_is_misspelt_is_told(folder: EditedFolder, file: str, meant: str) -> None:
    folder.write(file, "topic: price\n")
    assert folder.told().endswith(f"    Did you mean {meant}? Move it there.\n")


def test_a_copy_of_a_topic_is_told(folder: EditedFolder) -> None:
    folder.write("topics/tools copy.yaml", (folder.path / "topics/tools.yaml").read_bytes())
    assert folder.told().endswith(
        "    tools.yaml is there: delete this file if it is a copy, or give it a topic of its own.\n"
    )


def test_files_that_are_none_of_the_knowledge_are_left_alone(folder: EditedFolder) -> None:
    folder.write("README.md", "# Notes\n")
    folder.write("schemas/topic.json", "{}")
    folder.write("topics/.#tools.yaml", "a lock of an editing program")
    folder.write(".cache/x.yaml", "x")
    assert folder.told() == ""


def test_a_missing_or_wrong_schema_line_is_only_a_warning(folder: EditedFolder) -> None:
    folder.edit("topics/tools.yaml", "# yaml-language-server: $schema=../schemas/topic.json\n", "")
    folder.edit("faqs.yaml", "$schema=schemas/faqs.json", "$schema=faqs.json")
    what = "schema-line: the first line does not name the schema, so editing programs cannot help here (warning)"
    assert folder.told() == (
        f"faqs.yaml:1:1: {what}\n"
        "    Make the first line: # yaml-language-server: $schema=schemas/faqs.json\n"
        f"topics/tools.yaml:1:1: {what}\n"
        "    Make the first line: # yaml-language-server: $schema=../schemas/topic.json\n"
    )
    assert load(folder.path).version == read(folder.path).version


@pytest.mark.parametrize("name", ["nowhere", "faqs.yaml"])
def test_a_folder_that_is_none_is_told(folder: EditedFolder, name: str) -> None:
    (finding,) = inspect(folder.path / name)
    assert (finding.file, finding.code) == (".", "folder-unreadable")
    assert finding.message.startswith("the folder cannot be read: ")
    assert finding.hint == "Check the folder's name and permissions; the setting KNOWLEDGE_DIR names it."


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails when it is read")
def test_a_file_that_cannot_be_read_is_told(folder: EditedFolder) -> None:
    folder.remove("topics/tools.yaml")
    (folder.path / "topics/tools.yaml").symlink_to("/proc/self/mem")
    assert folder.told() == (
        "topics/tools.yaml:1:1: file-unreadable: the file cannot be read: Input/output error\n"
        "    Check the permissions of the file.\n"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_not_waited_for(folder: EditedFolder) -> None:
    os.mkfifo(folder.path / "topics/pipe.yaml")
    assert folder.told() == ""


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor(folder: EditedFolder) -> None:
    bomb = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30))]
    folder.write("faqs.yaml", "# yaml-language-server: $schema=schemas/faqs.json\n" + "\n".join(bomb))
    assert folder.told() == (
        "faqs.yaml:2:5: yaml-alias: &a0 is a reference of YAML\n"
        "    Write the text out; put a text that begins with * or & in double quotes.\n"
    )


def test_a_broken_file_does_not_make_others_look_wrong(folder: EditedFolder) -> None:
    folder.edit("topics/register.yaml", "title: How to join", "title: [")
    folder.edit("courses.yaml", "suits:", "suit:")
    codes = [(finding.file, finding.code) for finding in inspect(folder.path)]
    assert codes == [
        ("courses.yaml", "key-missing"),
        ("courses.yaml", "key-unknown"),
        ("topics/register.yaml", "yaml-syntax"),
    ]


def test_the_problems_of_all_files_are_told_at_once_and_by_place(folder: EditedFolder) -> None:
    folder.edit("topics/tools.yaml", "title: Tools used", "tite: Tools used")
    folder.edit("school.yaml", "hours:\n  monday: {opens: 09:30, closes: 18:00}\n", "")
    folder.edit("comparisons/cook-vs-baker.yaml", "course: bakery", "course: bakry")
    places = [re.match(r"[^ ]+", str(finding))[0] for finding in inspect(folder.path)]  # type: ignore[index]
    assert places == [
        "comparisons/cook-vs-baker.yaml:18:5:",
        "school.yaml:2:1:",
        "topics/tools.yaml:2:1:",
        "topics/tools.yaml:4:1:",
    ]


def test_an_error_of_the_whole_folder_names_errors_and_keeps_warnings(folder: EditedFolder) -> None:
    folder.edit("courses.yaml", "    url: https://food.example/bakery\n", "")
    folder.edit("comparisons/cook-vs-baker.yaml", "course: bakery", "course: bakry")
    with pytest.raises(KnowledgeError) as caught:
        load(folder.path)
    assert str(caught.value) == (
        'comparisons/cook-vs-baker.yaml:18:5: reference-unknown: the course "bakry" does not exist in courses.yaml\n'
        '    Did you mean "bakery"?'
    )
    assert [finding.code for finding in caught.value.findings] == ["reference-unknown", "course-address-missing"]


def test_reading_judges_each_file_by_itself_only(folder: EditedFolder) -> None:
    folder.edit("comparisons/cook-vs-baker.yaml", "course: bakery", "course: bakry")
    assert read(folder.path).comparisons["cook-vs-baker"].content.sides["baker"].course == "bakry"
    folder.remove("school.yaml")
    with pytest.raises(KnowledgeError, match=r"^school\.yaml:1:1: file-missing: "):
        read(folder.path)


def test_the_version_names_the_content(folder: EditedFolder) -> None:
    before = read(folder.path).version
    assert re.fullmatch("[0-9a-f]{12}", before)
    (folder.path / "README.md").write_text("notes")
    assert read(folder.path).version == before
    folder.edit("faqs.yaml", "on the first day", "on the second day")
    assert read(folder.path).version != before


def test_the_version_does_not_depend_on_where_the_folder_lies(folder: EditedFolder, tmp_path: Path) -> None:
    assert read(EditedFolder(tmp_path / "elsewhere").path).version == read(folder.path).version


def test_every_key_knows_its_line(folder: EditedFolder) -> None:
    tools = read(folder.path).topics["tools"]
    assert tools.place(("phrases", "en", 1)) == "topics/tools.yaml:10"
    assert tools.place(("phrases", "hinglish")) == "topics/tools.yaml:11"
    assert tools.place(("phrases", "hinglish", 7)) == "topics/tools.yaml:11"


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_line_ends_and_byte_order_marks_of_other_systems_are_read(folder: EditedFolder, ending: bytes) -> None:
    content = (folder.path / "topics/tools.yaml").read_bytes()
    folder.write("topics/tools.yaml", b"\xef\xbb\xbf" + content.replace(b"\n", ending))
    assert read(folder.path).topics["tools"].place(("phrases", "en", 1)) == "topics/tools.yaml:10"
    assert inspect(folder.path) == []
