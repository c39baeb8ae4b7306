from shop_catalogue.cli import app

app(prog_name="python -m shop_catalogue")
