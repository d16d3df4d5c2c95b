#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# An agent's certificate near its end is replaced, while the agent works; whatever happens meanwhile
# leaves it with one that is good.
. "$(dirname "$0")/lib.sh"

CERTIFY="$BUILD/tools/certify"
S="$T/web"

connected()
{
	"$AGENT" status --state "$S" 2>/dev/null | grep -q '^state *connected'
}

# certificate FILE: the first in it, as one line.
certificate()
{
	openssl x509 -in "$1" -fingerprint -sha256 -noout
}

key_of()
{
	openssl pkey -in "$1" 2>/dev/null | sha256sum
}

# lives_on DAYS: whether the agent's certificate is good for more than so many days.
lives_on()
{
	openssl x509 -in "$S/agent.pem" -noout -checkend "$(($1 * 86400))" >/dev/null
}

# age DAYS: the agent's key has a certificate of 90 days made so long ago.
age()
{
	openssl pkey -in "$S/agent.pem" 2>/dev/null >"$T/key" &&
		"$CERTIFY" "$T/server/ca.pem" "$T/server/ca.key" "$T/key" "$ID" "$1" 90 \
			>"$T/certificate" &&
		cat "$T/key" "$T/certificate" >"$S/agent.pem"
}

is_new()
{
	[ "$(certificate "$S/agent.pem")" != "$OLD" ]
}

# again: stops the agent and starts it anew, with an empty log.
again()
{
	stop "$AGENT_PID"
	start_agent web
	AGENT_PID=$PID
}

chmod 755 "$T"
dashboard_config >"$T/musterd.yaml"
echo 'agent_certificate_days: "0"' >"$T/wrong.yaml"
"$MUSTERD" init --state "$T/server" >/dev/null
exits 2 "a life of no days is refused" "$MUSTERD" run --state "$T/server" --config "$T/wrong.yaml"
like "and says what to write" "$(cat "$ERR")" 'agent_certificate_days.*from 1 to 3650'
start_server || exit 1
it "an agent enrols" start_agent web
AGENT_PID=$PID
it "and is connected" wait_for 20 connected
it "for a year" lives_on 364
exits 1 "not for more" lives_on 366
ID=$(jq -r .agent "$S/agent.json")
FIRST=$(certificate "$S/agent.pem")
cp "$S/agent.pem" "$T/first.pem"
again
it "it starts anew" wait_for 20 connected
is "a young certificate stays" "$(certificate "$S/agent.pem")" "$FIRST"

# --- near its end ---
stop "$AGENT_PID"
age 59
OLD=$(certificate "$S/agent.pem")
start_agent web
AGENT_PID=$PID
it "with a third of its life left" wait_for 20 connected
unlike "the server is not asked" "$(cat "$T/server.err")" "certificate renewed"
is "it stays" "$(certificate "$S/agent.pem")" "$OLD"
stop "$AGENT_PID"
age 61
OLD=$(certificate "$S/agent.pem")
OLD_KEY=$(key_of "$S/agent.pem")
cp "$S/agent.pem" "$T/old.pem"
start_agent web
AGENT_PID=$PID
it "with less it is replaced" wait_for 20 is_new
it "while the agent works" wait_for 20 connected
it "by one for a year" lives_on 364
unlike "of a new key" "$(key_of "$S/agent.pem")" "$OLD_KEY"
is "for the same agent" "$(openssl x509 -in "$S/agent.pem" -noout -subject)" "subject=CN = $ID"
is "that is its owner's alone" "$(stat -c '%a %U' "$S/agent.pem")" "600 $(id -un)"
like "the server noted it" "$(cat "$T/server.err")" "certificate renewed, agent=$ID"
NEW=$(certificate "$S/agent.pem")
again
it "the new one is good" wait_for 20 connected
is "and stays" "$(certificate "$S/agent.pem")" "$NEW"
cp "$S/agent.pem" "$T/new.pem"
stop "$AGENT_PID"
cp "$T/old.pem" "$S/agent.pem"
start_agent web
AGENT_PID=$PID
it "so is the old one, until its end" wait_for 20 connected

# --- as earlier versions kept it: the key in a file of its own ---
stop "$AGENT_PID"
openssl pkey -in "$T/old.pem" 2>/dev/null >"$S/agent.key"
openssl x509 -in "$T/old.pem" >"$S/agent.pem"
OLD=$(certificate "$S/agent.pem")
start_agent web
AGENT_PID=$PID
it "key and certificate apart are replaced, too" wait_for 20 is_new
it "the old key goes" wait_for 5 test ! -e "$S/agent.key"

# --- whatever happens meanwhile ---
for moment in 05 12 19 26 33 40 60 90; do
	stop "$AGENT_PID"
	cp "$T/old.pem" "$S/agent.pem"
	start_agent web
	sleep "0.$moment"
	kill -9 "$PID" 2>/dev/null
	wait "$PID" 2>/dev/null
	wait_for 10 has_ended "$PID"
	start_agent web
	AGENT_PID=$PID
	it "killed after 0.$moment s it comes back" wait_for 20 connected
done
is "nothing is left over" "$(cd "$S" && echo *)" "agent.json agent.pem ca.pem lock spool"

# --- SIGHUP: another life ---
echo 'agent_certificate_days: "10"' >>"$T/musterd.yaml"
kill -HUP "$SERVER"
it "the configuration is read again" wait_for 10 grep -q 'read again' "$T/server.err"
stop "$AGENT_PID"
cp "$T/old.pem" "$S/agent.pem"
OLD=$(certificate "$S/agent.pem")
start_agent web
AGENT_PID=$PID
it "a certificate is asked for" wait_for 20 is_new
it "which lives for nine days" lives_on 9
exits 1 "and not for eleven" lives_on 11

# --- revoked ---
it "the host is revoked" "$MUSTER" agent revoke "$ID" --yes
it "its agent ends" wait_for 10 has_ended "$AGENT_PID"
for which in first old new; do
	cp "$T/$which.pem" "$S/agent.pem"
	exits 3 "its $which certificate is refused" "$AGENT" run --state "$S"
	like "for good" "$(cat "$ERR")" "does not want this agent any more"
done

# --- one that has ended ---
it "another agent" start_agent late
it "is there" wait_for 20 grep -q connected "$T/late/spool/status.json"
stop "$PID"
S="$T/late"
ID=$(jq -r .agent "$S/agent.json")
age 91
OLD=$(certificate "$S/agent.pem")
start_agent late
AGENT_PID=$PID
it "whose certificate has ended is told so" \
	wait_for 20 grep -q 'certificate is not accepted\|certificate expired' "$T/late.err"
is "and keeps it" "$(certificate "$S/agent.pem")" "$OLD"
done_testing
