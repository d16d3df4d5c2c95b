#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# idle.sh: an agent with nothing to do. It wakes less than once a second, beside once for each
# program that begins on the host (who changes something may be gone when that is noticed), needs
# less than 8 MiB over all its processes, and so it is from a folder that only root may enter.
. "$(dirname "$0")/lib.sh"

PSS_KIB_MAX=8192
SPAN_S=5

# processes: of the agent and below it.
processes()
{
	echo "$AGENT_PID"
	pgrep -P "$AGENT_PID"
}

# runs: how often they were all given the processor so far.
runs()
{
	local pid sum=0

	for pid in $(processes); do
		sum=$((sum + $(cut -d ' ' -f 3 "/proc/$pid/schedstat")))
	done
	echo "$sum"
}

# began: how many processes there were on this host so far.
began()
{
	awk '$1 == "processes" {print $2}' /proc/stat
}

pss()
{
	local pid sum=0

	for pid in $(processes); do
		sum=$((sum + $(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup")))
	done
	echo "$sum"
}

host_is()
{
	[ "$(api GET /api/v1/hosts | jq -r '.data[0].status')" = "$1" ]
}

has_item()
{
	[ "$(api GET /api/v1/items | jq -r '.data[0].status')" = "$1" ]
}

# As it is in a checkout below /root: nobody else may come near programs, state and configuration.
chmod 700 "$T"
mkdir -m 700 "$T/checkout"
cp "$MUSTER" "$MUSTERD" "$AGENT" "$T/checkout/"
MUSTER=$T/checkout/muster
MUSTERD=$T/checkout/musterd
AGENT=$T/checkout/muster-agent

write "$T/idle.yaml" <<'YAML'
policy: idle
checks:
  - { ref: a, level: low, name: a, test: { file: /etc/passwd, exists: true } }
YAML
it "the server starts below a folder of mode 0700" start_server
it "so does the agent" start_agent agent
AGENT_PID=$PID
it "a policy is pushed" "$MUSTER" policy push "$T/idle.yaml"
it "and answered" wait_for 10 has_item pass
it "the agent is there" wait_for 10 host_is online

if [ -r "/proc/$AGENT_PID/schedstat" ]; then
	sleep 2 # what the run left behind comes to its end
	memory=$(pss)
	programs=$(began)
	before=$(runs)
	sleep "$SPAN_S"
	woken=$(($(runs) - before))
	programs=$(($(began) - programs))
	echo "# woken $woken times in $SPAN_S s, in which $programs processes began;" \
		"$(processes | wc -l) processes, $memory KiB"
	[ "$woken" -le $((SPAN_S + programs)) ]
	result $? "idle, it wakes less than once a second, and for what begins"
	is_sanitized || [ "$memory" -lt "$PSS_KIB_MAX" ]
	result $? "and needs less than $PSS_KIB_MAX KiB"
	# without its server: tries again in growing steps, and no more
	stop "$SERVER"
	sleep 2
	programs=$(began)
	before=$(runs)
	sleep "$SPAN_S"
	woken=$(($(runs) - before))
	programs=$(($(began) - programs))
	echo "# woken $woken times in $SPAN_S s without a server; $programs processes began"
	[ "$woken" -le $((SPAN_S * 8 + programs)) ]
	result $? "without its server it does not spin"
else
	skip_test "idle, it wakes less than once a second, and for what begins" \
		"no schedstat in /proc"
fi
stop "$AGENT_PID"
is "it stops cleanly" $? 0

done_testing
