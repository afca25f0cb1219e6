"""`/v1/todos`: representations, preconditions, merge patch, lists and idempotency keys."""

import uuid
from datetime import date

import pytest

from app.errors import Unavailable
from app.models.todos import Todo

NEW_ID = "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a"


def create(client, **fields):
    response = client.post("/v1/todos", json={"title": "Water the plants", **fields})
    assert response.status_code == 201, response.text
    return response.json()


class TestCreate:
    def test_answers_with_the_whole_todo_its_place_and_its_tag(self, client):
        response = client.post(
            "/v1/todos", json={"title": "  Call Ada ", "tags": ["x", "x", "y"], "dueOn": "2026-12-01"}
        )

        todo = response.json()
        assert response.status_code == 201
        assert response.headers["Location"] == f"/v1/todos/{todo['id']}"
        assert response.headers["ETag"] == '"1"'
        uuid.UUID(todo.pop("id"))
        created = todo.pop("createdAt")
        assert created.endswith("Z")
        assert todo == {
            "title": "Call Ada",
            "notes": "",
            "completed": False,
            "completedAt": None,
            "dueOn": "2026-12-01",
            "dueAt": None,
            "priority": "none",
            "tags": ["x", "y"],
            "list": "inbox",
            "updatedAt": created,
            "version": 1,
            "revision": 1,
        }

    def test_born_completed_has_a_completion_time(self, client):
        assert create(client, completed=True)["completedAt"] is not None

    def test_takes_the_clients_id_once(self, client):
        assert create(client, id=NEW_ID)["id"] == NEW_ID

        again = client.post("/v1/todos", json={"id": NEW_ID, "title": "Again"})

        assert again.status_code == 409
        assert again.json()["code"] == "todo_exists"

    def test_two_users_may_choose_the_same_id(self, client, other):
        create(client, id=NEW_ID)

        assert create(other, id=NEW_ID, title="Mine")["title"] == "Mine"
        assert client.get(f"/v1/todos/{NEW_ID}").json()["title"] == "Water the plants"

    def test_times_are_kept_in_utc_with_milliseconds(self, client):
        assert create(client, dueAt="2026-12-01T10:00:00.123456+02:00")["dueAt"] == "2026-12-01T08:00:00.123Z"

    @pytest.mark.parametrize("due", [{"dueOn": "1900-01-01"}, {"dueOn": "9999-12-31"}])
    def test_the_first_and_the_last_day_are_taken(self, client, due):
        assert create(client, **due)["dueOn"] == due["dueOn"]

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("2026-11-21T10:00:00+14:00", "2026-11-20T20:00:00.000Z"),
            ("2026-11-21T10:00:00-13:59", "2026-11-21T23:59:00.000Z"),
        ],
    )
    def test_the_first_and_the_last_moment_are_taken(self, client, given, kept):
        assert create(client, dueAt=given)["dueAt"] == kept

    def test_text_is_kept_in_its_composed_form(self, client):
        todo = create(
            client, title="Cafe\u0301", notes="Cre\u0300me", tags=["Cafe\u0301", "Caf\u00e9"], list="A\u030a"
        )

        assert (todo["title"], todo["notes"], todo["tags"], todo["list"]) == ("Café", "Crème", ["Café"], "Å")

    def test_text_is_as_long_as_its_composed_form(self, client):
        assert create(client, title="e\u0301" * 500)["title"] == "é" * 500

    def test_notes_of_invisible_characters_are_empty(self, client):
        assert create(client, notes="\u200b\n\ufeff")["notes"] == ""


class TestOldData:
    """A to-do stored before today's rules."""

    @pytest.fixture
    def old(self, client, app):
        stored = Todo(id=NEW_ID, title="Old", due_on=date(26, 11, 29))
        app.state.container.todo_repository.change("user-a", NEW_ID, lambda _: stored)
        return f"/v1/todos/{NEW_ID}"

    def test_a_date_of_the_year_26_is_read_listed_and_exported(self, client, old):
        assert client.get(old).json()["dueOn"] == "0026-11-29"
        assert [todo["dueOn"] for todo in client.get("/v1/todos?sort=due").json()["items"]] == ["0026-11-29"]

    def test_such_a_todo_can_be_changed_and_deleted(self, client, old):
        assert client.patch(old, json={"title": "New"}).json()["dueOn"] == "0026-11-29"
        assert client.patch(old, json={"dueOn": "2026-11-29"}).json()["dueOn"] == "2026-11-29"
        assert client.delete(old).status_code == 204


