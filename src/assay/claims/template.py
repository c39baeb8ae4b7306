"""A first claims file, for an HTTP service that runs already."""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit

from assay.documents import DocumentError, Problem

_TEMPLATE = """\
# What is claimed of the service. `assay check` explains mistakes in this file, `assay prove` gives
# the verdicts.
assay: 1

# Where the variants run: put the address of the version to compare with in `before`. As long as
# both are the same, the claim below compares the service with itself. Assay starts nothing here; a
# stack file in place of the addresses would say what to start.
system:
  before: {{ service: {base} }}
  after: {{ service: {base} }}

# Values that requests draw from, as in `get: /items/{{item}}`:
# feeds:
#   item: {{ values: ["1", "2", "3"], draw: uniform }}   # or `from: items.csv`

workloads:
  page:
    to: service
    get: {path}
    rate: 100/s            # open loop: sent on schedule, however slowly the service answers
    errors: 1%             # with more errors than this, nothing is proved

claims:
  no-slower-p95:
    says: The new version is at most 10% slower at p95.
    prove: after.page.p95 / before.page.p95 <= 1.1

# Measured and shown, never judged.
information:
  median:
    says: The same at the median.
    show: after.page.p50 / before.page.p50
"""


def template(url: str) -> str:
    """A claims file for the service at `url`, such as `http://127.0.0.1:8080/items?page=1`.

    Raises DocumentError where `url` is no http(s) address.
    """
    hint = "an address such as http://127.0.0.1:8080/path would do"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise _no_address(url, f"cannot be read: {error}", hint) from None
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise _no_address(url, "is no http(s) address", hint)
    if parts.username is not None:
        raise _no_address(url, "holds a user name", f"{hint}; put credentials in `headers`")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # Braces would draw from a feed; a path is ASCII.
    literal = quote(path, safe="/%?&=:;@!$'()*+,~[]")
    base = f"{parts.scheme}://{parts.netloc}"
    return _TEMPLATE.format(base=_quoted(base), path=_quoted(literal))


def _quoted(text: str) -> str:
    # A JSON string is a YAML string.
    return json.dumps(text)


def _no_address(url: str, message: str, hint: str) -> DocumentError:
    return DocumentError([Problem(url, 0, 0, "", message, hint)])
