#!/bin/sh
# What the network of a host is, as its kernel tells: connections with the processes that hold them,
# interfaces, and the firewall that is loaded, in a network namespace of its own.
# shellcheck disable=SC3043,SC2016,SC2119 # dash has local; what others run; no arguments
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "only root makes a network namespace"
unshare -n true 2>/dev/null || skip_all "no network namespace can be made here"

# --- examples ---

write "$T/examples.yaml" <<'END'
policy: network
checks:
  - ref: firewall
    level: low
    name: what nobody asked for is dropped
    test: { firewall_rules: 'kind:chain and type:filter and hook:input and policy:drop' }
    examples:
      pass:
        - firewall: |
            table inet filter {
              chain input {
                type filter hook input priority 0; policy drop;
                tcp dport 22 accept
              }
            }
      fail:
        - {}
        - firewall: |
            table ip f {
              chain i {
                type filter hook input priority 0
              }
            }
  - ref: open
    level: low
    name: nothing lets in all
    test:
      firewall_rules: >-
        hook:input and verdict:accept and not (protocol:* or source:* or port:* or interface:* or
        state:* or conditions:* or destination:* or source_port:*)
      count: 0
    examples:
      pass:
        - {}
        - firewall: |
            table ip f {
              chain i {
                type filter hook input priority 0
                limit rate 1/second accept
              }
            }
      fail:
        - firewall: |
            table ip f {
              chain i {
                type filter hook input priority 0
                accept
              }
            }
  - ref: sniffer
    level: low
    name: nobody listens in
    test: { sockets: 'kind:packet', count: 0 }
    examples: { pass: [ {}, { sockets: [ raw ] } ], fail: [ { sockets: [ packet ] } ] }
  - ref: promiscuous
    level: low
    name: no interface takes what is for others
    test: { interfaces: 'promiscuous:true', count: 0 }
    examples:
      pass: [ {}, { interfaces: { eth0: { addresses: [192.0.2.10, "fe80::1"] } } } ]
      fail: [ { interfaces: { eth0: { promiscuous: true } } } ]
  - ref: address
    level: low
    name: it is in our network
    test: { interfaces: 'addresses:192.0.2.0/24' }
    examples:
      pass: [ { interfaces: { eth0: { addresses: 192.0.2.10 } } } ]
      fail: [ {}, { interfaces: { eth0: { addresses: 198.51.100.1 } } } ]
  - ref: out
    level: low
    name: nobody calls home
    test: { connections: 'direction:outbound and remote_port:6667 and process:*', count: 0 }
    examples:
      pass:
        - listening: [ 6667 ]
          connections: [ { port: 6667, remote: 198.51.100.7, remote_port: 6667 } ]
      fail:
        - processes: [ { name: caller, pid: 9 } ]
          connections: [ { port: 40000, remote: 198.51.100.7, remote_port: 6667, pid: 9 } ]
  - ref: route
    level: low
    name: all goes through our router
    test: { routes: 'default:true and gateway:192.0.2.1 and interface:eth0' }
    examples:
      pass: [ { routes: [ { destination: 0.0.0.0/0, gateway: 192.0.2.1 } ] } ]
      fail: [ {}, { routes: [ { destination: "::/0", gateway: "fe80::1" } ] } ]
  - ref: neighbour
    level: low
    name: the router is who it was
    test: { neighbours: 'address:192.0.2.1 and mac:"02:00:5e:10:00:09"' }
    examples:
      pass: [ { neighbours: [ { address: 192.0.2.1, mac: "02:00:5e:10:00:09" } ] } ]
      fail: [ {}, { neighbours: [ { address: 192.0.2.1, mac: "02:00:5e:10:00:01" } ] } ]
  - ref: audit
    level: low
    name: who changes accounts is noted, and nobody can end that
    test:
      all:
        - { audit_rules: 'kind:watch and path:/etc/passwd and perm:*w*', where: loaded }
        - { audit_rules: 'option:"-e" and value:2', where: loaded }
    examples:
      pass: [ { audit_loaded: [ "-w /etc/passwd -p wa -k identity", "-e 2" ] } ]
      fail: [ {}, { audit_loaded: [ "-w /etc/passwd -p wa -k identity" ] } ]
END
it "examples set up a network" "$MUSTER" test "$T/examples.yaml"
like "each comes out as declared" "$(cat "$OUT")" '^9 checks, 26 examples: 26 as declared'

