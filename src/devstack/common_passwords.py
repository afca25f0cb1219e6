"""Write `src/app/services/common_passwords.txt.gz`: the passwords that people choose most.

    python -m devstack.common_passwords

They are the list of `zxcvbn`, from real leaks, in lower case. The functions get only this list: the package takes
60 ms to import and 14 MB of memory, and seconds for a password that was made to keep it busy. The list takes 10 ms,
once it is needed.
"""

import gzip

from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

from app.services.passwords import LIST


def passwords() -> list[str]:
    return sorted(FREQUENCY_LISTS["passwords"])


def main() -> None:
    LIST.write_bytes(gzip.compress("\n".join(passwords()).encode(), mtime=0))


if __name__ == "__main__":
    main()
