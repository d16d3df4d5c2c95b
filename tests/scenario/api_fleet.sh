#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# One policy on one host, by way of the server: pushed, answered, asked for anew, streamed, fed.
. "$(dirname "$0")/lib.sh"

start_server || exit 1
start_agent agent || exit 1
AGENT_PID=$PID
mkdir "$T/host"
FILE=$T/host/setting
echo "secure yes" >"$FILE"

write "$T/site.yaml" <<END
policy: site
checks:
  - ref: secure
    level: medium
    name: the setting is secure
    test: { file: $FILE, regex: "^secure yes\$" }
END

online()
{
	"$MUSTER" agent list --format ndjson | grep -q '"status":"online"'
}

it "the agent comes online" wait_for 10 online

# The stream, heard from now on.
curl -sN --cacert "$MUSTER_CA" -H "Authorization: Bearer $MUSTER_TOKEN" \
	"$MUSTER_URL/api/v1/stream?q=check.ref:secure" >"$T/stream" 2>"$T/stream.err" &
CURL=$!
wait_for 5 grep -q retry "$T/stream"

# Documents
printf 'policy: x\nchecks:\n  - reff: y\n' >"$T/bad.yaml"
exits 2 "a broken policy is refused" "$MUSTER" policy push "$T/bad.yaml"
like "with its place" "$(cat "$ERR")" "^muster: $T/bad.yaml:3:[0-9]+: "
exits 2 "a missing one" "$MUSTER" policy push "$T/none.yaml"
it "a dry run" "$MUSTER" policy push "$T/site.yaml" --dry-run
like "says what would be" "$(cat "$OUT")" \
	'^site: 1 checks, would be assigned to 1 hosts; nothing was changed$'
is "and changes nothing" "$("$MUSTER" policy list)" ""
it "a push" "$MUSTER" policy push "$T/site.yaml"
like "says what it did" "$(cat "$OUT")" '^site: 1 checks, assigned to 1 hosts$'
it "it is listed" "$MUSTER" policy list
it "and shown as it was pushed" "$MUSTER" policy show site
is "to the byte" "$(cat "$OUT")" "$(cat "$T/site.yaml")"
sed 's/^policy: site/policy: site\nurl: https:\/\/a.example/' "$T/site.yaml" >"$T/same.yaml"
exits 2 "the same check in two documents" "$MUSTER" policy push "$T/same.yaml"
like "names both" "$(cat "$ERR")" 'site.*same|same.*site'

answered()
{
	"$MUSTER" query items "check.ref:secure and status:$1" --format ndjson | grep -q secure
}

it "the host answers within 5 s" wait_for 5 answered pass
it "and the stream tells" wait_for 5 grep -q '"ref":"secure"' "$T/stream"
kill "$CURL"
wait "$CURL" 2>/dev/null

# Levels
it "a level is required" "$MUSTER" require '*' medium
it "the host meets it" "$MUSTER" agent list
like "as the list shows" "$(cat "$OUT")" ' medium +medium '
exits 2 "a level that is none" "$MUSTER" require '*' middle
exits 2 "a query that is none" "$MUSTER" require '(' low
it "requirements are listed" "$MUSTER" require list
exits 2 "they are not removed unasked" "$MUSTER" require remove '*'
like "which says what it would do" "$(cat "$ERR")" \
	'^muster: require: hosts that match "\*" need no longer meet medium; .* give --yes; see '
like "and does nothing" "$("$MUSTER" require list)" ' medium '
it "but when told so" "$MUSTER" require remove '*' --yes
is "for good" "$("$MUSTER" require list)" ""

# Now
it "a check on the fleet complies" "$MUSTER" check -t '*'
like "with its item" "$(cat "$OUT")" ' pass +medium +site/secure '
rm "$FILE"
exits 1 "and fails, once it does" "$MUSTER" check -t '*'
like "with the reason" "$(cat "$OUT")" ' fail +medium +site/secure the setting is secure: '
exits 1 "in lines for scripts" "$MUSTER" check -t '*' --format ndjson
is "an item a line" "$(grep -c '"status":"fail"' "$OUT")" 1
echo "secure yes" >"$FILE"
it "a policy of one's own" "$MUSTER" check -t '*' "$T/site.yaml"
exits 1 "nobody is asked" "$MUSTER" check -t 'name:nobody'
like "and that is said" "$(cat "$ERR")" 'nothing was checked: no host matches'
exits 2 "a target that is none" "$MUSTER" check -t '('
exits 2 "a policy that is none" "$MUSTER" check -t '*' "$T/bad.yaml"

# The feed
api GET '/api/v1/items?since=&format=ndjson' -D "$T/headers" >"$T/feed"
cursor=$(sed -n 's/^[Mm]uster-[Cc]ursor: \([0-9]*\).*/\1/p' "$T/headers")
like "the feed has every item" "$(cat "$T/feed")" '"ref":"secure"'
is "and a cursor" "$(api GET "/api/v1/items?since=$cursor&format=ndjson" | wc -l)" 0
it "a new item" "$MUSTER" check -t '*'
like "comes behind it" "$(api GET "/api/v1/items?since=$cursor&format=ndjson")" '"ref":"secure"'

# Silence
it "the agent stops" stop "$AGENT_PID"
exits 1 "who does not answer is unknown" "$MUSTER" check -t '*' --wait 1s
like "and said to be" "$(cat "$OUT")" ' unknown '

# The end of a host
NAME=$("$MUSTER" query hosts --format ndjson | sed 's/.*"name":"\([^"]*\)".*/\1/')
it "a tag" "$MUSTER" agent tag "$NAME" role=web
like "can be asked for" "$("$MUSTER" query hosts tags.role:web --format ndjson)" '"role":"web"'
exits 2 "a host is not revoked unasked" "$MUSTER" agent revoke "$NAME"
like "which says what it would do" "$(cat "$ERR")" 'is revoked, .* give --yes'
it "a host is revoked" "$MUSTER" agent revoke "$NAME" --yes
like "and stays known as that" "$("$MUSTER" agent show "$NAME")" 'status +revoked'
exits 2 "a host that is none" "$MUSTER" agent show nobody.example

exits 3 "a long list on a full disk" sh -c '"$1" query items --format json >/dev/full' sh "$MUSTER"
exits 2 "the document is not removed unasked" "$MUSTER" policy remove site
like "which says what it would do" "$(cat "$ERR")" '"site", 1 checks, is taken away'
it "the document is removed" "$MUSTER" policy remove site --yes
exits 2 "and then unknown" "$MUSTER" policy show site
done_testing
