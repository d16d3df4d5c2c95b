#!/bin/sh
# Clients that speak nonsense, stall, or announce 4 GiB cost the server nothing but a connection.
. "$(dirname "$0")/lib.sh"

CLIENT="openssl s_client -quiet -tls1_3 -alpn muster/1 -connect"

# resident: the server's memory in KiB.
resident()
{
	awk '/^VmRSS/ {print $2}' "/proc/$SERVER/status"
}

# says STATUS WHAT BYTES: a client sends these over the agents' TLS, and is dropped in time.
says()
{
	exits "$1" "$2" timeout 20 sh -c "(printf '$3'; sleep ${4:-3}) |
		$CLIENT $AGENTS >/dev/null 2>&1; test \$? -ne 124"
}

start_server || exit 1
before=$(resident)
says 0 "a message of 4 GiB is refused" '\377\377\377\377\001{}'
says 0 "an unknown type is refused" '\000\000\000\002\143{'
says 0 "items of a stranger are refused" '\000\000\000\003\007{}'
says 0 "a broken enrolment is refused" '\000\000\000\003\001{]'
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
done_testing
