"""DynamoDB by moto: what every engine must do, and what is asked of this one alone."""

from contracts.storage import *  # noqa: F403
from engines.dynamodb.suites import *  # noqa: F403
