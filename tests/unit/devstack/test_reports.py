"""Lines of the emulator's log that are shown."""

from devstack import reports


def test_new_whole_reports_are_shown_once_a_minute(tmp_path):
    log, now = tmp_path / "log", [0.0]
    log.write_text("WARNING noise\n")
    shown = reports.Reports(log, clock=lambda: now[0])
    assert list(shown.new()) == []

    with log.open("a") as file:
        file.write(reports.line("a\nb") + "\n" + reports.line("a\nb") + "\n" + reports.line("half"))
    assert list(shown.new()) == ["a b"]

    with log.open("a") as file:
        file.write(" line\n" + reports.line("a\nb") + "\n")
    assert list(shown.new()) == ["half line"]

    now[0] = 60.0
    with log.open("a") as file:
        file.write(reports.line("a\nb") + "\n")
    assert list(shown.new()) == ["a b"]
