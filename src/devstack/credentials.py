"""The secrets of one checkout's embedded AWS: made when it first starts, kept in its state, forgotten with it."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

from devstack.state import State
from project.errors import StackError

CONTROL_TOKEN_HEADER = "X-Control-Token"
"""Carries the token that the emulator's own routes ask for: those that no AWS has, like `/_ministack/reset`."""

_FILE = "credentials"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key that may do everything in the embedded AWS, and the token of its control routes."""

    access_key_id: str
    secret_access_key: str
    control_token: str

    @classmethod
    def generate(cls) -> Self:
        return cls(
            f"AKIALOCAL{secrets.token_hex(6).upper()}", secrets.token_hex(20), secrets.token_urlsafe(24)
        )

    @classmethod
    def of(cls, state: State) -> Self:
        """Those of `state`, made now if it has none. Call it while holding the state's lock.

        Raises:
            StackError: the file cannot be read as what was written.
        """
        path = state.root / _FILE
        if not path.exists():
            made = cls.generate()
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(asdict(made), file)
            return made
        try:
            return cls(**json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise StackError(
                f"{path} is damaged; `make reset` makes new ones and forgets the data"
            ) from error

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Those that `variables` describes."""
        return cls(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_CONTROL_TOKEN"])

    @property
    def variables(self) -> dict[str, str]:
        """For the environment of a process that uses the embedded AWS."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_CONTROL_TOKEN": self.control_token,
        }

    @property
    def control_headers(self) -> dict[str, str]:
        return {CONTROL_TOKEN_HEADER: self.control_token}
