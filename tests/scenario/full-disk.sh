#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# full-disk.sh: the disk below the agent's spool, and below the server's store, is full for a
# while. Nobody falls, the reason is told, and once there is room all goes on; nothing
# acknowledged is lost.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "not root: no small disk can be mounted"
DISKS=$T/disks
mkdir -p "$DISKS/server" "$DISKS/agent"
mounted=

# shellcheck disable=SC2317 # the trap calls it
give_back()
{
	local disk

	for pid in $started; do
		kill -s KILL -- "-$pid" "$pid" 2>/dev/null
	done
	for disk in $mounted; do
		umount -l "$disk"
	done
	clean_up
}
trap give_back EXIT

for disk in server agent; do
	mount -t tmpfs -o size=8m,mode=755 "scenario-$disk" "$DISKS/$disk" 2>/dev/null ||
		skip_all "mounting is refused here"
	mounted="$mounted $DISKS/$disk"
done
chmod 755 "$T" "$DISKS"

# fill DISK: takes all room that is left.
fill()
{
	dd if=/dev/zero of="$DISKS/$1/fill" bs=64k >/dev/null 2>&1
	dd if=/dev/zero of="$DISKS/$1/fill" bs=1k oflag=append conv=notrunc >/dev/null 2>&1
	is "the $1's disk is full" "$(df --output=avail "$DISKS/$1" | tail -n 1 | tr -d ' ')" 0
}

# policy REVISION
policy()
{
	echo "policy: disk"
	echo "checks:"
	i=0
	while [ $i -lt 40 ]; do
		echo "  - { ref: c$i, level: low, name: check $i of revision $1," \
			"test: { file: /etc/passwd, regex: '^root:' } }"
		i=$((i + 1))
	done
}

push()
{
	policy "$1" >"$T/disk.yaml"
	"$MUSTER" policy push "$T/disk.yaml"
}

is_answered()
{
	[ "$(api GET '/api/v1/items?limit=1000' |
		jq "[.data[] | select(.check.name | endswith(\" revision $1\"))] | length")" = 40 ]
}

status_says()
{
	"$AGENT" status --state "$DISKS/agent/state" 2>/dev/null | grep -q "$1"
}

# feed: id and time of every item.
feed()
{
	api GET "/api/v1/items?since=&format=ndjson&limit=1000" |
		jq -r '.id + " " + .utctimestamp' | sort
}

"$MUSTERD" init --state "$DISKS/server/state" >"$T/init.out" 2>&1 || exit 1
ln -s "$DISKS/server/state" "$T/server"
start_server || exit 1
"$MUSTER" agent token >"$T/token"
"$AGENT" enroll - --state "$DISKS/agent/state" --trust-server <"$T/token" >"$T/enroll.out" || exit 1
start agent "$AGENT" run --state "$DISKS/agent/state"
AGENT_PID=$PID
it "a policy is pushed" push 1
it "and answered" wait_for 10 is_answered 1
feed >"$T/before"

# ---- below the spool ----
fill agent
it "a new revision" push 2
it "the agent says why it is not answered" \
	wait_for 10 grep -qi 'no space left' "$T/agent.err"
is_running "$AGENT_PID"
result $? "and stays"
it "its status tells it, too" wait_for 10 status_says '^error .*[Nn]o space left'
rm "$DISKS/agent/fill"
it "with room again it answers" wait_for 40 is_answered 2
feed >"$T/after"
is "nothing that was there is lost" "$(comm -23 "$T/before" "$T/after")" ""
cp "$T/after" "$T/before"

# ---- below the store ----
fill server
push 3 >"$OUT" 2>"$ERR"
is "the server refuses what it can't keep" $? 3
like "in words" "$(cat "$ERR")" '^muster: .*(full|space)'
"$MUSTER" check -t '*' --wait 2s >"$OUT" 2>"$ERR"
is "a check that it can't keep, too" $? 3
it "it still answers" api GET /healthz
it "with what it has" is_answered 2
is_running "$SERVER"
result $? "and stays"
rm "$DISKS/server/fill"
it "with room again it takes the policy" push 3
it "and its answers" wait_for 40 is_answered 3
feed >"$T/after"
is "nothing that was there is lost" "$(comm -23 "$T/before" "$T/after")" ""
cp "$T/after" "$T/before"

# ---- items arrive while the store is full ----
it "an agent stops" stop "$AGENT_PID"
it "a revision is pushed" push 4
fill server
start agent "$AGENT" run --state "$DISKS/agent/state"
AGENT_PID=$PID
it "its items can't be kept, which the server says" \
	wait_for 10 grep -Eqi 'items not kept.*(full|space)' "$T/server.err"
is_running "$SERVER" && is_running "$AGENT_PID"
result $? "both stay"
rm "$DISKS/server/fill"
it "with room again they arrive" wait_for 60 is_answered 4
feed >"$T/after"
is "nothing is lost" "$(comm -23 "$T/before" "$T/after")" ""
is "each was taken once" "$(uniq -d "$T/after")" ""
stop "$SERVER"
is "the server stops cleanly" $? 0
start_server || exit 1
it "and comes back with all of it" is_answered 4

done_testing
