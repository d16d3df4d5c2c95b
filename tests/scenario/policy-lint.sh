#!/bin/sh
# policy-lint.sh: what is wrong with a policy is said with its place, what it is and what to do.
. "$(dirname "$0")/lib.sh"

# wrong "what" 'PATTERN' <policy: lint exits 2, and a line is FILE:PATTERN.
wrong()
{
	cat >"$T/p.yaml"
	exits 2 "$1" "$MUSTER" lint "$T/p.yaml"
	like "$1: said" "$(sed "s|^$T/||" "$ERR")" "^p\.yaml:$2"
}

CHECK='ref: a, level: low, name: n'
wrong "broken YAML" '[0-9]+:[0-9]+: ' <<'EOF'
policy: x
checks: [ { ref: a
EOF
wrong "an unknown key" '2:1: unknown key of a policy "chekcs"; did you mean "checks"\?' <<'EOF'
policy: x
chekcs: []
EOF
wrong "no checks" '1:1: checks is missing' <<'EOF'
policy: x
EOF
wrong "a duplicate key" '2:1: duplicate key "policy"' <<'EOF'
policy: x
policy: y
EOF
wrong "a duplicate ref" '4:5: duplicate ref "a"; line 3 has it already' <<EOF
policy: x
checks:
  - { $CHECK, test: { file: /a } }
  - { $CHECK, test: { file: /b } }
EOF
wrong "an unknown probe" '3:[0-9]+: unknown probe "fiel"; did you mean "file"\?' <<EOF
policy: x
checks:
  - { $CHECK, test: { fiel: /a } }
EOF
wrong "an unknown field" '3:[0-9]+: unknown key of a file test "mdoe"; did you mean "mode"\?' <<EOF
policy: x
checks:
  - { $CHECK, test: { file: /a, mdoe: "0644" } }
EOF
wrong "an expression that doesn't compile" \
	'3:[0-9]+: .*missing closing parenthesis at character 3' <<EOF
policy: x
checks:
  - { $CHECK, test: { file: /a, regex: "a(b" } }
EOF
wrong "a value of the wrong type" \
	'3:[0-9]+: "rw" is no mode for mode; write for example "0640"' <<EOF
policy: x
checks:
  - { $CHECK, test: { file: /a, mode: rw } }
EOF
wrong "a query on a field that isn't there" '3:[0-9]+: query: ' <<EOF
policy: x
checks:
  - { $CHECK, test: { users: 'udi:0' } }
EOF
wrong "a statement that isn't there" '3:5: unknown statement "rules"' <<EOF
policy: x
checks:
  - { $CHECK, statement: rules, test: { file: /a } }
EOF
wrong "a level that there isn't" '3:[0-9]+: level is low, medium, high or maximum' <<'EOF'
policy: x
checks:
  - { ref: a, level: severe, name: n, test: { file: /a } }
EOF
wrong "an example that can't be" \
	'3:[0-9]+: unknown key of an example "fils"; did you mean "files"\?' <<EOF
policy: x
checks:
  - { $CHECK, test: { file: /a }, examples: { pass: [ { fils: {} } ] } }
EOF
wrong "what is no policy" '1:1: this is no policy' <<'EOF'
just: words
EOF
wrong "broken JSON" '[0-9]+:[0-9]+: ' <<'EOF'
{ "name": "x", "operations": [ }
EOF

# An alias bomb is a limit, and quick.
{
	echo 'a: &a [x, x, x, x, x, x, x, x, x, x]'
	last=a
	for next in b c d e f g h i j; do
		echo "$next: &$next [*$last, *$last, *$last, *$last, *$last, *$last, *$last]"
		last=$next
	done
	echo 'policy: bomb'
} >"$T/bomb.yaml"
exits 2 "an alias bomb" timeout 10 "$MUSTER" lint "$T/bomb.yaml"
like "says its limit" "$(cat "$ERR")" 'more than 200000 values'

head -c 100000000 /dev/zero | tr '\0' '#' >"$T/big.yaml"
exits 2 "a policy of 100 MB" timeout 10 "$MUSTER" lint "$T/big.yaml"
like "says its limit" "$(cat "$ERR")" '8 MiB|8388608'

mkfifo "$T/fifo.yaml"
exits 2 "a policy that is a FIFO" timeout 10 "$MUSTER" lint "$T/fifo.yaml"

# Warnings don't fail.
cat >"$T/warn.yaml" <<EOF
policy: x
statements: { rules: There must be rules. }
checks:
  - { $CHECK, test: { file: /a } }
EOF
exits 0 "warnings are no errors" "$MUSTER" lint "$T/warn.yaml"
like "a statement without checks" "$(cat "$ERR")" '2:15: warning: statement "rules" has no checks'
like "a check without examples" "$(cat "$ERR")" '4:5: warning: check "a" has no examples'
exits 0 "findings as JSON" "$MUSTER" lint "$T/warn.yaml" --format json
cp "$OUT" "$T/findings"
it "is JSON" python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))' "$T/findings"

# What "muster probes NAME" shows as an example is a test that can be written just so.
"$MUSTER" probes | sed '/^PROBE /d; /^$/,$d; s/ .*//' >"$T/probes"
it "lists probes" test "$(wc -l <"$T/probes")" -gt 5
while read -r probe; do
	{
		echo 'policy: example'
		echo 'checks:'
		echo '  - { ref: a, level: low, name: a,'
		"$MUSTER" probes "$probe" | sed -n 's/^test: .*/      & }/p'
	} >"$T/probe.yaml"
	exits 0 "the example of $probe is valid" "$MUSTER" lint "$T/probe.yaml"
done <"$T/probes"

# The actions that others wrote load, or say why not.
DATA=${MUSTER_DATA:-$SOURCE/../shared/data}/mig
if [ -d "$DATA" ]; then
	for name in glibc_ubuntu_cve-2015-0235 suspicious_files; do
		exits 0 "$name loads" "$MUSTER" lint "$DATA/$name.json"
	done
	refuses()
	{
		exits 2 "$1 is refused" "$MUSTER" lint "$DATA/$1.json"
		like "$1 says why" "$(cat "$ERR")" "$2"
	}
	refuses endpoints_with_high_uptime \
		'unknown key of a search "regexes"; did you mean "contents"'
	refuses example_v2 'module "netstat"'
	refuses linux-backdoor 'threat.level "alert"'
	refuses shellshock_iocs 'module "netstat"'
	refuses sshd_backdoor 'threat.type is missing'
else
	skip_test "actions of others" "no test data"
fi

done_testing
