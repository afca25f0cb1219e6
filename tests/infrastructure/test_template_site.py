"""The web site of `template.yaml`: one origin for the pages and the API, and its access rules."""

from typing import Any

from app.security_headers import SECURITY_HEADERS
from support.template import deployed, load, properties
from support.template_rules import deployment

NAMED = {
    "CustomDomain": "app.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0",
}

OWN_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/own/0"


def behaviours(**parameters: str) -> dict[str, dict[str, Any]]:
    config = properties("SiteDistribution", **parameters)["DistributionConfig"]
    return {behaviour["PathPattern"]: behaviour for behaviour in config["CacheBehaviors"]}


def test_the_site_passes_requests_for_the_api_on_and_keeps_none_of_the_answers():
    caching_disabled, all_but_host = (
        "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    )

    assert behaviours().keys() == {"/v1/*", "/docs*", "/openapi.json", "/healthz"}
    for path, behaviour in behaviours().items():
        assert behaviour["TargetOriginId"] == "api", path
        assert behaviour["CachePolicyId"] == caching_disabled, path
        assert behaviour["OriginRequestPolicyId"] == all_but_host, path
        assert behaviour["ViewerProtocolPolicy"] in ("https-only", "redirect-to-https"), path
    assert {"DELETE", "PATCH", "POST", "PUT"} <= set(behaviours()["/v1/*"]["AllowedMethods"])


def test_the_api_hears_the_viewer_s_address_from_the_distribution_alone():
    """Wherever the key is added, the function replaces what the viewer has written."""
    config = properties("SiteDistribution")["DistributionConfig"]
    (api,) = (origin for origin in config["Origins"] if origin["Id"] == "api")
    (header,) = api["OriginCustomHeaders"]

    assert header["HeaderName"] == "X-Origin-Key"
    assert "resolve:secretsmanager:${OriginSecret}" in header["HeaderValue"]["Fn::Sub"]
    for path, behaviour in behaviours().items():
        (association,) = behaviour["FunctionAssociations"]
        assert association["EventType"] == "viewer-request", path
        assert association["FunctionARN"] == {
            "Fn::GetAtt": ["ViewerAddress", "FunctionMetadata.FunctionARN"]
        }, path
    code = properties("ViewerAddress")["FunctionCode"]
    assert 'request.headers["x-viewer-address"] = { value: event.viewer.ip }' in code


def test_a_firewall_is_made_where_it_is_asked_for():
    kinds = {
        choice: sorted(deployed(**dict([choice])).of_type("AWS::WAFv2::WebACL"))
        for choice in (("Waf", "off"), ("Waf", "on"), ("WebAclArn", OWN_ACL))
    }

    assert list(kinds.values()) == [[], ["SiteWebAcl", "UserPoolWebAcl"], []]
    assert web_acl(Waf="off") is None
    assert web_acl(Waf="on") == {"Fn::GetAtt": ["SiteWebAcl", "Arn"]}
    assert web_acl(Waf="on", WebAclArn=OWN_ACL) == OWN_ACL


def test_a_stack_elsewhere_has_no_web_acl_for_its_site():
    """Which CloudFront takes from us-east-1 alone."""
    elsewhere = deployment(load(), "eu-central-1", Waf="on")

    assert sorted(elsewhere.of_type("AWS::WAFv2::WebACL")) == ["UserPoolWebAcl"]
    assert "WebACLId" not in elsewhere.resources["SiteDistribution"]["Properties"]["DistributionConfig"]


def web_acl(**parameters: str) -> Any:
    return properties("SiteDistribution", **parameters)["DistributionConfig"].get("WebACLId")


def test_only_the_distribution_reads_the_bucket_of_the_site():
    origins = {
        origin["Id"]: origin for origin in properties("SiteDistribution")["DistributionConfig"]["Origins"]
    }
    allowing = [
        statement
        for statement in properties("SiteBucketPolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert origins["site"]["OriginAccessControlId"] == {"Ref": "SiteAccess"}
    assert origins["api"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    for statement in allowing:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert "${SiteDistribution}" in statement["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert {statement["Action"] for statement in allowing} == {"s3:GetObject", "s3:ListBucket"}


def test_pages_of_the_site_run_its_own_scripts_only():
    headers = properties("SiteHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    directives = {name: values for name, *values in (part.split() for part in policy.split(";"))}

    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == directives["style-src"] == directives["form-action"] == ["'self'"]
    assert directives["frame-ancestors"] == directives["base-uri"] == ["'none'"]
    assert directives["require-trusted-types-for"] == ["'script'"]
    assert directives["connect-src"] == [
        "'self'",
        "https://${DataBucket}.s3.${AWS::Region}.${AWS::URLSuffix}",
        "https://${IngestBucket}.s3.${AWS::Region}.${AWS::URLSuffix}",
    ]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000


def test_all_answers_under_the_api_s_paths_carry_the_application_s_headers():
    headers = properties("ApiHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]

    assert {behaviour["ResponseHeadersPolicyId"]["Ref"] for behaviour in behaviours().values()} == {
        "ApiHeaders"
    }
    assert headers == {
        "ContentSecurityPolicy": {
            "ContentSecurityPolicy": SECURITY_HEADERS["Content-Security-Policy"],
            "Override": False,
        },
        "ContentTypeOptions": {"Override": True},
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": int(
                SECURITY_HEADERS["Strict-Transport-Security"].removeprefix("max-age=")
            ),
            "IncludeSubdomains": False,
            "Override": True,
        },
    }


def test_the_site_has_its_own_name_when_given_one():
    before = properties("SiteDistribution")["DistributionConfig"]
    after = properties("SiteDistribution", **NAMED)["DistributionConfig"]

    assert "Aliases" not in before
    assert before["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}
    assert after["Aliases"] == ["app.example.com"]
    assert after["ViewerCertificate"]["AcmCertificateArn"] == NAMED["CertificateArn"]
    assert after["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert deployed(**NAMED).outputs["SiteUrl"]["Value"] == "https://app.example.com"
