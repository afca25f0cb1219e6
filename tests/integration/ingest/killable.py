"""The ingest function as a process that dies.

    python -m integration.ingest.killable EVENTS CHUNK_ROWS READ_ONCE [MOMENT]

Handles each event of the JSON file. Ends with status 1 if something has failed. Every call to AWS has two moments,
the one before it and the one after it: at the given one, counted from 0, the process kills itself.
"""

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from app.entrypoints import ingest
from app.services.ingest import files, source


class Context:
    aws_request_id = "process"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


def die_at(moment: int) -> None:
    call, moments = BaseClient._make_api_call, count()

    def pass_a_moment() -> None:
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(self: BaseClient, *request: Any) -> Any:
        pass_a_moment()
        answer = call(self, *request)
        pass_a_moment()
        return answer

    BaseClient._make_api_call = dying


def main() -> None:
    events = json.loads(Path(sys.argv[1]).read_text())
    files.CHUNK_ROWS, source.READ_ONCE = map(int, sys.argv[2:4])
    if len(sys.argv) > 4:
        die_at(int(sys.argv[4]))
    failed = [ingest.handler(event, Context())["batchItemFailures"] for event in events]
    sys.exit(1 if any(failed) else 0)


if __name__ == "__main__":
    main()
