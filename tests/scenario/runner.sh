#!/bin/sh
# The agent's runner: commands of policies are run where root's list has them word for word, behind
# walls, and nowhere else.
. "$(dirname "$0")/lib.sh"

FAKEHUB=$BUILD/tools/fakehub
[ -x "$FAKEHUB" ] || exit 1
[ "$(id -u)" = 0 ] || skip_all "only root can become others"
H=$T/hub
S=$T/state
LIST=$T/commands
ROOM=$T/room
SLEEP="61.$$" # a span that nobody else sleeps

# status REF, reason REF: of the last item of this check.
status()
{
	grep "\"ref\":\"$1\"" "$H/items.ndjson" | tail -n 1 |
		sed 's/.*"status":"\([a-z_]*\)".*/\1/'
}
reason()
{
	grep "\"ref\":\"$1\"" "$H/items.ndjson" | tail -n 1 | sed 's/.*"reason":"//'
}

diag_reason()
{
	reason "$1" | sed 's/^/# /'
}

# judge: the assignment anew, until its run is complete.
runs=0
judge()
{
	runs=$((runs + 1))
	sed "s/#RUN/$runs/" "$T/policy" >"$T/policy.new"
	mv "$T/policy.new" "$H/assign/commands"
	kill -HUP "$HUB"
	wait_for 20 sh -c "[ \"\$(wc -l <'$H/done.ndjson')\" -ge $((runs)) ]"
}

chmod 755 "$T"
mkdir -p "$H/assign" "$ROOM"
chmod 777 "$ROOM"
echo kept >"$ROOM/file"
chmod 666 "$ROOM/file"
# does what its words say; a name of our own, so that nobody answers natively
cat >"$T/tool" <<'END'
#!/bin/sh
exec "$@"
END
chmod 755 "$T/tool"
echo "only root reads this" >"$T/secret"
chmod 600 "$T/secret"
cat >"$LIST" <<END
# what the policy asks for
$T/tool echo hello "two  words"
  env
