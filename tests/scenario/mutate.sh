#!/bin/sh
# mutate.sh: muster test runs examples; with --mutate it says which mistakes they would not notice.
. "$(dirname "$0")/lib.sh"

# policy TEST PASS FAIL: writes $T/p.yaml, one check with examples of /f alone.
policy()
{
	write "$T/p.yaml" <<END
policy: x
checks:
  - ref: a
    level: low
    name: n
    rationale: r
    remediation: m
    test: $1
    examples: { pass: [ $2 ], fail: [ $3 ] }
END
}

# is_missed "what" 'PATTERN': the run tells of one mutant that no example notices.
is_missed()
{
	exits 1 "$1" "$MUSTER" test --mutate "$T/p.yaml"
	like "$1: which" "$(cat "$OUT" "$ERR")" "x/a: no example notices: $2"
}

f()
{
	printf '{ files: { /f: "%s" } }' "$1"
}

TWO="{ file: /f, line: [ { matches: '^max' }, { number: '(\\d+)\$', at_least: 1, at_most: 9 } ] }"
policy "$TWO" "$(f 'max 9\n'), $(f 'max 1\n')" \
	"$(f 'max 10\nmin 5\n'), $(f 'max 0\n'), { files: {} }"
it "examples come out as declared" "$MUSTER" test "$T/p.yaml"
it "and notice every mutant of a line" "$MUSTER" test --mutate "$T/p.yaml"
policy "$TWO" "$(f 'max 9\n'), $(f 'max 1\n')" "$(f 'max 11\nmin 5\n'), $(f 'max 0\n')"
is_missed "an upper bound one higher" "line: the number's upper bound loosened to 10"
policy "$TWO" "$(f 'max 9\n'), $(f 'max 1\n')" "$(f 'max 10\nmin 5\n')"
is_missed "a lower bound one lower" "line: the number's lower bound loosened to 0"
policy "$TWO" "$(f 'max 9\n'), $(f 'max 1\n')" "$(f 'max 10\n'), $(f 'max 0\n')"
is_missed "a condition left out" 'line without \^max'
policy "{ file: /f, no_line: { equals: bad }, empty: false }" "$(f 'good\n')" "$(f 'bad\n')"
is_missed "a test left out" 'without empty'
policy "{ when: { file: /f }, file: /f, whole: good }" "$(f 'good\n')" "$(f 'bad\n')"
it "all of a content" "$MUSTER" test --mutate "$T/p.yaml"
policy "{ file: /f, whole: good }" "$(f 'bad\n')" "$(f 'good\n')"
exits 1 "examples that come out otherwise fail" "$MUSTER" test "$T/p.yaml"
done_testing
