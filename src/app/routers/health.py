"""`/healthz`: whether this process serves. It asks no dependency, so that an outage of one is not taken for ours."""

from fastapi import APIRouter

from app.schemas.common import Health

router = APIRouter(tags=["Service"])


@router.get("/healthz", summary="Is the service up?", response_model=Health)
async def health() -> Health:
    """Asks no dependency: it is about this process alone."""
    return Health()
