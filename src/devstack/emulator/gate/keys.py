"""The secret of an access key: the checkout's own, or one that the embedded IAM or STS has issued."""

import hmac

from botocore.credentials import Credentials as Signer
from ministack.core import iam_evaluator, responses

from devstack.credentials import Credentials
from devstack.emulator.gate.refused import RefusedError


class Keys:
    def __init__(self, own: Credentials) -> None:
        self._own = own

    def signer(self, access_key_id: str, token: str) -> Signer:
        """The secret key of this access key, for a request that carries the session token `token` (empty: none).

        Raises:
            RefusedError: the key is unknown, inactive or expired, or the token is not the one issued with it.
        """
        if hmac.compare_digest(access_key_id.encode(), self._own.access_key_id.encode()):
            if token:
                raise _unknown()
            return Signer(self._own.access_key_id, self._own.secret_access_key)
        if iam_evaluator.is_root_access_key(
            access_key_id
        ):  # MiniStack's own notion: `test`, twelve digits, none
            raise _unknown()
        return self._issued(access_key_id, token)

    def _issued(self, access_key_id: str, token: str) -> Signer:
        """Of an IAM user, of an assumed role or of an identity pool's guest, as MiniStack remembers them."""
        try:
            account = iam_evaluator.find_iam_access_key_account(access_key_id)
        except iam_evaluator.AmbiguousAccessKeyError:
            raise _unknown() from None
        account = account or responses._account_from_sts_session(access_key_id)
        found = iam_evaluator.resolve_credential(access_key_id, account, token)
        if isinstance(found, iam_evaluator.CredentialResolutionError):
            raise RefusedError(found.code, found.message)
        return Signer(access_key_id, found.secret_access_key, token or None)


def _unknown() -> RefusedError:
    return RefusedError(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    )
