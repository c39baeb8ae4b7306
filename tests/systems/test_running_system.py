"""A system that already runs has the same face, and nothing is started."""

from __future__ import annotations

import pytest

from assay.systems import Address, LocalSystem, RunningSystem, System, UnknownName

LOOKUP = Address("grpc", "10.0.0.5", 7000)


async def test_addresses_are_all_it_has() -> None:
    system: System = RunningSystem({"before": {"lookup": LOOKUP}})
    async with system:
        await system.up(["before"])
        await system.restart(["before"])
        await system.stop(["before"])
        system.check()
        assert system.address("before", "lookup") == LOOKUP
        assert system.addresses("before") == {"lookup": LOOKUP}
        assert (system.starts, system.pids(), system.usage("before")) == (False, set(), [])
        with pytest.raises(UnknownName, match="no service `lokup`; did you mean `lookup`"):
            system.address("before", "lokup")
        with pytest.raises(UnknownName, match="no variant `after`; there is `before`"):
            await system.up(["after"])
        with pytest.raises(UnknownName, match=r"no provided file .*; there are none"):
            system.provided("before", "catalogue.ids")


def test_both_kinds_have_the_face_of_a_system() -> None:
    members = {name for name in vars(System) if not name.startswith("_")} | {"__aenter__"}
    for kind in (LocalSystem, RunningSystem):
        assert members <= {*dir(kind)}
