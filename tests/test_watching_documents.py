"""What the documents on watching name is there."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.channels.twilio.inbound import read_message
from bot.web import create_app
from tests.twilio_forms import message_form
from tests.web.running import built_services

FOLDER = Path("docs/watching")
DASHBOARD = json.loads((FOLDER / "grafana.json").read_text("utf-8"))
ALERTS = [
    rule for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
NAME = re.compile(r"\bbot_\w+")
PART = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture
def exposed(sqlite_url: str) -> dict[str, set[str]]:
    """Every figure with its labels, after something has happened."""
    with built_services({"DATABASE_URL": sqlite_url}) as services:
        services.intake.receive(read_message(message_form("Hi")), now=datetime.now(UTC))
        text = create_app(services).test_client().get("/metrics").text
    described = {name: {""} for name in re.findall(r"^# TYPE (bot_\w+) ", text, re.M)}
    for name, labels in re.findall(r"^(bot_\w+)\{(.*?)\}", text, re.M):
        described.setdefault(PART.sub("", name), set()).update(re.findall(r'(\w+)="', labels))
    return described


def named(text: str) -> set[str]:
    return {PART.sub("", name) for name in NAME.findall(text)}


def test_every_figure_of_the_dashboard_is_exposed(exposed: dict[str, set[str]]) -> None:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            assert named(target["expr"])
            assert named(target["expr"]) <= exposed.keys(), panel["title"]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_figure_of_an_alert_is_exposed(rule: dict[str, object], exposed: dict[str, set[str]]) -> None:
    assert named(str(rule["expr"])) <= exposed.keys()
    assert set(re.findall(r"\b(\w+)=~?\"", str(rule["expr"]))) <= set().union(*exposed.values()) | {"job"}
    annotations = rule["annotations"]
    assert isinstance(annotations, dict)
    assert annotations.keys() == {"summary", "action"}


def test_every_figure_is_explained_and_has_its_labels(exposed: dict[str, set[str]]) -> None:
    rows = re.findall(r"^\| (`bot_.*?) \| (.*?) ?\|", (FOLDER / "README.md").read_text("utf-8"), re.M)
    explained = {name: set(re.findall(r"`(\w+)`", labels)) for names, labels in rows for name in named(names)}
    assert explained == {
        name: labels - {""} for name, labels in exposed.items() if not name.endswith(("_created", "_gsum", "_gcount"))
    }
