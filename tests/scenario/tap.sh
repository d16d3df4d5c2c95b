#!/bin/sh
# What tools/tap makes of test programs that pass, fail, skip, crash, hang or say nothing.
. "$(dirname "$0")/lib.sh"

TAP=$SOURCE/tools/tap

# program NAME: writes standard input as the test program $T/NAME.
program()
{
	write "$T/$1"
}

# comes_to "what" STATUS CLOSING PROGRAM: runs it and looks at the closing line.
comes_to()
{
	exits "$2" "$1: exit $2" "$TAP" --timeout 2 "sh $T/$4"
	is "$1: $3" "$(tail -n 1 "$OUT")" "$3"
}

program good <<'END'
echo "1..2"
echo "ok 1 - one"
echo "ok 2 - two"
END
comes_to "all pass" 0 "2 passed, 0 failed, 0 skipped" good

program bad <<'END'
echo "1..2"
echo "ok 1 - one"
echo "not ok 2 - the second"
echo "# because"
exit 1
END
comes_to "one fails" 1 "1 passed, 1 failed, 0 skipped" bad
like "its output is shown" "$(cat "$OUT")" '\| # because'
like "its name is shown" "$(cat "$OUT")" 'failed: the second'

program skips <<'END'
echo "1..3"
echo "ok 1 - one # SKIP no kernel"
echo "# skip: no data"
echo "not ok 2 # SKIP two"
echo "ok 3 - three # skip no kernel"
END
comes_to "skips" 0 "0 passed, 0 failed, 3 skipped" skips
like "with their reasons" "$(cat "$OUT")" '^skipped 2: no kernel$'
like "from a note before, too" "$(cat "$OUT")" '^skipped 1: no data$'

echo 'echo "1..0 # SKIP no browser"' | program skips_all
comes_to "a whole program skips" 0 "0 passed, 0 failed, 1 skipped" skips_all
like "with its reason" "$(cat "$OUT")" '^skipped 1: no browser$'

echo 'echo "ok 1 - one"' | program no_plan
comes_to "no plan" 1 "1 passed, 1 failed, 0 skipped" no_plan
echo 'echo "1..2"; echo "ok 1 - one"' | program short
comes_to "a plan not kept" 1 "1 passed, 1 failed, 0 skipped" short
echo 'echo "1..1"; echo "ok 1 - one"; kill -SEGV $$' | program crash
comes_to "a crash after the last test" 1 "1 passed, 1 failed, 0 skipped" crash
echo 'echo "1..1"; echo "ok 1 - one"; exit 3' | program status
comes_to "an exit status without a failure" 1 "1 passed, 1 failed, 0 skipped" status
echo 'echo "1..1"; echo "ok 1 - one"; sleep 60 & wait' | program hang
comes_to "a program that hangs" 1 "1 passed, 1 failed, 0 skipped" hang
echo 'echo "1..1"; echo "not ok 1 - one # TO""DO"' | program later
comes_to "work left open" 1 "0 passed, 1 failed, 0 skipped" later
echo 'echo "Bail out! no"; exit 1' | program bails
comes_to "a program that gives up" 1 "0 passed, 1 failed, 0 skipped" bails
comes_to "a program that isn't there" 1 "0 passed, 1 failed, 0 skipped" missing

program nested <<'END'
echo "TAP version 13"
echo "# Subtest: page"
echo "    ok 1 - a"
echo "    ok 2 - b"
echo "    1..2"
echo "ok 1 - page"
echo "ok 2 - other # time=1ms {"
echo "    1..1"
echo "    ok 1 - c"
echo "}"
echo "ok 3 - plain"
echo "1..3"
END
comes_to "subtests count, what holds them does not" 0 "4 passed, 0 failed, 0 skipped" nested

exits 1 "several programs" "$TAP" --add "$T/sum" --name some "sh $T/good" "sh $T/bad" "sh $T/skips"
is "are summed under a name" "$(tail -n 1 "$OUT")" "some: 3 passed, 1 failed, 3 skipped"
it "more are added" "$TAP" --add "$T/sum" "sh $T/good"
exits 1 "--sum" "$TAP" --sum "$T/sum"
is "sums all" "$(tail -n 1 "$OUT")" "5 passed, 1 failed, 3 skipped"
like "and names what failed" "$(cat "$OUT")" "^failed: sh $T/bad: the second\$"
# Scenarios are programs with children of their own, in groups of their own.
program story.sh <<END
. "$SCENARIO/lib.sh"
start sleeper sleep 1000
echo "\$PID" >"$T/sleeper"
[ \$# = 0 ] || sleep 1000
result 0 "it starts"
done_testing
END
has_sleeper_ended()
{
	has_ended "$(cat "$T/sleeper")"
}
mkdir -p "$T/a/b"
mv "$T/story.sh" "$T/a/b/story.sh"
it "a scenario passes" "$TAP" "env BUILD=$BUILD sh $T/a/b/story.sh"
it "what it started is gone" wait_for 2 has_sleeper_ended
exits 1 "a scenario hangs" "$TAP" --timeout 1 "env BUILD=$BUILD sh $T/a/b/story.sh on"
it "what it started is gone too" wait_for 2 has_sleeper_ended

exits 1 "no program at all is a failure" "$TAP"

done_testing
