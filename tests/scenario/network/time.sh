#!/bin/sh
# The clock: what the kernel says, and how far it is from a server's.
. "$(dirname "$0")/lib.sh"

serve right time
RIGHT=127.0.0.1:$PORT
serve ahead time 7
AHEAD=127.0.0.1:$PORT
serve behind time -100000
BEHIND=127.0.0.1:$PORT
serve refuses time-refuse
REFUSES=127.0.0.1:$PORT
serve echo udp-echo
ECHO=127.0.0.1:$PORT
serve silent udp-silent
SILENT=127.0.0.1:$PORT

check "time: clock, synchronised: true" "time: clock, synchronised: false" "time: clock"
like "the kernel's word is one or the other" "$STATUSES" "^(pass fail pass|fail pass fail)$"
check "time: clock, server: '$RIGHT', drift: { at_most: 200ms }" \
	"time: clock, server: '$RIGHT', stratum: 2, uncertainty: { at_most: 200ms }" \
	"time: clock, server: '$AHEAD', drift: { at_most: 6s }" \
	"time: clock, server: '$AHEAD', drift: { at_most: 8s }" \
	"time: clock, server: '$BEHIND', drift: { at_least: 27h, at_most: 28h }"
is "servers that are right, ahead and behind" "$STATUSES" "pass pass fail pass pass"
check "time: clock, server: '$REFUSES', drift: { at_most: 1s }" \
	"time: clock, server: '$ECHO', drift: { at_most: 1s }" \
	"time: clock, server: '$SILENT', drift: { at_most: 1s }, timeout: 1s" \
	"time: clock, server: 127.0.0.1:1, drift: { at_most: 1s }" \
	"time: clock, server: 169.254.169.123, drift: { at_most: 1s }"
is "servers that refuse, echo, are silent, absent or forbidden" "$STATUSES" \
	"error error error error error"
like "a refusal is told" "$(reason c1)" "refuses: RATE"
like "an echo is no answer" "$(reason c2)" "no answer of a server of time"
like "silence is told" "$(reason c3)" "no answer within the time limit"
exits 2 "drift wants a server" "$MUSTER" check - <<'END'
policy: p
END
exits 2 "there is one clock" "$MUSTER" run time watch
done_testing