class TestUnicode:
    @pytest.mark.parametrize(
        ("title", "q"),
        [
            ("Cafe\u0301 au lait", "Caf\u00e9"),
            ("Caf\u00e9 au lait", "CAFE\u0301"),
            ("Hauptstraße", "STRASSE"),
            ("İstanbul", "istanbul"),
            ("\ufb01le", "FILE"),
        ],
    )
    def test_a_search_finds_it_however_it_is_written(self, client, title, q):
        create(client, title=title)

        assert len(client.get("/v1/todos", params={"q": q}).json()["items"]) == 1

    def test_a_list_and_a_tag_are_found_however_they_are_written(self, client):
        create(client, tags=["Caf\u00e9"], list="Cre\u0300me")

        assert len(client.get("/v1/todos", params={"tag": "Cafe\u0301"}).json()["items"]) == 1
        assert len(client.get("/v1/todos", params={"list": "Cr\u00e8me"}).json()["items"]) == 1
        assert len(client.get("/v1/todos", params={"list": "Cre\u0300me"}).json()["items"]) == 1

    def test_imported_text_is_composed_too(self, client):
        todo = {"id": NEW_ID, "title": "Cafe\u0301", "tags": ["e\u0301"], "createdAt": "2026-11-21T10:00:00Z"}

        assert client.post("/v1/todos/import", json={"todos": [todo]}).json()["imported"] == 1

        kept = client.get(f"/v1/todos/{NEW_ID}").json()
        assert (kept["title"], kept["tags"]) == ("Café", ["é"])

    def test_a_name_is_kept_in_its_composed_form(self, client):
        assert client.patch("/v1/users/me", json={"name": "Rene\u0301"}).json()["name"] == "René"


class TestConditionalRequests:
    def test_get_with_the_current_tag_is_not_modified(self, client):
        todo = create(client)

        response = client.get(f"/v1/todos/{todo['id']}", headers={"If-None-Match": 'W/"1"'})

        assert response.status_code == 304
        assert response.content == b""
        assert response.headers["ETag"] == '"1"'

    def test_a_change_under_an_old_tag_fails_and_shows_the_current_state(self, client):
        todo = create(client)
        url = f"/v1/todos/{todo['id']}"
        client.patch(url, json={"title": "Theirs"}, headers={"If-Match": '"1"'})

        response = client.patch(url, json={"title": "Mine"}, headers={"If-Match": '"1"'})

        assert response.status_code == 412
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["ETag"] == '"2"'
        assert response.json()["current"] == client.get(url).json()
        assert response.json()["current"]["title"] == "Theirs"

    @pytest.mark.parametrize("tag", ['"1"', '"7", "1"', "*"])
    def test_a_change_under_a_matching_tag_happens(self, client, tag):
        todo = create(client)

        response = client.patch(f"/v1/todos/{todo['id']}", json={"title": "New"}, headers={"If-Match": tag})

        assert response.status_code == 200
        assert response.headers["ETag"] == '"2"'

    def test_a_weak_tag_never_matches_strongly(self, client):
        todo = create(client)

        response = client.delete(f"/v1/todos/{todo['id']}", headers={"If-Match": 'W/"1"'})

        assert response.status_code == 412

    def test_a_tag_without_quotes_is_malformed(self, client):
        todo = create(client)

        response = client.delete(f"/v1/todos/{todo['id']}", headers={"If-Match": "1"})

        assert response.status_code == 400
        assert response.json()["code"] == "malformed_etag"


