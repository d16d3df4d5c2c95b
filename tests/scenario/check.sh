#!/bin/sh
# check.sh: the mission's own example becomes the mission's own item, field by field, and
# `muster check` keeps its word.
. "$(dirname "$0")/lib.sh"

# The action of the document that started it, with the braces that the page left out.
write "$T/action.json" <<'EOF'
{
    "name": "compliance check for openssh",
    "target": "linux",
    "threat": {
        "level": "medium",
        "family": "compliance",
        "type": "system",
        "ref": "sysmediumssh1"
    },
    "operations": [
        {
            "module": "filechecker",
            "parameters": {
                "/etc/ssh/sshd_config": {
                    "regex": {
                        "check root login is off": [
                            "(?i)^permitrootlogin no$"
                        ]
                    }
                }
            }
        }
    ],
    "syntaxversion": 1
}
EOF

# judge STATUS CONTENT: the action against a host whose sshd_config is CONTENT (printf's; "missing":
# there is none).
# shellcheck disable=SC2059 # the content is written with printf's escapes
judge()
{
	rm -rf "$T/host"
	mkdir -p "$T/host/etc/ssh"
	[ "$2" = missing ] || printf "$2" >"$T/host/etc/ssh/sshd_config"
	exits "$1" "sshd_config: $(printf "$2" | tr '\n\r' '|<')" \
		"$MUSTER" check "$T/action.json" --root "$T/host" --format ndjson --target server1
}

# field NAME: the value of a member of the last item, by the way to it: check.test.type
field()
{
	python3 -c 'import json, sys
item = json.loads(open(sys.argv[1]).readline())
for key in sys.argv[2].split("."):
    item = item[int(key) if isinstance(item, list) else key]
print(json.dumps(item) if not isinstance(item, str) else item)' "$OUT" "$1"
}

# has NAME VALUE: it has that value.
has()
{
	is "$1 is $2" "$(field "$1")" "$2"
}

judge 0 'Port 22\nPermitRootLogin no\n'
has target server1
has compliance true
has link ""
has policy.url ""
has policy.name system
has policy.level medium
has check.test.type regex
has check.test.value '(?i)^permitrootlogin no$'
has check.location /etc/ssh/sshd_config
has check.ref sysmediumssh1
has check.description "compliance check for openssh"
has check.name "check root login is off"
has status pass
has reason "line 2 matches"
has evidence '[{"path": "/etc/ssh/sshd_config", "line": 2, "text": "PermitRootLogin no"}]'
like "the time is UTC with six decimals" "$(field utctimestamp)" \
	'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$'
like "the id is 128 bits of hex" "$(field id)" '^[0-9a-f]{32}$'
first=$(field id)

judge 0 'Port 22\r\nPermitRootLogin no\r\n'
has compliance true
has evidence.0.text "PermitRootLogin no"
is "the id is the same in another run" "$(field id)" "$first"
judge 0 'PermitRootLogin no'
has compliance true

for content in 'Port 22\n' '#PermitRootLogin no\n' '  PermitRootLogin no\n' \
	'PermitRootLogin yes\n' '' missing; do
	judge 1 "$content"
	has compliance false
	has status fail
	has check.location /etc/ssh/sshd_config
done
has reason "/etc/ssh/sshd_config is missing"

# ---- formats, filters, exits ----
write "$T/policy.yaml" <<'EOF'
policy: demo
target: os:linux
statements:
  notices: Whoever logs in must be told the rules.
checks:
  - ref: low1
    statement: notices
    level: low
    name: check there is a notice
    test: { file: /etc/issue, regex: "^Authorised" }
  - ref: high1
    level: high
    name: check the notice is root's
    test: { file: /etc/issue, mode: { at_most: "0600" } }
  - ref: live1
    level: high
    name: check a live setting
    test: { sysctl: kernel.no_such_setting, equals: 0 }
