"""The conditions of accepting a token. The refusals stand in `hostile_tokens`."""

import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.auth.jwks import Jwks
from app.auth.memory import TokenMemory
from app.auth.principal import Principal
from app.auth.verifier import TokenVerifier
from app.errors import Unauthenticated
from unit.auth.hostile_tokens import Make, cases
from unit.auth.token_forge import (
    ABSENT,
    CLAIMS,
    CLIENT_ID,
    HEADER,
    JTI,
    NOW,
    SITE_CLIENT_ID,
    SUB,
    Clock,
    Source,
    b64,
    jwk,
    key_set,
    of_length,
    token,
    verifier,
    with_claims,
    with_header,
)

VALID = token()
SHARED = verifier()
PLAIN_REFUSAL = Unauthenticated()


def refusal(given_verifier: TokenVerifier, text: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as raised:
        given_verifier.verify(text)
    return raised.value


def is_plain(error: Unauthenticated) -> bool:
    return vars(error) == vars(PLAIN_REFUSAL) and type(error) is Unauthenticated and error.__cause__ is None


def test_the_token_of_a_signed_in_user_names_its_principal() -> None:
    principal = verifier().verify(VALID)

    assert principal == Principal(
        user_id=SUB,
        username="ada",
        groups=frozenset({"admin", "beta"}),
        client_id=CLIENT_ID,
        token_id=JTI,
        issued_at=int(NOW) - 100,
        signed_in_at=int(NOW) - 100,
        expires_at=int(NOW) + 3600,
        token=VALID,
    )
    assert VALID not in repr(principal)


@pytest.mark.parametrize("make", cases())
def test_a_hostile_token_gets_the_one_refusal(make: Make) -> None:
    assert is_plain(refusal(SHARED, make()))


@pytest.mark.parametrize(
    "accepted",
    [
        pytest.param(lambda: with_header(typ="JWT"), id="typ JWT"),
        pytest.param(lambda: with_header(typ="jwt"), id="typ in lower case"),
        pytest.param(lambda: with_header(note=[{"a": 1}]), id="an unknown header parameter"),
        pytest.param(lambda: with_claims(exp=NOW + 0.5), id="half a second left"),
        pytest.param(lambda: with_claims(iat=NOW + 60), id="iat within the clock skew"),
        pytest.param(lambda: with_claims(iat=float(NOW)), id="iat as a fraction"),
        pytest.param(lambda: with_claims(iat=0), id="iat at the epoch"),
        pytest.param(lambda: with_claims(nbf=NOW + 60), id="nbf within the clock skew"),
        pytest.param(lambda: with_claims(auth_time=ABSENT, origin_jti=ABSENT), id="no auth_time"),
        pytest.param(lambda: with_claims(sub="a" * 64), id="the longest sub"),
        pytest.param(lambda: with_claims(extra=[[[[[[[1]]]]]]]), id="nested 8 deep"),
        pytest.param(lambda: of_length(8 * 1024), id="8 KiB"),
        pytest.param(lambda: with_claims(username="Zoë"), id="a name beyond ASCII"),
    ],
)
def test_what_the_standards_and_cognito_allow_is_accepted(accepted: Make) -> None:
    assert SHARED.verify(accepted()).client_id == CLIENT_ID


def test_the_token_of_each_client_is_accepted_and_names_it() -> None:
    assert [SHARED.verify(with_claims(client_id=name)).client_id for name in (CLIENT_ID, SITE_CLIENT_ID)] == [
        CLIENT_ID,
        SITE_CLIENT_ID,
    ]


def test_username_and_jti_may_be_absent() -> None:
    principal = SHARED.verify(with_claims(username=ABSENT, jti=ABSENT))

    assert (principal.username, principal.token_id) == ("", "")


@pytest.mark.parametrize(
    ("auth_time", "since"),
    [(NOW - 5000, NOW - 5000), (ABSENT, NOW - 100), (NOW + 50, NOW - 100), (NOW - 100.5, NOW - 101)],
)
def test_a_session_begins_at_the_sign_in_not_at_the_refresh(auth_time: object, since: float) -> None:
    assert SHARED.verify(with_claims(auth_time=auth_time)).signed_in_at == int(since)


@pytest.mark.parametrize("auth_time", ["1", None, True, [], 1e999])
def test_a_sign_in_at_no_time_is_refused(auth_time: object) -> None:
    with pytest.raises(Unauthenticated):
        SHARED.verify(with_claims(auth_time=auth_time))


def test_fractions_of_a_second_are_cut() -> None:
    principal = SHARED.verify(with_claims(iat=NOW - 100.5, exp=NOW + 3600.5))

    times = (principal.issued_at, principal.expires_at)
    assert times == (int(NOW) - 101, int(NOW) + 3600)


@pytest.mark.parametrize("groups", [ABSENT, None, "admin", {"admin": 1}, ["admin", 1], [["admin"]], 1])
def test_groups_that_are_not_a_list_of_strings_grant_nothing(groups: object) -> None:
    assert SHARED.verify(with_claims(**{"cognito:groups": groups})).groups == frozenset()


@pytest.mark.parametrize("error", [TimeoutError(), ValueError("secret"), RecursionError(), KeyError("keys")])
def test_without_any_key_an_outage_is_the_one_refusal(error: Exception) -> None:
    source = Source()
    source.error = error

    assert is_plain(refusal(verifier(jwks=Jwks("", fetch=source)), VALID))


def test_a_refused_header_or_claim_costs_no_fetch() -> None:
    source = Source(jwk())
    strict = verifier(jwks=Jwks("", fetch=source))

    for text in (
        with_header(alg="none"),
        with_header(kid=ABSENT),
        with_claims(exp=NOW),
        with_claims(iss="https://evil.example"),
    ):
        refusal(strict, text)

    assert source.fetches == 0


def test_a_refusal_does_not_tell_which_rule_was_broken() -> None:
    """Not even where a traceback is printed."""
    trace = "".join(traceback.format_exception(refusal(SHARED, with_claims(iss="https://evil.example"))))

    assert "Unauthenticated" in trace
    assert "RefusedTokenError" not in trace


def test_nothing_of_a_token_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    source = Source()
    source.error = OSError(VALID)

    refusal(verifier(jwks=Jwks("", fetch=source)), VALID)

    (record,) = [record for record in caplog.records if record.name.startswith("app")]
    assert (record.getMessage(), record.exc_info) == ("key set not fetched: OSError", None)
    assert VALID not in caplog.text


# Remembered tokens


def test_a_verified_token_is_recalled_and_another_is_not() -> None:
    remembering = verifier()
    principal = remembering.verify(VALID)

    assert remembering.recall(VALID) is principal
    assert remembering.recall(with_claims(jti="other")) is None
    assert remembering.recall(VALID + "A") is None


@pytest.mark.parametrize("text", ["", "x" * 9000, "é", "\ud800"])
def test_recalling_nonsense_is_none(text: str) -> None:
    assert SHARED.recall(text) is None


def test_a_refused_token_is_not_remembered() -> None:
    remembering = verifier()
    text = token(key="evil")
    refusal(remembering, text)

    assert remembering.recall(text) is None


def test_no_token_is_recalled_from_its_exp_on() -> None:
    clock = Clock()
    remembering = verifier(clock)
    remembering.verify(VALID)

    clock.now = CLAIMS["exp"] - 0.001
    assert remembering.recall(VALID) is not None
    clock.now = CLAIMS["exp"]
    assert remembering.recall(VALID) is None
    clock.now = NOW
    assert remembering.recall(VALID) is None, "an expired entry is forgotten"


def test_a_token_is_forgotten_when_its_key_is_withdrawn() -> None:
    clock, source = Clock(0), Source(jwk("key-1"), jwk("key-2"))
    remembering = verifier(jwks=Jwks("", fetch=source, clock=clock))
    second = token({**HEADER, "kid": "key-2"}, key="key-2")
    remembering.verify(VALID)
    remembering.verify(second)

    source.document = key_set(jwk("key-2"), jwk("key-3"))
    remembering.verify(token({**HEADER, "kid": "key-3"}, key="key-3"))

    assert remembering.recall(VALID) is None
    assert remembering.recall(second) is not None
    assert is_plain(refusal(remembering, VALID))


def test_a_token_is_forgotten_when_its_key_id_names_another_key() -> None:
    clock, source = Clock(0), Source(jwk("key-1"))
    remembering = verifier(jwks=Jwks("", fetch=source, clock=clock))
    remembering.verify(VALID)

    source.document = key_set(jwk("key-1", n=jwk("key-2")["n"]), jwk("key-3"))
    remembering.verify(token({**HEADER, "kid": "key-3"}, key="key-3"))

    assert remembering.recall(VALID) is None


def test_recalling_does_not_hide_a_key_set_past_its_time() -> None:
    clock, source = Clock(0), Source(jwk())
    remembering = verifier(jwks=Jwks("", ttl=100, fetch=source, clock=clock))
    remembering.verify(VALID)

    clock.now = 100
    assert remembering.recall(VALID) is None
    remembering.verify(VALID)

    assert source.fetches == 2
    assert remembering.recall(VALID) is not None


@pytest.mark.parametrize("use", ["recalled", "verified again"])
def test_the_memory_is_bounded_and_keeps_what_is_used(use: str) -> None:
    jwks = Jwks("", fetch=Source(jwk()), clock=Clock(0))
    key = jwks.key("key-1")
    principal = verifier().verify(VALID)
    memory = TokenMemory(jwks, Clock(), capacity=2)
    first, second, third = (
        Principal(SUB, "", frozenset(), "", "", 0, 0, principal.expires_at, text) for text in ("1", "2", "3")
    )

    memory.remember(first, "key-1", key)
    memory.remember(second, "key-1", key)
    if use == "recalled":
        memory.recall("1")
    else:
        memory.remember(first, "key-1", key)
    memory.remember(third, "key-1", key)

    assert memory.recall("1") is first
    assert memory.recall("2") is None
    assert memory.recall("3") is third


def test_threads_may_verify_and_recall_at_once() -> None:
    shared = verifier()
    texts = [with_claims(jti=str(i)) for i in range(40)]

    def serve(text: str) -> str:
        return (shared.recall(text) or shared.verify(text)).token_id

    with ThreadPoolExecutor(8) as pool:
        served = list(pool.map(serve, texts * 5))

    assert served == [str(i) for i in range(40)] * 5


# Properties

letters = st.characters(max_codepoint=255)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(VALID) - 1), letters)
def test_a_token_with_one_letter_changed_never_verifies(position: int, letter: str) -> None:
    text = VALID[:position] + letter + VALID[position + 1 :]
    assume(text != VALID)

    assert is_plain(refusal(SHARED, text))


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(VALID)), st.integers(0, len(VALID)), st.text(letters, max_size=4))
def test_a_token_with_a_piece_replaced_never_verifies(start: int, end: int, piece: str) -> None:
    text = VALID[: min(start, end)] + piece + VALID[max(start, end) :]
    assume(text != VALID)

    assert is_plain(refusal(SHARED, text))


