"""The contract of the last known costs."""

from app.ports.costs import CostRepository


class CostsContract:
    def test_one_may_ask_at_a_time_and_the_report_stays(self, costs: CostRepository) -> None:
        assert costs.claim(now=100, until=200)
        assert not costs.claim(now=199, until=300)
        assert costs.read() is None
        assert costs.claim(now=200, until=300)
        costs.keep("report", until=1000)
        assert not costs.claim(now=999, until=2000)
        assert costs.claim(now=1000, until=2000)
        assert costs.read() == "report"
