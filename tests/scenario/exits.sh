#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# exits.sh: the exit status says what came of it: 0 complies, 1 fails, 2 bad input, 3 the
# environment; the highest wins. And what scripts read does not change with who runs it, and
# where.
. "$(dirname "$0")/lib.sh"

chmod 755 "$T"
ROOT=$T/root
mkdir -p "$ROOT/etc"
echo yes >"$ROOT/etc/good"

# policy NAME TEST
policy()
{
	write "$T/$1.yaml" <<-YAML
		policy: $1
		checks:
		  - { ref: a, level: low, name: $1, test: $2 }
	YAML
}

policy passes '{ file: /etc/good, exists: true }'
policy fails '{ file: /etc/missing, exists: true }'
policy errs '{ file: /etc, regex: x }'
policy live '{ sysctl: kernel.ostype, equals: Linux }'
policy other '{ all: [ { package: nothing-like-this, installed: true } ] }'
echo 'policy: x' >"$T/broken.yaml"
sed -i 's/^checks/target: os:plan9\nchecks/' "$T/other.yaml"

# status COMMAND…: its exit status.
status()
{
	local got=0

	"$@" >"$OUT" 2>"$ERR" </dev/null || got=$?
	echo "$got"
}

# what is checked, together, below the root | the exit status
while IFS='|' read -r names want; do
	set --
	for name in $names; do
		case $name in
		/*) set -- "$@" "$name" ;;
		*) set -- "$@" "$T/$name.yaml" ;;
		esac
	done
	is "check $names" "$(status "$MUSTER" check --root "$ROOT" "$@")" "$want"
done <<EOF2
passes|0
fails|1
errs|1
live|1
other|1
broken|2
none|2
passes other|0
passes live|1
passes fails|1
passes errs|1
passes broken|2
fails broken|2
broken none|2
other broken|2
/etc|2
/dev/null|2
EOF2
exits 1 "nothing was checked" "$MUSTER" check --root "$ROOT" "$T/other.yaml"
like "is said" "$(cat "$ERR")" '^muster: nothing was checked: '
like "and why, of the check" "$(cat "$OUT")" '^not applicable .*not a target'
exits 3 "an environment is worse than a failure" \
	"$MUSTER" check --root "$ROOT" "$T/fails.yaml" --output /dev/full
exits 3 "and than bad input" \
	"$MUSTER" check --root "$ROOT" "$T/passes.yaml" "$T/broken.yaml" --output /dev/full
exits 3 "a server that is not there" \
	env MUSTER_URL=https://127.0.0.1:1 MUSTER_TOKEN=x MUSTER_CA=/dev/null \
	"$MUSTER" query hosts '*'
for words in "" "chekc" "check --level" "check --level huge $T/passes.yaml" "lint" \
	"probes nothing" "query" "agent" "policy push" "require" "token create" \
	"token create --role king" "check --only" "test"; do
	# shellcheck disable=SC2086 # words
	is "muster $words" "$(MUSTER_URL=https://127.0.0.1:1 MUSTER_TOKEN=x \
		status "$MUSTER" $words)" 2
	is "one line says so" "$(grep -c '^muster: ' "$ERR") $(wc -l <"$ERR")" "1 1"
	is "and nothing goes to standard output" "$(cat "$OUT")" ""
done
for program in "$MUSTER" "$MUSTERD" "$AGENT"; do
	exits 0 "${program##*/} --help" "$program" --help
	exits 0 "${program##*/} --version" "$program" --version
	exits 2 "${program##*/} --nonsense" "$program" --nonsense
done

