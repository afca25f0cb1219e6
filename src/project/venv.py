"""Make the virtual environment: `python3 src/project/venv.py VENV REQUIREMENTS`.

Run by the Python that is there: it imports nothing of the project, and says in one line what is missing.
"""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

_NEEDED = (3, 11)
_SOURCE = Path(__file__).parents[1].resolve()


def main(venv: Path, requirements: Path) -> int:
    if sys.version_info < _NEEDED:
        return _fail("Python 3.11 or newer is needed. Name one, for example: make PYTHON=python3.12 ...")
    begin = time.monotonic()
    python = venv / "bin" / "python"
    if (reason := _why_unwritable(venv)) is not None:
        return _fail(f"{venv.absolute()} cannot be written to: {reason}")
    if not _works(python):
        _say("Creating the virtual environment")
        if not _succeeds([sys.executable, "-m", "venv", "--clear", str(venv)]):
            return _fail("The virtual environment cannot be made; on Debian and Ubuntu install python3-venv")
    status = _install(python, requirements)
    if status != 0:
        return _fail(f"pip could not install {requirements} (status {status})")
    _make_source_importable(python)
    _say(f"Installed in {time.monotonic() - begin:.0f} s\n")
    return 0


def _why_unwritable(venv: Path) -> str | None:
    try:
        venv.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror
    return None if os.access(venv, os.W_OK) else os.strerror(errno.EACCES)


def _works(python: Path) -> bool:
    """Return whether there is a virtual environment, whose Python is still there and new enough."""
    check = f"import sys, pip; sys.exit(sys.version_info < {_NEEDED})"
    return python.exists() and _succeeds([str(python), "-c", check])


def _succeeds(command: list[str]) -> bool:
    try:
        return (
            subprocess.run(
                command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ).returncode
            == 0
        )
    except OSError:
        return False


def _install(python: Path, requirements: Path) -> int:
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--require-hashes",
    ]
    total = sum(1 for line in requirements.read_text().splitlines() if "==" in line)
    process = subprocess.Popen(
        [*command, "--progress-bar", "off", "-r", str(requirements)], stdout=subprocess.PIPE, text=True
    )
    if process.stdout is not None:
        _show_progress(process.stdout, total)
    return process.wait()


def _show_progress(output: IO[str], total: int) -> None:
    """A count instead of pip's several hundred lines; its errors go to stderr and are seen."""
    seen = 0
    for line in output:
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen += 1
            _say(f"Installing {seen}/{total}", passing=seen % 25 != 0)
        elif line.startswith("Installing collected"):
            _say("Unpacking")


def _make_source_importable(python: Path) -> None:
    """`uvicorn app.main:app` works in any shell, without PYTHONPATH."""
    ask = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip())
    (packages / "src.pth").write_text(f"{_SOURCE}\n")


def _say(text: str, *, passing: bool = False) -> None:
    """On a terminal each text replaces the one before; elsewhere `passing` ones are left out."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)
    elif not passing:
        print(text.rstrip("\n"), flush=True)


def _fail(message: str) -> int:
    print(f"\nError: {message}" if sys.stdout.isatty() else f"Error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
    except KeyboardInterrupt:
        sys.exit(_fail("stopped; the next make goes on"))
