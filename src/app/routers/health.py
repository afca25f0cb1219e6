"""`/healthz`: whether this process serves. It asks no dependency, so that an outage of one is not taken for ours."""

from app.routers.strict import new_router
from app.schemas.common import Health

TAG = {"name": "Service", "description": "Whether the service runs."}
router = new_router(tags=[TAG["name"]])


@router.get("/healthz", summary="Is the service up?", response_model=Health)
async def health() -> Health:
    """Asks no dependency: it is about this process alone."""
    return Health()
