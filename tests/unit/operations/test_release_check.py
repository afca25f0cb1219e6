"""After a deployment the release publishes the site and looks from outside; either can fail it."""

import pytest

from operations import publish, smoke
from operations.release import __main__ as release
from operations.stacks import Stack
from project.errors import StackError


def stack(**parameters: str) -> Stack:
    given = {"Stage": "test", "DocsEnabled": "", **parameters}
    return Stack("app-test", "UPDATE_COMPLETE", "", given, frozenset(), {}, {})


@pytest.fixture
def published(monkeypatch):
    """The stacks whose site was published; `published.refusal` is why one cannot be."""

    class Published(list):
        refusal = None

    stacks = Published()

    def publish_site(cloud, name):
        stacks.append(name)
        if stacks.refusal:
            raise StackError(stacks.refusal)
        return "https://app.example.com"

    monkeypatch.setattr(publish, "publish", publish_site)
    return stacks


@pytest.fixture
def looked(monkeypatch):
    """The requests made from outside, and their targets."""
    seen = []

    def look(client, checks):
        seen.append((str(client.base_url), [title for title, _ in checks]))

    monkeypatch.setattr(smoke, "smoke", look)
    return seen


def test_the_site_is_published_before_anybody_looks(published, looked):
    release._publish_and_check(None, stack())

    assert published == ["app-test"]
    [(url, titles)] = looked
    assert url == "https://app.example.com"
    assert "the site is there and protected" in titles


def test_a_site_that_cannot_be_published_is_a_failure(published, looked):
    published.refusal = "web has no index.html"

    with pytest.raises(StackError, match=r"web has no index\.html"):
        release._publish_and_check(None, stack())
    assert looked == []


@pytest.mark.parametrize(
    ("parameters", "there"),
    [
        ({"Stage": "test"}, True),
        ({"Stage": "prod"}, False),
        ({"Stage": "prod", "DocsEnabled": "true"}, True),
        ({"Stage": "test", "DocsEnabled": "false"}, False),
    ],
)
def test_documents_are_looked_for_where_the_stage_has_them(published, looked, parameters, there):
    release._publish_and_check(None, stack(**parameters))

    titles = looked[0][1]
    assert ("it documents itself" in titles, "it hides its documents" in titles) == (there, not there)


def test_an_account_is_used_only_when_both_its_parts_are_given(published, looked, monkeypatch):
    monkeypatch.setenv("SMOKE_EMAIL", "smoke@example.com")
    monkeypatch.setenv("SMOKE_PASSWORD", "")
    release._publish_and_check(None, stack())
    monkeypatch.setenv("SMOKE_PASSWORD", "secret")
    release._publish_and_check(None, stack())

    assert ["an account keeps to-dos" in titles for _, titles in looked] == [False, True]
