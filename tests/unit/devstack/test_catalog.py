"""A request to a service that the embedded AWS does not have is refused without reading all of botocore."""

import botocore.session
from ministack.core import router

from devstack.emulator import catalog


def test_an_unknown_service_is_recognised_without_reading_models(monkeypatch):
    monkeypatch.setattr(router, "_KNOWN_AWS_SERVICE_NAMES", None)
    catalog.install()
    monkeypatch.setattr(
        botocore.session, "get_session", lambda: (_ for _ in ()).throw(AssertionError("read"))
    )

    assert router._is_aws_service_name("ce")
    assert not router._is_aws_service_name("no-such-service")
