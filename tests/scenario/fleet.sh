#!/bin/sh
# A policy becomes items: server, agent, API, feed; then agents that may not come in.
. "$(dirname "$0")/lib.sh"

# items FILTER: how many current items answer a jq condition.
items()
{
	api GET "/api/v1/items?limit=1000" | jq "[.data[] | select($1)] | length"
}

# has_items COUNT FILTER
has_items()
{
	[ "$(items "$2")" = "$1" ]
}

host_is()
{
	[ "$(api GET /api/v1/hosts | jq -r ".data[0].$1")" = "$2" ]
}

mkdir -p "$T/etc"
echo "PermitRootLogin no" >"$T/etc/sshd_config"
write "$T/base.yaml" <<YAML
policy: system
url: https://example.org/policy
statements:
  root-access: Root must not log in over the network.
checks:
  - ref: sysmediumssh1
    statement: root-access
    level: medium
    name: check root login is off
    description: compliance check for openssh
    rationale: A shared login leaves no trace of who acted.
    remediation: Set "PermitRootLogin no".
    test: { file: $T/etc/sshd_config, regex: '(?i)^permitrootlogin no\$' }
  - ref: syslowfile1
    level: low
    name: check that a file is there
    test: { file: $T/etc/sshd_config, exists: true }
YAML
chmod 755 "$T"

it "init makes a state folder" "$MUSTERD" init --state "$T/server"
exits 3 "init refuses to overwrite one" "$MUSTERD" init --state "$T/server"
is "the admin's token is the owner's alone" "$(stat -c %a "$T/server/admin.token")" 600
start_server || exit 1
like "the ready line names both addresses" "$(cat "$T/server.out")" \
	'^ready https://127\.0\.0\.1:[0-9]+ agents 127\.0\.0\.1:[0-9]+$'
exits 3 "one state folder has one server" "$MUSTERD" run --state "$T/server" --listen 127.0.0.1:0
"$MUSTERD" init --state "$T/second" >/dev/null
exits 3 "a port in use is a clear error" "$MUSTERD" run --state "$T/second" \
	--listen "$URL_ADDRESS" --agents 127.0.0.1:0
like "it names the port" "$(cat "$ERR")" "${URL_ADDRESS##*:}"
it "healthz answers without a token" curl -sS --fail --cacert "$MUSTER_CA" "$MUSTER_URL/healthz"
exits 22 "the API wants a token" curl -sS --fail --cacert "$MUSTER_CA" "$MUSTER_URL/api/v1/hosts"

it "a policy is pushed before any host is there" "$MUSTER" policy push "$T/base.yaml"
"$MUSTER" agent token >"$T/word"
is "the enrolment token is one word, alone" "$(wc -lw <"$T/word" | tr -s ' ')" " 1 1"
exits 2 "an agent must say whom it trusts" "$AGENT" enroll - --state "$T/agent" <"$T/word"
exits 2 "signatures are refused until they mean something" \
	"$AGENT" enroll "$(cat "$T/word")" --state "$T/agent" --trust "$T/word"
it "an agent enrols" "$AGENT" enroll "$(cat "$T/word")" --state "$T/agent" --trust-server
exits 3 "a used token is refused" \
	"$AGENT" enroll "$(cat "$T/word")" --state "$T/agent2" --trust-server
exits 3 "a held name is refused" \
	"$AGENT" enroll "$("$MUSTER" agent token)" --state "$T/agent2" --trust-server
exits 2 "a word that is no token is refused" \
	"$AGENT" enroll nonsense --state "$T/agent2" --trust-server

start agent "$AGENT" run --state "$T/agent"
AGENT_PID=$PID
it "the items arrive" wait_for 10 has_items 2 '.status == "pass"'
is "an item has the mission's fields" \
	"$(api GET "/api/v1/items?q=ref:sysmediumssh1" | jq -c '.data[0] |
		[.compliance, .link, .policy, .check.ref, .check.name, .check.description,
		 .check.location, .check.test]')" \
	"$(printf '%s' '[true,"",' \
		'{"name":"system","level":"medium","url":"https://example.org/policy"},' \
		'"sysmediumssh1","check root login is off","compliance check for openssh",' \
		"\"$T/etc/sshd_config\"," \
		'{"type":"regex","value":"(?i)^permitrootlogin no$"}]')"
is "its agent is the host's id" "$(api GET /api/v1/items | jq -r '.data[0].agent')" \
	"$(api GET /api/v1/hosts | jq -r '.data[0].id')"
is "the host achieves medium" "$(api GET /api/v1/hosts | jq -r '.data[0].achieved')" medium
is "no level is required" "$(api GET /api/v1/hosts | jq -r '.data[0].required')" null
it "a level is required" "$MUSTER" require 'os:linux' high
is "and shown" "$(api GET /api/v1/hosts | jq -r '.data[0].required')" high

