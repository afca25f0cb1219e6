"""The site of `make run`: files, pages, what is generated, and the API beside them."""

import asyncio
import http.client
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from devstack import mailbox
from devstack.site import API_PATHS, LocalOnly, SameOrigin, site
from project import paths, template
from project.site import SiteConfig, files

HEADERS = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
CONFIG = SiteConfig(
    password_complexity=True,
    region="eu-west-1",
    user_pool_id="eu-west-1_abc",
    user_pool_client_id="client",
    stage="local",
    docs=True,
    mailbox="/_local/mail",
    demo={"email": "demo@example.com", "password": "demo"},
)
ENDPOINT = "http://127.0.0.1:9"
INDEX = "<!doctype html><title>To-dos</title>"
SCRIPT = "export const answer = 42; // ä\n" * 100

Get = Callable[..., httpx.Response]


@pytest.fixture
def web(tmp_path: Path) -> Path:
    root = tmp_path / "web"
    (root / "app").mkdir(parents=True)
    (root / "index.html").write_text(INDEX)
    (root / "app" / "main.js").write_text(SCRIPT, encoding="utf-8")
    (root / "logo.png").write_bytes(b"\x89PNG" + bytes(4000))
    for name in (".secret.js", "jsconfig.json", "types.d.ts"):
        (root / name).write_text("no")
    (tmp_path / "outside.js").write_text("no")
    (root / "link.js").symlink_to(tmp_path / "outside.js")
    return root


async def api(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"API {scope['method']} {scope['path']}")(scope, receive, send)


@pytest.fixture
def get(web: Path) -> Get:
    app = LocalOnly(SameOrigin(site(web, CONFIG, HEADERS, ENDPOINT, "token"), api))

    def request(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, path, headers={"Accept-Encoding": "identity", **named})

        return asyncio.run(call())

    return request


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/admin/imports/7", "/files/", "/v1", "/v2/todos", "/app", "/app/"]
)
def test_every_page_of_the_app_is_its_index(get: Get, path: str) -> None:
    answer = get(path)

    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_dot_makes_a_file_only_of_the_last_part_of_a_path(get: Get) -> None:
    assert get("/lists/v1.2/todos").text == INDEX
    assert get("/lists/v1.2").status_code == 404


