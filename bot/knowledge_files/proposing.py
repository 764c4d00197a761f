"""Changes that are proposed to editors: phrases for a topic, or a new entry, in a copy of the files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.knowledge import Faq, Folder, Key
from bot.core.nearest import suggestion
from bot.errors import BotError
from bot.knowledge_files import Contents, checked
from bot.knowledge_files.patching import PatchRefused, unified_diff, with_faq, with_phrases


class ProposalRefused(BotError):
    """There is nothing to propose."""


@dataclass(frozen=True)
class Proposal:
    """One file changed. `old` and `new` are the text of that file, `unchanged` all files without the change."""

    file: str
    old: str
    new: str
    unchanged: Contents

    def patch(self, directory: str) -> str:
        """Return the change as `git apply` takes it where the knowledge folder is `directory`."""
        return unified_diff(f"{directory.rstrip('/')}/{self.file}", self.old, self.new)

    @property
    def changed(self) -> Contents:
        """All files with the change."""
        return replace(self.unchanged, files={**self.unchanged.files, self.file: self.new.encode()})


def propose_phrases(contents: Contents, topic: str, phrases: Mapping[str, Sequence[str]]) -> Proposal:
    """Propose phrases, by language, for a topic or for a question of its own; those that it has already are left out.

    Raises KnowledgeError if the files have to be mended first, ProposalRefused or PatchRefused.
    """
    folder = checked(contents)
    file, key = _place_of(folder, topic)
    known = {phrase.casefold() for phrase in _known(folder, topic)}
    new = {
        language: list(dict.fromkeys(phrase for phrase in written if phrase and phrase.casefold() not in known))
        for language, written in phrases.items()
    }
    if not any(new.values()):
        raise ProposalRefused(f"{file} has these phrases already: nothing is to be added.")

    def with_all(text: str) -> str:
        for language, written in new.items():
            text = with_phrases(text, key, language, written) if written else text
        return text

    return _changed(contents, file, with_all)


def propose_entry(contents: Contents, comparison: str | None, faq: Faq) -> Proposal:
    """Propose a new question with its answer at the end of a comparison, or of the school's own questions.

    Raises KnowledgeError if the files have to be mended first, ProposalRefused or PatchRefused.
    """
    folder = checked(contents)
    if comparison is not None and comparison not in folder.comparisons:
        raise ProposalRefused(f"There is no comparison {comparison}. {suggestion(comparison, folder.comparisons)}")
    file = folder.faqs.file if comparison is None else folder.comparisons[comparison].file
    if file not in contents.files:
        raise ProposalRefused(f"There is no {file}: make it with the line `faqs: []` first.")
    return _changed(contents, file, lambda text: with_faq(text, faq))


def _changed(contents: Contents, file: str, change: Callable[[str], str]) -> Proposal:
    old = contents.files[file].decode()
    try:
        new = change(old)
    except PatchRefused as refused:
        raise PatchRefused(f"{file}: {refused}") from None
    return Proposal(file, old, new, contents)


def _place_of(folder: Folder, topic: str) -> tuple[str, Key]:
    if topic in folder.topics:
        return folder.topics[topic].file, ()
    for file, faqs in _own_questions(folder):
        for number, faq in enumerate(faqs):
            if faq.topic == topic:
                return file, ("faqs", number)
    known = [*folder.topics, *(faq.topic for _, faqs in _own_questions(folder) for faq in faqs)]
    raise ProposalRefused(f"There is no topic {topic}. {suggestion(topic, known)}")


def _own_questions(folder: Folder) -> list[tuple[str, Sequence[Faq]]]:
    """The questions with an answer of their own, by file."""
    ours = (folder.faqs.file, folder.faqs.content.faqs)
    return [ours, *((document.file, document.content.faqs) for document in folder.comparisons.values())]


def _known(folder: Folder, topic: str) -> list[str]:
    faqs = [faq for _, some in _own_questions(folder) for faq in some if faq.topic == topic]
    asked = [folder.topics[topic].content] if topic in folder.topics else faqs
    return [phrase for one in asked for held in one.phrases.values() for phrase in held]
