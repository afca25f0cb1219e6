/** Temporary AWS credentials; nothing secret is on the screen before it is asked for. */

import { api, get } from "/app/api.js";
import { copy } from "/app/clipboard.js";
import { fill, h } from "/app/dom.js";
import { time } from "/app/format.js";
import * as session from "/app/session.js";
import { failure, whileBusy } from "/app/ui.js";

export function folderSection() {
  const result = h("div.stack.tight");
  const button = h("button", { type: "button" }, "Get temporary credentials");
  button.addEventListener("click", () =>
    whileBusy(button, "Asking AWS…", async () => fill(result, shown(await ask()))).catch((error) => fill(result, failure(error))),
  );
  return [h("div.actions.start", button), result];
}

/** @returns {Promise<Schemas["FolderAccess"]>} */
async function ask() {
  await get("/v1/users/me"); // renews the tokens if they have expired: the id token goes in the body
  const body = { idToken: session.tokens()?.id_token };
  return (await api("POST", "/v1/users/me/credentials", { body })).data;
}

/** @param {Schemas["FolderAccess"]} access */
function shown(access) {
  const secrets = h("pre", { hidden: true, tabIndex: 0, "aria-label": "Credentials" }, environment(access));
  const reveal = h("button", { type: "button", "aria-expanded": "false", onclick: toggle }, "Show secrets");
  const copying = h("button", { type: "button", onclick: () => copy(environment(access)) }, "Copy for the shell");

  function toggle() {
    secrets.hidden = !secrets.hidden;
    reveal.setAttribute("aria-expanded", String(!secrets.hidden));
    fill(reveal, secrets.hidden ? "Show secrets" : "Hide secrets");
  }

  return [
    h(
      "dl.facts",
      fact("Folder", h("code", `s3://${access.bucket}/${access.prefix}`)),
      fact("Region", access.region),
      fact("Good until", time(access.expiresAt)),
    ),
    h("div.actions.start", reveal, copying),
    secrets,
  ];
}

/** @param {string} name @param {any} value */
const fact = (name, value) => h("div", h("dt", name), h("dd", value));

/** @param {Schemas["FolderAccess"]} access */
function environment({ accessKeyId, secretAccessKey, sessionToken, region }) {
  return [
    `export AWS_ACCESS_KEY_ID=${accessKeyId}`,
    `export AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    `export AWS_SESSION_TOKEN=${sessionToken}`,
    `export AWS_REGION=${region}`,
  ].join("\n");
}
