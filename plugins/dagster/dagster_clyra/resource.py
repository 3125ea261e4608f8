"""The connection to Clyra, as a Dagster resource."""

from pathlib import Path

import dagster as dg
from clyra import Clyra, Spool
from pydantic import Field


class ClyraResource(dg.ConfigurableResource[Clyra]):
    """Clyra's control API as the steps, checks and sensors of this library use it, under the resource key `clyra`.

    The token stands for Dagster, not for a person; give it as `dg.EnvVar`, so that it stands in no definition.
    """

    base_url: str = Field(description="Address of the gateway, without a path.")
    token: str = Field(repr=False, description="The service token of this deployment, as dg.EnvVar.")
    spool: str | None = Field(
        default=None,
        description="A file that keeps what steps in review could not tell while Clyra was away.",
    )
    timeout_s: float = Field(
        default=90_000,
        description="Longest wait for one change; the deadline of its gate comes first.",
    )

    def client(self, *, review: bool = False) -> Clyra:
        """A client, to be used as a context manager. Only a step in review has the spool: a gate fails closed."""
        spool = Spool(Path(self.spool)) if review and self.spool is not None else None
        return Clyra(self.base_url, self.token, spool=spool)
