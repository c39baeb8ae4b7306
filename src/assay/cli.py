"""The commands: their names, options and help. The work is done elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from assay import __version__
from assay.run import commands
from assay.run.exits import ExitCode, guarded

app = typer.Typer(
    name="assay",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Proves or refutes what people claim of a distributed system's speed and toughness.",
    epilog="Begin with `assay init`, then `assay prove`. Exit codes: 0 all proved, 1 any refuted, "
    "2 bad input, 3 any undecided or invalid, 4 the system did not start.",
)

ClaimsFile = Annotated[Path, typer.Argument(help="The claims file.", show_default=True)]
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on standard output; progress on stderr.")
]
DEFAULT_FILE = Path("claims.yaml")


def _examples(*lines: str) -> str:
    """The end of a command's help."""
    return "Examples:\n\n" + "\n\n".join(f"`{line}`" for line in lines)


@app.callback(invoke_without_command=True)
def about(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        typer.echo(f"assay {__version__}")
        raise typer.Exit


@app.command(
    epilog=_examples(
        "assay prove",
        "assay prove shop/claims.yaml --only lookup-p99 --budget 5m",
        "assay prove claims.yaml --seed 7 --json > verdicts.json",
    )
)
def prove(
    file: ClaimsFile = DEFAULT_FILE,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this claim or information row; repeatable.")
    ] = None,
    budget: Annotated[str, typer.Option(help="Time to measure, such as 90s, 10m or 1h.")] = "10m",
    out: Annotated[Path, typer.Option(help="Where run folders are made.")] = Path("runs"),
    seed: Annotated[
        int | None, typer.Option(min=0, help="Repeats a run's order, schedules and draws.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start the system, load its variants in turn, and give a verdict on each claim."""
    with guarded():
        code = commands.prove(file, only or [], budget, out, seed, as_json)
    raise typer.Exit(code)


@app.command(epilog=_examples("assay check", "assay check shop/claims.yaml"))
def check(
    file: ClaimsFile = DEFAULT_FILE,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of claims files instead.")
    ] = False,
) -> None:
    """Read a claims file and its stack, and explain every mistake. Starts nothing."""
    with guarded():
        commands.print_schema() if schema else commands.check(file)


@app.command(
    epilog=_examples("assay init", "assay init --url http://127.0.0.1:8080 --file claims.yaml")
)
def init(
    file: Annotated[Path, typer.Option(help="The file to write.")] = DEFAULT_FILE,
    url: Annotated[str, typer.Option(help="Where the service answers.")] = "http://127.0.0.1:8080",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented claims file for an HTTP service that you already run."""
    with guarded():
        commands.init(file, url, force)


@app.command(epilog=_examples("assay up", "assay up after --file shop/claims.yaml"))
def up(
    variant: Annotated[
        str | None, typer.Argument(help="Only this variant; all where none is named.")
    ] = None,
    file: Annotated[Path, typer.Option(help="The claims file.")] = DEFAULT_FILE,
) -> None:
    """Start the system in the background and print its addresses. `assay down` stops it."""
    with guarded():
        commands.up(file, variant)


@app.command(epilog=_examples("assay down", "assay down --file shop/claims.yaml"))
def down(file: Annotated[Path, typer.Option(help="The claims file.")] = DEFAULT_FILE) -> None:
    """Stop what `assay up` started."""
    with guarded():
        commands.down(file)


@app.command(epilog=_examples("assay heal"))
def heal() -> None:
    """Clean up what runs that were killed left behind: processes, frozen or not, and folders.

    Runs that live are left alone. The next `prove` or `up` does the same by itself."""
    with guarded():
        commands.heal()


@app.command(
    epilog=_examples(
        "assay load http://127.0.0.1:8080/health --rate 500",
        "assay load http://127.0.0.1:8080/ --users 64 --duration 1m",
        "assay load grpc://127.0.0.1:7000/shop.lookup.v1.ProductLookup/Get "
        '--message \'{"product_id": "p_1"}\'',
    )
)
def load(
    url: Annotated[
        str, typer.Argument(help="http(s)://… or grpc(s)://host:port/pkg.Service/Method")
    ],
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Open loop: requests a second (default: 100).")
    ] = None,
    users: Annotated[
        int | None, typer.Option(min=1, help="Closed loop: users, each waiting for its answer.")
    ] = None,
    duration: Annotated[str, typer.Option(help="Such as 20s or 1m.")] = "20s",
    timeout: Annotated[str, typer.Option(help="For one request.")] = "10s",
    connections: Annotated[int, typer.Option(min=1, help="Connections kept open.")] = 16,
    method: Annotated[str, typer.Option(help="HTTP method.")] = "GET",
    header: Annotated[list[str] | None, typer.Option(help="`Name: value`; repeatable.")] = None,
    body: Annotated[str | None, typer.Option(help="HTTP request body.")] = None,
    message: Annotated[str, typer.Option(help="gRPC request as JSON.")] = "{}",
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Do not verify the TLS certificate.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the arrivals.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Load one address, once, and print latencies from the intended start of each request."""
    with guarded():
        commands.load(
            commands.adhoc.AdHoc(
                url=url,
                rate_per_s=rate,
                users=users,
                duration_s=commands.duration_s(duration, "--duration"),
                timeout_s=commands.duration_s(timeout, "--timeout"),
                connections=connections,
                method=method,
                headers=tuple(header or ()),
                body=body,
                message=message,
                verify=not insecure,
                seed=seed,
            ),
            as_json,
        )


@app.command(epilog=_examples("assay report runs/20261123-181500-7f3a"))
def report(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    as_json: AsJson = False,
) -> None:
    """Rebuild every report of a run from its folder alone, and print the table."""
    with guarded():
        code = commands.report(run, as_json)
    raise typer.Exit(code)


def main() -> None:
    """The `assay` program."""
    try:
        app(standalone_mode=True)
    except BrokenPipeError:
        # The reader of our output has gone (`assay … | head`): nobody is left to tell.
        sys.exit(ExitCode.BAD_INPUT)


if __name__ == "__main__":
    main()