echo "PermitRootLogin yes" >"$T/etc/sshd_config"
exits 1 "a check on demand tells of the failure" "$MUSTER" check -t 'os:linux' --format ndjson
is "its items came back" "$(jq -r 'select(.check.ref == "sysmediumssh1").status' "$OUT")" fail
it "and are current" wait_for 5 has_items 1 '.status == "fail"'
is "history has both" "$(api GET "/api/v1/items/$(api GET '/api/v1/items?q=ref:sysmediumssh1' |
	jq -r '.data[0].id')/history" | turns)" '["fail","pass"]'
like "items stand below their statement" \
	"$("$MUSTER" query items ref:sysmediumssh1 | tr '\n' '|')" \
	'\|system: Root must not log in over the network\.\|fail +medium +'
like "and without one, below their policy" \
	"$("$MUSTER" query items ref:syslowfile1 | tr '\n' '|')" \
	'\|system\|pass +low +'
exits 1 "a policy in hand is checked, too" "$MUSTER" check -t 'os:linux' "$T/base.yaml"
like "with statements, as they come" "$(tr '\n' '|' <"$OUT")" \
	'\|system: Root must not log in [^|]+\|[^|]+ fail +medium +system/sysmediumssh1 '
exits 2 "a broken target names the column" "$MUSTER" check -t 'os:('
like "of the mistake" "$(cat "$ERR")" 'column [0-9]+'

sed 's/exists: true/exists: false/' "$T/base.yaml" >"$T/new.yaml"
it "a changed policy is pushed" "$MUSTER" policy push "$T/new.yaml" --as base
it "and answered within 5 s" wait_for 6 has_items 2 '.status == "fail"'
write "$T/other.yaml" <<YAML
policy: system
checks:
  - { ref: syslowfile1, level: low, name: same ref, test: { file: /etc/passwd, exists: true } }
YAML
exits 2 "one ref in two documents is refused" "$MUSTER" policy push "$T/other.yaml"
like "and both are named" "$(cat "$ERR")" 'base'
exits 2 "a broken policy is refused with its line" "$MUSTER" policy push "$T/word" --as word
grep -v -e syslowfile1 -e 'level: low' -e 'a file is there' -e 'exists:' "$T/new.yaml" \
	>"$T/less.yaml"
it "a check falls away" "$MUSTER" policy push "$T/less.yaml" --as base
it "and is current no more" wait_for 6 has_items 1 'true'
like "its last item says so" "$(api GET '/api/v1/items?since=' | tail -n 2)" 'no longer assigned'

it "a document is removed" "$MUSTER" policy remove base --yes
it "and its items with it" wait_for 6 has_items 0 'true'
it "the same document comes again" "$MUSTER" policy push "$T/less.yaml" --as base
it "and is answered anew" wait_for 6 has_items 1 'true'

feed=$(curl -sS --cacert "$MUSTER_CA" -H "Authorization: Bearer $MUSTER_TOKEN" -D "$T/head" \
	"$MUSTER_URL/api/v1/items?since=&format=ndjson" | wc -l)
like "the feed has every item" "$feed" '^[0-9]+$'
cursor=$(tr -d '\r' <"$T/head" | sed -n 's/^[Mm]uster-[Cc]ursor: //p')
is "and nothing behind its cursor" "$(api GET "/api/v1/items?since=$cursor&format=ndjson")" ""

it "the agent says how it is" "$AGENT" status --state "$T/agent"
stop "$AGENT_PID"
is "an agent stops cleanly" $? 0
api GET /api/v1/summary | jq -c .changes >"$T/changes"
stop "$SERVER"
is "a server stops cleanly" $? 0
start_server || exit 1
like "something did change" "$(cat "$T/changes")" '"ref":"sysmediumssh1".*"from":"pass","to":"fail"'
is "and is not forgotten" "$(api GET /api/v1/summary | jq -c .changes)" "$(cat "$T/changes")"
is "and comes back with its items" "$(items true)" 1
start agent "$AGENT" run --state "$T/agent"
AGENT_PID=$PID
it "the agent comes back" wait_for 15 host_is status online
name=$(api GET /api/v1/hosts | jq -r '.data[0].name')
it "a host is revoked" "$MUSTER" agent revoke "$name" --yes
it "its agent gives up" wait_for 15 has_ended "$AGENT_PID"
like "and says why" "$(cat "$T/agent.err")" 'revoked'
it "its name is free again" \
	"$AGENT" enroll "$("$MUSTER" agent token)" --state "$T/agent3" --trust-server
it "an agent leaves" "$AGENT" leave --state "$T/agent3"
"$MUSTER" agent token >"$T/word"
mv "$T/server" "$T/old"
stop "$SERVER"
start_server || exit 1
exits 3 "another server's token is refused" \
	"$AGENT" enroll "$(cat "$T/word")" --state "$T/agent4" --trust-server --server "$AGENTS"
done_testing
