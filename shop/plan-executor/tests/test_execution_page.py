"""The page, in a real browser: a sentence is typed, its plan approved, its order paid."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium"),
]
WITHIN_MS = 60_000


@pytest.fixture(scope="module")
def shop(open_shopping):
    shop = open_shopping()
    shop.start("parser")
    return shop


@contextmanager
def browsing(shop, shopper) -> Iterator[Page]:
    """The page, with the shopper's token in it; it may complain of nothing."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--no-proxy-server"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page()
        page.set_default_timeout(WITHIN_MS)
        expect.set_options(timeout=WITHIN_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(shop.url("executor") + "/")
        page.fill("#token", shopper.client.headers["Authorization"].removeprefix("Bearer "))
        yield page
        browser.close()
    assert complaints == []


def say(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.click("text=Read it")


def test_a_sentence_becomes_a_paid_order(shop) -> None:
    with shop.shopper(cap_minor=None) as ann:
        with browsing(shop, ann) as page:
            say(page, "Buy two trays, please")
            expect(page.locator("#acts li")).to_have_text(["buy 2 × Tray"])
            assert "two trays" in " ".join(page.locator("#marked mark.rests").all_text_contents())
            page.click("#make")
            expect(page.locator("#approval")).to_be_visible()
            expect(page.locator("#go")).to_be_hidden()
            page.click("#yes")
            page.click("#go")
            expect(page.locator("#outcome")).to_have_text("completed")
            expect(page.locator("#told")).to_contain_text("2.00 EUR were paid")
            expect(page.locator("#orders li")).to_have_count(1)
            states = page.locator("#steps td:nth-child(3)").all_text_contents()
        assert states
        assert set(states) == {"done"}
        assert shop.paid_orders(ann.name) == [{"tray-1": 2}]
        assert [amount for _, amount in shop.charges(ann.name)] == [200, 200]


def test_what_is_not_granted_is_not_spent(shop) -> None:
    with shop.shopper(cap_minor=None) as ann:
        with browsing(shop, ann) as page:
            say(page, "Buy a tray")
            page.click("#make")
            page.click("#no")
            expect(page.locator("#money")).to_contain_text("Approval: refused")
            expect(page.locator("#go")).to_be_hidden()
        assert shop.paid_orders(ann.name) == []


def test_a_question_offers_its_choices_and_markup_stays_text(shop) -> None:
    with shop.shopper() as ann:
        with browsing(shop, ann) as page:
            say(page, "Buy a cup <img src=x onerror=alert(1)>")
            expect(page.locator("#marked")).to_contain_text("<img")
            assert page.locator("main img").count() == 0
            say(page, "Buy a mug")
            expect(page.locator("#says")).to_contain_text("A question")
            expect(page.locator("#choices button")).to_have_count(3)
        assert shop.paid_orders(ann.name) == []
