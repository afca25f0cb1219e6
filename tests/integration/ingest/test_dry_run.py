"""A dry run through the front door: seen, corrected, run once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import httpx
import pytest

from app.services.admin import previews
from support.ingest import eventually

LINES = ["Kontakt,Mobile,Password", "{},+44 20 7946 0000,hunter2", "nobody,,"]


@pytest.fixture
def dry_run(api, admin, ingest) -> str:
    """The path of a dry run that has ended, of a file whose e-mail column has an unknown name."""
    body = "\n".join(LINES).format(ingest.address("ada")).encode()
    request = {"name": f"{uuid.uuid4()}.csv", "contentType": "text/csv", "size": len(body), "dryRun": True}
    created = api.post("/v1/admin/imports", json=request, headers=admin).json()
    assert created["import"]["dryRun"] is True
    assert uploaded(created["upload"], body).status_code == 204
    path = f"/v1/admin/imports/{created['import']['id']}"
    eventually(lambda: api.get(path, headers=admin).json()["status"] == "previewed")
    return path


def test_a_dry_run_is_seen_corrected_and_run_once(api, admin, ingest, dry_run):
    seen = api.get(dry_run, headers=admin).json()
    assert (seen["rows"], seen["accepted"], seen["rejected"]) == (2, 0, 2)
    assert [reject["reason"] for reject in seen["rejects"]] == ["required", "required"]
    preview = api.get(f"{dry_run}/preview", headers=admin).json()
    assert [(column["header"], column["target"]) for column in preview["columns"]] == [
        ("Kontakt", "attribute"),
        ("Mobile", "phone"),
        ("Password", "dropped"),
    ]
    assert (preview["rows"], preview["duplicates"], preview["columnsLeftOut"]) == ([], 0, 0)
    assert ingest.row("ada") is None

    mapping = {"Kontakt": "email", "Mobile": "attribute", "Password": "dropped"}
    run = lambda body: api.post(f"{dry_run}/run", json=body, headers=admin)  # noqa: E731
    unfit = run({"mapping": {"Kontact": "email", "Password": "email"}})
    first = run({"mapping": mapping})

    assert (unfit.status_code, [error["pointer"] for error in unfit.json()["errors"]]) == (
        422,
        ["/mapping/Kontact", "/mapping/Password"],
    )
    assert (first.status_code, first.json()["previewOf"]) == (201, seen["id"])
    path = first.headers["Location"]
    assert path == f"/v1/admin/imports/{first.json()['id']}"
    done = eventually(lambda: ended(api.get(path, headers=admin).json()))
    assert (done["status"], done["rows"], done["accepted"], done["rejected"]) == ("completed", 2, 1, 1)
    row = ingest.row("ada")
    assert (row.phone, row.attributes) == (None, {"Mobile": "+44 20 7946 0000"})
    again, other = run({"mapping": mapping}), run({})
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (201, done["id"], "completed")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "no_email_column")
    changed = run({"mapping": {"Kontakt": "email"}})
    assert (changed.status_code, changed.json()["code"]) == (409, "import_already_run")
    assert changed.json()["importId"] == done["id"]
    after = api.get(dry_run, headers=admin).json()
    assert (after["status"], after["runId"]) == ("previewed", done["id"])
    assert api.get(f"{dry_run}/preview", headers=admin).json() == preview


def test_a_day_after_its_end_a_dry_run_can_neither_be_seen_nor_run(api, admin, dry_run, monkeypatch):
    ends = datetime.fromisoformat(api.get(dry_run, headers=admin).json()["expiresAt"])
    mapping = {"mapping": {"Kontakt": "email"}}

    monkeypatch.setattr(previews, "now", lambda: ends)
    seen, run = (
        api.get(f"{dry_run}/preview", headers=admin),
        api.post(f"{dry_run}/run", json=mapping, headers=admin),
    )
    monkeypatch.setattr(previews, "now", lambda: ends - timedelta(milliseconds=1))
    before = api.get(f"{dry_run}/preview", headers=admin)

    assert [(answer.status_code, answer.json()["code"]) for answer in (seen, run)] == [
        (410, "preview_expired")
    ] * 2
    assert before.status_code == 200
    assert api.get(dry_run, headers=admin).json()["runId"] is None


def test_the_preview_shows_an_international_address_as_all_answers_do(api, admin, ingest):
    domain = f"bücher.{ingest.domain}"
    body = f"email\nada@{domain}\nada@xn--bcher-kva.{ingest.domain}\n".encode()
    request = {"name": f"{uuid.uuid4()}.csv", "contentType": "text/csv", "size": len(body), "dryRun": True}
    created = api.post("/v1/admin/imports", json=request, headers=admin).json()
    uploaded(created["upload"], body)
    path = f"/v1/admin/imports/{created['import']['id']}"
    eventually(lambda: api.get(path, headers=admin).json()["status"] == "previewed")

    preview = api.get(f"{path}/preview", headers=admin).json()
    api.post(f"{path}/run", json={}, headers=admin)

    assert [row["email"] for row in preview["rows"]] == [f"ada@{domain}", f"ada@{domain}"]
    assert preview["duplicates"] == 1
    stored = f"ada@xn--bcher-kva.{ingest.domain}"
    assert eventually(lambda: ingest.user_data.get(stored)).email == stored


def test_a_repetition_with_its_key_gets_the_same_answer(api, admin, ingest, dry_run):
    headers = {**admin, "Idempotency-Key": uuid.uuid4().hex}
    run = lambda target: api.post(  # noqa: E731
        f"{dry_run}/run", json={"mapping": {"Kontakt": target}}, headers=headers
    )
    first, again, reused = run("email"), run("email"), run("name")

    assert again.json()["id"] == first.json()["id"]
    assert [answer.headers.get("Idempotency-Replayed") for answer in (first, again)] == [None, "true"]
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert ingest.wait_for("ada").phone == "+442079460000"


def test_of_two_runs_at_once_one_is_made_and_another_mapping_is_refused(api, admin, ingest, dry_run):
    mappings = [
        {"Kontakt": "email", "Mobile": target} for target in ("phone", "dropped", "attribute", "name")
    ]
    together = Barrier(len(mappings))

    def run(mapping: dict) -> httpx.Response:
        together.wait(60)
        return api.post(f"{dry_run}/run", json={"mapping": mapping}, headers=admin)

    with ThreadPoolExecutor(len(mappings)) as pool:
        answers = list(pool.map(run, mappings))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    (made,) = (number for number, answer in enumerate(answers) if answer.status_code == 201)
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
        "import_already_run"
    }
    same = run_again(api, admin, dry_run, {**mappings[made], "Password": "dropped"})
    assert (same.status_code, same.json()["id"]) == (201, answers[made].json()["id"])
    ingest.wait_for("ada")


def run_again(api, admin, path: str, mapping: dict) -> httpx.Response:
    return api.post(f"{path}/run", json={"mapping": mapping}, headers=admin)


def test_an_import_that_is_no_dry_run_has_no_preview_and_no_run(api, admin):
    request = {"name": "people.csv", "contentType": "text/csv", "size": 9}
    created = api.post("/v1/admin/imports", json=request, headers=admin).json()["import"]
    path = f"/v1/admin/imports/{created['id']}"

    seen = api.get(f"{path}/preview", headers=admin)
    run = api.post(f"{path}/run", json={}, headers=admin)
    target = api.post(f"{path}/run", json={"mapping": {"Land/Region ~": "mail"}}, headers=admin)

    assert (seen.status_code, seen.json()["code"]) == (404, "not_found")
    assert (run.status_code, run.json()["code"]) == (409, "import_not_previewed")
    assert (target.status_code, target.json()["errors"][0]["pointer"]) == (422, "/mapping/Land~1Region ~0")
    assert api.post(f"/v1/admin/imports/{uuid.uuid4()}/run", json={}, headers=admin).status_code == 404


def uploaded(form: dict, body: bytes) -> httpx.Response:
    return httpx.post(form["url"], data=form["fields"], files={"file": body}, timeout=60)


def ended(record: dict) -> dict | None:
    return record if record["status"] in ("completed", "failed") else None
