"""A Postgres of one's own: `python -m shop_kit.postgres --data DIR --port N`.

Makes the cluster where DIR is empty, sees to it that the role `shop` and its databases are there,
and then becomes the Postgres server, so that signals reach the server itself. Started as root
(which Postgres refuses) it first becomes an unprivileged user. Only the role `shop` gets in, over
loopback and without a password.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shop_kit.settings import die

OLDEST = 14
SUPERUSER = "postgres"
ROLE = "shop"
DATABASES = ("catalogue",)
"""Where none are asked for."""
ACCESS = f"# Written by shop_kit.postgres at every start.\nhost all {ROLE} 127.0.0.1/32 trust\n"

# Durability is left at Postgres's defaults: a shop that forgets orders is no reference.
SERVER = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
}

# From <linux/prctl.h>.
_PR_SET_PDEATHSIG = 1
_PR_GET_PDEATHSIG = 2


class PostgresError(Exception):
    """No server can be started; the message says why and what would help."""


@dataclass(frozen=True)
class Binaries:
    folder: Path
    major: int

    def command(self, name: str) -> str:
        return str(self.folder / name)


def major_version(text: str) -> int | None:
    """Of `postgres --version`: 15 for `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`."""
    found = re.search(r"\(PostgreSQL\) (\d+)", text)
    return int(found[1]) if found else None


def newest(found: Iterable[Binaries]) -> Binaries | None:
    """The highest version that is new enough; the earlier one of equals."""
    good = [each for each in found if each.major >= OLDEST]
    return max(good, key=lambda each: each.major, default=None)


def find() -> Binaries:
    """The machine's newest Postgres, else the one a wheel carries. PostgresError without either."""
    machine, wheel = list(_inspect(_machine_folders())), list(_inspect(_wheel_folders()))
    best = newest(machine) or newest(wheel)
    if best is None:
        seen = ", ".join(f"{each.major} in {each.folder}" for each in machine + wheel) or "none"
        raise PostgresError(
            f"Postgres {OLDEST} or newer is needed; found: {seen}. Install it (on Debian and "
            "Ubuntu: apt-get install postgresql) or the wheel that carries it "
            "(pip install pgserver)."
        )
    return best


def _machine_folders() -> Iterator[Path]:
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True)
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    if postgres := shutil.which("postgres"):
        # Its neighbours are beside the real file, not beside a link to it.
        yield Path(postgres).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def _wheel_folders() -> Iterator[Path]:
    # Found, not imported: importing the package starts more than we need.
    spec = importlib.util.find_spec("pgserver")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        yield Path(folder) / "pginstall/bin"


def _inspect(folders: Iterable[Path]) -> Iterator[Binaries]:
    for folder in dict.fromkeys(folders):
        server, initdb = folder / "postgres", folder / "initdb"
        if not (os.access(server, os.X_OK) and os.access(initdb, os.X_OK)):
            continue
        answer = subprocess.run([server, "--version"], capture_output=True, text=True)
        if (major := major_version(answer.stdout)) is not None:
            yield Binaries(folder, major)


def prepare(data: Path) -> None:
    """The folder, made where it is missing. PostgresError where it holds something else."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        holds_other = any(data.iterdir()) and not (data / "PG_VERSION").is_file()
    except OSError as error:
        raise PostgresError(f"--data {data}: {error.strerror}") from error
    if holds_other:
        raise PostgresError(
            f"--data {data} holds files that are not Postgres's; give an empty or a new folder"
        )


def unprivileged_user() -> pwd.struct_passwd:
    """Whom to become when root. PostgresError where the machine has nobody."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError(
        "Postgres refuses to run as root, and there is neither a user postgres nor nobody; "
        "start this as another user, or: useradd --system postgres"
    )


