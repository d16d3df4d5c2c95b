#!/bin/sh
# ./try, as somebody meets it who has just cloned: what it refuses, what it shows, what it leaves.
. "$(dirname "$0")/lib.sh"

TRY=$SOURCE/try

# free_port: prints a port that is free together with the next one.
free_port()
{
	python3 - <<-'END'
		import socket
		import sys

		def is_free(port):
		    with socket.socket() as listener:
		        try:
		            listener.bind(("127.0.0.1", port))
		        except OSError:
		            return False
		    return True

		for port in range(20000, 30000, 2):
		    if is_free(port) and is_free(port + 1):
		        print(port)
		        sys.exit()
	END
}

# hold PORT: listens there until it is stopped.
hold()
{
	start holder python3 -c "
import signal, socket
listener = socket.create_server(('127.0.0.1', $1))
print('ready', flush=True)
signal.pause()"
	wait_for 10 grep -q ready "$T/holder.out"
}

# lists_running: prints the processes of this checkout's programs with a state below .try/.
lists_running()
{
	for process in /proc/[0-9]*; do
		case $(readlink "$process/exe") in
		"$SOURCE"/build/*) tr '\0' ' ' <"$process/cmdline" ;;
		esac
	done 2>/dev/null | grep -F -e '--state .try/'
}

exits 2 "an unknown option is refused" "$TRY" --bogus
like "and named" "$(cat "$ERR")" '^try: unknown option "--bogus"; see ./try --help$'
for port in 0 65535 x ""; do
	exits 2 "port \"$port\" is refused" "$TRY" --no-install --port "$port"
done
like "with what would do" "$(cat "$ERR")" 'give a number from 1 to 65534'
it "--help" "$TRY" --help
like "shows how" "$(cat "$OUT")" '\./try \[--exit\] \[--port N\] \[--no-install\]'

if ! flock -n "$SOURCE/.try/lock" true 2>/dev/null && [ -e "$SOURCE/.try/lock" ]; then
	skip_test "the rest" "a ./try runs in this checkout"
	done_testing
fi

PORT=$(free_port)
hold $((PORT + 1))
exits 3 "a taken port is an error" "$TRY" --no-install --exit --port "$PORT"
like "that names it" "$(cat "$ERR")" "^try: port $((PORT + 1)) is taken; give --port N"
stop "$PID"

it "./try --exit" "$TRY" --no-install --exit --port "$PORT"
like "shows items" "$(cat "$OUT")" 'pass'
like "shows the level" "$(cat "$OUT")" '(none|low|medium|high|maximum)'
like "shows a link that signs in" "$(cat "$OUT")" "https://127.0.0.1:$PORT/#login=[A-Za-z0-9_-]+"
is "leaves nothing running" "$(lists_running)" ""

# The shell starts it deaf to Ctrl-C; a terminal would not.
start try python3 -c "
import os, signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv('$TRY', ['$TRY', '--no-install', '--port', '$PORT'])"
RUN=$PID
if wait_for 20 grep -q '#login=' "$T/try.out"; then
	result 0 "./try starts again, and stays"
else
	result 1 "./try starts again, and stays"
	diag "$T/try.err"
fi
exits 3 "a second one is refused" "$TRY" --no-install --port $((PORT + 2))
like "with the reason" "$(cat "$ERR")" 'another ./try runs'
stop "$RUN" INT
is "Ctrl-C ends it well" $? 0
is "and all that it started" "$(lists_running)" ""

done_testing