wrong()
{
	write "$T/wrong.yaml" <<END
policy: p
checks: [ { ref: a, level: low, name: n, test: { routes: '*' }, examples: { pass: [ $1 ] } } ]
END
	exits 2 "an example that can't be: $1" "$MUSTER" test "$T/wrong.yaml"
	like "it says what to write" "$(cat "$ERR")" "$2"
}
wrong '{ connections: [ 22 ] }' 'a connection is a map'
wrong '{ connections: { port: 22 } }' 'connections is a list'
wrong '{ connections: [ { port: 1, remote: "::1", remote_port: 1 } ] }' 'of one family'
wrong '{ sockets: [ tcp ] }' 'a socket is unix, packet, raw, icmp or netlink'
wrong '{ interfaces: { eth0: { addresses: x } } }' 'an address is an IP address'
wrong '{ interfaces: { eth0: { colour: x } } }' 'unknown key "colour"'
wrong '{ interfaces: [ eth0 ] }' 'interfaces is a map'
wrong '{ routes: [ { destination: x } ] }' 'a route is a map'
wrong '{ neighbours: [ { address: "::1" } ] }' 'a neighbour is a map'
wrong '{ firewall: [ x ] }' 'firewall is a ruleset as text'
wrong '{ audit_loaded: [ x ] }' 'a rule is a line of auditctl'

# --- the kernel's own ---

# inside COMMAND…: as root of a network that is empty but for what was set up in it.
inside()
{
	unshare -n sh -c "$setup"' && exec "$@"' sh "$@"
}

# rows 'what' 'QUERY' COUNT PROBE: so many rows of the probe match.
rows()
{
	inside "$MUSTER" run "$4" "$2" --format ndjson >"$OUT" 2>"$ERR"
	is "$1" "$(grep -c '^{' "$OUT") $(cat "$ERR")" "$3 "
}

# The /sys of the namespace is mounted for it alone.
inside_mount()
{
	unshare -n -m sh -c "$setup"' && exec "$@"' sh "$@"
}

setup='ip link set lo up && { ip link add d0 type dummy || ip link add d0 type bridge; } &&
	ip address add 192.0.2.77/24 dev d0 && ip link set d0 up promisc on &&
	ip route add default via 192.0.2.1 && mount -t sysfs none /sys'
if ! inside_mount true >"$OUT" 2>"$ERR"; then
	skip_test "interfaces of a namespace" "they can't be made: $(tail -n 1 "$ERR")"
else
	inside_mount "$MUSTER" run interfaces 'promiscuous:true and addresses:192.0.2.77' \
		--format ndjson >"$OUT" 2>"$ERR"
	like "an interface that listens in is seen" "$(cat "$OUT" "$ERR")" '"name":"d0"'
	inside_mount "$MUSTER" run routes 'default:true' --format ndjson >"$OUT" 2>"$ERR"
	like "the way out is seen" "$(cat "$OUT" "$ERR")" '"gateway":"192.0.2.1","interface":"d0"'
fi

setup=:
inside "$MUSTER" run firewall_rules --where live >"$OUT" 2>"$ERR"
if ! command -v nft >/dev/null; then
	skip_test "the loaded ruleset" "nft is not installed"
elif grep -q 'does not apply' "$ERR"; then
	skip_test "the loaded ruleset" "$(cat "$ERR")"
else
	write "$T/rules.nft" <<'END'
