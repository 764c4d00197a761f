"""The format of the school's comparison pages: which headings they have, and what each is about.

Nothing here belongs to one comparison. A page that calls a section otherwise gets another line in these tables.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Section(StrEnum):
    """The parts of a page."""

    QUICK_TAKE = "Quick Take"
    CHOOSE = "How To Choose"
    OVERLAP = "Where the Confusion Comes From"
    DEFINITIONS = "Definitions"
    TABLE = "Side-By-Side Comparison"
    SKILLS = "Skills Comparison"
    TOOLS = "Tools Comparison"
    PROJECTS = "Project Comparison"
    GOALS = "Career Mapping"
    COURSES = "Course Fit"
    FAQ = "FAQ"
    REVIEW = "Author and Review"
    REST = "Related Comparisons"


HEADINGS: Final[Mapping[str, Section]] = {
    "quick take": Section.QUICK_TAKE,
    "the short answer": Section.QUICK_TAKE,
    "short answer": Section.QUICK_TAKE,
    "in short": Section.QUICK_TAKE,
    "how to choose": Section.CHOOSE,
    "how to decide": Section.CHOOSE,
    "where the confusion comes from": Section.OVERLAP,
    "why people mix them up": Section.OVERLAP,
    "where they overlap": Section.OVERLAP,
    "the overlap": Section.OVERLAP,
    "overlap": Section.OVERLAP,
    "definitions": Section.DEFINITIONS,
    "definition": Section.DEFINITIONS,
    "what each term means": Section.DEFINITIONS,
    "side by side comparison": Section.TABLE,
    "side by side": Section.TABLE,
    "comparison table": Section.TABLE,
    "difference table": Section.TABLE,
    "key differences": Section.TABLE,
    "differences": Section.TABLE,
    "skills comparison": Section.SKILLS,
    "skill comparison": Section.SKILLS,
    "skills": Section.SKILLS,
    "tools comparison": Section.TOOLS,
    "tool comparison": Section.TOOLS,
    "tools": Section.TOOLS,
    "project comparison": Section.PROJECTS,
    "projects comparison": Section.PROJECTS,
    "projects": Section.PROJECTS,
    "career mapping": Section.GOALS,
    "career paths": Section.GOALS,
    "career path": Section.GOALS,
    "best path for each goal": Section.GOALS,
    "course fit": Section.COURSES,
    "scai course fit": Section.COURSES,
    "courses": Section.COURSES,
    "recommended courses": Section.COURSES,
    "faq": Section.FAQ,
    "faqs": Section.FAQ,
    "frequently asked questions": Section.FAQ,
    "author and review": Section.REVIEW,
    "authors and review": Section.REVIEW,
    "about this comparison": Section.REVIEW,
    "related comparisons": Section.REST,
    "next step": Section.REST,
    "next steps": Section.REST,
}
"""Heading in small letters without punctuation -> the section that begins there."""

ROWS: Final[Mapping[str, str]] = {
    "main focus": "definition",
    "focus": "definition",
    "best for": "best_fit",
    "best fit": "best_fit",
    "project style": "projects",
    "typical projects": "projects",
    "projects": "projects",
    "success metric": "success_metric",
    "success metrics": "success_metric",
    "success": "success_metric",
    "tool emphasis": "tools",
    "tools": "tools",
    "skill emphasis": "skills",
    "skills": "skills",
    "key skills": "skills",
    "best next step": "next_step",
    "next step": "next_step",
    "career path": "next_step",
    "career growth": "next_step",
}
"""Label of a row in the table -> the topic that it speaks about. Other rows tell of the difference."""

TABLE_CORNERS: Final = frozenset({"factor", "factors", "aspect", "criteria", "criterion", "category", ""})

TAKEAWAY: Final = frozenset({"main takeaway", "takeaway", "key takeaway"})
BEST_FIT: Final = frozenset({"best fit when", "best fit if", "best fit", "best for"})
DIRECTION: Final = frozenset({"recommended direction", "recommendation", "our recommendation"})
GOAL: Final = frozenset({"goal", "your goal"})
FACTS_ABOVE: Final = ("difficulty", "level", "audience", "updated", "last updated")
FACTS_OF_REVIEW: Final = ("written by", "author", "reviewed by", "experience note")
UPDATED: Final = frozenset({"updated", "last updated", "last updated on"})

ROLES: Final = frozenset(
    {
        "engineer",
        "developer",
        "analyst",
        "scientist",
        "manager",
        "architect",
        "specialist",
        "designer",
        "consultant",
        "administrator",
        "lead",
    }
)
"""Last words of names that are no nickname: "ML Engineer" is called ML, not Engineer."""
GENERAL_ROLES: Final = frozenset({"engineer", "developer", "manager", "specialist", "consultant", "lead"})
"""Those of which every comparison may have one."""
_ARTICLES: Final = frozenset({"a", "an", "the"})
_IDLE: Final = frozenset(
    re.findall(
        "[a-z]+",
        "a an the is are am do does did can could should would will has have which what who why how when "
        "where if i me my you your we it its be to of for in on at as and or than then that this these those "
        "there with from by more most much many better best need needs role job one usually really too so",
    )
)
_LOOSE: Final = _IDLE - {"need", "needs", "role", "job", "one", "me", "it"}

TITLE_ENDS: Final = re.compile(r"[:?|]|\s[\u2013\u2014-]\s")
VERSUS: Final = re.compile(r"\s+(?:vs\.?|versus)\s+", re.IGNORECASE)
NUMBERED: Final = re.compile(r"\d{1,2}[.)]?")
_INVITATION: Final = re.compile(
    r"(?:explore|view|see|join|start|discover|check out|learn more about|enrol in|enroll in)\s+"
    r"(?:the\s+)?(?P<course>\S.{0,50}?\b(?:course|program|programme|bootcamp))",
    re.IGNORECASE,
)
_WANTING: Final = re.compile(
    r"(?:learners|people|those|students|anyone) who (?:may )?(?:(?:later )?want )", re.IGNORECASE
)
_ASKING: Final = re.compile(
    r"(?:is|are|am|do|does|did|can|could|should|would|will|has|have|which|what|whats|who|whose|why|how|when|where|if)\b",
    re.IGNORECASE,
)
_PREFIX_OF_QUESTION: Final = re.compile(r"(?:q(?:uestion)?\s?\d*|\d+)\s*[.:)]\s*", re.IGNORECASE)
_PREFIX_OF_ANSWER: Final = re.compile(r"a(?:nswer)?\s?\d*\s*[.:)]\s*", re.IGNORECASE)


def plain(text: str) -> str:
    """Small letters without punctuation, as in the tables above."""
    return " ".join(re.sub(r"[^\w\s]|_", " ", text.casefold()).split())


def section_of(text: str) -> Section | None:
    """The section that a heading begins, None if it is none."""
    return HEADINGS.get(plain(text))


def is_invitation(text: str) -> bool:
    """Whether a line is nothing but an invitation to a course: "Explore the AIOps Course"."""
    return _INVITATION.fullmatch(text.rstrip(" .→>»")) is not None


def course_invited_to(text: str) -> str:
    """The course in such an invitation; empty if the text is none."""
    found = _INVITATION.fullmatch(text.rstrip(" .→>»"))
    return found["course"] if found else ""


def wanted(text: str) -> str:
    """What remains of "Learners who want X." to end the sentence "for learners who want"; else the text itself."""
    return _WANTING.sub("", text, count=1).rstrip(".") if _WANTING.match(text) else text.rstrip(".")


def question_in(text: str) -> str:
    """The question that a line asks, without its number; empty if it asks none."""
    question = _PREFIX_OF_QUESTION.sub("", text, count=1) if _PREFIX_OF_QUESTION.match(text) else text
    return question if question.endswith("?") or _ASKING.match(question) else ""


def telling_words(text: str) -> list[str]:
    """The words of a question that tell what it is about; one alone keeps the words around it."""
    words = [word.strip(".,;:!?\"'()") for word in text.split()]
    telling = [word for word in words if word and word.casefold() not in _IDLE]
    if len(telling) > 1:
        return telling
    return [word for word in words if word and not _ASKING.fullmatch(word) and word.casefold() not in _ARTICLES]


def is_loose(word: str) -> bool:
    """Whether something has to follow a word, so that no title can end with it."""
    return word.casefold() in _LOOSE


def answer_in(text: str) -> str:
    """An answer without the "A:" before it."""
    return _PREFIX_OF_ANSWER.sub("", text, count=1) if _PREFIX_OF_ANSWER.match(text) else text