def test_a_file_is_served_as_what_it_is(get: Get) -> None:
    answer = get("/app/main.js")

    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert get("/logo.png").headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    "path",
    [
        "/missing.js",
        "/app/missing.css",
        "/app/main.js/x.js",
        "/.secret.js",
        "/app/../.secret.js",
        "/jsconfig.json",
        "/types.d.ts",
        "/link.js",
        "/..%2foutside.js",
        "/%2e%2e/outside.js",
        "/app/..%2f..%2foutside.js",
        "//etc/hosts.js",
        "/%00.js",
        f"/{'a' * 300}.js",
    ],
)
def test_what_is_not_a_file_of_the_site_is_not_found(get: Get, path: str) -> None:
    answer = get(path)

    assert (answer.status_code, answer.text) == (404, "Not Found")


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/app/main.js", "/config.js", "/_local/mail", "/missing.js"]
)
def test_every_answer_of_the_site_has_its_headers_for_each_method(get: Get, path: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        headers = get(path, method).headers

        assert {name: headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/app/main.js", "/config.js", "/_local/mail"])
def test_the_site_is_only_read(get: Get, method: str, path: str) -> None:
    answer = get(path, method)

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["/", "/app/main.js", "/logo.png", "/config.js"])
def test_head_says_the_same_without_a_body(get: Get, path: str) -> None:
    whole, head = get(path), get(path, "HEAD")

    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length", "cache-control"):
        assert head.headers[name] == whole.headers[name]


def test_what_a_browser_has_already_is_not_sent_again(get: Get) -> None:
    first = get("/app/main.js")

    by_tag = get("/app/main.js", If_None_Match=first.headers["etag"])
    by_date = get("/app/main.js", If_Modified_Since=first.headers["last-modified"])

    for again in (by_tag, by_date):
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["cache-control"] == "no-cache"
        assert again.headers["etag"] == first.headers["etag"]
    assert get("/app/main.js", If_None_Match='"other"').status_code == 200


def test_an_answer_without_a_body_has_no_type(get: Get) -> None:
    tag = get("/app/main.js").headers["etag"]

    assert "content-type" not in get("/app/main.js", If_None_Match=tag).headers


def test_an_edit_shows_at_once(get: Get, web: Path) -> None:
    first = get("/app/main.js")
    (web / "app" / "main.js").write_text("edited")
    later = datetime.now(UTC) + timedelta(seconds=5)
    os.utime(web / "app" / "main.js", (later.timestamp(), later.timestamp()))

    for again in (
        get("/app/main.js"),
        get("/app/main.js", If_None_Match=first.headers["etag"]),
        get("/app/main.js", If_Modified_Since=format_datetime(later - timedelta(seconds=2), usegmt=True)),
    ):
        assert (again.status_code, again.text) == (200, "edited")


def test_text_is_compressed_for_who_can_read_it(get: Get) -> None:
    packed = get("/app/main.js", Accept_Encoding="gzip, br")

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.text == SCRIPT
    assert int(packed.headers["content-length"]) < len(SCRIPT) / 10
    assert "content-encoding" not in get("/app/main.js").headers
    assert "content-encoding" not in get("/logo.png", Accept_Encoding="gzip").headers
    assert "content-encoding" not in get("/", Accept_Encoding="gzip").headers  # shorter than is worth it


def test_a_part_of_a_file_is_not_compressed(get: Get) -> None:
    answer = get("/app/main.js", Accept_Encoding="gzip", Range="bytes=0-1999")

    assert answer.status_code == 206
    assert "content-encoding" not in answer.headers
    assert answer.content == SCRIPT.encode()[:2000]


@pytest.mark.parametrize(
    "path", ["/v1/todos", "/v1/", "/docs", "/docs/assets/x.js", "/openapi.json", "/healthz"]
)
def test_the_api_is_on_the_same_origin(get: Get, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = get(path, method)

        assert answer.text == f"API {method} {path}"
        assert HEADERS.keys().isdisjoint(answer.headers)


@pytest.mark.parametrize("path", ["/healthz/x", "/healthzz", "/openapi.json/x", "/v1x", "/app/v1/todos"])
def test_what_only_looks_like_the_api_is_a_page(get: Get, path: str) -> None:
    assert (get(path).status_code, get(path).text) == (200, INDEX)


def test_what_goes_to_the_api_is_what_the_distribution_sends_there() -> None:
    resources = template.load(paths.TEMPLATE)["Resources"]
    config = resources["SiteDistribution"]["Properties"]["DistributionConfig"]

    assert {behaviour["PathPattern"] for behaviour in config["CacheBehaviors"]} == set(API_PATHS)
    assert {behaviour["TargetOriginId"] for behaviour in config["CacheBehaviors"]} == {"api"}
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == "site"


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_no_request_is_the_api_s(web: Path, kind: str) -> None:
    seen: list[str] = []

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    app = LocalOnly(SameOrigin(site(web, CONFIG, HEADERS, ENDPOINT, "token"), listening))
    asyncio.run(app({"type": kind, "path": "/"}, None, None))  # type: ignore[arg-type]

    assert seen == [kind]


def test_the_configuration_is_a_module(get: Get) -> None:
    answer = get("/config.js")

    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert json.loads(answer.text.removeprefix("export default ").removesuffix(";\n")) == {
        "region": "eu-west-1",
        "userPoolId": "eu-west-1_abc",
        "userPoolClientId": "client",
        "apiBase": "",
        "stage": "local",
        "docs": True,
        "passwordComplexity": True,
        "mailbox": "/_local/mail",
        "demo": {"email": "demo@example.com", "password": "demo"},
    }


def test_the_mailbox_shows_what_was_sent(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, str | None]] = []
    mails = [{"to": ["ada@example.com"], "subject": "Welcome!"}]
    monkeypatch.setattr(mailbox, "messages", lambda *asking: asked.append(asking) or mails)

    answer = get("/_local/mail?to=ada%40example.com")

    assert (answer.status_code, answer.json()) == (200, {"messages": mails})
    assert answer.headers["cache-control"] == "no-store"
    assert get("/_local/mail").json() == {"messages": mails}
    assert asked == [(ENDPOINT, "token", "ada@example.com"), (ENDPOINT, "token", None)]


def test_a_mailbox_that_is_out_of_reach_is_said_so(get: Get) -> None:
    answer = get("/_local/mail")

    assert (answer.status_code, answer.text) == (502, "The embedded AWS does not answer.")


@pytest.mark.parametrize(
    "failure", [ConnectionResetError(), TimeoutError(), http.client.BadStatusLine("?"), ValueError("no JSON")]
)
def test_a_mailbox_that_breaks_off_or_answers_nonsense_is_out_of_reach(
    get: Get, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_asked: str | None) -> list[mailbox.Mail]:
        raise failure

    monkeypatch.setattr(mailbox, "messages", fail)

    assert get("/_local/mail").status_code == 502


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8000"},
        {"Host": "localhost.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_gets_no_mail(
    get: Get, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(mailbox, "messages", lambda *_asked: [])

    assert get("/_local/mail", **headers).status_code == 403
    assert (
        get("/_local/mail", Origin="http://127.0.0.1:8000", Sec_Fetch_Site="same-origin").status_code == 200
    )


@pytest.mark.parametrize("path", ["/", "/config.js", "/v1/auth/login", "/docs", "/healthz"])
def test_nothing_answers_to_a_name_that_dns_could_lead_here(get: Get, path: str) -> None:
    assert get(path, Host="evil.example:8000").status_code == 403
    for host in ("localhost:8000", "127.0.0.1:8000", "10.0.2.2:8000", "[::1]:8000"):
        assert get(path, Host=host).status_code == 200


def test_which_origins_may_call_the_api_is_the_api_s_to_say(get: Get) -> None:
    assert get("/v1/todos", Origin="http://evil.example").text == "API GET /v1/todos"


def test_the_files_of_the_site_are_those_that_are_served(get: Get, web: Path) -> None:
    names = [name for name, _ in files(web)]

    assert names == ["app/main.js", "index.html", "logo.png"]
    for name, path in files(web):
        assert get(f"/{name}").content == path.read_bytes()
