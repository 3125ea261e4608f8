"""What Airflow is told of this package: provider.json."""

import json
from importlib.resources import files
from typing import Any


def get_provider_info() -> dict[str, Any]:
    """The manifest, in the form of Airflow's provider_info.schema.json."""
    return json.loads(files(__package__).joinpath("provider.json").read_text())  # type: ignore[no-any-return]
