from unit.devstack.gate_calls import call, ministack, session  # noqa: F401
