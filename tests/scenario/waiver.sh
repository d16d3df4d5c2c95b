#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# waiver.sh: an exception: what fails is waived until a time, and fails again after it, by itself.
. "$(dirname "$0")/lib.sh"

status()
{
	api GET '/api/v1/items?q=check.ref:root-login' | jq -r '.data[0].status'
}

is_status()
{
	[ "$(status)" = "$1" ]
}

becomes()
{
	wait_for 15 is_status "$1"
	result $? "$2"
}

member()
{
	api GET '/api/v1/items?q=check.ref:root-login' | jq -r ".data[0]$1"
}

achieved()
{
	api GET /api/v1/hosts | jq -r '.data[0].achieved'
}

# history: the statuses, oldest first.
history()
{
	api GET "/api/v1/items/$(member .id)/history" |
		jq -r '[.data[].status] | reverse | join(" ")'
}

add()
{
	"$MUSTER" waiver add "$@"
}

# ended QUERY: how the waiver that it finds ended.
ended()
{
	api GET "/api/v1/waivers?q=$1" | jq -r '.data[0] | .status + " " + (.ended_by // "itself")'
}

mkdir -p "$T/etc"
echo "PermitRootLogin yes" >"$T/etc/sshd_config"
write "$T/policy.yaml" <<END
policy: system
checks:
  - ref: root-login
    level: low
    name: root login is off
    test: { config: $T/etc/sshd_config, format: sshd, key: PermitRootLogin, equals: "no" }
  - ref: there
    level: low
    name: the file is there
    test: { file: $T/etc/sshd_config, exists: true }
END
start_server || exit 1
start_agent a
it "a policy is pushed" "$MUSTER" policy push "$T/policy.yaml"
becomes fail "its check fails"
is "so no level is achieved" "$(achieved)" none

HOST_ID=$(api GET /api/v1/hosts | jq -r '.data[0].id')

exits 2 "a check that there is not" add system/root-loggin --hosts '*' --until 2999-01-01 --why x
exits 2 "a waiver for more than ten years" \
	add system/root-login --hosts '*' --until 2999-01-01 --why x
like "says so" "$(cat "$ERR")" 'within 10 years'
exits 2 "one that is over already" add system/root-login --hosts '*' --until 2020-01-01 --why x
exits 2 "no date" add system/root-login --hosts '*' --until soon --why x
like "says what one is" "$(cat "$ERR")" '2027-01-31'
exits 2 "no such hosts" add system/root-login --hosts 'name:(' --until 2999-01-01 --why x
exits 2 "no reason" add system/root-login --hosts '*' --until 2027-01-01
exits 2 "no check" add root-login --hosts '*' --until 2027-01-01 --why x
exits 2 "an end of what there is not" "$MUSTER" waiver end 0123 --yes

until=$(date -u -d '+30 days' +%F)
id=$(add system/root-login --hosts 'name:*' --until "$until" --why 'moves in May')
like "a waiver has an id" "$id" '^[0-9a-f]{32}$'
is "it takes effect at once" "$(status)" waived
is "the item complies" "$(member .compliance)" true
is "it keeps the verdict" "$(member .waiver.status)" fail
is "who made it" "$(member .waiver.by)" admin
is "until the day's last moment" "$(member .waiver.until)" "${until}T23:59:59.999999Z"
like "it says so" "$(member .reason)" \
	"^waived until ${until}T23:59:59Z by admin: moves in May; it is fail: "
is "the level is achieved" "$(achieved)" low
is "its beginning is an item" "$(history)" "fail waived"
like "the list shows it" "$("$MUSTER" waiver list)" \
	"system/root-login +name:\* +${until}T23:59Z +active +admin +moves in May"
is "the API finds it" "$(api GET '/api/v1/waivers?q=why:May' | jq -r '.data[].id')" "$id"
is "and not by others" "$(api GET '/api/v1/waivers?q=why:June' | jq '.data | length')" 0

# a new verdict of the host is waived, too; a pass stays one
echo "PermitRootLogin prohibit-password" >"$T/etc/sshd_config"
again()
{
	member .waiver.reason | grep -q prohibit
}
it "a new failure is waived as well" wait_for 10 again
echo "PermitRootLogin no" >"$T/etc/sshd_config"
becomes pass "what complies is not waived"
echo "PermitRootLogin yes" >"$T/etc/sshd_config"
becomes waived "what fails again is"

# kill -9: nothing is lost, the waiver goes on
kill -9 "$SERVER"
wait "$SERVER" 2>/dev/null
start_server
is "after kill -9 it is waived" "$(status)" waived
is "and the waiver is there" "$("$MUSTER" waiver list --format ndjson | jq -r .id)" "$id"

it "ended by hand" "$MUSTER" waiver end "$id" --yes
is "the verdict is back at once" "$(status)" fail
is "without a waiver in it" "$(member .waiver)" null
like "its end is an item" "$(history)" "waived fail$"
is "the list of those that go on is empty" "$("$MUSTER" waiver list --format ndjson)" ""
is "who ended it is kept" "$(ended "id:$id")" "ended admin"
it "ending it again changes nothing" "$MUSTER" waiver end "$id" --yes

# by itself, to the second
soon=$(date -u -d '+4 seconds' +%FT%TZ)
add system/root-login --hosts '*' --until "$soon" --why short >/dev/null
is "one for four seconds" "$(status)" waived
becomes fail "ends by itself"
is "nobody ended it" "$(ended why:short)" "ended itself"

# one whose end came while the server was down
soon=$(date -u -d '+3 seconds' +%FT%TZ)
add system/root-login --hosts '*' --until "$soon" --why down >/dev/null
is "another" "$(status)" waived
stop "$SERVER"
sleep 3
start_server
becomes fail "ends when the server is back"

# hosts: those of the query alone
add system/root-login --hosts 'tags.stage:old' --until "$until" --why stage >/dev/null
is "another host's waiver is none" "$(status)" fail
it "the host becomes one of those" "$MUSTER" agent tag "$HOST_ID" stage=old
becomes waived "then it is waived"
it "and is none any more" "$MUSTER" agent tag "$HOST_ID" stage=new
becomes fail "then it fails again"

"$MUSTER" token create --role viewer >"$T/viewer"
MUSTER_TOKEN=$(cat "$T/viewer") exits 3 "a viewer may make none" \
	"$MUSTER" waiver add system/root-login --hosts '*' --until "$until" --why x
done_testing
