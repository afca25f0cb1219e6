import { get } from "/app/api.js";
import { h } from "/app/dom.js";
import { load } from "/app/region.js";
import * as session from "/app/session.js";
import { stylesheet } from "/app/stylesheet.js";
import { uniqueId } from "/app/ui.js";
import { activitySection } from "./account/activity.js";
import { dataSection } from "./account/data.js";
import { emailSection } from "./account/email.js";
import { folderSection } from "./account/folder.js";
import { leaveSection, sessionsSection } from "./account/leave.js";
import { passwordSection } from "./account/password.js";
import { profileSection } from "./account/profile.js";

export const title = "Account";

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { signal }) {
  const content = h("div.stack");
  view.append(h("h1", title), content);
  await load(content, signal, async () => {
    const [me] = await Promise.all([get("/v1/users/me", { signal }), stylesheet("/styles/pages.css")]);
    session.rename(me.name); // it may have been changed on another device
    return [
      section("Profile", ["Signed in as ", h("strong", me.email), "."], profileSection(me)),
      section("E-mail address", "You prove the new one by a code. The former one can undo it for seven days.", emailSection()),
      section("Password", "You stay signed in here. Others need not.", passwordSection(me)),
      section("Activity", "What happened to your account in 90 days. Is something not yours? Change your password, and sign out everywhere.", activitySection(signal)),
      section("Your data", "Take everything along that is kept on you, or bring your to-dos from another account.", dataSection()),
      section("Own folder", "For developers: temporary AWS keys that read your own folder in S3, and nothing else.", folderSection()),
      section("Sessions", "Ends every session on every device at once, this one included.", sessionsSection()),
      section("Delete account", "Closes the account at once, and erases what is kept on you.", leaveSection(me)),
    ];
  });
}

/** @param {string} name @param {any} about @param {any[]} content */
function section(name, about, ...content) {
  const id = uniqueId("section");
  return h(
    "section.setting",
    { "aria-labelledby": id },
    h("div.setting-head", h("h2", { id }, name), h("p.quietly", about)),
    h("div.card", content),
  );
}
