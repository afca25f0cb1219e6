"""A page that a developer visits while `make run` is up, and that tries all that a browser lets it send."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Response

SEEDED = "hostile-page-target"
"""A queue and a bucket that exist before the page is opened."""

_ATTACKS = """
async ({ aws, app, events, bucket }) => {
  const key = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host" +
    "&X-Amz-Expires=604800&X-Amz-Signature=" + "0".repeat(64);
  const as = (service, user = "test") =>
    `${key}&X-Amz-Credential=${user}%2F20260101%2Fus-east-1%2F${service}%2Faws4_request`;
  const header = (service) => ({ Authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/" + service +
    "/aws4_request, SignedHeaders=host, Signature=" + "0".repeat(64) });
  const code = JSON.stringify({ FunctionName: "hostile", Runtime: "python3.11", Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/hostile", Code: { ZipFile: "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==" } });
  const form = (fields) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    return data;
  };
  const blind = (url, options = {}) => fetch(url, { mode: "no-cors", ...options });
  const query = (action) => new URLSearchParams(`Action=${action}&QueueName=hostile&UserName=hostile`);

  const sent = [
    // code that would run as the developer
    () => blind(`${aws}/?${as("iam")}`, { method: "POST", body: new URLSearchParams({ Action: "CreateRole",
      Version: "2010-05-08", RoleName: "hostile", AssumeRolePolicyDocument: JSON.stringify({ Statement: [
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }] }) }) }),
    ...["test", "000000000000", ""].map((user) => () => blind(
      `${aws}/2015-03-31/functions?${as("lambda", user)}`, { method: "POST", body: code })),
    () => blind(`${aws}/2015-03-31/functions`, { method: "POST", body: code }),
    () => fetch(`${aws}/2015-03-31/functions`, { method: "POST", body: code, headers: header("lambda") }),
    // calls in a form's encoding
    () => blind(`${aws}/?${as("sqs")}`, { method: "POST", body: query("CreateQueue") }),
    () => blind(`${aws}/?${as("iam")}`, { method: "POST", body: query("CreateUser") }),
    () => blind(`${aws}/?Action=CreateQueue&QueueName=hostile&${as("sqs")}`),
    () => fetch(`${aws}/`, { method: "POST", body: "{}", headers: {
      ...header("dynamodb"), "X-Amz-Target": "DynamoDB_20120810.ListTables",
      "Content-Type": "application/x-amz-json-1.0" } }),
    () => fetch(`${aws}/`, { method: "POST", body: "{}", headers: {
      "X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp", "Content-Type": "application/x-amz-json-1.1" } }),
    // the emulator's own routes
    () => blind(`${aws}/_ministack/config`, { method: "POST", body: "{}" }),
    () => fetch(`${aws}/_ministack/ses/messages`),
    () => fetch(`${aws}/_ministack/health`),
    () => fetch(`${aws}/health`),
    () => navigator.sendBeacon(`${aws}/_ministack/config`, "{}"),
    // buckets
    () => fetch(`${aws}/?${as("s3")}`),
    () => fetch(`${aws}/`, { headers: header("s3") }),
    () => fetch(`${aws}/${bucket}?list-type=2&${as("s3")}`),
    () => fetch(`${aws}/${bucket}/a.txt`),
    () => fetch(`${aws}/hostile?${as("s3")}`, { method: "PUT" }),
    () => blind(`${aws}/${bucket}`, { method: "POST", body: form({ key: "hostile", file: "x" }) }),
    () => blind(`${aws}/${bucket}`, { method: "POST", body: form({ key: "hostile", policy: "e30=",
      "x-amz-credential": "test/20260101/us-east-1/s3/aws4_request", "x-amz-algorithm": "AWS4-HMAC-SHA256",
      "x-amz-date": "20260101T000000Z", "x-amz-signature": "0".repeat(64), file: "x" }) }),
    // the mailbox of the app
    ...(app ? [() => fetch(`${app}/_local/mail`), () => blind(`${app}/_local/mail`)] : []),
  ];
  const read = [];
  for (const attack of sent) {
    try {
      const answer = await attack();
      if (answer?.ok) read.push(answer.url);
    } catch { /* refused by the browser */ }
  }

  const embedded = (tag, attributes, url) => new Promise((resolve) => {
    const element = Object.assign(document.createElement(tag), attributes, { onload: resolve, onerror: resolve });
    document.body.append(element);
    setTimeout(resolve, 3000);
  });
  const readable = [`${aws}/_ministack/ses/messages`, `${aws}/${bucket}/a.txt`];
  for (const url of app ? [...readable, `${app}/_local/mail`] : readable) {
    await embedded("img", { src: url });
    await embedded("script", { src: url });
    await embedded("iframe", { src: url });
  }
  const posted = async (action, enctype, fields) => {
    const frame = Object.assign(document.createElement("iframe"), { name: `f${Math.random()}` });
    const target = frame.name;
    const element = Object.assign(document.createElement("form"), { action, method: "POST", enctype, target });
    for (const [name, value] of Object.entries(fields)) {
      element.append(Object.assign(document.createElement("input"), { name, value }));
    }
    document.body.append(frame, element);
    const loaded = new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 3000); });
    element.submit();
    await loaded;
  };
  const encoded = "application/x-www-form-urlencoded";
  await posted(`${aws}/`, encoded, { Action: "CreateQueue", QueueName: "hostile-form" });
  await posted(`${aws}/?${as("sqs")}`, encoded, { Action: "CreateQueue", QueueName: "hostile-form" });
  await posted(`${aws}/2015-03-31/functions?${as("lambda")}`, "text/plain", { [code.slice(0, -1) + ',"x":"']: '"}' });
  await posted(`${aws}/${bucket}`, "multipart/form-data", { key: "hostile-form", file: "x" });
  await posted(`${aws}/_ministack/config`, "text/plain", { "{}": "" });

  const opened = [];
  for (const [url, protocols] of events) {
    await new Promise((resolve) => {
      const socket = new WebSocket(url, protocols);
      socket.onopen = () => { opened.push(url); socket.close(); resolve(); };
      socket.onerror = socket.onclose = resolve;
      setTimeout(resolve, 3000);
    });
  }
  // last, as it would take the evidence along
  try { await blind(`${aws}/_ministack/reset`, { method: "POST" }); } catch { /* refused by the browser */ }
  await posted(`${aws}/_ministack/reset`, "text/plain", { a: "b" });
  return { read, opened, tried: sent.length + 9 + 6 + events.length };
}
"""


@dataclass
class Outcome:
    tried: int = 0
    read: list[str] = field(default_factory=list)
    """What the page could read."""
    opened: list[str] = field(default_factory=list)
    """The WebSockets that were opened."""
    answered: list[str] = field(default_factory=list)
    """What was answered with success, whether or not the page could read it."""

    @property
    def successes(self) -> list[str]:
        return [*self.read, *self.opened, *self.answered]


@dataclass(frozen=True)
class Targets:
    aws: str
    events: str
    """The host of an API of AppSync Events, with its port."""
    app: str | None = None
    bucket: str = SEEDED


def attack(browser: Browser, page_at: str, targets: Targets) -> Outcome:
    """Open the hostile page at `page_at`, a URL that is answered here, and let it try."""
    outcome = Outcome()
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.route(page_at, lambda route: route.fulfill(body="<!doctype html><body>", content_type="text/html"))

    def note(response: Response) -> None:
        url = urlsplit(response.url)
        if response.status < 400 and response.url != page_at and url.scheme in ("http", "https"):
            outcome.answered.append(f"{response.request.method} {response.url}: {response.status}")

    context.on("response", note)
    page.goto(page_at)
    sockets = [
        [f"ws://{targets.events}/event/realtime", ["aws-appsync-event-ws"]],
        [f"{targets.aws.replace('http', 'ws')}/event/realtime", ["aws-appsync-event-ws"]],
    ]
    given = {"aws": targets.aws, "app": targets.app, "bucket": targets.bucket, "events": sockets}
    result: dict[str, Any] = page.evaluate(_ATTACKS, given)
    outcome.tried, outcome.read, outcome.opened = result["tried"], result["read"], result["opened"]
    context.close()
    return outcome
