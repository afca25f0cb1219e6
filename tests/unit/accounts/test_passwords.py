"""The rules of new passwords."""

import gzip
import subprocess
import sys

import pytest

from app.errors import Unprocessable
from app.ports.identity import PASSWORD_POLICY
from app.services.passwords import LIST, PasswordRules
from devstack import common_passwords

EMAIL, NAME = "ada.byron+todo@example.com", "Ada Lovelace"


def code_of(password, *, complexity=True, email=EMAIL, name=NAME):
    """The code with which the password is refused, or `None`."""
    try:
        PasswordRules(complexity=complexity).check(password, email, name)
    except Unprocessable as refused:
        [error] = refused.errors
        assert error.pointer == "/password"
        assert password not in error.message
        return error.code
    return None


@pytest.mark.parametrize(
    "password",
    [
        "Correct-Horse-7",
        "Battery-Staple-8",
        "Wrong-Password-9",
        "Zx9!kQ2@pL7#",
        "7391!8264#aB9",
        "Vier Wörter, eine 7",
        "Пароль-Correct-7",
        "x" * 250 + "Aa1!",
    ],
)
def test_a_good_password_is_taken(password):
    assert code_of(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "Corr-Horse7",
        "correct-horse-7",
        "CORRECT-HORSE-7",
        "Correct-Horse-x",
        "CorrectHorse7",
        "Correct Horse 7",
    ],
)
def test_a_password_needs_twelve_characters_of_all_four_kinds(password):
    assert code_of(password) == "password_policy"


def test_letters_and_digits_of_other_scripts_are_no_kind_of_cognitos():
    assert code_of("ÄÖÜ-correct-7x") == "password_policy"
    assert code_of("Correct-Horse-٣") == "password_policy"
    assert code_of("Correct€Horse€7") == "password_policy"


def test_without_complexity_the_length_is_enough():
    assert code_of("correct horse battery", complexity=False) is None
    assert code_of("correct hor", complexity=False) == "password_policy"
    assert code_of("liverpool123", complexity=False) == "password_common"


@pytest.mark.parametrize(
    "password",
    [
        "Password123!",
        "Password1234!",
        "P@ssw0rd1234",
        "$Unsh1ne-1234",
        "Qwerty123456!",
        "1qaz2wsx3edC!",
        "Summer2026!!",
        "Welcome-2026!",
        "Liverpool-2024",
        "2024-Liverpool!",
        "Admin-admin-1",
        "Passwordpassword1!",
        "Abcdefgh123!",
        "Aa1!Aa1!Aa1!",
        "Abc12!Abc12!",
    ],
)
def test_a_common_password_is_refused_with_what_is_put_around_it(password):
    assert code_of(password) == "password_common"


@pytest.mark.parametrize(
    "password",
    [
        "Byron-Horse-77",
        "Horse-bYRON-77",
        "B1yron-Byr0n-7",
        "ada.byron+todo-A1",
        "My-L0vel@ce-77",
        "LOVELACE-horse-7",
    ],
)
def test_a_password_contains_neither_the_address_nor_the_name(password):
    assert code_of(password) == "password_personal"


def test_short_parts_of_an_address_or_a_name_are_in_many_words_by_chance():
    assert code_of("Canada-Horse-77", email="ada@example.com", name="Ada") is None


def test_the_domain_is_not_personal():
    assert code_of("Example-Horse-77") is None


def test_an_account_without_a_name_has_an_address():
    assert code_of("Byron-Horse-77", name=None) == "password_personal"


def test_the_pointer_is_the_fields():
    with pytest.raises(Unprocessable) as refused:
        PasswordRules().check("short", EMAIL, pointer="/newPassword")

    [error] = refused.value.errors
    assert (error.pointer, error.code, error.message) == ("/newPassword", "password_policy", PASSWORD_POLICY)


def test_the_list_is_that_of_the_library():
    """After an update of zxcvbn: python -m devstack.common_passwords."""
    assert gzip.decompress(LIST.read_bytes()).decode().split("\n") == common_passwords.passwords()


def test_the_list_is_read_with_the_first_new_password():
    """Neither it nor the module is part of a cold start."""
    script = "import sys, app.main, app.container; assert 'app.services.passwords' not in sys.modules"

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=60)
