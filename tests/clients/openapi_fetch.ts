/** The walk with openapi-typescript and openapi-fetch. */

import createClient from "openapi-fetch";

import type { components, paths } from "./generated/openapi-fetch/schema.js";
import { API, EMAIL, LARGE, PASSWORD, SMALL, given, say, settled, uploadForm, uploadParts } from "./walk.js";

const api = createClient<paths>({ baseUrl: API });

async function signIn(): Promise<void> {
  const { data } = await api.POST("/v1/auth/login", { body: { email: EMAIL, password: PASSWORD } });
  const tokens = given(data, "tokens");
  api.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${tokens.access_token}`);
    },
  });
  say("sign-in", tokens.token_type, tokens.expires_in);
}

async function todos(): Promise<void> {
  const created = await api.POST("/v1/todos", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { title: "Buy oat milk", dueOn: "2030-01-31", priority: "high" },
  });
  const { id, dueOn, priority } = given(created.data, "to-do");
  say("create", created.response.headers.get("ETag"), dueOn, priority);

  const listed = await api.GET("/v1/todos", { params: { query: { sort: "due", dueBefore: "2030-02-01" } } });
  const { items, nextCursor } = given(listed.data, "list");
  say("list", items.map((todo) => todo.title), nextCursor);

  const path = { id };
  await api.PATCH("/v1/todos/{id}", { params: { path, header: { "If-Match": '"1"' } }, body: { completed: true } });
  const stale = await api.PATCH("/v1/todos/{id}", {
    params: { path, header: { "If-Match": '"1"' } },
    body: { title: "?" },
  });
  const problem = given(stale.error, "problem");
  if (!("code" in problem)) throw new Error("refused by the gateway");
  say(String(stale.response.status), problem.code, given(problem.current, "current").version);

  const cleared = await api.PATCH("/v1/todos/{id}", {
    params: { path, header: { "If-Match": '"2"' } },
    body: { dueOn: null },
  });
  const todo = given(cleared.data, "to-do");
  say("clear the due date", todo.dueOn, todo.version);
}

async function create(size: number): Promise<components["schemas"]["FileCreated"]> {
  const { data } = await api.POST("/v1/files", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { name: `${size}.bin`, contentType: "application/octet-stream", size },
  });
  return given(data, "file");
}

async function look(id: string): Promise<components["schemas"]["FileOut"]> {
  const { data } = await api.GET("/v1/files/{id}", { params: { path: { id } } });
  return given(data, "file");
}

async function byForm(): Promise<void> {
  const { file, upload } = await create(SMALL.length);
  if (upload?.kind !== "form") throw new Error("no form");
  await uploadForm(upload);
  const { status, size } = await settled(() => look(file.id));
  say("upload by form", status, size);
}

async function byParts(): Promise<void> {
  const { file, upload } = await create(LARGE);
  if (upload?.kind !== "parts") throw new Error("no parts");
  const parts = await uploadParts(upload.parts);
  await api.POST("/v1/files/{id}/complete", { params: { path: { id: file.id } }, body: { parts } });
  const { status, size } = await settled(() => look(file.id));
  say("upload by parts", status, size, parts.length);
}

await signIn();
await todos();
await byForm();
await byParts();
