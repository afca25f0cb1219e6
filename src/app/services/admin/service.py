"""The services behind `/v1/admin`."""

from dataclasses import dataclass

from app.ports.monitoring import Alarms
from app.ports.stats import StatsRepository
from app.services.admin.audit import Audit
from app.services.admin.costs import AdminCosts
from app.services.admin.dead_letters import AdminDeadLetters
from app.services.admin.users import AdminUsers


@dataclass(frozen=True, slots=True)
class Admin:
    users: AdminUsers
    dead_letters: AdminDeadLetters
    alarms: Alarms
    costs: AdminCosts
    audit: Audit
    stats: StatsRepository
