"""People who use the API: signed up, confirmed and signed in through its front door."""

import uuid
from dataclasses import dataclass
from typing import Any

import httpx

PASSWORD = "Correct-Horse-7"
CODE = "123456"
"""What the embedded Cognito always mails at sign-up."""


@dataclass
class Person:
    api: httpx.Client
    email: str
    id: str
    tokens: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def request(self, method: str, url: str, **kwargs: Any) -> httpx.Response:
        headers = {**self.headers, **kwargs.pop("headers", {})}
        return self.api.request(method, url, headers=headers, **kwargs)

    def create_todo(self, **fields: Any) -> dict[str, Any]:
        response = self.request("POST", "/v1/todos", json={"title": "Something", **fields})
        assert response.status_code == 201, response.text
        return response.json()

    def leave(self) -> httpx.Response:
        return self.request("DELETE", "/v1/users/me", json={"password": PASSWORD})

    def sign_in(self) -> None:
        response = self.api.post("/v1/auth/login", json={"email": self.email, "password": PASSWORD})
        assert response.status_code == 200, response.text
        self.tokens = response.json()


def sign_up(api: httpx.Client, email: str | None = None, name: str | None = None) -> Person:
    """A new person with an address of their own."""
    email = email or f"p{uuid.uuid4().hex[:12]}@example.com"
    body = {"email": email, "password": PASSWORD, **({"name": name} if name else {})}
    signed_up = api.post("/v1/auth/signup", json=body)
    assert signed_up.status_code == 201, signed_up.text
    confirmed = api.post("/v1/auth/confirm", json={"email": email, "code": CODE})
    assert confirmed.status_code == 204, confirmed.text
    person = Person(api, email, signed_up.json()["userId"], {})
    person.sign_in()
    return person
