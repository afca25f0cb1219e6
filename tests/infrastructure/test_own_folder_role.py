"""The reach of the identity pool's temporary credentials, by the template's own policy.

A small evaluator of the policy: it knows what this policy uses, and refuses to judge anything else.
"""

import re
from fnmatch import fnmatchcase

import pytest

from support import template

BUCKET = "arn:aws:s3:::data"
ADA, BOB = "5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55", "9d3b2c1a-0000-4000-8000-000000000001"
VARIABLE = re.compile(r"\$\{aws:PrincipalTag/userId\}")


def role():
    return template.load()["Resources"]["OwnFolderRole"]["Properties"]


def statements():
    (policy,) = role()["Policies"]
    return policy["PolicyDocument"]["Statement"]


def text(value):
    """An ARN or pattern as CloudFormation makes it."""
    if isinstance(value, str):
        return value
    if value == {"Fn::GetAtt": ["DataBucket", "Arn"]}:
        return BUCKET
    return value["Fn::Sub"].replace("${DataBucket.Arn}", BUCKET).replace("${!", "${")


def expanded(pattern, user_id):
    """The pattern with the principal's tag in it: `None`, which matches nothing, when it has none."""
    if VARIABLE.search(pattern) and user_id is None:
        return None
    return VARIABLE.sub(user_id or "", pattern)


def matches(pattern, value, user_id):
    wanted = expanded(text(pattern), user_id)
    assert wanted is None or "[" not in wanted
    return wanted is not None and value is not None and fnmatchcase(value, wanted)


def listed(value):
    return value if isinstance(value, list) else [value]


def is_allowed(user_id, action, resource, prefix=None):
    return any(applies(statement, user_id, action, resource, prefix) for statement in statements())


def applies(statement, user_id, action, resource, prefix):
    assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
    assert statement["Effect"] == "Allow"
    condition = statement.get("Condition", {})
    assert condition.keys() <= {"StringLike"}
    patterns = condition.get("StringLike", {})
    assert patterns.keys() <= {"s3:prefix"}
    return (
        any(fnmatchcase(action, wanted) for wanted in listed(statement["Action"]))
        and any(matches(wanted, resource, user_id) for wanted in listed(statement["Resource"]))
        and all(matches(wanted, prefix, user_id) for wanted in patterns.values())
    )


def test_the_own_folder_can_be_read_and_listed():
    assert is_allowed(ADA, "s3:GetObject", f"{BUCKET}/users/{ADA}/file")
    assert is_allowed(ADA, "s3:ListBucket", BUCKET, prefix=f"users/{ADA}/")


@pytest.mark.parametrize("user_id", [ADA, None, ""], ids=["another", "untagged", "empty tag"])
@pytest.mark.parametrize(
    "key",
    [f"users/{BOB}/file", f"users/{BOB}", "users/file", "users/", "users/*/file", "imports/file", "file"],
)
def test_no_other_object_can_be_read(user_id, key):
    assert not is_allowed(user_id, "s3:GetObject", f"{BUCKET}/{key}")


@pytest.mark.parametrize("user_id", [ADA, None], ids=["another", "untagged"])
@pytest.mark.parametrize(
    "prefix", [None, "", "users", "users/", f"users/{BOB}", f"users/{BOB}/", "*", "users/*"]
)
def test_no_other_folder_can_be_listed(user_id, prefix):
    assert not is_allowed(user_id, "s3:ListBucket", BUCKET, prefix=prefix)


def test_an_id_that_begins_like_mine_is_another():
    assert not is_allowed(ADA, "s3:GetObject", f"{BUCKET}/users/{ADA}x/file")
    assert not is_allowed(ADA, "s3:ListBucket", BUCKET, prefix=f"users/{ADA}x/")


@pytest.mark.parametrize(
    "action",
    [
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:GetObjectVersion",
        "s3:PutObjectAcl",
        "s3:GetObjectAcl",
        "s3:AbortMultipartUpload",
        "s3:PutBucketPolicy",
        "dynamodb:GetItem",
        "sts:AssumeRole",
    ],
)
def test_nothing_but_reading_is_allowed_even_in_the_own_folder(action):
    for resource in (f"{BUCKET}/users/{ADA}/file", BUCKET):
        assert not is_allowed(ADA, action, resource, prefix=f"users/{ADA}/")


def test_only_users_signed_in_at_this_pool_get_the_role():
    (trust,) = role()["AssumeRolePolicyDocument"]["Statement"]
    attached = template.load()["Resources"]["IdentityPoolRoles"]["Properties"]["Roles"]

    assert trust["Principal"] == {"Federated": "cognito-identity.amazonaws.com"}
    assert set(trust["Action"]) == {"sts:AssumeRoleWithWebIdentity", "sts:TagSession"}
    assert trust["Condition"] == {
        "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": "IdentityPool"}},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
    }
    assert attached == {"authenticated": {"Fn::GetAtt": ["OwnFolderRole", "Arn"]}}


def test_the_tag_is_the_tokens_subject_and_a_token_is_required():
    resources = template.load()["Resources"]
    tags, pool = resources["IdentityPoolTags"]["Properties"], resources["IdentityPool"]["Properties"]

    assert tags["PrincipalTags"] == {"userId": "sub"}
    assert tags["UseDefaults"] is False
    assert pool["AllowUnauthenticatedIdentities"] is False
    assert pool["AllowClassicFlow"] is False
    assert [provider["ServerSideTokenCheck"] for provider in pool["CognitoIdentityProviders"]] == [True, True]
