"""People in front of the pages for staff: each has a browser (a Flask client) of their own and fills in real forms."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser

from flask import Flask
from werkzeug.test import TestResponse

from bot.core.staff import Role, Staff
from bot.web import create_app
from bot.wiring import Services
from tests.web.running import built_services

PASSWORD = "correct horse battery"


@dataclass
class Form:
    """A form of a page: where it goes, and what stands in its fields."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Person:
    """Somebody with a browser. `id` is theirs as staff."""

    def __init__(self, app: Flask, staff: Staff | None = None) -> None:
        self.client = app.test_client()
        self._staff = staff

    @property
    def staff(self) -> Staff:
        assert self._staff is not None, "a stranger is not staff"
        return self._staff

    @property
    def id(self) -> int:
        return self.staff.id

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=_headers(headers))

    def fill_in(self, page: str, action: str, **fields: str) -> TestResponse:
        """Open a page and send its form that goes to `action`, with these fields changed, as a browser would."""
        form = next(form for form in forms(self.get(page)) if (form.action or page) == action)
        assert fields.keys() <= form.fields.keys(), f"the form has only {sorted(form.fields)}"
        return self.client.post(action, data=form.fields | fields, headers=_headers({}))

    def post(self, path: str, headers: Mapping[str, str] | None = None, **fields: str) -> TestResponse:
        """Send fields with the token of this browser, whether a page has such a form or not; with files see Flask."""
        return self.client.post(path, data={"csrf_token": self.csrf_token()} | fields, headers=_headers(headers or {}))

    def csrf_token(self) -> str:
        page = "/account" if self._staff else "/login"
        return next(form.fields["csrf_token"] for form in forms(self.get(page)))


@dataclass
class People:
    """The three who may sign in, with sessions, and one who may not."""

    services: Services
    app: Flask
    agent: Person
    editor: Person
    admin: Person
    stranger: Person

    def another(self, email: str, name: str, role: Role = Role.AGENT) -> Person:
        """Add a colleague, signed in."""
        return signed_in(self.app, self.services, email, name, role)


@contextmanager
def people_at(database_url: str, **environ: str) -> Iterator[People]:
    """Build the program on that database, with Asha (agent), Edgar (editor), Alma (admin) and a stranger before it."""
    with built_services({"DATABASE_URL": database_url} | environ) as services:
        app = create_app(services)
        yield People(
            services,
            app,
            signed_in(app, services, "asha@example.org", "Asha Rao", Role.AGENT),
            signed_in(app, services, "edgar@example.org", "Edgar Iyer", Role.EDITOR),
            signed_in(app, services, "alma@example.org", "Alma Das", Role.ADMIN),
            Person(app),
        )


def signed_in(app: Flask, services: Services, email: str, name: str, role: Role) -> Person:
    """Add an account and sign in without its password, which would take a tenth of a second each time."""
    now = datetime.now(UTC)
    person = Person(app, services.store.accounts.add(email, name, role, now=now))
    with person.client.session_transaction() as session:
        session["token"] = services.store.accounts.open_session(person.id, now=now)
    return person


def forms(response: TestResponse) -> list[Form]:
    """Return the forms of a page, in order."""
    reader = _Forms()
    reader.feed(response.text)
    return reader.forms


class _Forms(HTMLParser):
    """Reads the fields of forms as a browser would send them untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif not self.forms or not (name := given.get("name")):
            return
        elif tag == "textarea":
            self.forms[-1].fields[name], self._textarea = "", name
        elif tag == "select" or (tag == "input" and (given.get("type") not in _CHOICES or "checked" in given)):
            self.forms[-1].fields[name] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1].fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""


_CHOICES = ("checkbox", "radio", "submit")


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    """Headers of a browser that shows a page; `HX_Request` is `HX-Request`."""
    return {"Accept": "text/html"} | {name.replace("_", "-"): value for name, value in given.items()}
