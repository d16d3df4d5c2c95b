#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# sca.sh: policies that were written for Wazuh's SCA judge a host, say how, and go to a fleet.
. "$(dirname "$0")/lib.sh"

H=$T/host
mkdir -p "$H/etc/ssh" "$H/etc/sudoers.d/more" "$H/etc/pam.d"
printf '# Port 22\nPort 2222\nMaxAuthTries 6\n' >"$H/etc/ssh/sshd_config"
printf 'password requisite pam_pwquality.so retry=3\n' >"$H/etc/pam.d/common-password"
printf 'Defaults use_pty\n' >"$H/etc/sudoers.d/more/pty"
printf '12.7\n' >"$H/etc/debian_version"
: >"$H/etc/motd"

# policy REQUIREMENT RULE…: writes $T/p.yml, a check a rule, numbered from 1.
policy()
{
	local id=0

	printf 'policy:\n  id: "demo"\n  file: "p.yml"\n  name: "Demo"\n' >"$T/p.yml"
	printf 'requirements:\n  title: "Only Debian 12"\n  description: "d"\n' >>"$T/p.yml"
	printf "  condition: all\n  rules:\n    - '%s'\n" "$1" >>"$T/p.yml"
	printf 'variables:\n  $sshd: /etc/ssh/sshd_config\n' >>"$T/p.yml"
	printf '  $pam: /etc/pam.d/system-auth,/etc/pam.d/common-password\nchecks:\n' >>"$T/p.yml"
	shift
	for rule; do
		id=$((id + 1))
		printf -- "  - id: %s\n    title: \"Check %s\"\n    condition: all\n" $id $id
		printf "    compliance:\n      - cis: [\"1.%s\"]\n" $id
		printf "    rules:\n      - '%s'\n" "$rule"
	done >>"$T/p.yml"
}

# check STATUS "what" [OPTION…]: judges the tree; items go to $OUT, one a line.
check()
{
	local status="$1" what="$2"

	shift 2
	exits "$status" "$what" "$MUSTER" check "$T/p.yml" --root "$H" --target server1 \
		--format ndjson "$@"
}

# field NAME [N]: a member of the Nth item (default: the first).
field()
{
	sed -n "${2:-1}p" "$OUT" | jq -r ".$1"
}

# statuses: those of all items, in a line.
statuses()
{
	jq -r .status "$OUT" | tr '\n' ' ' | sed 's/ $//'
}

# ---- found, not found, invalid ----
policy 'f:/etc/debian_version -> r:^12' \
	'f:$sshd -> !r:^# && r:Port && !r:\s*\t*22$' \
	'f:$sshd -> n:^\s*MaxAuthTries\s+(\d+) compare <= 4' \
	'f:/etc/nothing -> r:x' \
	'not f:/etc/nothing' \
	'f:$pam -> r:pam_pwquality\.so && n:retry=(\d+) compare <= 3' \
	'd:/etc/sudoers.d -> r:. -> r:^Defaults\s+use_pty' \
	'f:/etc/motd -> !r:debian' \
	'p:sshd' \
	'c:no-such-program --at-all -> r:x'
check 1 "a policy is judged"
is "each rule says its own" "$(statuses)" \
	"fail fail not_applicable pass pass pass fail not_applicable not_applicable"
is "the policy goes by its id" "$(field policy.name)" demo
is "the check by its own" "$(field check.ref)" 1
is "its title is its name" "$(field check.name)" "Check 1"
is "a check without a CIS level is of level medium" "$(field policy.level)" medium
is "the rule is told, its variables put in" "$(field check.test.value 2)" \
	'f:/etc/ssh/sshd_config -> n:^\s*MaxAuthTries\s+(\d+) compare <= 4'
is "the line that decided is evidence" "$(field evidence[0].text 5)" \
	"password requisite pam_pwquality.so retry=3"
is "in a folder below, too" "$(field evidence[0].path 6)" /etc/sudoers.d/more/pty
like "what does not apply says why" "$(field reason 3)" '^does not apply: /etc/nothing is missing'
like "so does what needs a running system" "$(field reason 8)" 'needs a running system'
like "and what needs a command" "$(field reason 9)" 'no-such-program'

check 0 "one check alone" --only 5
is "is one item" "$(wc -l <"$OUT" | tr -d ' ')" 1

it "the translation is shown" "$MUSTER" check "$T/p.yml" --root "$H" --only 5 --explain
like "the rule" "$(cat "$OUT")" 'rule f:/etc/pam.d/system-auth,/etc/pam.d/common-password -> r:pam'
like "what it came to" "$(cat "$OUT")" 'file /etc/pam.d/common-password, line matches '
like "and what was read" "$(cat "$OUT")" 'read: 1 row from /etc/pam.d/common-password'

# ---- commands ----
write "$T/tell" <<'END'
#!/bin/sh
echo one; echo two >&2; exit 3
END
chmod +x "$T/tell"
policy 'f:/etc/passwd' "c:$T/tell -> r:^two\$" "not c:$T/tell -> r:x" \
	'c:no-such-program -> r:x' 'c:env -> r:= && !r:^P'
exits 1 "without leave, no command is run" "$MUSTER" check "$T/p.yml" --format ndjson
is "nothing applies" "$(statuses)" \
	"not_applicable not_applicable not_applicable not_applicable"
like "the command is named" "$(field reason 2)" 'needs the command "[^"]*/tell"'
exits 1 "below a root, none is run either" "$MUSTER" check "$T/p.yml" --format ndjson \
	--allow-commands --root "$H" --no-requirements
is "nothing applies there" "$(statuses)" \
	"not_applicable not_applicable not_applicable not_applicable"
