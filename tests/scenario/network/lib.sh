# lib.sh: what the scenarios of this folder share: servers of one vice
# (tests/tools/badserver.c), and checks of one test each. Sourced first:
# . "$(dirname "$0")/lib.sh"
# shellcheck shell=sh disable=SC3043,SC2034 # dash has local; what it sets is for scenarios
. "$(dirname "$0")/../lib.sh"

BAD=$BUILD/tools/badserver

# serve NAME VICE [ARGUMENT…]: $PORT is where it is.
serve()
{
	local name="$1"

	shift
	start "$name" "$BAD" "$@"
	wait_for 10 grep -q . "$T/$name.out" || exit 1
	PORT=$(cat "$T/$name.out")
}

# check POLICY_LINES…: judges one policy of these tests; statuses in $STATUSES.
check()
{
	local i=0 test

	printf 'policy: network\nchecks:\n' >"$T/p.yaml"
	for test in "$@"; do
		i=$((i + 1))
		printf -- '- { ref: c%d, level: low, name: c, test: { %s } }\n' $i "$test" \
			>>"$T/p.yaml"
	done
	"$MUSTER" check "$T/p.yaml" --format ndjson >"$OUT" 2>"$ERR" </dev/null
	STATUSES=$(jq -r .status "$OUT" | tr '\n' ' ')
	STATUSES=${STATUSES% }
}

reason()
{
	jq -r "select(.check.ref == \"$1\").reason" "$OUT"
}
