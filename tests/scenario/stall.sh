#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# stall.sh: connections that say nothing are closed in time, and when there are more of them
# than the server may hold it waits instead of spinning or falling, and then goes on.
. "$(dirname "$0")/lib.sh"

STALLED=300
FILES_MAX=128
DEADLINE_S=15

cat >"$T/stall.py" <<'EOF2'
import socket
import sys
import time

host, port = sys.argv[1].rsplit(":", 1)
held = []
for _ in range(int(sys.argv[2])):
    try:
        held.append(socket.create_connection((host, int(port)), timeout=2))
    except OSError:
        break
print("held", len(held), flush=True)
time.sleep(60)
EOF2

# stall ADDRESS COUNT: holds connections there, by the process $PID.
stall()
{
	rm -f "$T/stall.out"
	start stall python3 "$T/stall.py" "$1" "$2"
	wait_for 10 grep -q held "$T/stall.out"
}

files()
{
	find "/proc/$SERVER/fd" -mindepth 1 | wc -l
}

# has_at_most COUNT, has_at_least COUNT: open files.
has_at_most()
{
	[ "$(files)" -le "$1" ]
}

has_at_least()
{
	[ "$(files)" -ge "$1" ]
}

ticks()
{
	sed 's/.*) //' "/proc/$SERVER/stat" | awk '{print $12 + $13}'
}

connected()
{
	"$AGENT" status --state "$T/agent"
}

host_is()
{
	[ "$(api GET /api/v1/hosts | jq -r '.data[0].status')" = "$1" ]
}

start_server || exit 1
before=$(files)

# ---- they are closed ----
it "many connect, and say nothing" stall "$AGENTS" $STALLED
STALLER=$PID
it "the server holds them" wait_for 5 has_at_least $((before + STALLED / 2))
it "a good agent comes in meanwhile" start_agent agent
AGENT_PID=$PID
it "and stays" wait_for 5 host_is online
it "those that said nothing are closed after $DEADLINE_S s" \
	wait_for $((DEADLINE_S + 4)) has_at_most $((before + 20))
it "the good one is not" host_is online
stop "$STALLER"

# ---- more than there may be ----
stop "$SERVER"
is "the server stops cleanly" $? 0
write "$T/musterd" <<EOF2
#!/bin/sh
ulimit -n $FILES_MAX
exec $MUSTERD "\$@"
EOF2
chmod 755 "$T/musterd"
MUSTERD=$T/musterd
it "it starts with few files allowed" start_server
it "its agent comes back" wait_for 10 host_is online
it "more connect than there may be" stall "$AGENTS" $STALLED
STALLER=$PID
spent=$(ticks)
sleep 1
spent=$(($(ticks) - spent))
echo "# $spent ticks of the processor in 1 s"
[ "$spent" -le $(($(getconf CLK_TCK) / 4)) ]
result $? "and does not spin"
is_running "$SERVER"
result $? "it stays"
it "people are served meanwhile" api GET /healthz
stop "$STALLER"
it "more of the others connect than there may be" stall "$URL_ADDRESS" $STALLED
STALLER=$PID
spent=$(ticks)
sleep 1
spent=$(($(ticks) - spent))
echo "# $spent ticks of the processor in 1 s"
[ "$spent" -le $(($(getconf CLK_TCK) / 4)) ]
result $? "and it does not spin"
it "the agent is connected all the time" connected
stop "$STALLER"
it "once they are gone it answers" wait_for 5 api GET /healthz
it "and has its agent" wait_for 10 host_is online
it "which answers" wait_for 10 "$MUSTER" query hosts 'status:online'
stop "$AGENT_PID"
stop "$SERVER"
is "it stops cleanly" $? 0

done_testing
