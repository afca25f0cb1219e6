"""The ingest function as a process that can be killed: `python -m support.ingest_process EVENTS [CHUNK_ROWS]`.

Handles each event of the JSON file and prints `ready` before the first. Ends with status 1 if something has failed.
"""

import json
import sys
from pathlib import Path

from app.entrypoints import ingest
from app.services.ingest import files


class Context:
    aws_request_id = "process"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000


def main() -> None:
    events = json.loads(Path(sys.argv[1]).read_text())
    files.CHUNK_ROWS = int(sys.argv[2])
    ingest.worker()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    failed = [ingest.handler(event, Context())["batchItemFailures"] for event in events]
    sys.exit(1 if any(failed) else 0)


if __name__ == "__main__":
    main()
