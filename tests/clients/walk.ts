/** What both TypeScript walks need and no client generates: the settings, and uploads straight to S3. */

export const { API = "", EMAIL = "", PASSWORD = "" } = process.env;
export const SMALL = new TextEncoder().encode("hello\n");
/** More than a form takes. */
export const LARGE = 100 * 1024 * 1024 + 1;

const SECONDS = 60;

export function say(step: string, ...values: unknown[]): void {
  console.log(`${step}: ${values.map(String).join(", ")}`);
}

/** The answer that the walk goes on with. */
export function given<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`no ${what}`);
  return value;
}

export async function uploadForm(upload: { url: string; fields: Record<string, string> }): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
  form.append("file", new Blob([SMALL]));
  await sent(await fetch(upload.url, { method: "POST", body: form }));
}

/** Returns what completes the file. */
export async function uploadParts(
  parts: readonly { number: number; size: number; url: string }[],
): Promise<{ number: number; etag: string }[]> {
  const finished = [];
  for (const { number, size, url } of parts) {
    const answer = await sent(await fetch(url, { method: "PUT", body: new Uint8Array(size) }));
    finished.push({ number, etag: given(answer.headers.get("ETag"), "ETag") });
  }
  return finished;
}

/** Looks until the file is not `pending` any more. */
export async function settled<T extends { status: string }>(look: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + SECONDS * 1000; Date.now() < end; ) {
    const file = await look();
    if (file.status !== "pending") return file;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`the file is pending after ${SECONDS} s`);
}

async function sent(answer: Response): Promise<Response> {
  if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
  return answer;
}
