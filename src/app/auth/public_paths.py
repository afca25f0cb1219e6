"""The paths that need no access token."""

PUBLIC_PATHS = frozenset(
    f"/v1/auth/{name}"
    for name in (
        "signup",
        "confirm",
        "resend",
        "login",
        "token",
        "refresh",
        "forgot-password",
        "reset-password",
        "email-undo",
        "logout",
    )
)
"""What needs no access token: each of these proves who asks by other means, or asks for nothing."""


def is_public(path: str) -> bool:
    """Under `/v1/` everything needs a token but what gives one."""
    return not path.startswith("/v1/") or path in PUBLIC_PATHS
