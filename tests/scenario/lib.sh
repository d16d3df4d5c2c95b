# lib.sh: what every scenario sources first: . "$(dirname "$0")/lib.sh" (in a folder of this one:
# . "$(dirname "$0")/../lib.sh")
#
# A scenario tells one story with real processes and speaks TAP. It has
#
#	$MUSTER $MUSTERD $AGENT   the programs, from $BUILD (default: build/ of the checkout)
#	$SOURCE                   the checkout
#	$T                        a folder of its own, removed at the end
#	$OUT $ERR                 files with what the last command of it, exits or fails printed
#
# and the words below. It ends with done_testing. Ports are 0, waiting is for facts (wait_for), and
# what was started is stopped at the end, by its process id.
# shellcheck shell=sh disable=SC3043,SC2034 # local: dash has it; what it sets is for scenarios
set -u

SCENARIO=$(cd "$(dirname "$0")" && pwd)
case $SCENARIO in */tests/scenario/*) SCENARIO=${SCENARIO%/*} ;; esac
SOURCE=$(cd "$SCENARIO/../.." && pwd)
BUILD=$(cd "${BUILD:-$SOURCE/build}" && pwd) || exit 1
MUSTER=$BUILD/muster
MUSTERD=$BUILD/musterd
AGENT=$BUILD/muster-agent
T=$(mktemp -d "${TMPDIR:-/tmp}/scenario.XXXXXX") || exit 1
OUT=$T/.out
ERR=$T/.err
POLL_S=0.05
STOP_S=5

test_count=0
test_failed=0
started=
export LC_ALL=C
unset MUSTER_URL MUSTER_TOKEN MUSTER_CA

clean_up()
{
	local pid

	for pid in $started; do
		kill -s KILL -- "-$pid" "$pid" 2>/dev/null
	done
	chmod -R u+rwX "$T" 2>/dev/null
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# diag FILE: shows the first lines of a file as a diagnosis.
diag()
{
	head -n 40 "$1" | sed 's/^/# /'
}

# result STATUS "what": reports one test; the others end in it.
result()
{
	test_count=$((test_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $test_count - $2"
		return 0
	fi
	test_failed=$((test_failed + 1))
	echo "not ok $test_count - $2"
	return 1
}

# exits STATUS "what" COMMAND…: the command ends with that status.
exits()
{
	local want="$1" what="$2" got=0

	shift 2
	"$@" >"$OUT" 2>"$ERR" </dev/null || got=$?
	[ "$got" = "$want" ]
	result $? "$what" && return 0
	echo "# exit $got, expected $want: $*"
	diag "$OUT"
	diag "$ERR"
	return 1
}

# it "what" COMMAND…: the command succeeds.
it()
{
	exits 0 "$@"
}

# is "what" GOT WANT: both texts are the same.
is()
{
	[ "$2" = "$3" ]
	result $? "$1" && return 0
	printf '%s\n' "got: $2" "expected: $3" | sed 's/^/# /'
	return 1
}

# like "what" TEXT PATTERN: a line of the text matches the extended regular expression.
like()
{
	printf '%s\n' "$2" | grep -Eq -e "$3"
	result $? "$1" && return 0
	printf '%s\n' "no line matches: $3" "$2" | head -n 40 | sed 's/^/# /'
	return 1
}

# unlike "what" TEXT PATTERN: no line does.
unlike()
{
	! printf '%s\n' "$2" | grep -Eq -e "$3"
	result $? "$1" && return 0
	printf '%s\n' "$2" | grep -E -e "$3" | sed 's/^/# matches: /'
	return 1
}

# is_sanitized: whether the programs are built with sanitizers, which take memory and their place.
is_sanitized()
{
	ldd "$MUSTER" | grep -q 'lib[at]san'
}

# can_attribute: whether the kernel lets an agent of ours know who changes files (CAP_SYS_ADMIN) and
# which programs begin (CAP_NET_ADMIN).
can_attribute()
{
	local powers

	powers=0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
	[ $((powers >> 21 & powers >> 12 & 1)) = 1 ]
}

# change NAME TEXT FILE: a program of that name writes the line into the file. It lives a second
# more, for of what has ended at once not everything is known on a busy machine.
change()
{
	[ -e "$T/$1" ] || cp "$(command -v sh)" "$T/$1"
	"$T/$1" -c 'echo "$1" >"$2"; sleep 1; :' "$@"
}

# skip_test "what" REASON: a test that cannot run here.
skip_test()
{
	test_count=$((test_count + 1))
	echo "ok $test_count - $1 # SKIP $2"
}

# skip_all REASON: the same for a whole scenario; ends it.
skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

# wait_for SECONDS COMMAND…: until the command succeeds; false when it has not by then.
wait_for()
{
	local end

	end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$end" ] || return 1
		sleep "$POLL_S"
	done
}

# start NAME COMMAND…: starts it in the background, with its output in $T/NAME.out and $T/NAME.err;
# its process id, and its group's, is then in $PID.
start()
{
	local name="$1"

	shift
	setsid "$@" >"$T/$name.out" 2>"$T/$name.err" </dev/null &
	PID=$!
	started="$started $PID"
}

# is_running PID
is_running()
{
	kill -0 "$1" 2>/dev/null
}

# stop PID [SIGNAL]: sends SIGTERM, or that signal, and waits for its end. Returns its exit status,
# 128 and more where a signal ended it; 99 when it would not end within 5 s, and kills it then.
stop()
{
	local status=0

	kill "-${2:-TERM}" "$1" 2>/dev/null
	if ! wait_for "$STOP_S" has_ended "$1"; then
		kill -s KILL -- "-$1" "$1" 2>/dev/null
		wait "$1" 2>/dev/null
		return 99
	fi
	wait "$1" 2>/dev/null || status=$?
	return "$status"
}

# has_ended PID: whether it is gone, or waits for nothing but to be noticed.
has_ended()
{
	case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
	"" | Z*) return 0 ;;
	esac
	return 1
}

# write FILE: writes standard input to the file, and makes the folders above it.
write()
{
	mkdir -p "$(dirname "$1")" && cat >"$1"
}

dashboard_config()
{
	[ ! -d "$SOURCE/ui/dist" ] || echo "dashboard: \"$SOURCE/ui/dist\""
}

# start_server [MUSTERD'S OPTIONS…]: a server with its state in $T/server, made at the first call,
# with the configuration $T/musterd.yaml, else with this checkout's dashboard where it was built.
# Then $SERVER is its process id, $URL and $AGENTS its addresses, and muster finds it as its admin.
start_server()
{
	local ready

	if [ ! -d "$T/server" ]; then
		"$MUSTERD" init --state "$T/server" >"$T/init.out" 2>"$T/init.err" || {
			diag "$T/init.err"
			return 1
		}
	fi
	[ -e "$T/musterd.yaml" ] || dashboard_config >"$T/musterd.yaml"
	rm -f "$T/server.out" # the last start's line is not this one's
	start server "$MUSTERD" run --state "$T/server" --config "$T/musterd.yaml" \
		--listen "${URL_ADDRESS:-127.0.0.1:0}" --agents "${AGENTS:-127.0.0.1:0}" "$@"
	SERVER=$PID
	if ! wait_for 20 grep -q '^ready ' "$T/server.out"; then
		diag "$T/server.err"
		return 1
	fi
	ready=$(grep '^ready ' "$T/server.out")
	URL=${ready#ready }
	URL=${URL%% *}
	URL_ADDRESS=${URL#https://}
	AGENTS=${ready##* }
	export MUSTER_URL="$URL" MUSTER_CA="$T/server/ca.pem"
	MUSTER_TOKEN=$(cat "$T/server/admin.token")
	export MUSTER_TOKEN
}

enroll_agent()
{
	"$MUSTER" agent token >"$T/$1.token" || return 1
	"$AGENT" enroll - --state "$T/$1" --trust-server <"$T/$1.token" >"$T/$1.out"
}

# start_agent NAME: an agent with its state in $T/NAME, enrolled at the first call and obeying the
# server. Then $PID is its process id.
start_agent()
{
	if [ ! -d "$T/$1" ] && ! enroll_agent "$1" 2>"$T/$1.err"; then
		diag "$T/$1.err"
		return 1
	fi
	start "$1" "$AGENT" run --state "$T/$1"
}

# api METHOD PATH [CURL'S OPTIONS…]: asks the API as the admin; prints the body, fails from 400 on.
api()
{
	local method="$1" path="$2"

	shift 2
	curl -sS --fail-with-body --max-time 20 --cacert "$MUSTER_CA" -X "$method" \
		-H "Authorization: Bearer $MUSTER_TOKEN" "$@" "$MUSTER_URL$path"
}

# turns: of a list of items on standard input their statuses, newest first, one that stays once: the
# watch may have told it before who asked.
turns()
{
	jq -c 'reduce .data[].status as $s ([]; if .[-1] == $s then . else . + [$s] end)'
}

# done_testing: prints the plan and ends the scenario.
done_testing()
{
	echo "1..$test_count"
	[ "$test_failed" = 0 ]
	exit
}
