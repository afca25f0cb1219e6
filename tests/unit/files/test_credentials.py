"""Temporary credentials: what Cognito's refusals mean to the caller."""

import base64
import json

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from app.aws.identity_pool import IdentityPool
from app.config.api import Settings
from app.errors import BadRequest, TooManyRequests, Unavailable
from support.clients import clients_for
from support.environment import ENVIRONMENT

USER = "5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55"


def token(**claims):
    encode = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()  # noqa: E731
    return f"{encode({'alg': 'RS256'})}.{encode(claims)}.{encode('signature')}"


@pytest.fixture
def own_folder():
    settings = Settings.from_env(ENVIRONMENT)
    clients = clients_for(settings)
    with Stubber(clients.cognito_identity) as cognito:
        pool = settings.identity_pool_id
        issuer, bucket = settings.token_issuer, settings.data_bucket
        yield IdentityPool(clients, pool_id=pool, issuer=issuer, bucket=bucket), cognito
        cognito.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("NotAuthorizedException", 400, BadRequest),
        ("InvalidParameterException", 400, BadRequest),
        ("TooManyRequestsException", 429, TooManyRequests),
        ("InternalErrorException", 500, Unavailable),
        ("InvalidIdentityPoolConfigurationException", 400, ClientError),
    ],
)
def test_a_refusal_becomes_an_answer(own_folder, code, status, error):
    service, cognito = own_folder
    cognito.add_client_error("get_id", code, http_status_code=status)

    with pytest.raises(error):
        service.credentials(USER, token(sub=USER))


@pytest.mark.parametrize("claims", [{}, {"sub": None}, {"sub": "another"}, {"sub": [USER]}])
def test_cognito_is_not_asked_about_a_token_that_is_not_the_callers(own_folder, claims):
    service, _ = own_folder

    with pytest.raises(BadRequest) as refused:
        service.credentials(USER, token(**claims))

    assert refused.value.code == "invalid_id_token"
