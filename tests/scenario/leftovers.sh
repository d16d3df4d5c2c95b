#!/bin/sh
# No process is left of muster when it ends, alive or as a zombie: not of its helpers, not of what
# those have started; however it ends. Whoever is orphaned falls to build/tools/leftovers, as to the
# first process of a container that reaps nobody.
# shellcheck disable=SC3043,SC2016 # dash has local; what others run
. "$(dirname "$0")/lib.sh"

LEFT=$BUILD/tools/leftovers
P=$T/pid
start silent "$BUILD/tools/badserver" hang
wait_for 10 grep -q . "$T/silent.out" || exit 1
PORT=$(cat "$T/silent.out")

write "$T/all.yaml" <<'END'
policy: leftovers
checks:
  - { ref: owner, level: low, name: c, test: { listening: 'process:nobody', count: 0 } }
  - { ref: rules, level: low, name: c, test: { firewall_rules: 'verdict:nothing', count: 0 } }
  - { ref: reach, level: low, name: c, test: { reach: '127.0.0.1:9', open: false } }
  - { ref: run, level: low, name: c, test: { command: [sleep, "0.01"], exit: 0 } }
END
write "$T/plain.yaml" <<'END'
policy: plain
checks: [ { ref: f, level: low, name: c, test: { file: /etc/passwd, regex: root } } ]
END
write "$T/slow.yaml" <<END
policy: slow
checks:
  - { ref: owner, level: low, name: c, test: { listening: 'process:nobody', count: 0 } }
  - { ref: tls, level: low, name: c, test: { tls: 'localhost:$PORT' } }
END
write "$T/command.yaml" <<'END'
policy: command
checks:
  - ref: children
    level: low
    name: c
    test: { command: [perl, -e, 'fork; fork; setpgrp; sleep 60'], exit: 0, timeout: 40s }
END

# left FILE: who is left, as leftovers has told there.
left()
{
	grep -E '^(zombie|alive|stays) ' "$1" | tr '\n' ' '
}

# leaves "what" STATUS NAMES COMMAND…: the command ends so, and leaves these, or nothing.
leaves()
{
	local what="$1" want="$2" who="$3" status=0

	shift 3
	"$LEFT" "$P" "$@" >"$OUT" 2>"$ERR" </dev/null || status=$?
	is "$what" "$status $(left "$OUT")" "$want $who"
}

# below PID: the processes below one, with theirs.
below()
{
	local one

	for one in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		echo "$one"
		below "$one"
	done
}

# has_below PID COUNT NAME: so many, at least, of that name.
has_below()
{
	local one count=0

	for one in $(below "$1"); do
		[ "$(cat "/proc/$one/comm" 2>/dev/null)" != "$3" ] || count=$((count + 1))
	done
	[ "$count" -ge "$2" ]
}

# begins COUNT NAME COMMAND…: in the background, until so many processes of that name are below it;
# its process id is in $MAIN, and that of leftovers in $PID.
begins()
{
	local count="$1" name="$2"

	shift 2
	rm -f "$P"
	# whoever runs this may ignore SIGHUP (nohup), and what is ignored is inherited
	start background env --default-signal=HUP "$LEFT" "$P" "$@"
	wait_for 10 test -s "$P" || exit 1
	MAIN=$(cat "$P")
	wait_for 10 has_below "$MAIN" "$count" "$name" || {
		result 1 "it begins: $*"
		diag "$T/background.err"
	}
}

# ends "what" SIGNAL STATUS: by this signal, with this status, and leaves nothing.
ends()
{
	local status=0

	kill "-$2" "$MAIN"
	wait_for 10 has_ended "$PID" || kill -KILL "$PID"
	wait "$PID" || status=$?
	is "$1" "$status $(left "$T/background.out")" "$3 "
}

# --- ends by itself ---
leaves "leftovers sees what is left (sleep)" 0 "alive sleep stays sleep " sh -c 'sleep 60 &
	sleep 0.3'
leaves "check without helpers" 0 "" "$MUSTER" check "$T/plain.yaml"
leaves "check with each of them" 0 "" "$MUSTER" check --allow-commands --only reach --only run \
	"$T/all.yaml"
leaves "check that asks them all" "$("$MUSTER" check --allow-commands "$T/all.yaml" >/dev/null 2>&1
	echo $?)" "" "$MUSTER" check --allow-commands "$T/all.yaml"
leaves "run" 0 "" "$MUSTER" run reach 127.0.0.1:9
leaves "check that nobody reads" 0 "" sh -c '"$1" check "$2" | :' sh "$MUSTER" "$T/all.yaml"
leaves "check with a policy that can't be read" 2 "" "$MUSTER" check "$T/none.yaml" "$T/all.yaml"

# --- by a signal ---
for signal in TERM=143 INT=130 HUP=129; do
	begins 3 muster "$MUSTER" check "$T/slow.yaml"
	ends "check, by SIG${signal%=*}" "${signal%=*}" "${signal#*=}"
	begins 2 muster "$MUSTER" run tls "localhost:$PORT"
	ends "run, by SIG${signal%=*}" "${signal%=*}" "${signal#*=}"
done
begins 3 muster nohup "$MUSTER" check "$T/slow.yaml"
kill -HUP "$MAIN"
ends "check, after a SIGHUP that is ignored" TERM 143
begins 2 perl "$MUSTER" check --allow-commands "$T/command.yaml"
ends "what a command has started ends with it" TERM 143
begins 3 muster "$MUSTER" watch "$T/all.yaml"
wait_for 10 grep -q 'reach' "$T/background.out"
kill -TERM "$MAIN"
wait_for 10 has_ended "$PID"
wait "$PID"
like "watch ends by itself, by SIGTERM" "$? $(left "$T/background.out")" '^[01] $'

# --- while a helper hangs ---
# stops PIDS: they hang.
stops()
{
	local one

	for one in $1; do
		kill -STOP "$one"
	done
}

begins 3 muster "$MUSTER" check "$T/slow.yaml"
stops "$(below "$MAIN")"
# one that hangs takes no SIGTERM; it does when it is not stopped quite yet
kill -TERM "$MAIN"
wait_for 10 has_ended "$PID"
wait "$PID"
like "check, when all below it hang" "$? $(left "$T/background.out")" '^(143|137) $'
begins 3 muster "$MUSTER" watch "$T/all.yaml"
wait_for 10 grep -q 'reach' "$T/background.out"
stops "$(below "$(below "$MAIN" | head -n 1)")"
kill -INT "$MAIN"
wait_for 10 has_ended "$PID"
wait "$PID"
like "watch, when its helpers hang, also while it asks them" \
	"$? $(left "$T/background.out")" '^([01]|137) $'
begins 3 muster "$MUSTER" watch "$T/all.yaml"
stops "$(below "$MAIN")"
ends "watch, when its judge hangs, is killed after a while" TERM 137

# --- when nothing can be done any more ---
begins 3 muster "$MUSTER" check "$T/slow.yaml"
kill -KILL "$MAIN"
wait_for 10 has_ended "$PID"
is "by SIGKILL nobody lives on" "$(grep -c '^stays' "$T/background.out")" 0
done_testing
