"""What both the carts' and the checkouts' addresses say."""

from __future__ import annotations

from shop_kit.auth import Signer, admitted
from shop_kit.problems import Problem
from starlette.requests import Request

SCOPE = "shop"
"""What a user's token needs."""
USER_CHARS = 200


def user_of(request: Request, signer: Signer) -> str:
    """Raises Problem: 401, 403."""
    user_id = admitted(request, signer, SCOPE).subject
    if len(user_id) > USER_CHARS:
        told = f"a user's name has at most {USER_CHARS} characters"
        raise Problem(401, told, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return user_id
