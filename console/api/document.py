"""The OpenAPI document: FastAPI's own, with the one problem that every error is, and the two ways to say who calls."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from console.problems import Problem

PATH = "/api/v1/openapi.json"
WAYS = {
    "token": {"type": "http", "scheme": "bearer", "description": "a system's token (`aup tokens add`)"},
    "session": {"type": "apiKey", "in": "cookie", "name": "aup", "description": "a signed-in person; see /signin"},
}
OPEN = ("/healthz", "/readyz", "/metrics", "/hooks/")


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version="1", routes=app.routes, description=app.description)
        parts = made.setdefault("components", {})
        schemas = parts.setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        parts["securitySchemes"] = WAYS
        for path, methods in made["paths"].items():
            if not path.startswith(OPEN):
                for operation in methods.values():
                    operation["security"] = [{"token": []}, {"session": []}]
        app.openapi_schema = made
    return app.openapi_schema
