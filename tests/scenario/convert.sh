#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# convert.sh: policies of other formats become Muster YAML that lint takes and that gives the same
# verdicts.
. "$(dirname "$0")/lib.sh"

H=$T/host
mkdir -p "$H/etc/app/conf.d" "$H/opt/deep/er" "$H/home/jo"
printf 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' >"$H/etc/os-release"
printf "port 22\nit's: \"odd\" # {x}\n" >"$H/etc/app/main.conf"
printf 'on\n' >"$H/etc/app/conf.d/a.conf"
printf 'off\n' >"$H/etc/app/conf.d/b.conf"
printf 'secret\n' >"$H/opt/deep/er/found.bin"
printf 'linked\n' >"$H/home/jo/file"
ln -s ../home/jo/file "$H/opt/link"
chmod 600 "$H/opt/deep/er/found.bin"

# verdicts POLICY ROOT: what came of each check, in order.
verdicts()
{
	"$MUSTER" check "$1" --root "$2" --format ndjson 2>"$T/verdicts.err" | python3 -c '
import json, sys
for line in sys.stdin:
    item = json.loads(line)
    print(item["status"], item["policy"]["name"], item["policy"]["level"], item["check"]["name"])'
}

# same "what" FILE [ROOT]: converts FILE; both forms come to the same on ROOT.
same()
{
	local root="${3:-$H}"

	it "$1: is converted" "$MUSTER" convert "$2" --to yaml --output "$T/out.yaml"
	it "$1: lint takes it" "$MUSTER" lint "$T/out.yaml"
	verdicts "$2" "$root" >"$T/before"
	verdicts "$T/out.yaml" "$root" >"$T/after"
	it "$1: the verdicts are the same" diff "$T/before" "$T/after"
}

# action SYNTAX MODULE PARAMETERS: writes $T/action.json
action()
{
	write "$T/action.json" <<EOF
{ "name": "look for what should be there", "target": "linux",
  "description": { "url": "https://example.org/a?b=c&d" },
  "threat": { "level": "high", "family": "compliance", "type": "system", "ref": "search1" },
  "operations": [ { "module": "$2", "parameters": $3 } ], "syntaxversion": $1 }
EOF
}

# statuses: those of the last comparison, one after the other
statuses()
{
	cut -d ' ' -f 1 <"$T/before" | tr '\n' ' '
}

SUM=$(sha256sum "$H/opt/deep/er/found.bin" | cut -d ' ' -f 1)
action 1 filechecker '{
	"/etc/app/main.conf": { "regex": { "a line": [ "^port 22$",
		"^it.s: \"odd\" # \\{x\\}$", "none" ] },
		"filename": { "a name": [ "^main\\.conf$", "^other$" ] } },
	"/etc/app/conf.d/*.conf": { "regex": { "one of a glob": [ "^on$", "^maybe$" ] } },
	"/etc/*/conf.d/[!a].co?f": { "regex": { "a class": [ "^off$", "^on$" ] },
		"filename": { "its name": [ "^b" ] } },
	"/etc/app/": { "regex": { "directly inside": [ "^port", "^off$" ] } },
	"/opt/*": { "sha256": { "below": [ "'"$SUM"'" ] },
		"regex": { "by a link": [ "^linked$" ] } },
	"/nowhere": { "regex": { "missing": [ "x" ] } } }'
same "filechecker" "$T/action.json"
is "filechecker: of both kinds" "$(statuses)" \
	"pass pass fail pass fail pass fail pass fail pass pass fail pass pass fail "
like "its refs are numbered" "$(cat "$T/out.yaml")" '^  - ref: search1-15$'
like "its url is kept" "$(cat "$T/out.yaml")" "^url: 'https://example.org/a\?b=c&d'$"

action 2 file '{ "searches": {
	"all": { "paths": [ "/etc" ], "names": [ "conf$", "!^b" ], "contents": [ "^on$" ],
		"options": { "matchall": true, "maxdepth": 3 } },
	"some": { "paths": [ "/opt", "/etc/app" ], "sizes": [ "<1k", ">1g" ],
		"modes": [ "^-rw-------" ], "mtimes": [ "<90d", ">9000d" ],
		"sha2": [ "'"$SUM"'" ] },
	"not": { "paths": [ "/etc/app" ], "contents": [ "^port", "!^port" ],
		"options": { "mismatch": [ "content" ], "macroal": true, "returnsha256": true } },
	"few": { "paths": [ "/" ], "names": [ "." ],
		"options": { "matchlimit": 2, "maxerrors": 30 } } } }'
same "file" "$T/action.json"
like "file: passes" "$(statuses)" 'pass'
like "file: fails" "$(statuses)" 'fail'
like "what has no equivalent is said" "$(cat "$T/out.yaml")" '# no equivalent: digests of the files'

# ---- texts that YAML could take for something else ----
action 1 filechecker '{ "/etc/app/main.conf": { "regex": {
	"yes": [ "yes" ], "no": [ "~" ], "a: b #c": [ "- x" ], "\"q\" '"'"'s": [ "^\\s*$|\t" ],
	"Ünicode ": [ "\u00e9\u0085\u2028" ], "@at %d &a *b !t |": [ "[a, b]: {c}" ] } } }'
same "odd texts" "$T/action.json"

# ---- this host, and real policies ----
action 2 file '{ "searches": { "accounts": { "paths": [ "/etc" ], "names": [ "^(passwd|group)$" ],
	"contents": [ "^root:", "^nobody-at-all:" ], "options": { "maxdepth": 1 } } } }'
same "this host" "$T/action.json" /
data=${MUSTER_DATA:-$SOURCE/../shared/data}
count=0
for file in "$data"/mig/*.json "$data"/wazuh/*.yml; do
	"$MUSTER" lint "$file" >/dev/null 2>&1 || continue
	same "$(basename "$file")" "$file"
	count=$((count + 1))
	case $file in
	*.json) continue ;; # they search the whole disk, which changes meanwhile
	esac
	same "$(basename "$file"), on this host" "$file" /
	awk '/^[a-z]/ { inside = /^requirements:/ } !inside' "$file" >"$T/freed.yml"
	same "$(basename "$file"), for every host" "$T/freed.yml" /
done
[ -d "$data" ] || skip_test "real policies" "the shared data isn't there; see MUSTER_DATA"
[ ! -d "$data" ] || like "real policies were converted" "$count" '^[1-9]'

# ---- what can't be ----
write "$T/muster.yaml" <<'EOF'
policy: demo
checks:
  - { ref: a, level: low, name: a, test: { file: /etc/issue } }
EOF
exits 2 "Muster YAML" "$MUSTER" convert "$T/muster.yaml"
like "is that already" "$(cat "$ERR")" 'is a policy in Muster YAML already'
exits 2 "a file that is not there" "$MUSTER" convert "$T/nowhere.json"
echo '{ "name": ' | write "$T/broken.json"
exits 2 "a broken one" "$MUSTER" convert "$T/broken.json"
is "leaves nothing on standard output" "$(cat "$OUT")" ""
exits 2 "no file" "$MUSTER" convert
exits 2 "another format" "$MUSTER" convert "$T/action.json" --to xml
exits 3 "a full disk" "$MUSTER" convert "$T/action.json" --output /dev/full
exits 3 "a full disk behind standard output" \
	sh -c '"$@" >/dev/full' sh "$MUSTER" convert "$T/action.json"
{
	"$MUSTER" convert "$T/action.json" 2>"$ERR"
} | true
is "a broken pipe says nothing" "$(cat "$ERR")" ""

done_testing
