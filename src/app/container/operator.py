"""The parts that only administrators use, under `/v1/admin`."""

from functools import cached_property
from typing import TYPE_CHECKING

from app.aws.cloudwatch import CloudWatchAlarms
from app.aws.cost_explorer import CostExplorer
from app.aws.dead_letters import SqsDeadLetterQueue
from app.aws.presigned_urls import S3ImportUploads
from app.aws.queue import SqsQueue
from app.services.admin.audit import Audit
from app.services.admin.costs import AdminCosts
from app.services.admin.dead_letters import AdminDeadLetters
from app.services.admin.imports import Imports
from app.services.admin.previews import Previews
from app.services.admin.service import Admin
from app.services.admin.users import AdminUsers

if TYPE_CHECKING:
    from app.container import Container


class Operator:
    def __init__(self, core: "Container") -> None:
        self._core = core

    @cached_property
    def audit(self) -> Audit:
        return Audit(self._core.storage.audit, self._core.cursors)

    @cached_property
    def admin(self) -> Admin:
        return Admin(
            users=AdminUsers(
                self._core.user_repository,
                self._core.accounts,
                self._core.personal_data.account_deletion,
                self.audit,
                self._core.cursors,
            ),
            dead_letters=AdminDeadLetters(self._dead_letter_queues(), self.audit),
            alarms=CloudWatchAlarms(self._core.clients, self._core.settings.alarm_prefix),
            costs=AdminCosts(CostExplorer(self._core.clients), self._core.storage.costs),
            audit=self.audit,
            stats=self._core.storage.stats,
        )

    @cached_property
    def imports(self) -> Imports:
        uploads = S3ImportUploads(self._core.clients, self._core.settings.ingest_bucket)
        return Imports(self._core.storage.imports, uploads, self.audit, self._core.cursors)

    @cached_property
    def previews(self) -> Previews:
        queue = SqsQueue(self._core.clients, self._core.settings.ingest_queue_url)
        return Previews(self._core.storage.imports, self._core.storage.previews, queue, self.audit)

    def _dead_letter_queues(self) -> tuple[SqsDeadLetterQueue, ...]:
        own = self._core.settings
        return (
            SqsDeadLetterQueue(
                self._core.clients, "email", url=own.email_dlq_url, source_url=own.email_queue_url
            ),
            SqsDeadLetterQueue(
                self._core.clients, "ingest", url=own.ingest_dlq_url, source_url=own.ingest_queue_url
            ),
        )
