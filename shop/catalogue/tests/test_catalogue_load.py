"""The commands, against a real Postgres."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from shop_catalogue import plain_json
from shop_catalogue.generate import generate
from shop_catalogue.ids import write_ids
from shop_kit.testing import Postgres, free_port

Run = Callable[..., subprocess.CompletedProcess[str]]

CONTENT = (
    "SELECT md5(string_agg(line, '' ORDER BY line)) FROM ("
    " SELECT products::text AS line FROM (SELECT id, title, description, brand_id, category_id"
    " FROM products) products UNION ALL SELECT variants::text FROM variants"
    " UNION ALL SELECT brands::text FROM brands UNION ALL SELECT categories::text FROM categories"
    ") lines"
)


def command(*arguments: object, dsn: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shop_catalogue", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"CATALOGUE_DSN": dsn},
        timeout=60,
    )


@pytest.fixture
def run(postgres: Postgres) -> Run:
    return lambda *arguments: command(*arguments, dsn=postgres.dsn)


@pytest.mark.integration
async def test_a_made_up_catalogue_arrives_whole(
    run: Run, postgres: Postgres, tmp_path: Path
) -> None:
    ids = tmp_path / "new" / "ids.csv"
    answer = run("load", "--products", 500, "--seed", 4, "--ids", ids)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("500 products and ")

    made = list(generate(500, 4).entries)
    with ids.open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [each.product.id for each in made]
    async with postgres.connection() as connection:
        products = await connection.fetch("SELECT * FROM products")
        variants = await connection.fetch("SELECT * FROM variants")
    titles = {row["id"]: (row["title"], row["description"], row["version"]) for row in products}
    assert titles == {
        each.product.id: (each.product.title, each.product.description, 1) for each in made
    }
    stored = {
        row["id"]: (row["price_minor"], row["available"], row["currency"]) for row in variants
    }
    options = {row["id"]: json.loads(row["options"]) for row in variants}
    expected = [variant for each in made for variant in each.variants]
    assert stored == {each.id: (each.price_minor, each.available, "EUR") for each in expected}
    assert options == {each.id: [list(pair) for pair in each.options] for each in expected}


@pytest.mark.integration
async def test_loading_again_replaces_and_the_same_seed_is_the_same(
    run: Run, postgres: Postgres
) -> None:
    contents = []
    for products, seed in ((100, 1), (200, 2), (100, 1)):
        assert run("load", "--products", products, "--seed", seed).returncode == 0
        assert await postgres.value("SELECT count(*) FROM products") == products
        contents.append(await postgres.value(CONTENT))
    assert contents[0] == contents[2]
    assert contents[0] != contents[1]


@pytest.mark.integration
async def test_a_wrong_file_leaves_everything_as_it_was(
    run: Run, postgres: Postgres, tmp_path: Path
) -> None:
    assert run("load", "--products", 50).returncode == 0
    before = await postgres.value(CONTENT)
    file = tmp_path / "export.csv"
    file.write_text("Handle,Title,Variant Price\nmug,Mug,7\npot,Pot,cheap\n")
    answer = run("import", "shopify", file)
    assert answer.returncode == 2
    assert f"{file}:3, Variant Price: found 'cheap'; write a price in EUR" in answer.stderr
    assert answer.stderr.endswith("nothing was imported\n")
    assert await postgres.value(CONTENT) == before


@pytest.mark.integration
async def test_what_the_database_refuses_is_rolled_back(run: Run, postgres: Postgres) -> None:
    assert run("load", "--products", 50).returncode == 0
    before = await postgres.value(CONTENT)
    await postgres.sql(
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'no more of these'; END $$",
        "CREATE TRIGGER refuse BEFORE INSERT ON variants EXECUTE FUNCTION refuse()",
    )
    try:
        answer = run("load", "--products", 10)
    finally:
        await postgres.sql("DROP TRIGGER refuse ON variants", "DROP FUNCTION refuse")
    assert answer.returncode == 1
    assert "did not take the catalogue: no more of these" in answer.stderr
    assert await postgres.value(CONTENT) == before


@pytest.mark.integration
async def test_both_kinds_of_files_are_imported(
    run: Run, postgres: Postgres, tmp_path: Path
) -> None:
    ids = tmp_path / "ids.csv"
    file = tmp_path / "catalogue.json"
    file.write_text(plain_json.EXAMPLE)
    assert run("import", "json", file, "--ids", ids).returncode == 0
    assert ids.read_text() == "id\nmug-1\n"
    path = "SELECT path FROM products JOIN categories ON categories.id = category_id"
    assert await postgres.value(path) == ["Kitchen", "Mugs"]

    export = tmp_path / "export.csv"
    export.write_text("Handle,Title,Variant Price,Status\nmug,Mug,7,active\npot,Pot,9,draft\n")
    answer = run("import", "shopify", export, "--currency", "GBP")
    assert answer.returncode == 0, answer.stderr
    assert "left out 1 products" in answer.stderr
    assert await postgres.value("SELECT title FROM products") == "Mug"
    assert await postgres.value("SELECT currency FROM variants") == "GBP"


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("import", "json", "missing.json"), 2, "missing.json: No such file"),
        (("import", "shopify", "x.csv", "--currency", "euro"), 2, "write its code, such as EUR"),
        (("load", "--products", "0"), 2, "Invalid value for '--products'"),
        (("load", "--products", "5"), 1, "no connection to the database"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...], code: int, words: str) -> None:
    answer = command(*arguments, dsn=f"postgresql://shop@127.0.0.1:{free_port()}/catalogue")
    assert answer.returncode == code
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_list_of_ids_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    write_ids(file, ["a", "b"])

    def breaks_off():
        yield "c"
        raise KeyError("broken")

    with pytest.raises(KeyError):
        write_ids(file, breaks_off())
    assert file.read_text() == "id\na\nb\n"
    assert list(tmp_path.iterdir()) == [file]
