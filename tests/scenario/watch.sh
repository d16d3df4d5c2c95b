#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# muster watch: the items of a check, and then each that changes, as it changes.
. "$(dirname "$0")/lib.sh"

# put FILE: standard input becomes the file, at once.
put()
{
	write "$T/root/.fresh" && mkdir -p "$(dirname "$T/root$1")" &&
		mv "$T/root/.fresh" "$T/root$1"
}

# begin NAME [OPTIONS…]: a watch over $T/root, of which the first items are there. Its id is $PID.
begin()
{
	local name="$1"

	shift
	start "$name" "$MUSTER" watch "$T/policy.yaml" --root "$T/root" --target web1 "$@"
	wait_for 20 grep -q 'root-login' "$T/$name.out"
	sleep 0.3 # until it listens: what comes earlier may be one change with what comes later
}

says()
{
	wait_for 10 grep -Eq "$2" "$T/$1.out"
	result $? "$3" && return 0
	diag "$T/$1.out"
	diag "$T/$1.err"
	return 1
}

write "$T/policy.yaml" <<'END'
policy: system
checks:
  - ref: root-login
    level: medium
    name: root login is off
    test: { config: /etc/ssh/sshd_config, key: PermitRootLogin, equals: "no" }
  - ref: no-rhosts
    level: low
    name: no rhosts anywhere
    test: { files: "", path: /home, name: '^\.rhosts$', count: 0 }
END
put /etc/ssh/sshd_config <<'END'
PermitRootLogin no
Include /etc/ssh/sshd_config.d/*.conf
END
mkdir -p "$T/root/home/anna"

begin table
WATCH=$PID
like "the table of a check comes first" "$(cat "$T/table.out")" \
	'^pass +medium +root-login +root login is off'
put /etc/ssh/sshd_config <<'END'
PermitRootLogin yes
END
says table '^[0-9:]+Z  pass → fail  medium  system/root-login  root login is off: .*"yes"' \
	"a file that is renamed over is a line: when, from, to, which check and why"
printf 'PermitRootLogin no\n' >"$T/root/etc/ssh/sshd_config"
says table 'fail → pass  medium  system/root-login' "one that is written in place, too"
mkdir -p "$T/root/home/bert/deep"
: >"$T/root/home/bert/deep/.rhosts"
says table 'pass → fail  low  system/no-rhosts' "a file in a folder that came later"
rm -r "$T/root/home"
says table 'fail → pass  low  system/no-rhosts' "the folders above it deleted"
mkdir -p "$T/root/home"
: >"$T/root/home/.rhosts"
wait_for 10 sh -c "[ \$(grep -c 'pass → fail  low' '$T/table.out') = 2 ]"
result $? "and made again"
if can_attribute; then
	change painter "PermitRootLogin yes" "$T/root/etc/ssh/sshd_config"
	says table "root login is off: .*, by uid 0 with painter: .* painter PermitRootLogin yes " \
		"at the line's end, who did it"
	change plumber "PermitRootLogin no" "$T/root/etc/ssh/sshd_config"
	says table "root login is off: .*, by uid 0 with plumber: .*/sshd_config\$" \
		"and who did it then"
else
	skip_test "who did it" "CAP_SYS_ADMIN or CAP_NET_ADMIN is missing here"
fi
status=0
stop "$WATCH" INT || status=$?
is "Ctrl-C ends it with the status of the last state" "$status" 1
is "and with nothing on standard error" "$(cat "$T/table.err")" ""

rm "$T/root/home/.rhosts"
begin lines --format ndjson
WATCH=$PID
is "as ndjson an item a line" "$(grep -c '"target":"web1"' "$T/lines.out")" 2
kill -STOP "$WATCH"
for answer in yes no yes no yes; do
	put /etc/ssh/sshd_config <<-END
		PermitRootLogin $answer
	END
done
kill -CONT "$WATCH"
says lines '"ref":"root-login".*"status":"fail"' "one that was stopped meanwhile catches up"
if can_attribute; then
	change painter "PermitRootLogin no" "$T/root/etc/ssh/sshd_config"
	says lines '"status":"pass".*"by":.*"process":"painter".*"command":".*PermitRootLogin no ' \
		"an item names who made the change"
	change plumber "PermitRootLogin yes" "$T/root/etc/ssh/sshd_config"
	says lines '"status":"fail".*"by":.*"process":"plumber"' "each its own"
else
	skip_test "items name who made the change" "CAP_SYS_ADMIN or CAP_NET_ADMIN is missing here"
fi
rm "$T/root/etc/ssh/sshd_config"
put /etc/ssh/sshd_config <<'END'
PermitRootLogin no
END
wait_for 10 sh -c "tail -n 1 '$T/lines.out' | grep -q '\"status\":\"pass\"'"
result $? "and goes on"
status=0
stop "$WATCH" || status=$?
is "all complies: 0" "$status" 0

begin only --only no-rhosts --level low
WATCH=$PID
stop "$WATCH"
unlike "--only and --level leave out checks" "$(cat "$T/only.out")" root-login
exits 2 "a ref that is not there" timeout 10 "$MUSTER" watch "$T/policy.yaml" --only nothing
exits 2 "a format that it does not have" timeout 10 "$MUSTER" watch --format html

# In a network of its own: a setting of the kernel, and who listens.
write "$T/live.yaml" <<'END'
policy: live
checks:
  - ref: ttl
    level: low
    name: packets live long enough
    test: { sysctl: net.ipv4.ip_default_ttl, equals: 64 }
  - ref: nobody
    level: low
    name: nobody listens
    test: { listening: "port:4711", count: 0 }
END
write "$T/live.sh" <<END
ip link set lo up 2>/dev/null
"$MUSTER" watch "$T/live.yaml" >"$T/live.out" 2>"$T/live.err" </dev/null &
watch=\$!
printed()
{
	n=0
	until grep -q "\$1" "$T/live.out" || [ \$n -gt 200 ]; do
		n=\$((n + 1))
		sleep 0.05
	done
}
printed 'achieved level'
sleep 1
echo 63 >/proc/sys/net/ipv4/ip_default_ttl
printed 'fail  low  live/ttl'
python3 -c 'import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 4711))
s.listen()
time.sleep(30)' &
listener=\$!
printed 'fail  low  live/nobody'
kill \$listener
printed 'fail → pass  low  live/nobody'
kill \$watch
END
if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
	unshare -n sh "$T/live.sh" >/dev/null 2>&1
	live=$(cat "$T/live.out")
	like "a kernel setting that is written is told" "$live" \
		'pass → fail  low  live/ttl.*"63", not "64"'
	like "who begins to listen, too" "$live" 'pass → fail  low  live/nobody'
	like "and who ends" "$live" 'fail → pass  low  live/nobody'
else
	skip_test "what is no file" "needs root, for a network of its own"
fi

if [ "$(id -u)" = 0 ]; then
	it "after changes at random it believes what a check finds (MUSTER_CHURN: how many)" \
		timeout 1200 "$BUILD/tools/churn" "$MUSTER" "$T/churn" "${MUSTER_CHURN:-400}"
else
	skip_test "changes at random" "needs root, to keep its links inside of its folder"
fi
done_testing
