"""How an upload is offered: for how long, and in which parts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.aws.presigned_urls import S3PresignedUrls
from app.config.api import Settings
from app.models.files import File
from app.services.files.service import MAX_SIZE
from app.services.files.uploads import PART_SIZE, FormUpload, PartsUpload, offer, part_sizes
from support.clients import clients_for
from support.environment import ENVIRONMENT

MOMENT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def transfers():
    settings = Settings.from_env(ENVIRONMENT)
    return S3PresignedUrls(clients_for(settings), settings.data_bucket)


def file(**changes):
    fields = {"id": "f", "name": "a.txt", "content_type": "text/plain", "size": 10, "reserved": 10}
    return File(**{**fields, "expires_at": MOMENT + timedelta(hours=1), **changes})


def test_a_form_is_good_for_five_minutes(transfers):
    upload = offer(transfers, "u", file(), moment=MOMENT)

    assert isinstance(upload, FormUpload)
    assert upload.expires_at == MOMENT + timedelta(minutes=5)
    assert upload.fields["key"] == "users/u/f"


def test_a_form_is_good_for_no_longer_than_the_file_is_awaited(transfers):
    upload = offer(transfers, "u", file(), moment=MOMENT + timedelta(minutes=58))

    assert upload.expires_at == MOMENT + timedelta(hours=1)


@pytest.mark.parametrize("changes", [{"status": "available"}, {"status": "rejected"}, {"expires_at": MOMENT}])
def test_there_is_none_for_what_is_not_awaited(transfers, changes):
    assert offer(transfers, "u", file(**changes), moment=MOMENT) is None


def test_parts_are_signed_with_their_number_and_size(transfers):
    upload = offer(transfers, "u", file(size=PART_SIZE + 1, upload_id="id"), moment=MOMENT)

    assert isinstance(upload, PartsUpload)
    assert [(part.number, part.size) for part in upload.parts] == [(1, PART_SIZE), (2, 1)]
    assert all("X-Amz-SignedHeaders=content-length%3Bhost" in part.url for part in upload.parts)
    assert all("X-Amz-Expires=3600" in part.url for part in upload.parts)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "data.s3.us-east-1.amazonaws.com"),
        ("eu-central-1", "data.s3.eu-central-1.amazonaws.com"),
    ],
)
def test_forms_and_links_name_the_regions_own_host(region, host):
    """The global host answers for a new bucket elsewhere with a redirect, which a form cannot follow."""
    settings = Settings.from_env({**ENVIRONMENT, "AWS_REGION": region})
    transfers = S3PresignedUrls(clients_for(settings), settings.data_bucket)

    form = offer(transfers, "u", file(), moment=MOMENT)
    parts = offer(transfers, "u", file(upload_id="id"), moment=MOMENT)

    assert form.url == f"https://{host}/"
    assert parts.parts[0].url.startswith(f"https://{host}/users/u/f?")


@given(st.integers(1, MAX_SIZE))
def test_parts_add_up_and_are_such_as_s3_takes(size):
    sizes = part_sizes(size)

    assert sum(sizes) == size
    assert all(5 * 1024**2 <= part <= 5 * 1024**3 for part in sizes[:-1])
    assert len(sizes) <= 10_000
    assert sizes[-1] > 0
