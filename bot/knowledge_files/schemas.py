"""JSON Schemas of the knowledge files, for the completion and checks of editing programs."""

import json
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import DictSchema

from bot.knowledge_files.layout import KINDS

FOLDER: Final = "schemas"
"""Where the schemas lie inside the knowledge folder."""


class _Strict(GenerateJsonSchema):
    """Adds what pydantic leaves out: the name of the dialect, and that keys of a wrong form are wrong."""

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made


def schemas() -> dict[str, dict[str, Any]]:
    """Make the schema of each kind of file, by the name of its file in `schemas/`."""
    return {f"{kind.source}.json": kind.model.model_json_schema(schema_generator=_Strict) for kind in KINDS}


def written(schema: dict[str, Any]) -> str:
    """Write a schema the way it is kept in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