exits 1 "with leave, they are" "$MUSTER" check "$T/p.yml" --format ndjson --allow-commands
is "and judged by what they print" "$(statuses)" \
	"pass pass not_applicable fail"
like "one that is not there" "$(field reason 3)" 'no-such-program is not installed'
printf 'policy: x\nchecks:\n  - { ref: a, level: low, name: n, test: %s }\n' \
	'{ command: [ sleep, "60" ], timeout: 1s, exit: 0 }' >"$T/slow.yaml"
exits 1 "one that takes too long" "$MUSTER" check "$T/slow.yaml" --format ndjson --allow-commands
like "is killed, and an error" "$(field status) $(field reason)" '^error "sleep" took too long'
exits 2 "on a fleet there is no leave" "$MUSTER" check -t '*' "$T/p.yml" --allow-commands

# ---- requirements ----
policy 'f:/etc/redhat-release' 'f:/etc/motd'
check 1 "requirements that are not met"
is "nothing applies" "$(statuses)" not_applicable
like "the requirements are named" "$(field reason)" \
	'^requirements of the policy are not met: Only Debian 12 \(/etc/redhat-release is missing\)'
check 0 "unless they are passed over" --no-requirements
is "then it is judged" "$(statuses)" pass

# ---- levels ----
policy 'f:/etc/debian_version' 'f:/etc/motd'
sed -i 's/cis: .*/cis_level: ["2"]/' "$T/p.yml"
check 0 "a CIS level 2"
is "is level high" "$(field policy.level)" high
printf 'muster: { levels: { 2: maximum } }\n' >>"$T/p.yml"
check 0 "the map of levels can be given"
is "and counts" "$(field policy.level)" maximum

# ---- lint ----
policy 'f:/etc/debian_version' 'f:/etc/x -> ^a.*b$' 'c:lister /etc/*.conf -> r:x' 'x:/y' \
	'f:/etc/x -> r:a(b' 'c:cat /etc/motd -> r:x' 'd:/etc'
it "a policy with odd rules is linted" "$MUSTER" lint "$T/p.yml"
like "plain text that looks like an expression" "$(cat "$ERR")" \
	'p.yml:21:9: warning: "\^a\.\*b\$" is compared as it stands with a whole line'
like "a glob" "$(cat "$ERR")" 'warning: "/etc/\*.conf" is not a glob without a shell'
like "a rule of no kind" "$(cat "$ERR")" 'warning: a rule begins with f: d: p: or c:'
like "no expression" "$(cat "$ERR")" 'warning: no regular expression: missing closing'
it "they are counted" "$MUSTER" lint --stats "$T/p.yml"
like "by kind" "$(tr -s ' \n' ' ' <"$OUT")" \
	'SCA rules 6 files 3 folders 1 processes 0 commands 2 native 5 '
it "for scripts" "$MUSTER" lint --stats --format json "$T/p.yml"
is "as JSON" "$(jq -c '[(.findings | length > 3), .stats.sca_rules.commands]' "$OUT")" '[true,2]'
is "with the commands" "$(jq -r '.stats.sca_rules.without_native[0].command' "$OUT")" \
	'lister /etc/*.conf'

# ---- what is wrong ----
write "$T/p.yml" <<'END'
policy:
  id: x
variables: { $a: x$b, $b: y$a }
checks:
  - { id: 1, condition: all, rules: ["f:/a"] }
END
exits 2 "variables that hold each other are refused" "$MUSTER" lint "$T/p.yml"
like "with their place" "$(cat "$ERR")" 'p.yml:3:[0-9]+: variable "\$a" holds itself'
printf 'policy:\n  id: x\n' >"$T/p.yml"
exits 2 "a policy without checks" "$MUSTER" check "$T/p.yml" --root "$H"
like "is named" "$(cat "$ERR")" 'checks is missing'

# ---- the fleet ----
start_server || exit 1
start_agent agent || exit 1
mkdir -p "$T/real"
echo "Port 22" >"$T/real/conf"
policy 'f:/etc/passwd' "f:$T/real/conf -> r:^port 22\$" "f:$T/real/gone -> r:x"
it "a policy is pushed" wait_for 10 "$MUSTER" policy push "$T/p.yml"
"$MUSTER" policy push "$T/p.yml" >"$OUT" 2>&1
like "its checks are counted" "$(cat "$OUT")" 'p: 2 checks, assigned to 1 hosts'

has_items()
{
	[ "$("$MUSTER" query items 'policy.name:demo' --format ndjson | jq -r .status | sort |
		tr '\n' ' ')" = "$1" ]
}

it "the agent judges by it" wait_for 20 has_items 'not_applicable pass '
echo "Port 23" >"$T/real/conf"
exits 1 "and again when it is asked" "$MUSTER" check -t os:linux --wait 10s
like "with what changed" "$(cat "$OUT")" 'fail'

# ---- real ones ----
for policy in "${MUSTER_DATA:-$SOURCE/../shared/data}"/wazuh/*.yml; do
	[ -e "$policy" ] || { skip_test "real policies" "no test data"; continue; }
	name=$(basename "$policy")
	it "$name is read" "$MUSTER" lint "$policy"
	"$MUSTER" check "$policy" --root "$H" --no-requirements --format ndjson >"$OUT" 2>"$ERR"
	is "$name has no errors" "$(jq -r 'select(.status == "error") | .reason' "$OUT")" ""
	is "$name: every check has its item" "$(wc -l <"$OUT" | tr -d ' ')" \
		"$(grep -cE '^ *- id: ' "$policy")"
done
done_testing