SEGMENTS = [*VALID.split("."), *with_claims(sub="someone-else").split("."), "", b64(b"{}")]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(SEGMENTS), max_size=5))
def test_segments_recombined_from_valid_tokens_never_verify(segments: list[str]) -> None:
    text = ".".join(segments)
    assume(text not in (VALID, with_claims(sub="someone-else")))

    assert is_plain(refusal(SHARED, text))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2), st.integers(0, 63), st.sampled_from(["=", "==", "\n", " ", "A", "+", "/"]))
def test_a_segment_encoded_otherwise_never_verifies(index: int, position: int, insertion: str) -> None:
    segments = VALID.split(".")
    segments[index] = segments[index][:-position] + insertion + segments[index][-position:]

    assert is_plain(refusal(SHARED, ".".join(segments)))


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.sampled_from([*CLAIMS, "nbf", "aud"]), json_values, max_size=4))
def test_edited_claims_signed_by_another_key_never_verify(changes: dict[str, object]) -> None:
    assert is_plain(refusal(SHARED, token(claims={**CLAIMS, **changes}, key="evil")))


@settings(deadline=None, max_examples=300)
@given(
    st.dictionaries(st.sampled_from([*HEADER, "typ", "x"]), json_values | st.just("jwt"), max_size=1),
    st.dictionaries(
        st.sampled_from([*CLAIMS, "nbf"]), json_values | st.floats(NOW - 90, NOW + 90), max_size=2
    ),
)
def test_what_the_issuer_signs_is_refused_plainly_or_meets_every_rule(
    header: dict[str, object], claims: dict[str, object]
) -> None:
    sent = {**CLAIMS, **claims}
    verified, refused = None, PLAIN_REFUSAL
    try:
        verified = SHARED.verify(token({**HEADER, **header}, sent))
    except Unauthenticated as error:
        refused = error

    assert is_plain(refused)
    if verified is not None:
        exact = ("iss", "token_use", "client_id")
        assert [sent[name] for name in exact] == [CLAIMS[name] for name in exact]
        assert sent["iat"] <= NOW + 60
        assert sent.get("nbf", 0) <= NOW + 60
        assert sent["exp"] > max(NOW, sent["iat"])
        assert header.get("typ", "JWT").upper() == "JWT"
