#!/bin/sh
# investigate.sh: `muster run` shows the rows of a probe that a query selects, here or in a tree.
. "$(dirname "$0")/lib.sh"

write "$T/root/etc/passwd" <<'EOF'
root:x:0:0:root:/root:/bin/bash
toor:x:0:0:other:/root:/bin/sh
bob:x:1000:1000:Bob:/home/bob:/bin/bash
EOF
write "$T/root/etc/ssh/sshd_config" <<'EOF'
permitrootlogin no
EOF
# shellcheck disable=SC2317 # "it" and "exits" call it
look()
{
	"$MUSTER" run "$@" --root "$T/root"
}

it "rows as a table" look users 'uid:0'
like "has the fields as titles" "$(cat "$OUT")" '^name +.*uid'
like "and the rows that were asked for" "$(cat "$OUT")" '^toor '
unlike "and no others" "$(cat "$OUT")" '^bob '
it "rows as NDJSON" look users 'uid >= 1000' --format ndjson
like "one object a line" "$(cat "$OUT")" '^\{"name":"bob",.*"uid":1000,'
it "parameters are the probe's own" look config /etc/ssh/sshd_config --key PermitRootLogin
like "the setting that is in force" "$(cat "$OUT")" '^no +/etc/ssh/sshd_config'
it "files are searched" look files --path /etc --name '^passwd$' --format ndjson
like "and found" "$(cat "$OUT")" '"path":"/etc/passwd"'
it "what is not there" look file /etc/nothing
like "is said" "$(cat "$ERR")" '^muster: /etc/nothing is missing'
exits 2 "an unknown probe" look user
like "has a suggestion" "$(cat "$ERR")" 'no probe "user"; did you mean "users"'
exits 2 "an unknown field" look users 'udi:0'
like "has a suggestion" "$(cat "$ERR")" 'no field "udi"; did you mean "uid"'
exits 2 "a parameter out of range" look files --path /etc --depth 0
like "names its range" "$(cat "$ERR")" 'depth is a number from 1 to'

done_testing