# ---- a folder of policies and of all else ----
mkdir -p "$T/folder/sub" "$T/folder/empty.yaml"
cp "$T/passes.yaml" "$T/folder/sub/a.yml"
cp "$T/fails.yaml" "$T/folder/b.yaml"
echo '{"just": ["json"]}' >"$T/folder/notes.json"
echo 'key: value' >"$T/folder/compose.yml"
: >"$T/folder/nothing.yaml"
echo '<html/>' >"$T/folder/page.xml"
echo 'policy: text' >"$T/folder/readme.txt"
head -c 4096 /dev/urandom >"$T/folder/noise.bin"
ln -s loop.yaml "$T/folder/loop.yaml"
ln -s /nowhere "$T/folder/dangling.yaml"
mkfifo "$T/folder/fifo.yaml"
timeout 20 "$MUSTER" check --root "$ROOT" "$T/folder" --format ndjson >"$OUT" 2>"$ERR"
echo "# exit $?: $(cat "$ERR")"
is "the policies of a folder run" \
	"$(jq -r .policy.name "$OUT" | sort | tr '\n' ' ')" "fails passes "
unlike "what is none is passed over" "$(cat "$ERR")" 'notes|compose|nothing\.yaml|page|readme|noise'
rm -r "$T/folder/sub" "$T/folder/b.yaml"
exits 2 "a folder without any is an error" timeout 20 "$MUSTER" check --root "$ROOT" "$T/folder"

# ---- what is too large ----
{
	cat "$T/passes.yaml"
	head -c 100000000 /dev/zero | tr '\0' '#'
} >"$T/huge.yaml"
exits 2 "a policy of 100 MB does not run" timeout 10 "$MUSTER" check --root "$ROOT" "$T/huge.yaml"
like "and is named, with the limit" "$(cat "$ERR")" 'huge\.yaml.* (8 MiB|8388608)'
exits 2 "the others do" timeout 10 "$MUSTER" check --root "$ROOT" "$T/huge.yaml" "$T/passes.yaml"
like "as ever" "$(cat "$OUT")" '^pass '

# ---- formats ----
FIRST=target,utctimestamp,compliance,link,policy,check
SECOND=id,status,reason,evidence,agent,action,duration_us,tags
for format in json ndjson; do
	set -- check --root "$ROOT" "$T/passes.yaml" "$T/fails.yaml" --format "$format"
	"$MUSTER" "$@" >"$T/out"
	is "$format has the fields of the contract" \
		"$(jq -cn '[inputs] | flatten | map([keys_unsorted, (.policy | keys_unsorted),
			(.check | keys_unsorted)]) | unique' "$T/out" | tr -d '"')" \
		"[[[$FIRST,$SECOND],[name,level,url],[ref,name,description,location,test]]]"
	"$MUSTER" "$@" >"$T/out2"
	is "and says the same twice, but for time" \
		"$(jq -cn '[inputs] | flatten | map(del(.utctimestamp, .duration_us))' "$T/out")" \
		"$(jq -cn '[inputs] | flatten | map(del(.utctimestamp, .duration_us))' "$T/out2")"
done
is "--only and --level go together" \
	"$(status "$MUSTER" check --root "$ROOT" "$T/passes.yaml" --only a --level low)" 0
unlike "no colour where NO_COLOR is, or no terminal" "$(cat "$OUT")" "$(printf '\033')"

# ---- anybody may check ----
cp "$MUSTER" "$T/muster"
as()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	for abi in "" 1 2; do
		exits 0 "as nobody, on this host${abi:+, with ABI $abi of Landlock}" \
			as env MUSTER_LANDLOCK_ABI="$abi" "$T/muster" check "$T/live.yaml"
		like "it passes" "$(cat "$OUT")" '^pass '
		exits 0 "as root${abi:+, with ABI $abi of Landlock}" \
			env MUSTER_LANDLOCK_ABI="$abi" "$MUSTER" check "$T/live.yaml"
	done
	chmod 700 "$ROOT/etc"
	exits 1 "what nobody may not see is an error" \
		as "$T/muster" check "$T/passes.yaml" --root "$ROOT" --format ndjson
	like "not a failure" "$(cat "$OUT")" '"status":"error","reason":".*[Pp]ermission denied'
	chmod 600 "$T/passes.yaml"
	exits 3 "a policy that nobody may read" as "$T/muster" check "$T/passes.yaml" --root "$ROOT"
	like "is told" "$(cat "$ERR")" 'passes\.yaml.*[Pp]ermission denied'
else
	skip_test "as nobody" "not root, or no setpriv"
fi

done_testing
