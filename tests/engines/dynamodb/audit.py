"""How DynamoDB lists the audit, a partition a month."""

from datetime import datetime, timedelta

import pytest

from app.ports.audit import AuditRepository
from contracts.audit import entry


class TestAuditPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
    def test_a_page_is_filled_from_as_many_months_as_it_takes(
        self, audit: AuditRepository, today: datetime, limit: int
    ) -> None:
        for days in (0, 0, 1, 40, 41, 100, 380):
            audit.append(entry(today - timedelta(days=days)))
        sizes, position = [], None

        while not sizes or position is not None:
            page = audit.list(limit=limit, position=position)
            sizes.append(len(page.items))
            position = page.position

        assert set(sizes[:-1]) <= {limit}
        assert sum(sizes) == 7
