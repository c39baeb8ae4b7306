"""The shop's departments, their shelves, and whose goods stand there."""

from __future__ import annotations

from shop_catalogue.goods_for_homes import HOMES
from shop_catalogue.goods_for_people import PEOPLE
from shop_catalogue.goods_to_enjoy import ENJOYED
from shop_catalogue.shelves import Department

DEPARTMENTS: tuple[Department, ...] = PEOPLE + HOMES + ENJOYED
