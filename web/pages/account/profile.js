import { api } from "/app/api.js";
import { follow } from "/app/drafts.js";
import * as session from "/app/session.js";
import { isBlank } from "/app/text.js";
import { field, form, toast } from "/app/ui.js";

/** @type {("name" | "phone" | "locale" | "timeZone")[]} */
const FIELDS = ["name", "phone", "locale", "timeZone"];
const LOCALES = `ar bg bn ca cs da de de-AT de-CH el en en-AU en-CA en-GB en-IN en-US es es-AR es-MX et fa fi fr fr-CA
  fr-CH he hi hr hu id it ja ko lt lv ms nb nl nl-BE pl pt pt-BR pt-PT ro ru sk sl sr sv sw ta th tr uk ur vi zh-CN
  zh-HK zh-TW`;

/** @param {Schemas["Me"]} me */
export function profileSection(me) {
  let known = me;

  /** @param {Record<string, string>} values */
  async function save(values) {
    const body = changes(known, values);
    if (Object.keys(body).length > 0) ({ data: known } = await api("PATCH", "/v1/users/me", { body }));
    session.rename(known.name);
    own.drop();
    toast("Profile saved.");
  }

  const element = form(
    { label: "Profile", submit: "Save profile", busy: "Saving…", send: save },
    field("Name", { name: "name", autocomplete: "name", maxLength: 100, value: me.name ?? "" }),
    field("Phone", {
      name: "phone",
      type: "tel",
      autocomplete: "tel",
      value: me.phone ?? "",
      hint: "With the country's code, such as +44 20 7946 0000.",
    }),
    field("Language", { name: "locale", tag: "select", value: me.locale ?? "", options: languages(me.locale) }),
    field("Time zone", { name: "timeZone", tag: "select", value: me.timeZone ?? "", options: timeZones(me.timeZone) }),
  );
  const own = follow(element, "profile");
  return element;
}

/** A merge patch: only what differs, and `null` for what was emptied. */
/** @param {Schemas["Me"]} me @param {Record<string, string>} values */
function changes(me, values) {
  const name = isBlank(values.name) ? "" : values.name;
  /** @type {Record<string, string>} */
  const wanted = { ...values, name, phone: values.phone.replace(/[\s()./-]/g, "") };
  const differing = FIELDS.filter((name) => (wanted[name] || null) !== me[name]);
  return Object.fromEntries(differing.map((name) => [name, wanted[name] || null]));
}

/** @param {string | null} current */
function languages(current) {
  const names = new Intl.DisplayNames(navigator.language, { type: "language" });
  const tags = new Set([...LOCALES.split(/\s+/), ...navigator.languages, ...(current ? [current] : [])]);
  const options = [...tags].map((tag) => [tag, names.of(tag) ?? tag]);
  return [["", "Not set"], ...options.sort(([, one], [, other]) => one.localeCompare(other))];
}

/** @param {string | null} current */
function timeZones(current) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = new Set([here, "UTC", ...Intl.supportedValuesOf("timeZone"), ...(current ? [current] : [])]);
  return [["", "Not set"], ...[...zones].map((zone) => [zone, zone.replaceAll("_", " ") + (zone === here ? " (here)" : "")])];
}
