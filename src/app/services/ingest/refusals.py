"""Why a file is not imported at all."""


class FileRefused(Exception):
    """The file cannot be read to its end, so nothing of it is stored. The reason is a stable code; `line` says
    where, and `detail` more about it in a sentence, if that is known.

    Reasons: `empty`, `zip_or_xlsx`, `not_text`, `not_a_table`, `not_utf8`, `nul`, `line_too_long`, `field_too_long`,
    `too_many_columns`, `no_header`, `no_email_column`, `wrapped_list`, `malformed_header`, `unclosed_quote`,
    `malformed_json`, `malformed_gzip`, `gzip_in_gzip`, `gzip_bomb`, `too_large`, `object_gone`, `object_replaced`.
    """

    def __init__(self, reason: str, line: int | None = None, detail: str | None = None) -> None:
        self.reason = reason
        self.line = line
        self.detail = detail
        super().__init__(reason)
