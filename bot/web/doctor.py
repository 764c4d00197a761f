"""The doctor of the webhooks, for admins: why messages do not arrive, and letting through what was refused."""

import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.core.staff import Right
from bot.doctor import Health
from bot.web.context import services
from bot.web.sign_in import current_staff, staff_only

bp: Final = Blueprint("doctor", __name__)
staff_only(bp, Right.TEAM)

HEALTHS: Final = {Health.GOOD: "In order", Health.WRONG: "To mend", Health.BY_HAND: "Look yourself"}

_log = logging.getLogger(__name__)


@bp.get("/doctor")
def page() -> str:
    """Examine everything and show it."""
    doctor = services().doctor
    findings = doctor.examine(now=datetime.now(UTC)) if doctor else []
    number = sum(finding.health is Health.WRONG for finding in findings)
    return render_template(
        "doctor.html",
        findings=findings,
        healths=HEALTHS,
        number=number,
        through=request.args.get("through", type=int),
        stayed=request.args.get("stayed", type=int),
    )


@bp.post("/doctor/release")
def release() -> Response:
    """Let those requests through that verify now."""
    doctor = services().doctor
    if doctor is None:
        return redirect(url_for("doctor.page"), HTTPStatus.SEE_OTHER)
    done = doctor.release(staff_id=current_staff().id, now=datetime.now(UTC))
    _log.warning("member of staff %d let %d refused requests through", current_staff().id, done.through)
    return redirect(url_for("doctor.page", through=done.through, stayed=done.stayed), HTTPStatus.SEE_OTHER)