class TestPut:
    def test_creates_then_replaces(self, client):
        url = f"/v1/todos/{NEW_ID}"

        created = client.put(url, json={"title": "One", "notes": "n", "priority": "high"})
        replaced = client.put(url, json={"title": "Two"})

        assert (created.status_code, replaced.status_code) == (201, 200)
        assert created.headers["Location"] == url
        assert "Location" not in replaced.headers
        assert replaced.json()["notes"] == ""
        assert replaced.json()["priority"] == "none"
        assert replaced.json()["createdAt"] == created.json()["createdAt"]
        assert replaced.json()["version"] == 2

    def test_create_only_fails_on_what_exists_and_shows_it(self, client):
        url = f"/v1/todos/{NEW_ID}"
        only_create = {"If-None-Match": "*"}
        assert client.put(url, json={"title": "One"}, headers=only_create).status_code == 201

        again = client.put(url, json={"title": "One"}, headers=only_create)

        assert again.status_code == 412
        assert again.json()["current"]["title"] == "One"

    def test_replace_only_never_creates(self, client):
        response = client.put(f"/v1/todos/{NEW_ID}", json={"title": "One"}, headers={"If-Match": '"1"'})

        assert response.status_code == 412
        assert response.json()["current"] is None
        assert client.get(f"/v1/todos/{NEW_ID}").status_code == 404

    def test_a_repetition_spends_no_version(self, client):
        url = f"/v1/todos/{NEW_ID}"
        first = client.put(url, json={"title": "One"}).json()

        assert client.put(url, json={"title": "One"}).json() == first


class TestPatch:
    def test_what_is_absent_is_untouched_and_null_clears(self, client):
        todo = create(
            client, notes="n", dueOn="2026-12-01", tags=["a"], priority="low", list="home", completed=True
        )

        patched = client.patch(
            f"/v1/todos/{todo['id']}",
            json={
                "notes": None,
                "dueOn": None,
                "tags": None,
                "priority": None,
                "list": None,
                "completed": None,
            },
        ).json()

        assert patched["title"] == todo["title"]
        cleared = {
            name: patched[name] for name in ("notes", "dueOn", "tags", "priority", "list", "completed")
        }
        assert cleared == {
            "notes": "", "dueOn": None, "tags": [], "priority": "none", "list": "inbox", "completed": False,
        }  # fmt: skip
        assert patched["completedAt"] is None

    def test_the_title_cannot_be_cleared(self, client):
        todo = create(client)

        response = client.patch(f"/v1/todos/{todo['id']}", json={"title": None})

        assert response.status_code == 422
        assert response.json()["errors"][0]["code"] == "title_required"

    def test_the_completion_time_stays_while_other_fields_change(self, client):
        todo = create(client, completed=True)

        patched = client.patch(f"/v1/todos/{todo['id']}", json={"title": "New", "completed": True}).json()

        assert patched["completedAt"] == todo["completedAt"]

    def test_a_due_moment_takes_the_place_of_a_due_day(self, client):
        todo = create(client, dueOn="2026-12-01")

        patched = client.patch(f"/v1/todos/{todo['id']}", json={"dueAt": "2026-12-01T10:00:00Z"}).json()

        assert patched["dueOn"] is None
        assert patched["dueAt"] == "2026-12-01T10:00:00.000Z"

    def test_clearing_a_due_moment_that_is_not_there_keeps_the_due_day(self, client):
        todo = create(client, dueOn="2026-12-01")

        assert client.patch(f"/v1/todos/{todo['id']}", json={"dueAt": None}).json()["dueOn"] == "2026-12-01"

    def test_an_empty_patch_changes_nothing(self, client):
        todo = create(client)

        assert client.patch(f"/v1/todos/{todo['id']}", json={}).json() == todo

    def test_takes_the_merge_patch_media_type(self, client):
        todo = create(client)

        response = client.patch(
            f"/v1/todos/{todo['id']}",
            content=b'{"title": "New"}',
            headers={"Content-Type": "application/merge-patch+json"},
        )

        assert response.status_code == 200