def become(user: pwd.struct_passwd, data: Path) -> None:
    """Give the folder to the user and be that user from here on."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent, death_signal = os.getppid(), ctypes.c_int(0)
    libc.prctl(_PR_GET_PDEATHSIG, ctypes.byref(death_signal), 0, 0, 0)

    os.chown(data, user.pw_uid, user.pw_gid)
    data.chmod(0o700)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)

    # A change of user makes the kernel forget that we are to die with whoever started us.
    if death_signal.value:
        libc.prctl(_PR_SET_PDEATHSIG, death_signal.value, 0, 0, 0)
        if os.getppid() != parent:
            raise PostgresError("the process that started this one is gone")


def check_reach(data: Path, binaries: Binaries) -> None:
    """PostgresError where the user we are now cannot walk to the data or to the binaries."""
    for goal in (data, binaries.folder):
        for folder in reversed((goal, *goal.parents)):
            if not os.access(folder, os.X_OK):
                name = pwd.getpwuid(os.getuid()).pw_name
                raise PostgresError(
                    f"the user {name}, as whom Postgres runs, cannot enter {folder} on the way to "
                    f"{goal}; allow it (chmod o+x {folder}) or choose another folder"
                )


def make_cluster(binaries: Binaries, data: Path) -> None:
    """initdb where the folder is empty."""
    if (data / "PG_VERSION").is_file():
        return
    _run(
        binaries.command("initdb"),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale=C",
        "--auth=trust",
        "--no-sync",
        "--no-instructions",
    )


def make_databases(binaries: Binaries, data: Path, names: Sequence[str]) -> None:
    """The role and its databases where they are missing, before anybody can connect."""
    known = _single(
        binaries,
        data,
        f"SELECT 'has role' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}');\n"
        "SELECT 'has ' || datname FROM pg_database;\n",
    )
    missing = ""
    if '"has role"' not in known:
        missing += f"CREATE ROLE {ROLE} LOGIN;\n"
    for name in names:
        if f'"has {name}"' not in known:
            missing += f"CREATE DATABASE {name} OWNER {ROLE};\n"
    if missing:
        _single(binaries, data, missing)


def _single(binaries: Binaries, data: Path, statements: str) -> str:
    """Run statements, one a line, with no server up."""
    options = ["-D", str(data), "-c", "exit_on_error=on", "-c", "log_min_messages=error"]
    return _run(binaries.command("postgres"), "--single", *options, SUPERUSER, stdin=statements)


def _run(*command: str, stdin: str = "") -> str:
    answer = subprocess.run(
        command, input=stdin, capture_output=True, text=True, env=_environment(os.environ)
    )
    if answer.returncode != 0:
        said = (answer.stderr or answer.stdout).strip()
        raise PostgresError(f"{Path(command[0]).name} failed ({answer.returncode}): {said}")
    return answer.stdout


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Ours, without settings meant for another Postgres, and in English."""
    kept = {name: value for name, value in ours.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}


def server_command(binaries: Binaries, data: Path, port: int) -> list[str]:
    command = [binaries.command("postgres"), "-D", str(data), "-p", str(port)]
    for name, value in SERVER.items():
        command += ["-c", f"{name}={value}"]
    return command


def serve(data: Path, port: int, databases: Sequence[str] = DATABASES) -> None:
    """Become the server; returns never. PostgresError where it cannot be started."""
    binaries = find()
    prepare(data)
    if os.geteuid() == 0:
        become(unprivileged_user(), data)
    check_reach(data, binaries)
    os.chdir(data)  # where we came from may be closed to the user we are now
    make_cluster(binaries, data)
    (data / "pg_hba.conf").write_text(ACCESS)
    make_databases(binaries, data, databases)
    command = server_command(binaries, data, port)
    os.execve(command[0], command, _environment(os.environ))


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; write a number from 1 to 65535")
    return int(text)


def _database(text: str) -> str:
    if not re.fullmatch("[a-z][a-z_]{0,62}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name; write small letters and _")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.postgres", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the cluster's folder")
    parser.add_argument("--port", type=_port, required=True, help="on 127.0.0.1")
    parser.add_argument(
        "--database", type=_database, action="append", metavar="NAME",
        help=f"to be there, may be given several times (default: {', '.join(DATABASES)})",
    )  # fmt: skip
    arguments = parser.parse_args()
    sys.stdout.flush()
    try:
        databases = arguments.database or DATABASES
        serve(arguments.data.absolute(), arguments.port, databases)
    except PostgresError as error:
        die(f"postgres: {error}")


if __name__ == "__main__":
    main()
