"""What a user may download in a day."""

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from app.models.files import File
from app.models.users import User
from app.services.files.allowance import MEBIBYTE, DownloadAllowance, DownloadLimitReached
from support.memory import MemoryStorage
from support.memory.downloads import MemoryDownloads
from support.memory_app import app_over


def test_beyond_the_limit_it_says_when_the_day_is_over():
    moment = datetime(2026, 11, 29, 23, 59, 0, 500_000, tzinfo=UTC)
    allowance = DownloadAllowance(MemoryDownloads(), 1, lambda: moment)
    allowance.take("ada", MEBIBYTE)

    with pytest.raises(DownloadLimitReached) as refused:
        allowance.take("ada", 1)

    assert refused.value.headers == {"Retry-After": "60"}


def test_the_next_day_has_its_own():
    moments = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (29, 30)]
    allowance = DownloadAllowance(MemoryDownloads(), 1, lambda: moments.pop(0))

    allowance.take("ada", MEBIBYTE)
    allowance.take("ada", MEBIBYTE)

    assert moments == []


@pytest.fixture
def storage() -> MemoryStorage:
    storage = MemoryStorage()
    storage.users.create(User(id="user-a", email="a@example.com"))
    return storage


def test_a_link_beyond_the_limit_is_refused_with_the_time_to_wait(storage, monkeypatch):
    app = app_over(storage)
    container = app.state.container
    size = container.settings.download_quota * MEBIBYTE
    file = File(
        id="0190e2a7-4f6e-7c3a-9d51-3f2b1c7e5500",
        name="a.txt",
        content_type="text/plain",
        size=size,
        status="available",
        expires_at=datetime(2026, 11, 29, tzinfo=UTC),
        reserved=size,
    )
    monkeypatch.setattr(container.personal_data.files, "get", lambda *_: file)
    monkeypatch.setattr(
        container.personal_data.files._transfers, "download_url", lambda *_, **__: "https://s3/a"
    )
    client = TestClient(app, headers={"Authorization": "Bearer user-a"})

    made, refused = (client.get(f"/v1/files/{file.id}/download") for _ in range(2))

    assert made.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (429, "download_limit_reached")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
