"""Takes out of a learner's words, or of a reply to them, what tells who wrote it. Pure; the one place of this rule.

Found by form: e-mail addresses, web addresses, handles, numbers of five digits and more, Indian tax numbers, places of
living, and names where somebody says or is called by one. Names that are known, such as that of the profile, are found
wherever they stand. No rule finds all: a person reads what is to be published.
"""

import re
from collections.abc import Iterable
from typing import Final

_MINIMUM_NAME: Final = 3
"""Letters of a part of a name that is taken out wherever it stands: shorter ones are words as well."""
_VOWEL_SIGNS: Final = "\u0900-\u0903\u093a-\u094f\u0962\u0963"
"""Of Devanagari: for `re` they are no part of a word, but they stand inside of names."""

_NAME: Final = r"(?-i:[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*){0,2})"
_FORMS: Final = tuple(
    (mark, re.compile(pattern, re.IGNORECASE))
    for mark, pattern in (
        ("[email]", r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"),
        ("[link]", r"\b(?:https?://|www\.)[^\s<>]+"),
        ("[handle]", r"(?<!\w)@\w[\w.]*"),
        ("[number]", r"\b[a-z]{5}\d{4}[a-z]\b"),  # a PAN
        ("[number]", r"\+?\d(?:[\s()./-]{0,2}\d){4,}"),
        (
            "[address]",
            (
                r"\b(?:flat|house|plot|door|h\.?(?=\s*no))\s*(?:no\.?|number|#)?\s*[a-z]?-?\d[\w/-]*"
                r"(?:[,\s]+[^,.?!\n]{0,40}?\b(?:road|rd|street|nagar|colony|sector|lane|marg|apartments?)\b(?:\s+\d+)?)?"
            ),
        ),
        ("[address]", rf"{_NAME}\s+(?:road|street|nagar|colony|marg|apartments?)\b"),
        ("[name]", r"(?<=my name is )[^\W\d]+(?:\s+(?-i:[A-Z])\w+)?"),
        ("[name]", r"(?<=mera naam )[^\W\d]+(?:\s+(?-i:[A-Z])\w+)?"),
        ("[name]", r"(?<=मेरा नाम )\S+"),
        ("[name]", rf"(?<=\bthis is ){_NAME}(?=\s*(?:[,.!]|here|from|$))"),
        ("[name]", rf"(?<=\bdear ){_NAME}"),
        ("[name]", rf"(?<=\bmr ){_NAME}|(?<=\bmr\. ){_NAME}|(?<=\bms ){_NAME}|(?<=\bms\. ){_NAME}|(?<=\bmrs ){_NAME}"),
        ("[name]", rf"(?:(?<=^hi )|(?<=^hey )|(?<=^hello )|(?<=^namaste )){_NAME}(?=\s*[,!.\n])"),
    )
)
_MARKED: Final = re.compile(r"\[(?:email|link|handle|number|address|name)\]")
_GREETING: Final = re.compile(
    r"^(?=[^\n]{0,60}\[name\])(?:(?:hi|hey|hello|dear|namaste)\b[\s,!]*)?"
    r"(?:\[name\](?: ji)?|my name is \[name\]|this is \[name\]|mera naam \[name\] hai|मेरा नाम \[name\] है)"
    r"\s*[,.!:-]*\s*",
    re.IGNORECASE,
)


def anonymous(text: str, names: Iterable[str] = ()) -> str:
    """Return the text with a mark such as [name], [number] or [email] for all that tells who wrote it.

    names: names that are known, of the learner and of staff, each whole or in parts. The length is not kept.
    """
    for mark, form in _FORMS:
        text = form.sub(mark, text)
    parts = {part.casefold() for name in names for part in parts_of(name)}
    known = sorted((part for part in parts if len(part) >= _MINIMUM_NAME), key=len, reverse=True)
    if not known:
        return text
    anywhere = re.compile(rf"(?<![\w\[])(?:{'|'.join(map(re.escape, known))})(?![\w{_VOWEL_SIGNS}])", re.IGNORECASE)
    return re.sub(r"\[name\](?:\s+\[name\])+", "[name]", anywhere.sub("[name]", text))


def parts_of(name: str) -> list[str]:
    """Return the words of a name, without digits and signs."""
    return re.findall(rf"(?:[^\W\d_]|[{_VOWEL_SIGNS}])+", name)


def question_of(text: str, names: Iterable[str] = ()) -> str:
    """Return a learner's words as a phrase of the knowledge: on one line, without marks and without who is greeted."""
    return _bare(" ".join(anonymous(text, names).split()))


def reply_of(text: str, names: Iterable[str] = ()) -> str:
    """Return a reply of staff as an answer for everybody: its lines kept, without the greeting of one person.

    Marks stay where something was taken out, as the sentence needs another word there, which only a person knows.
    Addresses of pages stay: they are what is told.
    """
    links: list[str] = []

    def kept(found: re.Match[str]) -> str:
        links.append(found[0])
        return f"\ue000{len(links) - 1}\ue001"

    hidden = re.sub(r"https?://[^\s<>?]+", kept, text)
    shown = re.sub("\ue000(\\d+)\ue001", lambda found: links[int(found[1])], anonymous(hidden, names))
    lines = [" ".join(line.split()) for line in _GREETING.sub("", shown.strip(), count=1).split("\n")]
    told = re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()
    return told[:1].upper() + told[1:]


def has_marks(text: str) -> bool:
    """Whether something was taken out that the sentence may need."""
    return _MARKED.search(text) is not None


def _bare(text: str) -> str:
    plain = _MARKED.sub(" ", _GREETING.sub("", text, count=1))
    closed = re.sub(r"\s+([,.?!])", r"\1", " ".join(plain.split()))
    return re.sub(r",(?=[,.?!])", "", closed).strip(" ,;:-")
