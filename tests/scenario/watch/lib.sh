# lib.sh: what the scenarios of this folder share: a muster watch that must notice what is done.
# Sourced first: . "$(dirname "$0")/lib.sh"
# shellcheck shell=sh disable=SC3043,SC2034 # dash has local; what it sets is for scenarios
. "$(dirname "$0")/../lib.sh"

# begin NAME OPTIONS…: a watch over the policy $T/NAME.yaml, of which the first items are there,
# started by the words in $BY.
begin()
{
	WATCHED=$1
	shift
	# shellcheck disable=SC2086 # words
	start "$WATCHED" ${BY:-} "$MUSTER" watch "$T/$WATCHED.yaml" --format ndjson "$@"
	WATCH=$PID
	wait_for 20 grep -q '"ref":"last"' "$T/$WATCHED.out"
	sleep 0.5 # until it listens: what comes earlier may be one change with what comes later
}

told()
{
	grep -c "\"ref\":\"$1\"" "$T/$WATCHED.out"
}

stands()
{
	grep "\"ref\":\"$1\"" "$T/$WATCHED.out" | tail -n 1 | jq -r .status
}

has_turned()
{
	[ "$(told "$1")" -gt "$2" ] && [ "$(stands "$1")" = "$3" ]
}

# turns REF STATUS "what" COMMANDS: they are carried out, and the watch says that this check, which
# stood otherwise, stands so now, within $WITHIN seconds (5).
turns()
{
	local before

	before=$(told "$1")
	if [ "$(stands "$1")" = "$2" ]; then
		result 1 "$3: it is $2 already"
	elif ! eval "$4" >"$OUT" 2>"$ERR"; then
		result 1 "$3: $4"
		diag "$ERR"
	else
		wait_for "${WITHIN:-5}" has_turned "$1" "$before" "$2"
		result $? "$3" && return
		tail -n 3 "$T/$WATCHED.out" | cut -c 1-300 | sed 's/^/# /'
		diag "$T/$WATCHED.err"
	fi
}

# ends "what": the watch stops, and nothing was on standard error.
ends()
{
	stop "$WATCH"
	is "$1" "$(cat "$T/$WATCHED.err")" ""
}
