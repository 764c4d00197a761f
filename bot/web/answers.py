"""Answers that are one sentence: a page for people, a line of text for programs and for parts of a page."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, render_template, request


def wants_page() -> bool:
    """Whether a browser asks for something to show in place of the page it has."""
    return "text/html" in request.headers.get("Accept", "") and "HX-Request" not in request.headers


def sentence(text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a sentence. A page also shows again what was typed, so that it is not lost."""
    if wants_page():
        # A body that was too large cannot be read again.
        typed = "" if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else request.form.get("text", "")
        page = render_template("problem.html", problem=text, typed=typed)
        return Response(page, status, headers, mimetype="text/html")
    return Response(f"{text}\n", status, headers, mimetype="text/plain")
