/** The walk with openapi-generator's typescript-fetch. */

import {
  Configuration,
  FilesApi,
  Priority,
  ProblemFromJSON,
  ResponseError,
  SignInApi,
  Sort,
  ToDosApi,
  type FileCreated,
  type Problem,
} from "./generated/typescript-fetch/index.js";
import { API, EMAIL, LARGE, PASSWORD, SMALL, given, say, settled, uploadForm, uploadParts } from "./walk.js";

async function signIn(): Promise<Configuration> {
  const api = new SignInApi(new Configuration({ basePath: API }));
  const tokens = await api.logIn({ logIn: { email: EMAIL, password: PASSWORD } });
  say("sign-in", tokens.tokenType, tokens.expiresIn);
  return new Configuration({ basePath: API, accessToken: tokens.accessToken });
}

async function todos(api: ToDosApi): Promise<void> {
  const created = await api.createTodoRaw({
    idempotencyKey: crypto.randomUUID(),
    todoCreate: { title: "Buy oat milk", dueOn: new Date(2030, 0, 31), priority: Priority.High },
  });
  const { id, dueOn, priority } = await created.value();
  say("create", created.raw.headers.get("ETag"), day(dueOn), priority);

  const { items, nextCursor } = await api.listTodos({ sort: Sort.Due, dueBefore: "2030-02-01" });
  say("list", items.map((todo) => todo.title), nextCursor);

  await api.updateTodo({ id, ifMatch: '"1"', todoPatch: { completed: true } });
  const problem = await refusal(api.updateTodo({ id, ifMatch: '"1"', todoPatch: { title: "?" } }));
  say(String(problem.status), problem.code, given(problem.current, "current").version);

  const cleared = await api.updateTodo({ id, ifMatch: '"2"', todoPatch: { dueOn: null } });
  say("clear the due date", cleared.dueOn, cleared.version);
}

/** A `date` is the start of that day where the program runs. */
function day(date: Date | null): string {
  const local = given(date, "due date");
  return new Date(Date.UTC(local.getFullYear(), local.getMonth(), local.getDate())).toISOString().slice(0, 10);
}

async function refusal(request: Promise<unknown>): Promise<Problem> {
  try {
    await request;
  } catch (error) {
    if (error instanceof ResponseError) return ProblemFromJSON(await error.response.json());
    throw error;
  }
  throw new Error("not refused");
}

async function create(api: FilesApi, size: number): Promise<FileCreated> {
  const fileCreate = { name: `${size}.bin`, contentType: "application/octet-stream", size };
  return api.createFile({ idempotencyKey: crypto.randomUUID(), fileCreate });
}

async function byForm(api: FilesApi): Promise<void> {
  const { file, upload } = await create(api, SMALL.length);
  if (upload?.kind !== "form") throw new Error("no form");
  await uploadForm(upload);
  const { status, size } = await settled(() => api.getFile({ id: file.id }));
  say("upload by form", status, size);
}

async function byParts(api: FilesApi): Promise<void> {
  const { file, upload } = await create(api, LARGE);
  if (upload?.kind !== "parts") throw new Error("no parts");
  const parts = await uploadParts(upload.parts);
  await api.completeFile({ id: file.id, fileComplete: { parts } });
  const { status, size } = await settled(() => api.getFile({ id: file.id }));
  say("upload by parts", status, size, parts.length);
}

const configuration = await signIn();
await todos(new ToDosApi(configuration));
await byForm(new FilesApi(configuration));
await byParts(new FilesApi(configuration));