class TestDelete:
    def test_what_is_deleted_is_gone(self, client):
        url = f"/v1/todos/{create(client)['id']}"

        assert client.delete(url).status_code == 204

        for method in ("get", "delete"):
            assert getattr(client, method)(url).status_code == 410
        assert client.patch(url, json={"title": "x"}).status_code == 410
        assert client.get("/v1/todos").json()["items"] == []

    def test_what_never_was_is_not_found(self, client):
        url = f"/v1/todos/{NEW_ID}"

        for method in ("get", "delete"):
            assert getattr(client, method)(url).status_code == 404
        assert client.patch(url, json={"title": "x"}).status_code == 404


class TestList:
    def test_walks_all_pages_through_cursor_and_link(self, client):
        made = [create(client, title=f"Todo {n}")["id"] for n in range(7)]
        seen, url = [], "/v1/todos?limit=3&completed=false"
        while url:
            response = client.get(url)
            seen += [todo["id"] for todo in response.json()["items"]]
            url = response.links.get("next", {}).get("url")
            assert (url is None) == (response.json()["nextCursor"] is None)

        assert sorted(seen) == sorted(made)

    def test_not_modified_until_something_changes(self, client):
        todo = create(client)
        tag = client.get("/v1/todos").headers["ETag"]
        assert client.get("/v1/todos", headers={"If-None-Match": tag}).status_code == 304

        client.patch(f"/v1/todos/{todo['id']}", json={"completed": True})

        changed = client.get("/v1/todos", headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.headers["ETag"] != tag

    def test_lists_are_private_and_revalidated(self, client):
        headers = client.get("/v1/todos").headers

        assert headers["Cache-Control"] == "private, no-cache"
        assert "Authorization" in headers["Vary"]

    @pytest.mark.parametrize(
        ("params", "titles"),
        [
            ({"completed": "true"}, ["done"]),
            ({"list": "home"}, ["home"]),
            ({"tag": "red"}, ["tagged"]),
            ({"priority": "high"}, ["urgent"]),
            ({"dueBefore": "2026-12-02"}, ["soon"]),
            ({"dueAfter": "2026-12-02T00:00:00Z"}, ["later"]),
            ({"q": "GROSS"}, ["done"]),
            ({"dueAfter": "2026-01-01"}, ["soon", "later"]),
            ({"dueBefore": "2027-01-01"}, ["soon", "later"]),
            ({"sort": "due", "dueAfter": "2026-01-01"}, ["soon", "later"]),
            ({"sort": "created", "dueAfter": "2026-01-01"}, ["later", "soon"]),
            ({"limit": "2"}, ["done", "home"]),
            ({"sort": "due", "limit": "2"}, ["soon", "later"]),
        ],
    )
    def test_narrows(self, client, params, titles):
        create(client, title="done", completed=True, notes="groß")
        create(client, title="home", list="home")
        create(client, title="tagged", tags=["red", "blue"])
        create(client, title="urgent", priority="high")
        create(client, title="later", dueAt="2026-12-03T10:00:00Z")
        create(client, title="soon", dueOn="2026-12-01")

        items = client.get("/v1/todos", params=params).json()["items"]

        assert [todo["title"] for todo in items] == titles

    @pytest.mark.parametrize(
        "change",
        [
            lambda c: c[:-2],
            lambda c: ("B" if c[0] == "A" else "A") + c[1:],
            lambda c: "",
            lambda c: "é" + c,
            lambda c: c + "AAAA",
            lambda c: "!",
        ],
    )
    def test_a_changed_cursor_is_refused(self, client, change):
        for n in range(2):
            create(client, title=str(n))
        cursor = client.get("/v1/todos?limit=1").json()["nextCursor"]

        response = client.get("/v1/todos", params={"limit": 1, "cursor": change(cursor)})

        assert response.status_code == 400
        assert response.json()["code"] == "invalid_cursor"

    def test_a_cursor_belongs_to_its_user_and_its_filters(self, client, other):
        for one in (client, other):
            for n in range(2):
                create(one, title=str(n))
        cursor = client.get("/v1/todos?limit=1").json()["nextCursor"]

        assert client.get("/v1/todos", params={"limit": 50, "cursor": cursor}).status_code == 200
        assert other.get("/v1/todos", params={"limit": 1, "cursor": cursor}).status_code == 400
        assert client.get("/v1/todos", params={"sort": "due", "cursor": cursor}).status_code == 400

    def test_the_order_of_due_bounds_is_that_of_its_cursors(self, client):
        """Left out or given, `due` is one order: a cursor goes on in it, and in no other."""
        for title, day in (("later", "2026-12-03"), ("soon", "2026-12-01"), ("next", "2026-12-02")):
            create(client, title=title, dueOn=day)
        bounded = {"dueAfter": "2026-01-01", "limit": 1}

        first = client.get("/v1/todos", params=bounded)
        cursor = first.json()["nextCursor"]
        link = first.links["next"]["url"]
        get = lambda **params: client.get("/v1/todos", params={**bounded, "cursor": cursor, **params})  # noqa: E731

        assert [todo["title"] for todo in first.json()["items"]] == ["soon"]
        for second in (get(), get(sort="due"), client.get(link)):
            assert [todo["title"] for todo in second.json()["items"]] == ["next"]
        assert get(sort="created").json()["code"] == "invalid_cursor"


class TestIdempotencyKey:
    def test_a_repetition_replays_the_answer_and_creates_nothing(self, client):
        send = lambda: client.post("/v1/todos", json={"title": "Once"}, headers={"Idempotency-Key": "k-1"})  # noqa: E731
        first, second = send(), send()

        assert second.status_code == 201
        assert second.json() == first.json()
        assert second.headers["Location"] == first.headers["Location"]
        assert second.headers["ETag"] == first.headers["ETag"]
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        assert len(client.get("/v1/todos").json()["items"]) == 1

    def test_another_body_is_refused(self, client):
        headers = {"Idempotency-Key": "k-1"}
        client.post("/v1/todos", json={"title": "One"}, headers=headers)

        response = client.post("/v1/todos", json={"title": "Two"}, headers=headers)

        assert response.status_code == 422
        assert response.json()["code"] == "idempotency_key_reused"

    def test_while_the_first_still_runs_the_second_is_a_conflict(self, client, storage):
        storage.operations.complete = lambda *_, **__: None  # the first never ends
        headers = {"Idempotency-Key": "k-1"}
        client.post("/v1/todos", json={"title": "One"}, headers=headers)

        response = client.post("/v1/todos", json={"title": "One"}, headers=headers)

        assert response.status_code == 409
        assert response.json()["code"] == "idempotency_in_progress"

    def test_a_process_that_died_after_creating_does_not_create_twice(self, client, storage, clock):
        storage.operations.complete = lambda *_, **__: None
        headers = {"Idempotency-Key": "k-1"}
        first = client.post("/v1/todos", json={"title": "One"}, headers=headers)
        clock.now += 61  # its claim ran out

        second = client.post("/v1/todos", json={"title": "One"}, headers=headers)

        assert second.json()["id"] == first.json()["id"]
        assert len(client.get("/v1/todos").json()["items"]) == 1

    def test_a_failed_request_gives_the_key_up(self, client, app, monkeypatch):
        def fail(*_: object, **__: object) -> None:
            raise Unavailable

        headers, body = {"Idempotency-Key": "k-1"}, {"id": NEW_ID, "title": "Again"}
        with monkeypatch.context() as outage:
            outage.setattr(app.state.container.todo_repository, "change", fail)
            assert client.post("/v1/todos", json=body, headers=headers).status_code == 503

        assert client.post("/v1/todos", json=body, headers=headers).status_code == 201

    def test_keys_belong_to_their_user(self, client, other):
        headers = {"Idempotency-Key": "k-1"}
        mine = client.post("/v1/todos", json={"title": "One"}, headers=headers).json()

        theirs = other.post("/v1/todos", json={"title": "One"}, headers=headers)

        assert theirs.status_code == 201
        assert theirs.json()["id"] != mine["id"]
        assert "Idempotency-Replayed" not in theirs.headers