EOF
write "$T/host/etc/issue" <<'EOF'
Authorised use only
EOF
chmod 644 "$T/host/etc/issue"
# count_items N FILE: it is a JSON array of N.
# shellcheck disable=SC2317 # "it" calls it
count_items()
{
	python3 -c 'import json, sys
assert len(json.load(open(sys.argv[2]))) == int(sys.argv[1])' "$@"
}
check()
{
	"$MUSTER" check "$T/policy.yaml" --root "$T/host" "$@"
}
exits 1 "one check fails" check
like "the statement heads its checks" "$(cat "$OUT")" 'Whoever logs in must be told the rules'
like "the table says why" "$(cat "$OUT")" '^fail +high +high1 .*mode is 0644, beyond 0600'
exits 0 "--level leaves out what is above" check --level low
unlike "high checks are left out" "$(cat "$OUT")" high1
exits 0 "--only runs one" check --only low1 --format ndjson
is "one item" "$(wc -l <"$OUT")" 1
exits 2 "--only wants a ref that is there" check --only nothing
like "it says so" "$(cat "$ERR")" '^muster: no check has the ref "nothing"'
exits 1 "json is one array" check --format json
cp "$OUT" "$T/all.json"
it "which parses" count_items 3 "$T/all.json"
exits 1 "--explain says what was read" check --explain
like "the file" "$(cat "$OUT")" 'read: 1 row from /etc/issue'
exits 2 "an unknown option" check --rot x
like "is named, with what was meant" "$(cat "$ERR")" \
	'^muster: check: unknown option --rot; did you mean --root\?'
exits 2 "an option where a value should be" check --root --level low
like "is not taken for it" "$(cat "$ERR")" '^muster: check: --root needs a value: DIR;'
exits 2 "an unknown format" check --format pdf
like "lists those that there are" "$(cat "$ERR")" \
	'table, json, ndjson, junit, sarif, html or markdown'
exits 2 "a root that is not there" "$MUSTER" check "$T/policy.yaml" --root "$T/nowhere"
exits 1 "--output goes to a file" check --format json --output "$T/out.json"
is "and nothing to standard output" "$(cat "$OUT")" ""
it "which parses" count_items 3 "$T/out.json"
exits 1 "a shorter result replaces all of it" \
	check --only high1 --format ndjson --output "$T/out.json"
is "one line is left" "$(wc -l <"$T/out.json")" 1
exits 153 "a run that may not write is ended" \
	sh -c 'ulimit -f 0; exec "$@"' sh "$MUSTER" check "$T/policy.yaml" --output "$T/out.json"
is "and leaves what was there" "$(wc -l <"$T/out.json")" 1
exits 3 "an output that can't be" check --output "$T/nowhere/out.json"
exits 3 "a full disk" check --output /dev/full

# ---- what does not apply ----
write "$T/other.yaml" <<'EOF'
policy: other
target: os:plan9
checks:
  - { ref: a, level: low, name: check nothing, test: { file: /etc/issue } }
EOF
exits 1 "nothing applied" "$MUSTER" check "$T/other.yaml" --root "$T/host"
like "is said" "$(cat "$ERR")" '^muster: nothing was checked: '
like "with the reason" "$(cat "$OUT")" \
	'^not applicable .*not a target of the policy: os:plan9'

# ---- several policies, one of them broken ----
write "$T/many/broken.yaml" <<'EOF'
policy: broken
checks:
  - { ref: a, level: low, name: x, tets: { file: /etc/issue } }
EOF
write "$T/many/good.yaml" <<'EOF'
policy: good
checks:
  - { ref: a, level: low, name: check there is a notice, test: { file: /etc/issue } }
EOF
write "$T/many/notes.yaml" <<'EOF'
something: else
EOF
exits 2 "a broken policy is named, the others run" \
	"$MUSTER" check "$T/many" --root "$T/host"
like "file, line and column" "$(cat "$ERR")" \
	'.*/broken\.yaml:3:36: unknown key of a check "tets"; did you mean "test"\?'
like "the good one ran" "$(cat "$OUT")" '^pass +low +a '
unlike "what is no policy is passed over" "$(cat "$ERR")" 'notes'
exits 2 "a policy that is not there" "$MUSTER" check "$T/nowhere.yaml"
like "is named" "$(cat "$ERR")" 'nowhere\.yaml: there is no such file'
cp "$T/many/good.yaml" "$T/again.yaml"
exits 2 "one check in two files" \
	"$MUSTER" check "$T/many/good.yaml" "$T/again.yaml" --root "$T/host"
like "names both" "$(cat "$ERR")" \
	'again\.yaml:3:5: good/a is a check of .*good\.yaml already'

# ---- a broken pipe ends quietly ----
{
	check --format ndjson 2>"$ERR"
	echo $? >"$T/status"
} | true
is "a broken pipe says nothing" "$(cat "$ERR")" ""

done_testing
