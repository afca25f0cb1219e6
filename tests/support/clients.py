"""Parts of a deployment, from settings."""

from typing import Any

from app.aws.clients import Clients
from app.aws.cognito import Cognito
from app.aws.ses import SesDelivery
from app.config.api import Settings
from app.config.email_consumer import EmailConsumerSettings
from app.config.ingest import IngestSettings
from app.ports.identity import ClientName


def clients_for(settings: Settings | EmailConsumerSettings | IngestSettings) -> Clients:
    egress_function = settings.egress_function if isinstance(settings, Settings) else None
    return Clients(settings.aws_region, settings.aws_endpoint_url, egress_function=egress_function)


def cognito_for(clients: Any, settings: Settings) -> Cognito:
    client_ids: dict[ClientName, str] = {
        "app": settings.user_pool_client_id,
        "site": settings.user_pool_site_client_id,
    }
    return Cognito(clients, pool_id=settings.user_pool_id, client_ids=client_ids)


def ses_for(clients: Any, settings: EmailConsumerSettings, *, patience: float = 2.0) -> SesDelivery:
    sender, configuration_set = settings.mail_from, settings.mail_configuration_set
    return SesDelivery(clients, sender=sender, configuration_set=configuration_set, patience=patience)
