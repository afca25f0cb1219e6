"""Sums over the user records for the statistics, which requests counted until now."""

from operations.journal import Work
from operations.recount import recount

TITLE = "numbers of users, to-dos and files, added up from the records"


def run(work: Work) -> None:
    work.changed = recount(work.clients, work.tables)["users"]
