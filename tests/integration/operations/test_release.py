"""A release that does not hold is taken back: the template, the parameters and the site are what they were."""

import json

import pytest

from operations import stacks
from operations.release import site
from operations.release.change import Changes
from project.errors import StackError

STACK = "released"
SITE = "released-site"
TEMPLATES = "released-templates"


def template(**resources: dict) -> str:
    """As a release brings it: a site, a setting that follows the image, and a secret."""
    bucket = {"BucketName": SITE, "VersioningConfiguration": {"Status": "Enabled"}}
    setting = {"Type": "String", "Name": "/released/image", "Value": {"Ref": "ImageUri"}}
    return json.dumps(
        {
            "Parameters": {
                "ImageUri": {"Type": "String"},
                "Mail": {"Type": "String", "Default": "default"},
                "Url": {"Type": "String", "Default": "", "NoEcho": True},
            },
            "Resources": {
                "Site": {"Type": "AWS::S3::Bucket", "Properties": bucket},
                "Image": {"Type": "AWS::SSM::Parameter", "Properties": setting},
                **resources,
            },
            "Outputs": {"SiteBucketName": {"Value": {"Ref": "Site"}}},
        }
    )


EXTRA = {"Extra": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "released-extra"}}}
BROKEN = {"Broken": {"Type": "AWS::CloudFront::Function", "Properties": {"Name": "broken"}}}


@pytest.fixture
def changes(cloud, s3) -> Changes:
    s3.create_bucket(Bucket=TEMPLATES)
    yield Changes(cloud, bucket=TEMPLATES, pause=0.05)
    if stacks.describe(cloud.client("cloudformation"), STACK):
        for version in s3.list_object_versions(Bucket=SITE).get("Versions", ()):
            s3.delete_object(Bucket=SITE, Key=version["Key"], VersionId=version["VersionId"])
        for marker in s3.list_object_versions(Bucket=SITE).get("DeleteMarkers", ()):
            s3.delete_object(Bucket=SITE, Key=marker["Key"], VersionId=marker["VersionId"])
        cloud.client("cloudformation").delete_stack(StackName=STACK)
        assert stacks.wait(cloud.client("cloudformation"), STACK, pause=0.05) is None


@pytest.fixture
def image(cloud):
    """The image that the stack runs."""
    ssm = cloud.client("ssm")
    return lambda: ssm.get_parameter(Name="/released/image")["Parameter"]["Value"]


@pytest.fixture
def described(cloud):
    return lambda: stacks.describe(cloud.client("cloudformation"), STACK)


def test_a_stack_is_created_changed_and_made_again_what_it_was(cloud, changes, image, described):
    assert changes.snapshot(STACK) is None
    given = {"ImageUri": "app@sha256:1", "Mail": "ops@example.com", "Url": "rediss://secret"}
    assert changes.apply(STACK, template(), given, {"Stage": "test"})
    assert (image(), described().status) == ("app@sha256:1", "CREATE_COMPLETE")

    # what is noted can be kept as JSON, and never holds a secret
    note = json.loads(json.dumps(changes.snapshot(STACK)))
    assert "rediss" not in json.dumps(note)
    assert note["parameters"] == {"ImageUri": "app@sha256:1", "Mail": "ops@example.com", "Url": None}

    assert changes.apply(STACK, template(**EXTRA), {**given, "ImageUri": "app@sha256:2"}, {"Stage": "test"})
    queues = cloud.client("sqs").list_queues(QueueNamePrefix="released-").get("QueueUrls", [])
    assert (image(), len(queues)) == ("app@sha256:2", 1)

    assert changes.apply(STACK, note["template"], note["parameters"], note["tags"])

    assert image() == "app@sha256:1"
    assert cloud.client("sqs").list_queues(QueueNamePrefix="released-").get("QueueUrls", []) == []
    after = described()
    assert (after.parameters["Mail"], after.tags, after.secret) == (
        "ops@example.com",
        {"Stage": "test"},
        frozenset({"Url"}),
    )


def test_taking_back_what_was_never_changed_does_nothing(changes, image):
    changes.apply(STACK, template(), {"ImageUri": "app@sha256:1"}, {})
    note = changes.snapshot(STACK)

    assert not changes.apply(STACK, note["template"], note["parameters"], note["tags"])
    assert image() == "app@sha256:1"


def test_a_change_that_fails_is_reported_and_rolled_back_by_itself(changes, image, described):
    changes.apply(STACK, template(), {"ImageUri": "app@sha256:1"}, {})

    with pytest.raises(StackError, match="Broken"):
        changes.apply(STACK, template(**BROKEN), {"ImageUri": "app@sha256:2"}, {})

    assert described().status == "UPDATE_ROLLBACK_COMPLETE"
    assert image() == "app@sha256:1"
    # and the next release goes through
    assert changes.apply(STACK, template(), {"ImageUri": "app@sha256:3"}, {})
    assert image() == "app@sha256:3"


def test_a_first_release_that_failed_can_be_tried_again(changes, image, described):
    with pytest.raises(StackError, match="Broken"):
        changes.apply(STACK, template(**BROKEN), {"ImageUri": "app@sha256:1"}, {})
    assert described().status == "ROLLBACK_COMPLETE"
    assert changes.snapshot(STACK) is None

    assert changes.apply(STACK, template(), {"ImageUri": "app@sha256:1"}, {})
    assert image() == "app@sha256:1"


def test_the_site_is_the_files_it_was(cloud, s3, changes):
    changes.apply(STACK, template(), {"ImageUri": "app@sha256:1"}, {})
    publish(s3, {"index.html": b"old", "app.js": b"same", "old.css": b"gone later"})
    files = site.snapshot(cloud, SITE)

    publish(s3, {"index.html": b"new", "new.js": b"not before"})
    s3.delete_object(Bucket=SITE, Key="old.css")
    assert site.restore(cloud, SITE, files, distribution=None)

    assert published(s3) == {"index.html": b"old", "app.js": b"same", "old.css": b"gone later"}
    served = s3.get_object(Bucket=SITE, Key="index.html")
    assert (served["ContentType"], served["CacheControl"]) == ("text/html", "no-cache")
    assert not site.restore(cloud, SITE, site.snapshot(cloud, SITE), distribution=None)


def test_a_site_without_versions_has_no_way_back_and_says_so(cloud, s3):
    s3.create_bucket(Bucket="unversioned-site")
    s3.put_object(Bucket="unversioned-site", Key="index.html", Body=b"one")

    with pytest.raises(StackError, match="keeps no versions"):
        site.snapshot(cloud, "unversioned-site")


def publish(s3, files: dict[str, bytes]) -> None:
    for key, body in files.items():
        s3.put_object(Bucket=SITE, Key=key, Body=body, ContentType="text/html", CacheControl="no-cache")


def published(s3) -> dict[str, bytes]:
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=SITE).get("Contents", ())]
    return {key: s3.get_object(Bucket=SITE, Key=key)["Body"].read() for key in keys}
