"""A request that is refused, with AWS's own code."""


class RefusedError(Exception):
    """`code` and the message are what AWS answers in this case, so that its SDKs explain it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ForeignPageError(RefusedError):
    """A page that may not even read the refusal."""

    def __init__(self, reason: str) -> None:
        super().__init__("AccessDenied", reason)


def mismatch() -> RefusedError:
    return RefusedError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method.",
    )


def unsigned() -> RefusedError:
    return RefusedError("MissingAuthenticationToken", "Missing Authentication Token")
