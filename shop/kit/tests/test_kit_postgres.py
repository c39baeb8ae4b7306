import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from shop_kit import postgres
from shop_kit.postgres import Binaries, PostgresError
from shop_kit.testing import Postgres, free_port


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", 15),
        ("postgres (PostgreSQL) 16.2\n", 16),
        ("postgres (PostgreSQL) 19devel\n", 19),
        ("mysqld  Ver 8.0.36\n", None),
        ("", None),
    ],
)
def test_the_major_version_is_read(text: str, major: int | None) -> None:
    assert postgres.major_version(text) == major


def test_the_newest_is_taken_and_too_old_ones_are_not() -> None:
    old, new, newer = (Binaries(Path(f"/pg/{major}"), major) for major in (13, 14, 17))
    assert postgres.newest([old, new, newer]) == newer
    assert postgres.newest([new]) == new
    assert postgres.newest([old]) is None
    assert postgres.newest([]) is None


def test_the_machines_own_postgres_comes_before_the_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, wheel = Binaries(Path("/usr/pg"), 15), Binaries(Path("/wheel"), 16)
    monkeypatch.setattr(postgres, "_machine_folders", lambda: "machine")
    monkeypatch.setattr(postgres, "_wheel_folders", lambda: "wheel")
    found = {"machine": [machine], "wheel": [wheel]}
    monkeypatch.setattr(postgres, "_inspect", lambda folders: found[folders])
    assert postgres.find() == machine
    found["machine"] = []
    assert postgres.find() == wheel
    found["wheel"] = [Binaries(Path("/wheel"), 13)]
    with pytest.raises(PostgresError, match=r"found: 13 in /wheel.*apt-get install postgresql"):
        postgres.find()


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear all")
    with pytest.raises(PostgresError, match="not Postgres's; give an empty"):
        postgres.prepare(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


def test_settings_for_another_postgres_are_not_passed_on() -> None:
    ours = {"PATH": "/bin", "PGDATA": "/other", "PGPORT": "1", "LC_MESSAGES": "de_DE"}
    assert postgres._environment(ours) == {"PATH": "/bin", "LC_ALL": "C"}


@pytest.mark.parametrize("port", ["0", "65536", "five", "-1"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shop_kit.postgres", "--data", str(tmp_path), f"--port={port}"]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 2
    assert f"'{port}' is not a port; write a number from 1 to 65535" in answer.stderr


async def accepts(server: Postgres, within_s: float = 20.0) -> None:
    """Until it takes connections: the port opens a moment before that."""
    async with asyncio.timeout(within_s):
        while True:
            with suppress(asyncpg.CannotConnectNowError):
                return await server.sql("SELECT 1")
            await asyncio.sleep(0.01)


@pytest.mark.integration
async def test_only_the_role_shop_gets_in_and_it_owns_its_database(postgres: Postgres) -> None:
    await accepts(postgres)
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'catalogue'"
    assert await postgres.value(owner) == "shop"
    assert await postgres.value("SELECT rolsuper FROM pg_roles WHERE rolname = 'shop'") is False
    assert await postgres.value("SHOW server_encoding") == "UTF8"
    assert await postgres.value("SHOW fsync") == "on"
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(f"postgresql://postgres@127.0.0.1:{postgres.port}/postgres")


@pytest.mark.integration
async def test_what_was_written_outlives_a_stop(postgres: Postgres) -> None:
    await accepts(postgres)
    await postgres.sql("CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('so')")
    postgres.stop()
    postgres.start()
    await accepts(postgres)
    assert await postgres.value("SELECT word FROM kept") == "so"
    await postgres.sql("DROP TABLE kept")


@pytest.mark.integration
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_as_root_a_folder_out_of_reach_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    command = [sys.executable, "-m", "shop_kit.postgres"]
    arguments = ["--data", str(closed / "data"), "--port", str(free_port())]
    answer = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=30)
    assert answer.returncode == 2
    assert "cannot enter" in answer.stderr
    assert "chmod o+x" in answer.stderr


DIES_WITH_ITS_PARENT = """
import ctypes, os, signal, sys
from pathlib import Path
from shop_kit.postgres import become, unprivileged_user
libc = ctypes.CDLL(None)
libc.prctl(1, signal.SIGKILL, 0, 0, 0)
user = unprivileged_user()
become(user, Path(sys.argv[1]))
left = ctypes.c_int()
libc.prctl(2, ctypes.byref(left), 0, 0, 0)
print(left.value, os.getuid() == user.pw_uid, os.getgroups())
"""


@pytest.mark.integration
@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_as_another_user_it_still_dies_with_its_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DIES_WITH_ITS_PARENT, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.split(maxsplit=2) == [str(int(signal.SIGKILL)), "True", "[]\n"]


@pytest.mark.integration
def test_the_wheels_postgres_makes_a_cluster_too(tmp_path: Path) -> None:
    [wheel] = postgres._inspect(postgres._wheel_folders())
    assert wheel.major >= postgres.OLDEST
    program = (
        "import sys; from pathlib import Path; from shop_kit import postgres as p\n"
        "data = Path(sys.argv[1]); [wheel] = p._inspect(p._wheel_folders()); p.prepare(data)\n"
        "if p.os.geteuid() == 0: p.become(p.unprivileged_user(), data)\n"
        "p.os.chdir(data); p.make_cluster(wheel, data)\n"
        "for _ in range(2): p.make_databases(wheel, data, ['catalogue'])\n"
        "print(p._single(wheel, data, 'SELECT datname FROM pg_database;'))\n"
    )
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    command = [sys.executable, "-c", program, str(tmp_path / "data")]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert 'datname = "catalogue"' in answer.stdout
