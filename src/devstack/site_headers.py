"""The headers of the site, from the one place that says them: `SiteHeaders` of `template.yaml`."""

import json
import re
from typing import Any

from project.errors import StackError
from project.template import Template

_BUCKET = re.compile(r"https://\$\{[^;\s]*")
"""The origin of a bucket, named after a resource: on the laptop all of them are at one endpoint."""


def site_headers(template: Template, endpoint: str) -> dict[str, str]:
    """CloudFront's headers on the answers of the site, for an origin without TLS and buckets at `endpoint`.

    Raises:
        StackError: the template says it in a way that is not understood here.
    """
    try:
        config = template["Resources"]["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    except KeyError as error:
        raise StackError("template.yaml: SiteHeaders is missing") from error
    security = {
        name: header
        for kind, settings in config.get("SecurityHeadersConfig", {}).items()
        for name, header in [_security_header(kind, settings)]
        if name is not None
    }
    custom = {
        item["Header"]: _text(item["Value"])
        for item in config.get("CustomHeadersConfig", {}).get("Items", [])
    }
    return {name: _localised(value, endpoint) for name, value in {**security, **custom}.items()}


def _security_header(kind: str, settings: dict[str, Any]) -> tuple[str | None, str]:
    """CloudFront's settings as the header that they become.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
    """
    match kind:
        case "ContentSecurityPolicy":
            return "Content-Security-Policy", _text(settings["ContentSecurityPolicy"])
        case "ContentTypeOptions":
            return "X-Content-Type-Options", "nosniff"
        case "FrameOptions":
            return "X-Frame-Options", settings["FrameOption"]
        case "ReferrerPolicy":
            return "Referrer-Policy", settings["ReferrerPolicy"]
        case "StrictTransportSecurity":  # a browser would ask this machine for TLS ever after
            return None, ""
        case _:
            raise StackError(f"template.yaml: the site cannot send {kind} locally")


def _text(value: Any) -> str:
    """A text, or one that `Fn::Sub` completes."""
    if isinstance(value, dict) and set(value) == {"Fn::Sub"}:
        value = value["Fn::Sub"]
        value = value[0] if isinstance(value, list) else value
    if not isinstance(value, str):
        raise StackError(
            f"template.yaml: a header of the site is neither text nor Fn::Sub: {json.dumps(value)}"
        )
    return " ".join(value.split())


def _localised(value: str, endpoint: str) -> str:
    """Each bucket becomes the endpoint, once."""
    return re.sub(rf"({re.escape(endpoint)})( {re.escape(endpoint)})+", r"\1", _BUCKET.sub(endpoint, value))