table inet filter {
	set office {
		type ipv4_addr
		flags interval
		elements = { 192.0.2.0/24, 198.51.100.7, 203.0.113.10-203.0.113.20 }
	}
	chain input {
		type filter hook input priority 0; policy drop;
		iif lo accept
		ct state established,related accept
		ct state invalid log drop
		ip saddr 10.0.0.0/8 tcp dport 22 accept comment "from inside"
		ip saddr @office tcp dport { 80, 443, 8000-8080 } accept
		ip6 saddr fe80::/10 udp dport 546 accept
		tcp dport 1000-2000 ct state new limit rate 5/minute accept
		ip saddr != { 192.0.2.1, 192.0.2.2 } drop
		tcp dport vmap { 25 : drop, 110 : jump mail }
		tcp dport >= 60000 reject
	}
	chain mail {
		counter accept
	}
}
END
	setup="nft -f $T/rules.nft"
	rows "the chain that drops" 'kind:chain and hook:input and policy:drop' 1 firewall_rules
	rows "who may reach ssh" 'port:22 and source:10.0.0.0/8 and verdict:accept' 1 firewall_rules
	rows "a set's networks" 'source:192.0.2.0/24 and source:198.51.100.7 and source:"@office"' \
		1 firewall_rules
	rows "a set of ports, with a range" 'port:443 and port:8000-8080' 1 firewall_rules
	rows "a network of IPv6" 'source:"fe80::/10" and protocol:udp' 1 firewall_rules
	rows "states, and what else is asked" 'state:new and conditions:limit and port:1000-2000' \
		1 firewall_rules
	rows "who may not be" 'source:"!192.0.2.1"' 1 firewall_rules
	rows "a verdict map's elements" 'verdict:jump and target:mail and port:110' 1 firewall_rules
	rows "a bound" 'port:">=60000" and verdict:reject' 1 firewall_rules
	rows "an interface by its name" 'interface:lo and verdict:accept' 1 firewall_rules
	rows "comments and logs" 'comment:"from inside" or (log:true and verdict:drop)' 2 \
		firewall_rules
	rows "nothing else lets in all" 'hook:input and verdict:accept and not (protocol:* or
		source:* or port:* or interface:* or state:* or conditions:*)' 0 firewall_rules

	# What nft lists reads alike from a file.
	mkdir -p "$T/root/etc"
	unshare -n sh -c "nft -f $T/rules.nft && nft list ruleset" >"$T/root/etc/nftables.conf"
	fields='{family,table,chain,hook,policy,protocol,source,port,state,interface,verdict} |
		map_values(if type == "array" then sort else . end)'
	inside "$MUSTER" run firewall_rules 'kind:rule' --format ndjson | jq -Sc "$fields" | sort \
		>"$T/live"
	"$MUSTER" run firewall_rules 'kind:rule' --root "$T/root" --format ndjson |
		jq -Sc "$fields" | sort >"$T/file"
	is "a listing in a file means the same" "$(cat "$T/file")" "$(cat "$T/live")"
	setup=:
	rows "another network has none of it" '*' 0 firewall_rules
fi

# --- whose a connection is ---

if is_sanitized; then
	skip_test "whose a connection is" "sanitizers keep procreader's walls down"
else
	start server openssl s_server -accept 127.0.0.1:0 -nocert -quiet -cipher aNULL
	server=$PID
	# shellcheck disable=SC2317 # wait_for calls it
	listens()
	{
		"$MUSTER" run listening "pid:$server and hidden:false" --format ndjson >"$OUT" \
			2>"$ERR"
		grep -q '"process":"openssl"' "$OUT"
	}
	wait_for 10 listens
	result $? "the process that listens is told"
	"$MUSTER" run processes "pid:$server and exe:*/openssl and hidden:false" --format ndjson \
		>"$OUT" 2>"$ERR"
	like "and its program" "$(cat "$OUT")" '"exe":"[^"]*/openssl"'
	stop "$server"
fi
# --- the same, asked by an agent's judge ---

write "$T/agent.yaml" <<'END'
policy: network
checks:
  - { ref: exe, level: low, name: a program is told,
      test: { processes: 'exe:*/muster-agent and uid:0 and hidden:false' } }
  - { ref: holder, level: low, name: who holds a socket is told,
      test: { listening: 'process:musterd and hidden:false' } }
  - { ref: rules, level: low, name: the loaded ruleset is told,
      test: { firewall_rules: '*', where: live, count: { at_least: 0 } } }
  - { ref: loaded, level: low, name: the loaded rules are told,
      test: { audit_rules: 'option:"-e"', where: loaded } }
END
if is_sanitized || ! start_server || ! start_agent agent; then
	skip_test "what an agent's judge asks" "no agent here"
else
	agent=$PID
	wait_for 20 sh -c '"$1" agent list | grep -q online' sh "$MUSTER"
	"$MUSTER" check -t '*' "$T/agent.yaml" --format ndjson >"$OUT" 2>"$ERR"
	told=$(jq -r '[.check.ref, .status] | join(" ")' <"$OUT" | sort | tr '\n' ' ')
	like "processes of others are told to an agent's judge" "$told" 'exe pass holder pass'
	"$MUSTER" check "$T/agent.yaml" --format ndjson >"$OUT" 2>"$ERR"
	is "and all that muster itself can tell here" "$told" \
		"$(jq -r '[.check.ref, .status] | join(" ")' <"$OUT" | sort | tr '\n' ' ')"
	stop "$agent"
	stop "$SERVER"
fi

exits 0 "where a kernel has no Landlock, what needs nobody else is told" env MUSTER_LANDLOCK_ABI=0 \
	"$MUSTER" run processes 'pid:1 and hidden:*'
done_testing
