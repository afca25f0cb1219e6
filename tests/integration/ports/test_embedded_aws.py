"""The adapters behind the ports on AWS, by the embedded AWS: cases that moto cannot run, for HTTP or real tokens."""

import uuid

import pytest
from fastapi.testclient import TestClient

from app.aws.clients import Clients
from app.aws.cognito import Cognito
from app.aws.identity_pool import IdentityPool
from app.aws.presigned_urls import S3ImportUploads, S3PresignedUrls
from app.aws.user_objects import S3UserObjects
from app.config.api import Settings
from contracts.identity import FolderCredentialsContract, IdentityContract
from contracts.presigned import FormsContract, ImportUploadsContract, PartsContract
from support.clients import cognito_for
from support.people import CODE, sign_up
from support.stack import RunningStack


class TestIdentity(IdentityContract):
    @pytest.fixture
    def identity(self, clients: Clients, settings: Settings) -> Cognito:
        return cognito_for(clients, settings)

    @pytest.fixture
    def email(self) -> str:
        return f"{uuid.uuid4()}@example.com"

    @pytest.fixture
    def code(self) -> str:
        return CODE


class TestFolderCredentials(FolderCredentialsContract):
    @pytest.fixture
    def folder_credentials(self, clients: Clients, settings: Settings) -> IdentityPool:
        return IdentityPool(
            clients,
            pool_id=settings.identity_pool_id,
            issuer=settings.token_issuer,
            bucket=settings.data_bucket,
        )

    @pytest.fixture
    def member_tokens(self, stack: RunningStack) -> list[tuple[str, str]]:
        people = [sign_up(TestClient(stack.app())) for _ in range(2)]
        return [(person.id, person.tokens["id_token"]) for person in people]


@pytest.fixture(scope="module")
def bucket(stack: RunningStack) -> str:
    """Of these tests: from those of the stack, the application takes what it has no record of."""
    name, s3 = f"ports-{uuid.uuid4().hex}", stack.clients().s3
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


class TestPresignedUrls(FormsContract, PartsContract):
    @pytest.fixture
    def transfers(self, clients: Clients, bucket: str) -> S3PresignedUrls:
        return S3PresignedUrls(clients, bucket)

    @pytest.fixture
    def objects(self, clients: Clients, bucket: str) -> S3UserObjects:
        return S3UserObjects(clients, bucket)


class TestImportUploads(ImportUploadsContract):
    @pytest.fixture
    def import_uploads(self, clients: Clients, bucket: str) -> S3ImportUploads:
        return S3ImportUploads(clients, bucket)
