"""Administrators and accounts."""

import uuid

import pytest

from app.models.users import UserQuery
from support.contract import operations
from support.files import TEXT, create, eventually
from support.people import sign_up

ADMIN_OPERATIONS = [operation for operation in operations() if operation.path.startswith("/v1/admin/")]


def audited(admin, action, target):
    entries = admin.request("GET", "/v1/admin/audit?limit=100").json()["items"]
    return [entry for entry in entries if (entry["action"], entry["target"]) == (action, target)]


def test_finds_users_by_the_start_of_the_address_a_page_at_a_time(api, admin, unique):
    people = [sign_up(api, f"{unique}-{number}@example.com") for number in range(3)]

    first = admin.request("GET", "/v1/admin/users", params={"email": unique.upper(), "limit": 2})
    second = admin.request("GET", first.headers["Link"].partition(">")[0][1:])

    assert [user["id"] for user in first.json()["items"]] == [person.id for person in people[:2]]
    assert [user["id"] for user in second.json()["items"]] == [people[2].id]
    assert second.json()["nextCursor"] is None
    assert "Link" not in second.headers


def test_finds_the_disabled_ones(api, admin, unique):
    people = [sign_up(api, f"{unique}-{number}@example.com") for number in range(2)]
    admin.request("POST", f"/v1/admin/users/{people[0].id}/disable")

    found = {
        status: admin.request("GET", f"/v1/admin/users?email={unique}&status={status}").json()["items"]
        for status in ("active", "disabled")
    }

    assert [user["id"] for user in found["disabled"]] == [people[0].id]
    assert [user["id"] for user in found["active"]] == [people[1].id]


def test_a_cursor_is_bound_to_its_filters(api, admin, unique):
    for number in range(2):
        sign_up(api, f"{unique}-{number}@example.com")
    cursor = admin.request("GET", f"/v1/admin/users?email={unique}&limit=1").json()["nextCursor"]

    for query in (f"email={unique}x", f"email={unique}&status=active", ""):
        stolen = admin.request("GET", f"/v1/admin/users?{query}&limit=1&cursor={cursor}")
        assert (stolen.status_code, stolen.json()["code"]) == (400, "invalid_cursor")
    assert admin.request("GET", f"/v1/admin/audit?cursor={cursor}").status_code == 400


def test_what_is_done_to_an_account_is_on_record(admin, member):
    done = admin.request("POST", f"/v1/admin/users/{member.id}/disable")
    admin.request("POST", f"/v1/admin/users/{member.id}/enable")

    (entry,) = audited(admin, "user.disable", member.id)
    assert entry["requestId"] == done.headers["X-Request-Id"]
    assert (entry["actorId"], entry["actorEmail"]) == (admin.id, admin.email)
    assert entry["outcome"] == "succeeded"
    assert len(audited(admin, "user.enable", member.id)) == 1


def test_what_was_tried_in_vain_is_on_record(admin):
    unknown = str(uuid.uuid4())

    assert admin.request("POST", f"/v1/admin/users/{unknown}/disable").status_code == 404

    (entry,) = audited(admin, "user.disable", unknown)
    assert entry["outcome"] == "failed"


@pytest.mark.parametrize(("method", "act"), [("POST", "/disable"), ("DELETE", "")])
def test_administrators_cannot_lock_themselves_out(admin, method, act):
    refused = admin.request(method, f"/v1/admin/users/{admin.id}{act}")

    assert (refused.status_code, refused.json()["code"]) == (409, "own_account")
    assert admin.request("GET", "/v1/users/me").status_code == 200


def test_a_deleted_user_is_gone(api, admin, member):
    member.create_todo()

    assert admin.request("DELETE", f"/v1/admin/users/{member.id}").status_code == 204

    assert admin.request("GET", f"/v1/admin/users/{member.id}").status_code == 404
    assert member.request("GET", "/v1/users/me").status_code == 401
    assert admin.request("GET", f"/v1/admin/users?email={member.email}").json()["items"] == []
    (entry,) = audited(admin, "user.delete", member.id)
    assert entry["outcome"] == "succeeded"


def test_deleting_an_unknown_user_is_not_found(admin):
    assert admin.request("DELETE", f"/v1/admin/users/{uuid.uuid4()}").status_code == 404


def test_stats_follow_what_people_do(api, stack, admin):
    """DynamoDB's by the stream of the Users table, through the deployed function."""
    eventually(lambda: totals(admin), lambda found: found == recorded(stack))  # also by the tests before
    before = totals(admin)
    person = sign_up(api)
    gone, _ = person.create_todo(), person.create_todo()
    person.request("DELETE", f"/v1/todos/{gone['id']}")
    create(person)

    wanted = {"users": 1, "todos": 1, "files": 1, "bytes": len(TEXT)}
    eventually(lambda: totals(admin), lambda found: found == {n: before[n] + wanted[n] for n in wanted})

    admin.request("DELETE", f"/v1/admin/users/{person.id}")
    eventually(lambda: totals(admin), lambda found: found == before)


def totals(admin):
    stats = admin.request("GET", "/v1/admin/stats").json()
    return {name: stats[name] for name in ("users", "todos", "files", "bytes")}


def recorded(stack):
    """The sums over the records themselves."""
    storage = stack.app().state.container.storage
    users = list(every_user(storage.users))
    used = [storage.files.used(user.id) for user in users]
    return {
        "users": len(users),
        "todos": sum(user.todo_count for user in users),
        "files": sum(quota.files for quota in used),
        "bytes": sum(quota.size for quota in used),
    }


def every_user(users):
    position = None
    while True:
        page = users.search(UserQuery(), limit=100, position=position)
        yield from page.items
        if (position := page.position) is None:
            return


def test_the_audit_is_read_a_page_at_a_time(admin, member):
    for act in ("disable", "enable", "disable"):
        admin.request("POST", f"/v1/admin/users/{member.id}/{act}")

    pages = [admin.request("GET", "/v1/admin/audit?limit=1")]
    for _ in range(2):
        pages.append(admin.request("GET", f"/v1/admin/audit?limit=1&cursor={pages[-1].json()['nextCursor']}"))

    entries = [entry for page in pages for entry in page.json()["items"]]
    assert [entry["action"] for entry in entries] == ["user.disable", "user.enable", "user.disable"]
    assert {entry["target"] for entry in entries} == {member.id}


@pytest.mark.parametrize("operation", ADMIN_OPERATIONS, ids=[operation.id for operation in ADMIN_OPERATIONS])
def test_others_are_refused_before_anything_is_looked_at(member, operation):
    path = operation.path.format(id="no such thing")

    for body in (b"{", b""):
        response = member.request(operation.method.upper(), path, content=body)
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "PURGE"])
@pytest.mark.parametrize("path", ["/v1/admin", "/v1/admin/", "/v1/admin/xyz", "/v1/admin/users/1/2/3"])
def test_others_learn_nothing_of_what_there_is_not(api, admin, member, method, path):
    assert member.request(method, path).status_code == 403
    assert api.request(method, path).status_code == 401
    assert admin.request(method, path).status_code == 404


def test_an_administrator_who_signed_out_everywhere_is_none(api, stack):
    person = sign_up(api)
    stack.clients().cognito.admin_add_user_to_group(
        UserPoolId=stack.env["USER_POOL_ID"], Username=person.email, GroupName="admin"
    )
    person.sign_in()
    assert person.request("GET", "/v1/admin/stats").status_code == 200

    person.request("POST", "/v1/auth/logout-all")

    assert person.request("GET", "/v1/admin/stats").status_code == 401
