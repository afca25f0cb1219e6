"""The names of AWS services, for a request to one that the embedded AWS does not have.

MiniStack finds out by reading every model of botocore at the first such request, which holds up all others for
seconds. The names of the models' directories are enough: each service that the application uses signs by its own.
"""

import botocore.session


def install() -> None:
    from ministack.core import router

    names = botocore.session.get_session().get_available_services()
    router._KNOWN_AWS_SERVICE_NAMES = frozenset(names)
