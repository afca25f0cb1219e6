"""The errors of the RDS Data API: https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/CommonErrors.html"""

import psycopg

STATUS = {
    "AccessDeniedException": 403,
    "BadRequestException": 400,
    "DatabaseErrorException": 400,
    "DatabaseNotFoundException": 404,
    "DatabaseResumingException": 400,
    "DatabaseUnavailableException": 504,
    "HttpEndpointNotEnabledException": 400,
    "InternalServerErrorException": 500,
    "InvalidResourceStateException": 400,
    "InvalidSecretException": 400,
    "SecretsErrorException": 400,
    "ServiceUnavailableError": 503,
    "StatementTimeoutException": 400,
    "ThrottlingException": 400,
    "TransactionNotFoundException": 404,
    "UnsupportedResultException": 400,
}


SQL_ERROR = "DatabaseErrorException"


class ApiError(Exception):
    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message
        super().__init__(code)

    @property
    def status(self) -> int:
        return STATUS[self.code]


def error_of(error: psycopg.Error) -> ApiError:
    """PostgreSQL's code stands at the end of the message: https://github.com/boto/botocore/issues/2300"""
    if (
        isinstance(error, psycopg.DataError) and error.sqlstate is None
    ):  # psycopg finds it before the server does
        return ApiError("DatabaseErrorException", "ERROR: invalid byte sequence; SQLState: 22021")
    state = error.sqlstate
    if state is None or state.startswith(("08", "57P")):
        return ApiError("DatabaseUnavailableException", "The writer instance is not available.")
    message = error.diag.message_primary or ""
    if (
        state == "57014" and "user request" in message
    ):  # by the service; the server's own limit is an error of SQL
        return ApiError("StatementTimeoutException", "Request timed out")
    return ApiError(SQL_ERROR, f"ERROR: {message}; SQLState: {state}")
