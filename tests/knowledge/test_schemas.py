"""The JSON Schemas that editing programs use agree with the models that the bot uses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.knowledge_files.layout import KINDS, Kind, kind_of, yaml_files
from bot.knowledge_files.schemas import schemas, written
from bot.knowledge_files.yaml_positions import parse

REAL = Path(__file__).parents[2] / "knowledge"
BY_SOURCE = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.source)


@BY_SOURCE
def test_the_kept_schema_is_that_of_the_model(kind: Kind) -> None:
    kept = (REAL / "schemas" / f"{kind.source}.json").read_text("utf-8")
    assert kept == written(schemas()[f"{kind.source}.json"]), "run: bot knowledge schema --write"


def test_no_schema_is_kept_that_nothing_uses() -> None:
    assert {file.name for file in (REAL / "schemas").iterdir()} == set(schemas())


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema, itself included."""
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from parts(inner)


@BY_SOURCE
def test_a_schema_names_its_dialect_and_what_it_is_for(kind: Kind) -> None:
    schema = schemas()[f"{kind.source}.json"]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == kind.model.__name__
    assert schema["description"].startswith("knowledge/")


@BY_SOURCE
def test_a_schema_refuses_keys_that_it_does_not_know(kind: Kind) -> None:
    mappings = [part for part in parts(schemas()[f"{kind.source}.json"]) if part.get("type") == "object"]
    assert mappings
    assert all("additionalProperties" in mapping for mapping in mappings)


@BY_SOURCE
def test_every_reference_in_a_schema_leads_somewhere(kind: Kind) -> None:
    schema = schemas()[f"{kind.source}.json"]
    references = {part["$ref"] for part in parts(schema) if isinstance(part.get("$ref"), str)}
    assert references <= {f"#/$defs/{name}" for name in schema.get("$defs", {})}


@pytest.mark.parametrize("file", yaml_files(REAL))
def test_the_files_of_the_school_fit_their_schema(file: str) -> None:
    kind = kind_of(file)
    assert kind is not None
    validator = Draft202012Validator(schemas()[f"{kind.source}.json"])
    content = parse((REAL / file).read_text("utf-8")).value
    assert [error.message for error in validator.iter_errors(content)] == []
