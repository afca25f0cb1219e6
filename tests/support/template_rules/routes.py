"""Routes: the gateway asks for a token exactly where the application does."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from app.auth.public_paths import PUBLIC_PATHS
from project.openapi import render
from support.template_rules.deployment import Deployment, Resource
from support.template_rules.findings import Finding
from support.template_rules.references import mentions

_RULE = "every_route_has_the_authorizer_it_needs"
_THROTTLES = "every_way_to_sign_in_has_a_throttle_of_its_own"
_KINDS = {"JWT": "JWT", "CUSTOM": "REQUEST"}
"""Type of a route's authorization -> type of its authorizer."""
_PREFLIGHT = ("options", "/v1/todos")


def every_route_has_the_authorizer_it_needs(deployed: Deployment) -> Iterator[Finding]:
    yield from _sound_authorizers(deployed)
    for method, path in [*_operations(), _PREFLIGHT]:
        protected = method != "options" and path.startswith("/v1/") and path not in PUBLIC_PATHS
        where, route = _route(deployed, method.upper(), path)
        if where is None:
            yield Finding(_RULE, "HttpApi", f"no route for {method.upper()} {path}")
        elif protected and not _asks_for_a_token(deployed, route):
            yield Finding(
                _RULE, where, f"{method.upper()} {path} needs a token and the gateway does not ask for one"
            )
        elif not protected and route.get("AuthorizationType", "NONE") != "NONE":
            yield Finding(_RULE, where, f"{method.upper()} {path} is public and the gateway asks for a token")


def every_way_to_sign_in_has_a_throttle_of_its_own(deployed: Deployment) -> Iterator[Finding]:
    """Who floods one leaves the rest of the API alone. The gateway refuses settings of a route that is not there;
    what settings of a route leave out is AWS's default, not the stage's."""
    keys = {route["RouteKey"]: name for name, route in deployed.properties("AWS::ApiGatewayV2::Route")}
    for name, stage in deployed.of_type("AWS::ApiGatewayV2::Stage").items():
        default, own = (stage["Properties"][kind] for kind in ("DefaultRouteSettings", "RouteSettings"))
        for key in sorted({f"POST {path}" for path in PUBLIC_PATHS} - own.keys()):
            yield Finding(_THROTTLES, name, f"{key} has no settings of its own")
        for key, settings in own.items():
            if key not in keys:
                yield Finding(_THROTTLES, name, f"{key} has settings and no route")
            elif keys[key] not in stage["DependsOn"]:
                yield Finding(_THROTTLES, name, f"{keys[key]} may not be there when the stage is made")
            if missing := default.keys() - settings.keys():
                yield Finding(_THROTTLES, name, f"{key} does not repeat {', '.join(sorted(missing))}")


@cache
def _operations() -> list[tuple[str, str]]:
    """HEAD stands beside each GET, which is not documented twice."""
    documented = [
        (method, path) for path, methods in json.loads(render())["paths"].items() for method in methods
    ]
    return [*documented, *(("head", path) for method, path in documented if method == "get")]


def _asks_for_a_token(deployed: Deployment, route: Resource) -> bool:
    named = route.get("AuthorizerId", {}).get("Ref")
    authorizer = deployed.of_type("AWS::ApiGatewayV2::Authorizer").get(named, {}).get("Properties", {})
    return authorizer.get("AuthorizerType") == _KINDS.get(route.get("AuthorizationType", "NONE"), "none")


def _sound_authorizers(deployed: Deployment) -> Iterator[Finding]:
    """A JWT authorizer takes the access tokens of this pool and all its clients, and no others."""
    clients = [{"Ref": name} for name in deployed.of_type("AWS::Cognito::UserPoolClient")]
    for name, authorizer in deployed.properties("AWS::ApiGatewayV2::Authorizer"):
        if authorizer["AuthorizerType"] == "JWT":
            accepted = authorizer["JwtConfiguration"]
            if not mentions(accepted["Issuer"], "UserPool") or accepted["Audience"] != clients:
                yield Finding(_RULE, name, "it accepts tokens of another issuer or client")


def _route(deployed: Deployment, method: str, path: str) -> tuple[str | None, Resource]:
    """The most specific one that matches, as API Gateway chooses: exact path before greedy, then exact method.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    """
    found: list[tuple[tuple[bool, int, bool], str, Resource]] = []
    for name, route in deployed.properties("AWS::ApiGatewayV2::Route"):
        verb, _, pattern = route["RouteKey"].partition(" ")
        if verb in (method, "ANY") and (pattern == path or _is_greedy_for(pattern, path)):
            found.append(((pattern == path, len(pattern), verb == method), name, route))
    best: Any = max(found, key=lambda entry: entry[0], default=((), None, {}))
    return best[1], best[2]


def _is_greedy_for(pattern: str, path: str) -> bool:
    return pattern.endswith("{proxy+}") and path.startswith(pattern.removesuffix("{proxy+}"))
