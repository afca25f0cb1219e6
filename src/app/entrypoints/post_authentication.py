"""Cognito's post-authentication trigger: records each sign-in for the owner of the account, through whichever client.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html
"""

from app.cold_start import before_snapshot, frozen_imports

with frozen_imports():
    import logging
    from functools import cache
    from typing import Any

    from app import deadline
    from app.bootstrap import Worker
    from app.config.post_authentication import PostAuthenticationSettings
    from app.logs import counted
    from app.services.activity import ActivityRecorder

Event = dict[str, Any]

_SECONDS = 2.0
"""A person waits, and Cognito for five seconds at most."""
_log = logging.getLogger("app.activity")


def handler(event: Event, _context: object) -> Event:
    """Cognito refuses every sign-in when its trigger fails, so whatever fails here is logged and counted instead. It
    tries again what takes too long, so that a sign-in may be there twice."""
    try:
        with deadline.within(_SECONDS):
            user_id, client_id = event["userName"], event["callerContext"]["clientId"]
            recorder().record(event["request"]["userAttributes"].get("sub", user_id), "signed_in", client_id)
    except Exception:  # noqa: BLE001 - whatever it is, it must not keep the user out
        _log.exception("activity not recorded", extra=counted("ActivityLost", kind="signed_in"))
    return event


@cache
def own() -> Worker[PostAuthenticationSettings]:
    return Worker(PostAuthenticationSettings.from_env())


def recorder() -> ActivityRecorder:
    return ActivityRecorder(own().storage.activity)


def _warm() -> None:
    """The repository is imported; it connects at its first call."""
    own().clients.load("dynamodb")
    recorder()


before_snapshot(_warm)
