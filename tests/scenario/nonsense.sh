#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# nonsense.sh: clients that speak nonsense, stall, ask for far too much or guess cost the server
# a connection; the API says what it can't use in a problem of RFC 9457 that names it.
. "$(dirname "$0")/lib.sh"

NONE=00000000000000000000000000000000
MEMORY_KIB_MAX=65536

# asks METHOD PATH STATUS PATTERN [BODY]: the answer's status, and what its detail says.
asks()
{
	local got type

	set -- "$1" "$2" "$3" "$4" "${5:-}"
	got=$(curl -s -g -o "$T/body" -w '%{http_code} %{content_type}' --max-time 20 \
		--cacert "$MUSTER_CA" -X "$1" -H "Authorization: Bearer $MUSTER_TOKEN" \
		${5:+-H "Content-Type: application/json" --data-binary "$5"} "$MUSTER_URL$2")
	type=${got#* }
	is "$1 $2 ${5#@"$T"}" "${got%% *} $type" "$3 application/problem+json"
	like "says why" "$(jq -r "select(.status == $3).detail" "$T/body")" "$4"
}

# resident: the server's memory in KiB.
resident()
{
	awk '/^VmRSS/ {print $2}' "/proc/$SERVER/status"
}

cat >"$T/say.py" <<'EOF2'
import socket
import ssl
import sys

host, port = sys.argv[1].rsplit(":", 1)
context = ssl._create_unverified_context()
context.set_alpn_protocols(["muster/1"])
with socket.create_connection((host, int(port)), timeout=10) as plain:
    with context.wrap_socket(plain) as agent:
        agent.sendall(sys.argv[2].encode("latin-1").decode("unicode_escape").encode("latin-1"))
        try:
            while agent.recv(4096):
                pass
        except ConnectionError:
            pass
EOF2

# drops "what" BYTES: a client that says these over the agents' TLS is dropped, well before the
# time that it has to say who it is.
drops()
{
	it "$1" python3 "$T/say.py" "$AGENTS" "$2"
}

CLIENT="openssl s_client -quiet -tls1_3 -alpn muster/1 -connect"
start_server || exit 1

# method path | status | what the detail says | body
while IFS='|' read -r line status pattern body; do
	asks "${line%% *}" "${line#* }" "$status" "$pattern" "$body"
done <<EOF2
GET /api/v1/items?limit=0|400|"limit" is a number from 1 to 1000
GET /api/v1/items?limit=-1|400|"limit" is
GET /api/v1/items?limit=99999999|400|"limit" is
GET /api/v1/items?limit=1x|400|"limit" is
GET /api/v1/items?cursor=zzz|400|cursor
GET /api/v1/items?q=(|400|column 2
GET /api/v1/items?q=nofield:x|400|column 1: no field "nofield"
GET /api/v1/hosts?q=status:|400|column
GET /api/v1/items?since=zzz|400|"since"
GET /api/v1/items?since=-1|400|"since"
GET /api/v1/items?since=99999999999999999999|400|"since"
GET /api/v1/items?since=9999|410|begin again
GET /api/v1/items?since=&format=xml|400|ndjson
GET /api/v1/stream?q=(|400|column 2
GET /api/v1/stream?action=zzz|400|32 hex digits
GET /api/v1/hosts/zzz|404|32 hex digits
GET /api/v1/hosts/$NONE|404|no host
GET /api/v1/items/$NONE|404|no item
GET /api/v1/items/$NONE/history|404|no item
GET /api/v1/policies/none|404|policy list
GET /api/v1/policies/%00|400|escape
GET /api/v1/actions/$NONE|404|no action
POST /api/v1/tokens|400|no object|[]
POST /api/v1/tokens|400|not JSON|{"name":
POST /api/v1/tokens|400|"name"|{"role":"viewer","name":5}
POST /api/v1/tokens|400|"role"|{"role":"king","name":"a"}
POST /api/v1/tokens|400|one word|{"role":"viewer","name":"\\u0000"}
POST /api/v1/requirements|400|must be a text|{"query":"*","level":5}
POST /api/v1/requirements|400|"query"|{"query":5,"level":"low"}
POST /api/v1/requirements|400|column|{"query":"(","level":"low"}
POST /api/v1/enrolments|400|"ttl_s"|{"ttl_s":1e99}
POST /api/v1/enrolments|400|"ttl_s"|{"ttl_s":"60"}
POST /api/v1/enrolments|400|"uses"|{"uses":0}
POST /api/v1/actions|400|"target"|{"target":""}
POST /api/v1/actions|400|column|{"target":"("}
POST /api/v1/actions|400|"wait_s"|{"target":"*","wait_s":"5"}
POST /api/v1/actions|400|"policies"|{"target":"*","policies":5}
POST /api/v1/actions|400|"policies".0.|{"target":"*","policies":[{}]}
POST /api/v1/policies|400|"text"|{"name":"x","text":5}
POST /api/v1/policies|400|1:1|{"name":"x","text":"just words"}
DELETE /api/v1/policies/none|404|no document
DELETE /api/v1/tokens/$NONE|404|token
EOF2

# What is far too much, each within the time and memory of any other request.
python3 - "$T" <<'EOF2'
import json
import sys

folder = sys.argv[1]
bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
last = "a"
for name in "bcdefghij":
    bomb += "%s: &%s [%s]\n" % (name, name, ", ".join(["*" + last] * 9))
    last = name
texts = {
    "bomb": json.dumps({"name": "bomb", "text": bomb + "policy: bomb\n"}),
    "huge": json.dumps({"name": "huge", "text": "#" * 100000000}),
    "deep": "[" * 100000,
    "wide": json.dumps({"target": "*", "policies": [{"name": "a", "text": "policy: a"}] * 1000}),
    "query": json.dumps({"query": "(" * 10000 + "a", "level": "low"}),
}
for name, text in texts.items():
    with open("%s/%s.json" % (folder, name), "w") as file:
        file.write(text)
EOF2
asks POST /api/v1/policies 400 'aliases expanded' "@$T/bomb.json"
asks POST /api/v1/policies 413 'larger than' "@$T/huge.json"
asks POST /api/v1/policies 413 'deeper than' "@$T/deep.json"
asks POST /api/v1/actions 413 'policies in one action' "@$T/wide.json"
asks POST /api/v1/requirements 413 'column|nest|deep' "@$T/query.json"
head -c 100000000 /dev/zero | tr '\0' '#' >"$T/huge.yaml"
exits 2 "a policy of 100 MB is not pushed" "$MUSTER" policy push "$T/huge.yaml"
like "and is named, with the limit" "$(cat "$ERR")" '^muster: .*huge\.yaml.*4194304 bytes'
memory=$(awk '/^VmHWM/ {print $2}' "/proc/$SERVER/status")
is_sanitized || [ "$memory" -lt $MEMORY_KIB_MAX ]
result $? "the server never had more than $MEMORY_KIB_MAX KiB ($memory)"
is "none of it was our own mistake" "$(grep -c ' error ' "$T/server.err")" 0

# ---- the agents' port ----
before=$(resident)
drops "a message of 4 GiB is refused" '\xff\xff\xff\xff\x01{}'
drops "an unknown type is refused" '\x00\x00\x00\x02\x63{'
drops "items of a stranger are refused" '\x00\x00\x00\x03\x07{}'
drops "a broken enrolment is refused" '\x00\x00\x00\x03\x01{]'
i=0
while [ $i -lt 20 ]; do # plain bytes where TLS is spoken
	head -c 4096 /dev/urandom |
		timeout 5 curl -s --max-time 2 -T - "http://$AGENTS/" >/dev/null 2>&1
	i=$((i + 1))
done
stalled=
i=0
while [ $i -lt 30 ]; do # connections that never say a word
	start "stall$i" sh -c "sleep 20 | $CLIENT $AGENTS >/dev/null 2>&1"
	stalled="$stalled $PID"
	i=$((i + 1))
done
it "the API answers meanwhile" api GET /api/v1/hosts
exits 22 "a body that is too large is refused" curl -sS --fail --max-time 10 --cacert "$MUSTER_CA" \
	-H "Authorization: Bearer $MUSTER_TOKEN" -H 'Content-Type: application/json' \
	-H 'Content-Length: 4294967296' -X POST -d '{}' "$MUSTER_URL/api/v1/policies"
exits 22 "JSON that is none is refused" \
	api POST /api/v1/policies -H 'Content-Type: application/json' -d '{"name":'
like "with a problem of RFC 9457" "$(cat "$OUT")" '"status": ?400'
after=$(resident)
[ $((after - before)) -lt 32768 ]
result $? "memory stayed bounded ($before KiB, then $after KiB)"
it "a good agent still comes in" start_agent agent
is_running "$SERVER"
result $? "the server is still there"

# ---- guessing ----
login()
{
	curl -s -o /dev/null -D "$T/head" -w '%{http_code}' --cacert "$MUSTER_CA" -X POST \
		-H 'Content-Type: application/json' -d "{\"secret\":\"muster_$1\"}" \
		"$MUSTER_URL/api/v1/login"
}
i=0
while [ $i -lt 40 ] && [ "$(login $i)" != 429 ]; do
	i=$((i + 1))
done
is "who guesses at links is slowed down" "$(login last)" 429
like "and told for how long" "$(cat "$T/head")" '^Retry-After: [0-9]+'
it "whoever has a token is not" api GET /api/v1/hosts

done_testing
