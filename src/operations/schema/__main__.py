"""`python -m operations.schema`: migrate the database at `DATABASE_URL`."""

import os
import sys

import psycopg

from app.errors import AppError
from operations.schema.upgrade import delete_expired, upgrade


def main() -> int:
    url = os.environ.get("DATABASE_URL")
    if not url:
        print("DATABASE_URL is not set", file=sys.stderr)
        return 1
    try:
        applied = upgrade(url)
        expired = delete_expired(url)
    except (AppError, psycopg.Error) as error:
        print(f"The schema cannot be migrated: {error}", file=sys.stderr)
        return 1
    print(
        f"The schema is up to date ({len(applied)} migrations applied); {expired} old tombstones were deleted"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
