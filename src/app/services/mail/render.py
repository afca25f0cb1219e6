"""Render mail from Jinja2 templates, compiled once per process, with the first mail of their kind.

Of each kind there is a text, whose first line is the subject, and an HTML page. A translation stands beside them:
`welcome.de.txt` and `welcome.de.html` are taken for the locales `de`, `de-AT`, ...; else those without a language.
"""

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.models.mail import Mail
from app.ports.delivery import MailContent, MailRefused

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parents[2] / "templates"


class Renderer:
    """`site` is the URL of the pages that mails link to."""

    def __init__(self, folder: Path = _TEMPLATES, *, site: str = "") -> None:
        self._folder = folder
        self._site = site

    @cached_property
    def _environment(self) -> "Environment":
        """Imported late: Jinja2 takes longer to load than all else here."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

        environment = Environment(
            loader=FileSystemLoader(self._folder),
            autoescape=select_autoescape(["html"], default=False),
            undefined=StrictUndefined,
            finalize=_printable,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["moment"] = _moment
        environment.globals["site"] = self._site
        return environment

    def render(self, mail: Mail) -> MailContent:
        """Raises:
        MailRefused: its data is not what its templates ask for.
        """
        from jinja2 import UndefinedError

        name = self._name(mail)
        try:
            subject, _, text = self._template(f"{name}.txt", mail).partition("\n")
            html = self._template(f"{name}.html", mail)
        except (UndefinedError, TypeError, ValueError):
            raise MailRefused("data_does_not_fit") from None
        return MailContent(subject, text.lstrip("\n"), html)

    def _name(self, mail: Mail) -> str:
        language = (mail.locale or "").replace("_", "-").partition("-")[0].lower()
        translated = f"{mail.kind}.{language}"
        return translated if f"{translated}.txt" in self._available else mail.kind

    @cached_property
    def _available(self) -> frozenset[str]:
        return frozenset(self._environment.list_templates())

    def _template(self, name: str, mail: Mail) -> str:
        return self._environment.get_template(name).render(mail.data)


def _printable(value: object) -> object:
    """Replace control characters, to prevent header injection."""
    if isinstance(value, str) and not value.isprintable():
        return "".join(char if char.isprintable() else " " for char in value)
    return value


def _moment(value: str) -> str:
    """`2026-11-21T04:31:00.000Z` as people write it."""
    moment = datetime.fromisoformat(value).astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
