"""`make destroy`: everything of a stage goes, but never by accident."""

import pytest
import yaml

from operations import stacks
from operations.destroy import destroy
from project.errors import StackError

DATA = "doomed-data"
EVIDENCE = "doomed-evidence"


def template(*, protected: bool) -> str:
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": protected,
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    bucket = {"BucketName": DATA, "VersioningConfiguration": {"Status": "Enabled"}}
    return yaml.safe_dump(
        {
            "Resources": {
                "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
                "Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket},
                "Evidence": {
                    "Type": "AWS::S3::Bucket",
                    "DeletionPolicy": "Retain",
                    "Properties": {"BucketName": EVIDENCE},
                },
            }
        }
    )


@pytest.fixture
def doomed(cloud, s3):
    """A stack with a bucket that holds two versions, a deleted object and an unfinished upload."""
    cloudformation = cloud.client("cloudformation")

    def create(*, protected: bool) -> str:
        cloudformation.create_stack(StackName="doomed", TemplateBody=template(protected=protected))
        assert stacks.wait(cloudformation, "doomed", pause=0.05).status == "CREATE_COMPLETE"
        for body in (b"one", b"two"):
            s3.put_object(Bucket=DATA, Key="a", Body=body)
        s3.put_object(Bucket=DATA, Key="b", Body=b"three")
        s3.delete_object(Bucket=DATA, Key="b")
        s3.create_multipart_upload(Bucket=DATA, Key="c")
        s3.put_object(Bucket=EVIDENCE, Key="log", Body=b"who did what")
        return "doomed"

    yield create
    for table in stacks.resources(cloudformation, "doomed", "AWS::DynamoDB::Table").values():
        cloud.client("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=False)
    destroy(cloud, "doomed", ask=lambda question: "doomed")
    cloudformation.delete_stack(StackName="doomed")
    assert stacks.wait(cloudformation, "doomed", pause=0.05) is None
    s3.delete_object(Bucket=EVIDENCE, Key="log")
    s3.delete_bucket(Bucket=EVIDENCE)


def kept(s3) -> tuple[int, int]:
    """How many versions and delete markers the bucket holds."""
    found = s3.list_object_versions(Bucket=DATA)
    return len(found.get("Versions", ())), len(found.get("DeleteMarkers", ()))


def test_typing_the_name_empties_the_buckets(cloud, s3, doomed, capsys):
    asked = []

    def ask(question: str) -> str:
        asked.append(question)
        assert kept(s3) == (3, 1)
        return " doomed\n"

    destroy(cloud, doomed(protected=False), ask=ask)

    assert len(asked) == 1
    assert kept(s3) == (0, 0)
    assert s3.list_multipart_uploads(Bucket=DATA).get("Uploads", []) == []
    assert s3.get_object(Bucket=EVIDENCE, Key="log")["Body"].read() == b"who did what"
    said = capsys.readouterr().out
    assert EVIDENCE not in said
    assert DATA in said
    assert "account 000000000000" in said


@pytest.mark.parametrize("answer", ["", "y", "yes", "Doomed", "doomed-prod"])
def test_any_other_answer_deletes_nothing(cloud, s3, doomed, answer):
    with pytest.raises(StackError, match="not its name; nothing was deleted"):
        destroy(cloud, doomed(protected=False), ask=lambda question: answer)

    assert kept(s3) == (3, 1)


def test_what_is_protected_is_refused_before_anybody_is_asked(cloud, s3, doomed):
    stack = doomed(protected=True)

    with pytest.raises(StackError, match=r"protected against deletion: .*docs/operations\.md"):
        destroy(cloud, stack, ask=lambda question: pytest.fail("asked"))

    assert kept(s3) == (3, 1)


def test_a_stack_that_is_not_there_is_said_so(cloud):
    with pytest.raises(StackError, match="there is no stack nowhere in us-east-1"):
        destroy(cloud, "nowhere", ask=lambda question: pytest.fail("asked"))
