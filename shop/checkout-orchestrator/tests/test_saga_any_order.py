"""The saga and those who take part, over a network that loses, repeats, delays and reorders.

All of it is the code that runs, decided in memory: what is asked and answered goes through a bag of
messages, from which hypothesis draws. Whatever it does, money and stock add up in the end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from checkout_orchestrator.saga import Checkout, begin, heard, silent, taken_back
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inventory.reservations import Reservation, Units
from inventory.reservations import decide as reserve
from order.records import Record
from order.records import decide as record
from payment.payments import Found, Payment, asked, learnt, next_call, reply_due
from shop_kit.participant import Impossible
from shop_messages import (
    CancelOrder,
    CapturePayment,
    Command,
    CommitStock,
    ConfirmOrder,
    Line,
    RefundPayment,
    ReleaseStock,
    Reply,
    ReserveStock,
    ReturnStock,
    VoidPayment,
)

LINE = Line(product_id="mug", variant_id="mug-s", quantity=2, unit_price_minor=500)
START = 5


class Provider:
    """Behind a line that loses answers: a call takes effect or not, and says so or not."""

    def __init__(self, declines: bool) -> None:
        self.declines = declines
        self.state: str | None = None
        self.captures = self.refunds = 0

    def call(self, call: str) -> Found:
        if call in ("authorise", "find") and self.state is None:
            self.state = "refused" if self.declines else "authorised"
        elif call == "capture" and self.state == "authorised":
            self.state = "captured"
            self.captures += 1
        elif call == "void" and self.state == "authorised":
            self.state = "voided"
        elif call == "refund" and self.state == "captured":
            self.state = "refunded"
            self.refunds += 1
        assert self.state is not None
        return Found(self.state, "auth", "declined" if self.declines else "")  # type: ignore[arg-type]


class World:
    def __init__(self, units: int, declines: bool) -> None:
        self.stock = {"mug-s": Units(on_hand=units)}
        self.reservation = Reservation("k")
        self.payment, self.lost = Payment("k"), False
        self.provider = Provider(declines)
        self.record = Record("k", "o-1")
        self.checkout = Checkout("k", "ann", (LINE,), 1000, "EUR", "pm_ok")
        self.commands: list[Command] = []
        self.replies: list[Reply] = []
        self.undone: list[type[Command]] = []
        self._take(begin(self.checkout))

    def _take(self, change) -> None:
        if change is None:
            return
        self.checkout = change.checkout
        if change.command is not None:
            self.commands.append(change.command)
            kind = type(change.command)
            if self.checkout.state == "undoing" and self.undone[-1:] != [kind]:
                self.undone.append(kind)

    def deliver_command(self, number: int, repeat: bool) -> None:
        if not self.commands:
            return
        number %= len(self.commands)
        command = self.commands[number]
        if not repeat:
            del self.commands[number]
        try:
            self._carry_out(command)
        except Impossible:
            # A dead letter: only what overtook what comes before it, and is asked again.
            assert isinstance(command, CapturePayment | CommitStock)

    def _carry_out(self, command: Command) -> None:
        reply: Reply | None
        if isinstance(command, ReserveStock | CommitStock | ReleaseStock | ReturnStock):
            outcome = reserve(command, self.reservation, self.stock)
            self.reservation = outcome.reservation
            self.stock |= outcome.stock
            reply = outcome.reply
        elif isinstance(command, ConfirmOrder | CancelOrder):
            self.record, reply = record(command, self.record)
        else:
            self.payment, reply = asked(command, self.payment)  # type: ignore[arg-type]
        if reply is not None:
            self.replies.append(reply)

    def deliver_reply(self, number: int, repeat: bool) -> None:
        if not self.replies:
            return
        number %= len(self.replies)
        reply = self.replies[number]
        if not repeat:
            del self.replies[number]
        self._take(heard(self.checkout, reply))

    def pay(self, effect: bool, answered: bool) -> None:
        """The payment's worker makes the call that is due."""
        call = next_call(self.payment, self.lost)
        if call is None:
            return
        # Written down when it is taken up, whatever becomes of the call.
        self.payment = replace(self.payment, unsure=True)
        if not effect:
            self.lost = True
            return
        found = self.provider.call(call)
        self.lost = not answered
        if answered:
            self.payment = learnt(self.payment, found)
            reply = reply_due(self.payment)
            if reply is not None:
                self.replies.append(reply)

    def silence(self) -> None:
        if not self.checkout.terminal:
            self._take(silent(self.checkout))

    def take_back(self) -> None:
        """Its user does not want it any more."""
        self._take(taken_back(self.checkout))

    def settle(self) -> None:
        """From now on everything comes, and in order."""
        for _ in range(400):
            while self.commands:
                self.deliver_command(0, repeat=False)
            self.pay(effect=True, answered=True)
            while self.replies:
                self.deliver_reply(0, repeat=False)
            if self.checkout.terminal and not self.commands:
                return
            if not self.commands and next_call(self.payment, self.lost) is None:
                self.silence()
        raise AssertionError(f"it does not end: {self.checkout}")


