"""What a client is answered when something behind the API fails or is in the way."""

import pytest

from app.errors import Contention


def test_contention_is_the_clients_to_repeat_and_no_server_error(app, client, monkeypatch):
    def collide(*_args: object) -> None:
        raise Contention

    monkeypatch.setattr(app.state.container.todo_repository, "change", collide)

    response = client.post("/v1/todos", json={"title": "Buy milk"})

    assert response.status_code == 429
    assert response.json()["code"] == "contention"
    assert response.json()["title"] == "Too Many Requests"
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_each_change_of_a_todo_documents_429(app, method):
    paths = app.openapi()["paths"]
    path = "/v1/todos" if method == "POST" else "/v1/todos/{id}"

    assert "429" in paths[path][method.lower()]["responses"]
