import { chip } from "./layout.js";

/** @type {Record<Schemas["ImportStatus"], { name: string, tone: string }>} */
const STATUSES = {
  pending: { name: "Waiting for the file", tone: "warn" },
  running: { name: "Running", tone: "warn" },
  previewed: { name: "Previewed", tone: "" },
  completed: { name: "Done", tone: "good" },
  failed: { name: "Failed", tone: "bad" },
};

/** @param {Pick<Schemas["ImportOut"], "status">} item */
export const isSettled = ({ status }) => ["previewed", "completed", "failed"].includes(status);

/** @param {Pick<Schemas["ImportOut"], "status" | "previewOf">} item */
export function statusChip({ status, previewOf }) {
  const { name, tone } = status === "pending" && previewOf ? { name: "Waiting", tone: "warn" } : STATUSES[status];
  return chip(name, tone);
}

/** @type {Record<string, string>} */
const REASONS = {
  abandoned: "It showed no progress for hours; see the dead letters",
  ambiguous_date: "The date can be read in two ways",
  card_number: "A card number was dropped",
  control_character: "It has control characters",
  date_format: "This is no date",
  date_range: "The date is in the future or before 1850",
  email_format: "This is no e-mail address",
  empty: "The file is empty",
  field_too_long: "A field is too long",
  gzip_bomb: "It unpacks to far more than it should",
  gzip_in_gzip: "It is compressed with gzip twice",
  internal_error: "It failed every time, for a reason that is in the log",
  invalid_text: "Damaged characters were replaced",
  line_break: "Line breaks are not allowed",
  line_too_long: "A line is too long",
  locale_format: "This is no language tag",
  malformed_csv: "The row cannot be read",
  malformed_gzip: "The gzip data are damaged",
  malformed_header: "The header cannot be read",
  malformed_json: "This is not JSON",
  no_email_column: "There is no column for the e-mail address",
  no_header: "The first row is no row of headers",
  not_a_table: "This is no table: neither CSV nor JSON",
  not_an_object: "This is no record with named fields",
  not_storable: "The row is too large to be stored",
  not_text: "This must be text",
  not_utf8: "The text is not in UTF-8",
  nul: "It has NUL characters",
  object_gone: "The file was deleted before it was read",
  object_replaced: "The file was replaced while it was read",
  phone_format: "This is no telephone number",
  phone_invalid: "No telephone number like this exists",
  phone_needs_country: "A national telephone number needs the country of its row",
  required: "The value is missing",
  row_too_large: "The row is too large",
  secret_column: "The column holds secrets and was dropped",
  too_deep: "It is nested too deeply",
  too_large: "The file is too large",
  too_long: "This is too long",
  too_many_columns: "There are too many columns",
  too_many_values: "There are more values than columns",
  unavailable: "A part of the service did not answer; see the dead letters",
  unclosed_quote: "A quotation mark is never closed",
  unknown_country: "This is no country",
  unknown_locale: "This is no known language or region",
  wrapped_list: "The records are in a list within one object",
  zip_or_xlsx: "This is a zip archive or a workbook; save it as CSV",
};

/** What a code of the API means; one that is new to this page stands for itself. */
/** @param {string} code */
export const reason = (code) => REASONS[code] ?? code.replaceAll("_", " ");
