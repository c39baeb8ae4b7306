"""What a user allows a plan to spend: signed here, and verified by whoever carries the plan out.

    plan ──digest_of──> SHA-256 ──Mandates.signed──> Mandate ──Mandates.verify──> or BadMandate

A mandate is of one plan, one user, one merchant; any of them changed, and it is none.
"""

from __future__ import annotations

import hashlib
import hmac
import os

import jwt
import msgspec
from msgspec.structs import replace
from shop_intents import Mandate, Plan
from shop_kit.auth import ALGORITHM, SECRET_BYTES
from shop_kit.clock import CLOCK
from shop_kit.settings import die

ISSUER = "plan-generator"
AUDIENCE = "plan-executor"
SECRET = "PLAN_MANDATE_SECRET"
_NO_DIGEST = "0" * 64


class BadMandate(Exception):
    """Nothing may be done on it; the message says why, in words that may be told."""


def digest_of(plan: Plan) -> str:
    """SHA-256 of all of it but the approval, the mandate, and the digest itself."""
    bare = replace(plan, approval="not_needed", mandate=None, digest=_NO_DIGEST)
    return hashlib.sha256(msgspec.json.encode(bare, order="deterministic")).hexdigest()


class Mandates:
    """ValueError where the secret is shorter than 32 bytes."""

    def __init__(self, secret: bytes, merchant: str) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"a secret of {len(secret)} bytes; it has at least {SECRET_BYTES}")
        self._secret = secret
        self._merchant = merchant

    def signed(self, plan: Plan, cap_minor: int) -> Mandate:
        """For this plan as it stands, until it expires."""
        unsigned = Mandate(
            user_id=plan.user_id,
            cap_minor=cap_minor,
            currency=plan.currency,
            merchant=self._merchant,
            plan_digest=digest_of(plan),
            expires_at=plan.expires_at,
            signature="",
        )
        signature = jwt.encode(_claims(unsigned), self._secret, ALGORITHM)
        return replace(unsigned, signature=signature)

    def verify(self, plan: Plan, user_id: str, now_s: float | None = None) -> Mandate:
        """The plan's own, if all that it says is so. Raises BadMandate."""
        self.same(plan, user_id)
        mandate = plan.mandate
        if mandate is None:
            told = {"needed": "the plan needs an approval", "refused": "the plan was refused"}
            raise BadMandate(told.get(plan.approval, "the plan has no mandate"))
        self._check_signature(mandate)
        if mandate.user_id != user_id:
            raise BadMandate("the mandate is another user's")
        if mandate.plan_digest != plan.digest:
            raise BadMandate("the mandate is for another plan")
        if mandate.currency != plan.currency:
            raise BadMandate("the mandate is for another currency")
        if mandate.merchant != self._merchant:
            raise BadMandate("the mandate is for another merchant")
        if mandate.expires_at <= (CLOCK.now_s() if now_s is None else now_s):
            raise BadMandate("the mandate has expired")
        return mandate

    def same(self, plan: Plan, user_id: str) -> None:
        """That it is the plan that its digest is of, and the user's. Raises BadMandate."""
        if plan.user_id != user_id:
            raise BadMandate("the plan is another user's")
        if not hmac.compare_digest(plan.digest, digest_of(plan)):
            raise BadMandate("the plan is not the one that its digest is of: it was changed")

    def _check_signature(self, mandate: Mandate) -> None:
        try:
            claims = jwt.decode(
                *(mandate.signature, self._secret, [ALGORITHM]),
                issuer=ISSUER,
                audience=AUDIENCE,
                # Whether it has expired is told last, of one that is otherwise good.
                options={"require": ["exp", "iss", "aud", "sub"], "verify_exp": False},
            )
        except (jwt.InvalidTokenError, RecursionError) as error:
            raise BadMandate("the mandate's signature is not ours") from error
        if claims != _claims(mandate):
            raise BadMandate("the mandate does not say what was signed: it was changed")


def _claims(mandate: Mandate) -> dict[str, object]:
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": mandate.user_id,
        "exp": mandate.expires_at,
        "cap_minor": mandate.cap_minor,
        "currency": mandate.currency,
        "merchant": mandate.merchant,
        "plan_digest": mandate.plan_digest,
    }


def mandates_from_environment(merchant: str) -> Mandates:
    """With PLAN_MANDATE_SECRET; a wrong one ends the process as a wrong setting does, unprinted."""
    secret = os.environ.get(SECRET)
    if secret is None:
        die(f"{SECRET} is not set")
    try:
        return Mandates(secret.encode(errors="surrogateescape"), merchant)
    except ValueError as error:
        die(f"{SECRET}: {error}")
