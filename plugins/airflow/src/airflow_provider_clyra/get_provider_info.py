"""What Airflow is told of this package."""

from typing import Any

_MODULE = "airflow_provider_clyra"


def get_provider_info() -> dict[str, Any]:
    """The manifest, in the form of Airflow's provider_info.schema.json."""

    def modules(kind: str) -> list[dict[str, Any]]:
        return [{"integration-name": "Clyra", "python-modules": [f"{_MODULE}.{kind}"]}]

    return {
        "package-name": "airflow-provider-clyra",
        "name": "Clyra",
        "description": "Governed changes as Airflow tasks.",
        "integrations": [{"integration-name": "Clyra", "external-doc-url": "https://clyra.dev", "tags": ["service"]}],
        "operators": modules("operators"),
        "sensors": modules("sensors"),
        "hooks": modules("hooks"),
        "triggers": modules("triggers"),
        "extra-links": [f"{_MODULE}.links.ClyraRunLink", f"{_MODULE}.links.ClyraChangeLink"],
        "task-decorators": [{"name": "clyra_gate", "class-name": f"{_MODULE}.decorators.clyra_gate"}],
        "connection-types": [
            {
                "connection-type": "clyra",
                "hook-class-name": f"{_MODULE}.hooks.ClyraHook",
                "hook-name": "Clyra",
                "conn-fields": {
                    "mode": {
                        "label": "Mode",
                        "schema": {"type": ["string", "null"], "enum": ["gate", "review", None], "default": "gate"},
                        "description": "review: tasks go on while Clyra cannot be reached, and tell it later",
                    },
                    "spool": {
                        "label": "Spool",
                        "schema": {"type": ["string", "null"]},
                        "description": "In review mode: the file that keeps what could not be told",
                    },
                },
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "login", "port", "extra"],
                    "relabeling": {"host": "URL of the gateway", "password": "Token"},
                    "placeholders": {"host": "https://clyra.example"},
                },
            }
        ],
        "config": {
            "clyra": {
                "description": "Settings of the Clyra provider.",
                "options": {
                    "verifier": {
                        "description": "Command that judges an evidence file; the file's path is appended to it.",
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "clyra-verify --trust /etc/clyra/trust --json",
                        "default": "clyra-verify --json",
                    }
                },
            }
        },
    }
