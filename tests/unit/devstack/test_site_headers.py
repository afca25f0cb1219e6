"""The site's headers, as `template.yaml` says them and as the laptop sends them."""

from typing import Any

import pytest

from devstack.site_headers import site_headers
from project import paths
from project import template as templates
from project.errors import StackError

ENDPOINT = "http://127.0.0.1:4566"
POLICY = (
    "default-src 'none'; connect-src 'self' https://${DataBucket}.s3.${AWS::Region}.${AWS::URLSuffix} "
    "https://${IngestBucket}.s3.${AWS::Region}.${AWS::URLSuffix}; img-src 'self' data:"
)


def template(security: dict[str, Any], *custom: dict[str, Any]) -> dict[str, Any]:
    config = {"Name": "x", "SecurityHeadersConfig": security, "CustomHeadersConfig": {"Items": list(custom)}}
    return {"Resources": {"SiteHeaders": {"Properties": {"ResponseHeadersPolicyConfig": config}}}}


def policy(text: object) -> dict[str, Any]:
    return {"ContentSecurityPolicy": {"ContentSecurityPolicy": text, "Override": True}}


def test_the_template_s_own_headers_are_all_understood() -> None:
    headers = site_headers(templates.load(paths.TEMPLATE), ENDPOINT)

    assert f"connect-src 'self' {ENDPOINT};" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in headers
    assert not any("${" in value for value in headers.values())


@pytest.mark.parametrize("text", [{"Fn::Sub": POLICY}, {"Fn::Sub": [POLICY, {}]}])
def test_the_buckets_are_at_the_local_endpoint_and_all_else_is_the_same(text: object) -> None:
    assert site_headers(template(policy(text)), ENDPOINT) == {
        "Content-Security-Policy": (
            f"default-src 'none'; connect-src 'self' {ENDPOINT}; img-src 'self' data:"
        )
    }


def test_a_policy_may_be_folded_over_lines_and_name_a_bucket_last() -> None:
    folded = "default-src 'none';\n  connect-src 'self' https://${DataBucket.RegionalDomainName}\n"

    assert site_headers(template(policy({"Fn::Sub": folded})), ENDPOINT) == {
        "Content-Security-Policy": f"default-src 'none'; connect-src 'self' {ENDPOINT}"
    }


def test_each_setting_becomes_the_header_that_cloudfront_makes_of_it() -> None:
    security = {
        **policy("default-src 'none'"),
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"FrameOption": "DENY", "Override": True},
        "ReferrerPolicy": {"ReferrerPolicy": "no-referrer", "Override": True},
        "StrictTransportSecurity": {"AccessControlMaxAgeSec": 63072000, "Override": True},
    }
    custom = {"Header": "Permissions-Policy", "Value": "camera=()", "Override": True}

    assert site_headers(template(security, custom), ENDPOINT) == {
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=()",
    }


@pytest.mark.parametrize(
    "given",
    [
        {"Resources": {}},
        template({"XSSProtection": {"Protection": True}}),
        template(policy({"Fn::Join": ["", ["default-src"]]})),
    ],
)
def test_what_is_not_understood_is_said_rather_than_left_out(given: dict[str, Any]) -> None:
    with pytest.raises(StackError, match=r"template\.yaml"):
        site_headers(given, ENDPOINT)
