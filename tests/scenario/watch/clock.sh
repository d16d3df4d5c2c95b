#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# The clock is set ahead and back while muster watch looks on: changes are told as ever, ages are
# judged by the new time, and nothing spins. The clock is libfaketime's: the machine's stays.
. "$(dirname "$0")/lib.sh"

FAKETIME=$(find /usr/lib /usr/local/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
[ -n "$FAKETIME" ] || skip_all "libfaketime is not installed"
! is_sanitized || skip_all "the sanitizers want to be the first library"
cd "$T" || exit 1

# sets OFFSET: what the watch's clock says from now on; one that counts spans goes on as ever.
sets()
{
	echo "$1" >"$T/offset.new" && mv "$T/offset.new" "$T/offset"
}

# cpu: hundredths of a second that the watch has taken.
cpu()
{
	awk '{ print $14 + $15 }' "/proc/$WATCH/stat"
}

# calm "what": within two seconds it takes hardly any time of a processor.
calm()
{
	local before spent

	before=$(cpu)
	sleep 2
	spent=$(($(cpu) - before))
	[ "$spent" -le 15 ]
	result $? "$1" || echo "# $spent hundredths of a second within 2 s"
}

: >fresh
: >other
write clock.yaml <<END
policy: clock
checks:
  - { ref: plain, level: low, name: n, test: { file: $T/flag, exists: false } }
  - { ref: age, level: low, name: n, test: { all: [
      { file: $T/other, exists: true }, { file: $T/fresh, age: { at_most: 1h } } ] } }
  - { ref: last, level: low, name: n, test: { file: $T/last, exists: false } }
END
sets +0
BY="env LD_PRELOAD=$FAKETIME FAKETIME_TIMESTAMP_FILE=$T/offset FAKETIME_NO_CACHE=1
	NO_FAKE_STAT=1 DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_FAKE_MONOTONIC=1"
begin clock

sets +3h
turns plain fail "set ahead by three hours, a change is told" ': >flag'
at=$(grep '"ref":"plain"' clock.out | tail -n 1 | jq -r .utctimestamp)
ahead=$(($(date -ud "$at" +%s) - $(date +%s)))
[ "$ahead" -ge 10740 ] && [ "$ahead" -le 10860 ]
result $? "with the time that it is now" || echo "# $ahead seconds ahead"
turns age fail "what is three hours old by now is so" 'echo x >>other'
turns age pass "and is new again when it is written" "touch -d '+3 hours' fresh && echo x >>other"
calm "and the watch is calm"
sets -30d
turns plain pass "set back by a month, a change is told" 'rm flag'
turns plain fail "and the next" ': >flag'
sleep 0.1
told_before=$(told plain)
calm "and the watch is calm, too"
is "nothing is told that did not change" "$(told plain)" "$told_before"
sets +3h
turns age fail "ahead again: what was new is a day old" "touch -d -1day fresh && echo x >>other"
for i in 1 2 3 4 5 6 7 8; do
	sets "+${i}d"
	sets "-${i}d"
done
sets +0
turns plain pass "after many leaps, a change is told" 'rm flag'
ends "of all that nothing is on standard error"

# --- time passes, and nothing else: here a minute takes three seconds ---
touch fresh
cat >ages.yaml <<END
policy: ages
checks:
  - { ref: age, level: low, name: n, test: { file: $T/fresh, age: { at_most: 90s } } }
  - { ref: last, level: low, name: n, test: { file: $T/last, exists: false } }
END
BY="env LD_PRELOAD=$FAKETIME FAKETIME=+0x20 NO_FAKE_STAT=1"
begin ages
WITHIN=15
turns age fail "what only ages is too old one day" :
turns age pass "until it is written" "touch -d '+1 day' fresh"
ends "of that nothing is on standard error"
cd /
done_testing
