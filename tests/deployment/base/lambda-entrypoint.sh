#!/bin/sh
# As in the real base: the handler is the only argument. The emulator is started from outside, so the runtime's
# interface is always there.
if [ $# -ne 1 ]; then
    echo "entrypoint requires the handler name to be the first argument" >&2
    exit 142
fi
export _HANDLER="$1"
exec /var/runtime/bootstrap
