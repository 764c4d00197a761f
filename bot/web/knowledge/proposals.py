"""What was asked in vain, what staff answered instead, and patches that make either an entry."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Response, render_template, request
from pydantic import ValidationError

from bot.core.anonymous import has_marks, question_of
from bot.core.drafting import by_language, draft
from bot.core.knowledge import Faq
from bot.core.spoken import Spoken
from bot.core.unanswered import Cluster, clusters
from bot.errors import BotError
from bot.judging import Judged, judge
from bot.knowledge_files import checked, read_contents
from bot.knowledge_files.proposing import Proposal, ProposalRefused, propose_entry, propose_phrases
from bot.storage.faq_drafts import FaqDraft
from bot.web.context import services
from bot.web.inbox.reader import Reader
from bot.web.knowledge.blueprint import bp, reader
from bot.web.knowledge.kept import Kept

_DAYS: Final = 30
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class InVain:
    """Questions of the last days without an answer, the most frequent first, and replies that staff suggest."""

    days: int
    clusters: list[Cluster]
    drafts: list[FaqDraft]


_CLUSTERS: Final = Kept[list[Cluster]]()


def unanswered(asking: Reader) -> InVain | None:
    """Return what is asked in vain and what is suggested; None if there is neither."""
    moment = asking.now - timedelta(days=_DAYS)

    def together() -> list[Cluster]:
        return clusters(asking.store.unanswered.since(moment), asking.knowledge, _SHOWN)

    # Putting ten thousand questions together takes seconds, and what was erased must not be kept.
    found = _CLUSTERS.get((asking.store, asking.knowledge, asking.store.unanswered.state(moment)), together)
    drafts = asking.store.faq_drafts.all()
    return InVain(_DAYS, found, drafts) if found or drafts else None


@bp.post("/propose")
def propose() -> str:
    """Show the form of a proposal and, if it says enough, its patch with the verdict."""
    asking = reader()
    proposal, judged, problem = None, None, ""
    if request.form.get("topic") or request.form.get("answer"):
        try:
            proposal = _proposed()
            talks = asking.store.talks.since(asking.now - timedelta(days=_DAYS))
            judged = judge(proposal, asking.knowledge, talks, now=asking.now)
        except BotError as error:
            problem = str(error)
    return _page(asking, proposal, judged, problem)


@bp.post("/propose.patch")
def patch() -> Response:
    """Give the patch of a proposal as a file. Raises what makes the proposal impossible."""
    proposal = _proposed()
    name = proposal.file.replace("/", "-").removesuffix(".yaml")
    headers = {"Content-Disposition": f'attachment; filename="{name}.patch"'}
    return Response(proposal.patch(_folder()), mimetype="text/x-diff", headers=headers)


@bp.post("/drafts/<int:draft_id>/remove")
def remove_draft(draft_id: int) -> str:
    """Take a suggestion from the list, then tell so."""
    asking = reader()
    asking.store.faq_drafts.remove(draft_id)
    return _page(asking, None, None, "", done="The suggestion is off the list.")


def _page(asking: Reader, proposal: Proposal | None, judged: Judged | None, problem: str, done: str = "") -> str:
    return render_template(
        "knowledge/propose.html",
        form=request.form,
        topics=sorted(asking.knowledge.topics.values(), key=lambda topic: topic.title),
        comparisons=asking.knowledge.comparisons,
        patch=proposal.patch(_folder()) if proposal else "",
        judged=judged,
        differing=[(str(one.verdict), question_of(one.text)) for one in judged.differing] if judged else [],
        marked=proposal is not None and has_marks(proposal.new),
        problem=problem,
        done=done,
    )


def _folder() -> str:
    return services().settings.knowledge_dir.name


def _proposed() -> Proposal:
    form = request.form
    contents = read_contents(services().settings.knowledge_dir)
    folder = checked(contents)
    questions = [line for line in map(question_of, form.get("questions", "").splitlines()) if line]
    if not questions:
        raise ProposalRefused("There is no question: write at least one, each on a line of its own.")
    if not form.get("answer"):
        return propose_phrases(contents, form.get("topic", ""), by_language(questions, Spoken(folder)))
    try:
        drafted = draft(questions, form["answer"], folder)
        title = form.get("title") or drafted.title
        faq = Faq.model_validate(drafted.model_dump() | {"title": title})
    except ValidationError as error:
        raise ProposalRefused(f"The entry cannot be used: {error.errors()[0]['msg']}.") from None
    return propose_entry(contents, form.get("comparison") or None, faq)
