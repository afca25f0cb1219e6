"""Dead letters: from a poisoned queue to a mended one, through the front door and the emulator's own triggers."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from integration.admin.conftest import eventually
from support.credentials import CREDENTIALS


def mail_to(address: str) -> str:
    message = {"kind": "account_deleted", "to": address, "id": uuid.uuid4().hex, "data": {}}
    return json.dumps(message)


def mails_at(stack, address):
    found = httpx.get(
        f"{stack.endpoint}/_ministack/ses/messages", headers=CREDENTIALS.control_headers, timeout=60
    ).json()["messages"]
    return [mail for mails in found.values() for mail in mails if address in json.dumps(mail)]


def test_a_poison_message_ends_among_the_dead_letters_with_its_reason(stack, clients, admin, listed, unique):
    poison = f"not json {unique}"
    clients.sqs.send_message(QueueUrl=stack.env["EMAIL_QUEUE_URL"], MessageBody=poison)

    letter = eventually(lambda: listed(payload=poison))

    assert (letter["queue"], letter["truncated"], letter["attempts"]) == ("email", False, 1)
    assert letter["reason"]
    counts = admin.request("GET", "/v1/admin/dead-letters?queue=email").json()["counts"]
    assert counts["email"] >= 1


def test_a_redriven_letter_is_worked_on_again(stack, admin, dead_letter, listed, unique):
    address = f"{unique}@example.com"
    letter_id = dead_letter(mail_to(address), reason="SES was away", attempts="5")
    assert (listed(letter_id)["reason"], listed(letter_id)["attempts"]) == ("SES was away", 5)

    assert admin.request("POST", f"/v1/admin/dead-letters/{letter_id}/redrive").status_code == 204

    assert len(eventually(lambda: mails_at(stack, address))) == 1
    assert listed(letter_id) is None
    assert admin.request("POST", f"/v1/admin/dead-letters/{letter_id}/redrive").status_code == 404


def test_a_poison_message_that_is_redriven_comes_back(stack, clients, admin, listed, unique):
    poison = f"not json {unique}"
    clients.sqs.send_message(QueueUrl=stack.env["EMAIL_QUEUE_URL"], MessageBody=poison)
    first = eventually(lambda: listed(payload=poison))

    admin.request("POST", f"/v1/admin/dead-letters/{first['id']}/redrive")
    second = eventually(lambda: listed(payload=poison))

    assert second["id"] != first["id"]
    assert second["reason"] == first["reason"]


def test_all_are_redriven_at_once(stack, admin, dead_letter, unique):
    addresses = [f"{unique}-{number}@example.com" for number in range(13)]
    for address in addresses:
        dead_letter(mail_to(address))

    answer = admin.request("POST", "/v1/admin/dead-letters/redrive?queue=email")

    assert answer.status_code == 200
    assert answer.json()["moved"] >= len(addresses)
    for address in addresses:
        assert len(eventually(lambda: mails_at(stack, address))) == 1  # noqa: B023 - run at once
    (entry,) = [
        entry
        for entry in admin.request("GET", "/v1/admin/audit").json()["items"]
        if entry["requestId"] == answer.headers["X-Request-Id"]
    ]
    assert (entry["action"], entry["target"]) == ("dead_letters.redrive", "email")
    assert entry["details"] == {"moved": answer.json()["moved"]}


def test_one_queue_is_redriven_and_the_other_left_alone(admin, dead_letter, listed, unique):
    letter_id = dead_letter(f"not json {unique}", queue="ingest")

    admin.request("POST", "/v1/admin/dead-letters/redrive?queue=email")

    assert listed(letter_id)["queue"] == "ingest"


def test_a_discarded_letter_is_gone_for_good(admin, dead_letter, listed, unique):
    letter_id, other = dead_letter(f"a {unique}", reason="malformed"), dead_letter(f"b {unique}")

    discarded = admin.request("DELETE", f"/v1/admin/dead-letters/{letter_id}")

    assert discarded.status_code == 204
    assert listed(letter_id) is None
    assert listed(other) is not None
    (entry,) = [
        entry
        for entry in admin.request("GET", "/v1/admin/audit").json()["items"]
        if entry["target"] == letter_id
    ]
    assert (entry["action"], entry["outcome"]) == ("dead_letter.discard", "succeeded")
    assert (entry["details"]["queue"], entry["details"]["reason"]) == ("email", "malformed")


def test_looking_at_the_wrong_queue_finds_nothing(admin, dead_letter, listed, unique):
    letter_id = dead_letter(unique)

    assert admin.request("DELETE", f"/v1/admin/dead-letters/{letter_id}?queue=ingest").status_code == 404

    assert listed(letter_id) is not None


def test_a_long_payload_is_shown_in_part(admin, dead_letter, listed, unique):
    letter_id = dead_letter(unique + "ä" * 20_000)

    letter = listed(letter_id)

    assert letter["payload"] == unique + "ä" * (4096 - len(unique))
    assert letter["truncated"] is True


@pytest.mark.parametrize("query", ["queue=other", "limit=0", "limit=101", "cursor=x"])
def test_bad_parameters_are_refused(admin, query):
    assert admin.request("GET", f"/v1/admin/dead-letters?{query}").status_code == 422


@pytest.mark.parametrize("letter_id", ["..", "a b", "%00", "x" * 101])
def test_an_impossible_id_is_refused(admin, letter_id):
    assert admin.request("DELETE", f"/v1/admin/dead-letters/{letter_id}").status_code in (404, 422)


def test_two_administrators_at_once_deal_with_a_letter_once(stack, admin, dead_letter, unique):
    address = f"{unique}@example.com"
    letter_id = dead_letter(mail_to(address))

    def redrive(_number: int) -> int:
        """Retry while the letters are in flight: each call waits for them a few seconds."""
        path = f"/v1/admin/dead-letters/{letter_id}/redrive"
        return eventually(lambda: (status := admin.request("POST", path).status_code) != 409 and status)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(redrive, range(2)))

    assert sorted(answers) == [204, 404]
    assert len(eventually(lambda: mails_at(stack, address))) == 1
