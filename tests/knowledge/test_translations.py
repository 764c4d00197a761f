"""A language is files only; and what is wrong in them is told with its place."""

import pytest

from bot.knowledge_files import load
from tests.core.talking import Talk, read
from tests.knowledge.editing import EditedFolder

TRANSLATION = """\
# yaml-language-server: $schema=../schemas/translation.json
topics:
  tools: {title: Eszközök, heading: "{side} eszközei"}
sides:
  cook: {name: Szakács, short: Szakács}
entries:
  cook-vs-baker/tools/cook: [serpenyő, kés]
"""


@pytest.fixture
def hungarian(folder: EditedFolder) -> EditedFolder:
    """The small folder, with a third language beside what the program is delivered with."""
    lines = (folder.path / "lines" / "en.yaml").read_text("utf-8")
    for english, hungarian in (
        ("asked_for: [in english, english me batao]", "asked_for: [magyarul, beszélj magyarul]"),
        ("switched: English it is.", "switched: Rendben, magyarul írok."),
    ):
        assert english in lines
        lines = lines.replace(english, hungarian)
    folder.write("lines/hu.yaml", lines)
    folder.write("translations/hu.yaml", TRANSLATION)
    return folder


def test_a_third_language_is_files_only(hungarian: EditedFolder) -> None:
    assert hungarian.told() == ""
    talk = Talk(load(hungarian.path))
    assert "Pan" in read(talk.say("which tools does a cook use"))
    assert read(talk.say("magyarul")).startswith("*Szakács eszközei*\n- serpenyő\n- kés")
    assert "Oven" in read(talk.say("tools of a baker"))  # is not translated, so it comes as it is written
    assert read(talk.say("in english")).startswith("*Tools of a Baker*")


def test_a_wish_alone_is_confirmed(hungarian: EditedFolder) -> None:
    assert "magyarul írok" in read(Talk(load(hungarian.path)).say("beszélj magyarul"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "cook-vs-baker/tools/cook:",
            "cook-vs-baker/tool/cook:",
            (
                'translations/hu.yaml:7:3: reference-unknown: the entry "cook-vs-baker/tool/cook" does not exist\n'
                '    Did you mean "cook-vs-baker/tools/cook"?\n'
            ),
        ),
        (
            "  cook: {name",
            "  kook: {name",
            'translations/hu.yaml:5:3: reference-unknown: the side "kook" does not exist\n    Did you mean "cook"?\n',
        ),
        (
            "{side} eszközei",
            "{sid} eszközei",
            'translations/hu.yaml:3:28: placeholder-unknown: {sid} is not filled in here\n    Did you mean "{side}"?\n',
        ),
        (
            "[serpenyő, kés]",
            "[" + ", ".join(["kés " * 60] * 8) + "]",
            (
                "translations/hu.yaml:7:3: answer-too-long: this answer has 1,956 characters with its heading, and one"
                " message holds 1,600\n    Shorten it.\n"
            ),
        ),
        (
            "Eszközök, heading",
            "Konyhai eszközök és gépek, heading",
            (
                'translations/hu.yaml:3:11: value-too-long: "title" is too long: 25 characters, at most 20 are'
                " allowed\n    Shorten it.\n"
            ),
        ),
    ],
)
def test_a_mistake_in_a_translation_is_told_with_its_place(
    hungarian: EditedFolder, old: str, new: str, told: str
) -> None:
    hungarian.edit("translations/hu.yaml", old, new)
    assert hungarian.told() == told


def test_a_translation_that_nobody_reads_is_told(folder: EditedFolder) -> None:
    folder.write("translations/hu.yaml", TRANSLATION)
    assert 'translations/hu.yaml:2:1: reference-unknown: nobody reads these, as the bot has no sentences in "hu"' in (
        folder.told()
    )


def test_words_that_ask_for_two_languages_are_told(hungarian: EditedFolder) -> None:
    hungarian.edit("lines/hu.yaml", "[magyarul,", "[in english,")
    assert 'phrase-duplicate: "in english" asks for answers in "en" already\n    Delete one' in hungarian.told()
