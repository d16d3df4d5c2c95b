#!/bin/sh
# Where the kernel gives muster watch no more watches, or none, and where it forgets what it had to
# tell: the watch goes on, and says so.
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/root/d"
cd "$T/root" || exit 1
for i in 1 2 3 4 5 6 7 8; do
	mkdir "d/$i"
	echo good >"d/$i/f"
done
{
	printf 'policy: limits\nchecks:\n'
	for i in 1 2 3 4 5 6 7 8; do
		echo "  - { ref: f$i, level: low, name: n, test: { file: /d/$i/f, regex: good } }"
	done
	echo "  - { ref: last, level: low, name: n, test: { file: /last, exists: false } }"
} >"$T/few.yaml"
cp "$T/few.yaml" "$T/none.yaml"
cp "$T/few.yaml" "$T/storm.yaml"

# A user namespace has limits of its own: those of the machine stay as they are.
if ! unshare -Ur sh -c 'echo 9 >/proc/sys/user/max_inotify_watches' 2>"$ERR"; then
	skip_test "limits" "no user namespace with its own can be made: $(head -n 1 "$ERR")"
else
	cat >"$T/limited" <<'END'
#!/bin/sh
# limited WHAT NUMBER COMMAND…: in a user namespace, whose limits are its own.
what=$1
export what
shift
exec unshare -Ur sh -c 'echo "$0" >/proc/sys/user/max_inotify_$what && exec "$@"' "$@"
END
	chmod 755 "$T/limited"
	BY="$T/limited watches 9"
	begin few --root "$T/root"
	like "how many have no watch is said, what limits them, and how often they are looked at" \
		"$(cat "$T/few.err")" "^muster: watch: not told by the kernel: [1-9][0-9]* \
beyond the limit of watches \(fs.inotify.max_user_watches\): looked at every 1 s, trees every 60 s$"
	for i in 1 2 3 4 5 6 7 8; do
		turns "f$i" fail "file $i is told all the same" "echo bad >d/$i/f"
	done
	turns last fail "so is one that comes" ': >last'
	rm -r d/1 d/2 d/3 d/4 d/5 d/6
	turns f7 pass "one of those that are left" 'echo good >d/7/f'
	for i in 1 2 3 4 5 6; do
		mkdir "d/$i"
		turns "f$i" pass "file $i, in a folder made again" "echo good >d/$i/f"
	done
	stop "$WATCH"

	rm last
	BY="$T/limited instances 0"
	begin none --root "$T/root"
	like "with none at all that is said, too" "$(cat "$T/none.err")" \
		"^muster: watch: not told by the kernel: [1-9][0-9]* without an inotify instance \
\(fs.inotify.max_user_instances\): looked at every 1 s, trees every 60 s$"
	turns f1 fail "a file that is only looked at" 'echo bad >d/1/f'
	turns last fail "one that comes" ': >last'
	turns f1 pass "and so on" 'echo good >d/1/f'
	stop "$WATCH"
fi
rm -f last
for i in 1 2 3 4 5 6 7 8; do
	echo good >"d/$i/f"
done
BY=

# --- the kernel's queue overflows ---
queue=$(cat /proc/sys/fs/inotify/max_queued_events 2>/dev/null || echo 0)
if [ "$queue" -lt 1 ] || [ "$queue" -gt 100000 ]; then
	skip_test "a queue that overflows" "its length is $queue"
else
	begin storm --root "$T/root"
	# By turns, so that none is merged with the last. What comes behind them has no place.
	cat >"$T/storm.pl" <<'END'
chmod 0600 + $_ % 3, "d/" . (1 + $_ % 2) . "/f" for 1 .. $ARGV[0] + 100;
END
	kill -STOP "$WATCH"
	perl "$T/storm.pl" "$queue"
	turns f7 fail "what the kernel has forgotten is found" \
		"echo bad >d/7/f && kill -CONT $WATCH"
	turns f8 fail "and told again from there on" 'echo bad >d/8/f'
	kill -STOP "$WATCH"
	perl "$T/storm.pl" "$queue"
	turns last fail "a file that came" ": >last && kill -CONT $WATCH"
	turns f7 pass "and the next" 'echo good >d/7/f'
	stop "$WATCH"
	is "nothing was told twice" "$(told f7) $(told f8) $(told last)" "3 2 2"
fi
cd /
done_testing
