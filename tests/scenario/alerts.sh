#!/bin/sh
# A host stops to comply, and those who asked for it are told: webhook, mail, syslog.
. "$(dirname "$0")/lib.sh"

# sink NAME KIND [refuse]: something that takes alerts; its port is then in $PORT.
sink()
{
	start "$1" "$BUILD/tools/sink" "$2" "$T/$1.got" ${3:+"$3"}
	wait_for 5 grep -q . "$T/$1.out" || exit 1
	PORT=$(cat "$T/$1.out")
}

check()
{
	"$MUSTER" check -t '*' >"$T/check.out" 2>"$T/check.err" || true
}

has()
{
	grep -q -- "$2" "$T/$1.got"
}

metric()
{
	[ "$(curl -sS --cacert "$MUSTER_CA" "$MUSTER_URL/metrics" |
		sed -n "s/^$1 //p")" = "$2" ]
}

sink hook http
hook=$PORT
sink post smtp
post=$PORT
sink udp udp
udp=$PORT
write "$T/musterd.yaml" <<YAML
alert_webhook: "http://127.0.0.1:$hook/alerts"
alert_mail_server: "smtp://127.0.0.1:$post"
alert_mail_from: "muster@example.net"
alert_mail_to: "one@example.net, two@example.net"
alert_syslog: "udp://127.0.0.1:$udp"
dashboard: ""
YAML
echo "PermitRootLogin no" >"$T/sshd_config"
write "$T/base.yaml" <<YAML
policy: system
checks:
  - ref: root
    level: high
    name: root login is off
    test: { file: $T/sshd_config, regex: '^PermitRootLogin no\$' }
  - ref: other
    level: high
    name: the other thing
    test: { file: $T/other, exists: false }
YAML
start_server && start_agent web || exit 1
"$MUSTER" require '*' high >/dev/null
"$MUSTER" policy push "$T/base.yaml" >/dev/null
check

sleep 1
nothing_said()
{
	[ ! -s "$T/hook.got" ] && [ ! -s "$T/udp.got" ]
}
it "says nothing while all comply" nothing_said

change painter "PermitRootLogin yes" "$T/sshd_config" # the watch sees it: nobody has to ask
it "tells a webhook that the host no longer meets its level" \
	wait_for 10 has hook 'no longer meets high: root login is off, fail, was pass, since'
if can_attribute; then
	it "says in one sentence who did it" has hook 'since [0-9]* s ago, by uid 0 with painter"'
	it "says it in the JSON" jq -e -s '.[0].changes[0].by | .process == "painter" and
		.uid == 0 and (.command | endswith("PermitRootLogin yes " + $file))' \
		--arg file "$T/sshd_config" "$T/hook.got"
	it "says it in the mail" wait_for 10 has post 'by uid 0 with painter: /'
	is "says it on the overview" "$(api GET /api/v1/summary |
		jq -r '.changes[0] | .to + " " + .by.process')" 'fail painter'
else
	skip_test "says who did it" "CAP_SYS_ADMIN or CAP_NET_ADMIN is missing here"
fi
it "sends JSON with what changed" wait_for 5 jq -e -s '.[0] | .required == "high" and .met and
	(.meets | not) and .changes[0].ref == "root" and .changes[0].from == "pass" and
	(.changes[0].reason | length) > 5' "$T/hook.got"
it "mails the one" wait_for 10 has post '^RCPT TO:<one@example.net>'
it "mails the other" wait_for 10 has post '^RCPT TO:<two@example.net>'
it "says in the mail's subject what it is" wait_for 10 has post '^Subject: .* no longer meets high'
it "tells syslog, as a warning" \
	wait_for 10 has udp '^<108>1 .* muster - compliance - .* no longer meets high'

touch "$T/other"
check
sleep 1
is "does not tell again what changes nothing for the level" "$(grep -c . "$T/hook.got")" 1

rm "$T/other"
check
echo "PermitRootLogin no" >"$T/sshd_config"
check
it "tells when the level is met again" wait_for 10 has hook 'meets high again'

for _ in 1 2 3; do
	echo "PermitRootLogin yes" >"$T/sshd_config"
	check
	echo "PermitRootLogin no" >"$T/sshd_config"
	check
done
it "tells once that something goes to and fro" wait_for 10 has hook 'goes to and fro'
it "counts what flaps" wait_for 5 metric muster_flapping 1
sleep 1
is "shows it in the summary" "$(api GET /api/v1/summary | jq .flapping)" 1
lines=$(grep -c . "$T/hook.got")
echo "PermitRootLogin yes" >"$T/sshd_config"
check
sleep 1
is "keeps the item all the same" \
	"$(api GET '/api/v1/items?q=status:fail' | jq -r '.data[0].check.ref')" root
is "holds the alert back" "$(grep -c . "$T/hook.got")" "$lines"

courier=$(pgrep -P "$SERVER" | head -1)
like "the courier is not root" "$(cat "/proc/$courier/status")" '^Uid:.64990'
is_sanitized || like "the courier has walls" "$(cat "/proc/$courier/status")" '^Seccomp:.2'
it "stops cleanly" stop "$SERVER"
it "takes the courier along" wait_for 5 has_ended "$courier"

sink no http refuse
sed -i "s|^alert_webhook: .*|alert_webhook: \"http://127.0.0.1:$PORT/\"|" "$T/musterd.yaml"
start_server
wait_for 20 metric muster_hosts_online 1
echo "PermitRootLogin no" >"$T/sshd_config"
check
it "counts what a way does not take" wait_for 30 metric muster_alerts_failed_total 1
it "logs it" grep -q 'not everybody was told.*webhook: it answered with status 503' "$T/server.err"
it "goes the other ways all the same" has post '^Subject: .* meets high again'
stop "$SERVER"

sed -i 's|^alert_syslog: .*|alert_syslog: "somewhere"|' "$T/musterd.yaml"
exits 2 "refuses a way that can't be gone" \
	"$MUSTERD" run --state "$T/server" --config "$T/musterd.yaml"
like "and names it" "$(cat "$ERR")" 'alert_syslog'
done_testing