$T/tool pwd
$T/tool id -un
user=nobody $T/tool id -un -r
user=root $T/tool cat "$T/secret"
user=root $T/tool touch "$ROOM/new"
user=root $T/tool chmod 600 "$ROOM/file"
user=root $T/tool sh -c "echo gone >$ROOM/file"
user=root $T/tool rm "$ROOM/file"
user=root $T/tool grep ^CapEff: /proc/self/status
user=root $T/tool grep ^CapBnd: /proc/self/status
$T/tool grep ^NoNewPrivs: /proc/self/status
$T/tool sh -c "cat; echo \$# end"
user=nosuchuser $T/tool true
$T/tool yes
$T/tool sh -c "sleep $SLEEP & sleep $SLEEP"
nosuchprogram -x
END
cat >"$T/policy" <<END
policy: commands
statements: { s#RUN: A run. }
checks:
  - { ref: words, level: low, name: n, test: { command: [$T/tool, echo, hello, two  words],
      equals: hello two  words } }
  - { ref: environment, level: low, name: n, test: { command: [env],
      lines: { matches: ., count: 1 } } }
  - { ref: folder, level: low, name: n, test: { command: $T/tool pwd, equals: / } }
  - { ref: nobody, level: low, name: n, test: { command: $T/tool id -un, exit: 1 } }
  - { ref: user, level: low, name: n, test: { command: $T/tool id -un -r, equals: nobody } }
  - { ref: input, level: low, name: n, test: { command: '$T/tool sh -c "cat; echo \$# end"',
      equals: 0 end } }
  - { ref: secret, level: low, name: n, test: { command: '$T/tool cat "$T/secret"',
      equals: only root reads this } }
  - { ref: new, level: low, name: n, test: { command: '$T/tool touch "$ROOM/new"', exit: 1 } }
  - { ref: rights, level: low, name: n, test: { command: '$T/tool chmod 600 "$ROOM/file"',
      exit: 1 } }
  - { ref: write, level: low, name: n, test: { command: '$T/tool sh -c "echo gone >$ROOM/file"',
      exit: 2 } }
  - { ref: remove, level: low, name: n, test: { command: '$T/tool rm "$ROOM/file"', exit: 1 } }
  - { ref: effective, level: low, name: n, test: {
      command: '$T/tool grep ^CapEff: /proc/self/status', matches: '[[:space:]]0+\$' } }
  - { ref: bounding, level: low, name: n, test: {
      command: '$T/tool grep ^CapBnd: /proc/self/status', matches: '[[:space:]]0+\$' } }
  - { ref: privileges, level: low, name: n, test: {
      command: '$T/tool grep ^NoNewPrivs: /proc/self/status', matches: '1\$' } }
  - { ref: nouser, level: low, name: n, test: { command: $T/tool true, exit: 0 } }
  - { ref: loud, level: low, name: n, test: { command: $T/tool yes, exit: 0 } }
  - { ref: slow, level: low, name: n, test: {
      command: '$T/tool sh -c "sleep $SLEEP & sleep $SLEEP"', timeout: 1s, exit: 0 } }
  - { ref: absent, level: low, name: n, test: { command: nosuchprogram -x, exit: 0 } }
  - { ref: unlisted, level: low, name: n, test: { command: $T/tool hostname, exit: 0 } }
  - { ref: more, level: low, name: n, test: { command: $T/tool pwd -L, exit: 0 } }
  - { ref: fewer, level: low, name: n, test: { command: nosuchprogram, exit: 0 } }
  - { ref: joined, level: low, name: n, test: { command: [nosuchprogram -x], exit: 0 } }
END

start hub "$FAKEHUB" "$H"
HUB=$PID
wait_for 10 grep -q . "$T/hub.out"
it "enrols" "$AGENT" enroll "$(cat "$T/hub.out")" --state "$S" --trust-server
sed "s/#RUN/0/" "$T/policy" >"$H/assign/commands"
start agent "$AGENT" run --state "$S" --commands "$LIST"
wait_for 30 grep -q . "$H/done.ndjson"
runs=1

for ref in words environment folder user input secret; do
	is "a listed command is run: $ref" "$(status $ref)" pass || diag_reason $ref
done
walled="new write remove effective bounding privileges"
mode=666
if is_sanitized; then
	skip_test "and may not what a judge may not: rights" "sanitizers have no seccomp"
	mode=600
else
	walled="$walled rights"
fi
for ref in $walled; do
	is "and may not what a judge may not: $ref" "$(status $ref)" pass || diag_reason $ref
done
is "nothing was changed" "$(cat "$ROOM/file") $(stat -c %a "$ROOM/file") $(ls "$ROOM")" \
	"kept $mode file"
if id _muster >/dev/null 2>&1; then
	skip_test "without a user it is nobody's" "there is a _muster here, who has a name"
else
	is "without a user it is nobody's" "$(status nobody)" pass || diag_reason nobody
fi

for ref in unlisted more fewer joined; do
	is "what is not in the list, word for word, does not apply: $ref" "$(status $ref)" \
		not_applicable
done
like "and is named" "$(reason unlisted)" \
	"needs the command ..*/tool hostname.., which has no native answer; it is not in $LIST"
is "a user that is not there is an error" "$(status nouser)" error
like "and is named, too" "$(reason nouser)" 'there is no user .*nosuchuser'
is "a program may be absent" "$(status absent)" not_applicable
is "what prints too much is an error" "$(status loud)" error
like "with its limit" "$(reason loud)" 'printed more than 1 MiB, and was killed'
is "what takes too long is an error" "$(status slow)" error
like "that says so" "$(reason slow)" 'took too long, and was killed'
wait_for 5 sh -c "! pgrep -fx 'sleep $SLEEP'"
is "it is killed with all that it started" "$?" 0

# a judge asks anew each time, and the list is read anew
printf '%s hostname\n' "$T/tool" >"$LIST"
judge
is "a changed list counts at once" "$(status unlisted)" pass || diag_reason unlisted
is "also for what is not in it any more" "$(status folder)" not_applicable
printf '%s hostname\nuser= true\n' "$T/tool" >"$LIST"
judge
is "a list with a mistake counts not at all" "$(status unlisted)" error
like "and its line is told" "$(reason unlisted)" "$LIST:2: ..user=.. wants the name of a user"
like "also to whoever reads the log" "$(cat "$T/agent.err")" "no command is run: $LIST:2:"
printf '%s hostname\n' "$T/tool" >"$LIST"
chmod g+w "$LIST"
judge
is "nor does one that others may write" "$(status unlisted)" error
like "for that reason" "$(reason unlisted)" 'others may write it \(mode 0664\); chmod go-w it'
chmod 644 "$LIST"
chown 64991 "$LIST"
judge
like "or own" "$(reason unlisted)" 'it belongs to user 64991'
chown 0 "$LIST"
mv "$LIST" "$T/elsewhere"
ln -s "$T/elsewhere" "$LIST"
judge
like "or that is a link" "$(reason unlisted)" 'it is a symbolic link'
rm "$LIST"
judge
is "without a list nothing is run" "$(status unlisted)" not_applicable

exits 2 "a list is for run" "$AGENT" status --state "$S" --commands "$LIST"
done_testing
