"""The PostgreSQL of a stage."""

import os
from collections.abc import Mapping

from app.config.reader import AuroraCluster, Postgres

_NAME = "app"
"""As `template.yaml` names the database in the cluster."""


def postgres_of(outputs: Mapping[str, str]) -> Postgres | None:
    """The one that `DATABASE_URL` names, else the cluster that the outputs of the stack name."""
    if url := os.environ.get("DATABASE_URL"):
        return url
    if "DatabaseClusterArn" not in outputs:
        return None
    return AuroraCluster(outputs["DatabaseClusterArn"], outputs["DatabaseSecretArn"], _NAME)
