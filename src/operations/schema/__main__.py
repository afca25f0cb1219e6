"""`python -m operations.schema`: migrate the database at `DATABASE_URL`."""

import os
import sys

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from operations.schema.upgrade import delete_expired, upgrade


def main() -> int:
    url = os.environ.get("DATABASE_URL")
    if not url:
        print("DATABASE_URL is not set", file=sys.stderr)
        return 1
    try:
        upgrade(url)
        expired = delete_expired(url)
    except (SQLAlchemyError, psycopg.Error) as error:
        print(f"The schema cannot be migrated: {error}", file=sys.stderr)
        return 1
    print(f"The schema is up to date; {expired} expired tombstones were deleted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