STEP = st.one_of(
    st.tuples(st.just("deliver_command"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("deliver_reply"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("pay"), st.booleans(), st.booleans()),
    st.tuples(st.just("silence")),
    st.tuples(st.just("take_back")),
    st.tuples(st.just("lose"), st.integers(0, 5), st.booleans()),
)


@given(st.lists(STEP, max_size=60), st.sampled_from([START, 1]), st.booleans())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_network_does_it_adds_up(steps, units, declines) -> None:
    world = World(units, declines)
    for name, *values in steps:
        if name == "lose":
            number, of_commands = values
            bag = world.commands if of_commands else world.replies
            if bag:
                del bag[number % len(bag)]
        else:
            getattr(world, name)(*values)
    world.settle()
    check(world, units)


def check(world: World, units: int) -> None:
    stock, paid = world.stock["mug-s"], world.provider
    assert stock.on_hand + stock.held + stock.committed == units
    assert min(stock.on_hand, stock.held, stock.committed) >= 0
    assert stock.held == 0
    assert paid.captures <= 1
    assert paid.refunds <= paid.captures
    if world.checkout.state == "confirmed":
        assert (stock.committed, paid.state, world.record.state) == (2, "captured", "confirmed")
        assert not world.undone
    else:
        assert stock.committed == 0
        assert paid.state in (None, "refused", "voided", "refunded")
        assert world.record.state in ("new", "cancelled")
        order = [ReturnStock, CancelOrder, RefundPayment, VoidPayment, ReleaseStock]
        assert [order.index(kind) for kind in world.undone] == sorted(
            {order.index(kind) for kind in world.undone}
        )
        assert Counter(world.undone).most_common(1)[0][1] == 1 if world.undone else True


def test_all_well_is_five_steps() -> None:
    world = World(START, declines=False)
    world.settle()
    assert world.checkout.state == "confirmed"
    assert world.checkout.order_id == "o-1"


@given(st.lists(STEP, max_size=40))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_taken_back_is_as_if_it_had_never_been(steps) -> None:
    world = World(START, declines=False)
    world.settle()
    before = (world.commands[:], world.replies[:])
    assert before == ([], [])
    world.take_back()
    for name, *values in steps:
        if name == "lose":
            number, of_commands = values
            bag = world.commands if of_commands else world.replies
            if bag:
                del bag[number % len(bag)]
        else:
            getattr(world, name)(*values)
    world.settle()
    assert world.checkout.state == "cancelled"
    assert world.stock["mug-s"] == Units(on_hand=START)
    assert (world.provider.captures, world.provider.refunds) == (1, 1)
    check(world, START)


def test_what_comes_late_has_no_effect() -> None:
    """Reserved after it was released, authorised after it was void, confirmed after its end."""
    world = World(START, declines=False)
    [late] = world.commands
    world.commands.clear()
    while world.checkout.state == "running":
        world.silence()
    world.commands = [each for each in world.commands if isinstance(each, ReleaseStock)][-1:]
    world.settle()
    assert world.checkout.state == "cancelled"
    world.commands = [late]
    world.deliver_command(0, repeat=False)
    world.deliver_reply(0, repeat=False)
    assert world.stock["mug-s"] == Units(on_hand=START)
    check(world, START)


def test_nothing_is_undone_past_the_point_of_return() -> None:
    world = World(START, declines=False)
    while not world.checkout.order_id:
        world.deliver_command(0, repeat=False)
        world.pay(effect=True, answered=True)
        world.deliver_reply(0, repeat=False)
    for _ in range(50):
        world.silence()
    assert world.checkout.state == "running"
    assert replace(world.checkout, silences=0).step == 4
    world.settle()
    assert world.checkout.state == "confirmed"
