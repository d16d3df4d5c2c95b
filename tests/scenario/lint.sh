#!/bin/sh
# Each rule of make lint, on a small tree that is good, and on that tree with one thing wrong.
. "$(dirname "$0")/lib.sh"

TREE=$T/tree

# good_tree: makes a tree anew that every rule accepts.
good_tree()
{
	rm -rf "$TREE"
	write "$TREE/src/LAYERS" <<-'END'
		layer base
		layer format base
		layer net base format
		free stddef.h stdio.h string.h
		door json-c/* format/json.c
		door sys/socket.h net
	END
	write "$TREE/src/base/word.h" <<-'END'
		/* word.h: words. */
		#pragma once
		#include <stddef.h>
		size_t word_len(const char *word);
	END
	write "$TREE/src/base/word.c" <<-'END'
		#include "base/word.h"

		#include <string.h>

		size_t word_len(const char *word)
		{
		        return strlen(word); /* not strcpy(word) */
		}
	END
	write "$TREE/src/format/json.c" <<-'END'
		#include <json-c/json.h>
		#include "base/word.h"
	END
}

# finds "what" RULE PATTERN: the rule fails on the tree and says so.
finds()
{
	exits 1 "$1: found" "$SOURCE/tools/$2" "$TREE"
	like "$1: said" "$(cat "$OUT")" "$3"
}

# function_with N TEXT: a function whose body is N times the text.
function_with()
{
	awk -v count="$1" -v line="$2" 'BEGIN {
		print "void word_do(int a)\n{"
		for (i = 0; i < count; i++) print line
		print "}"
	}'
}

good_tree
for rule in layers banned limits words; do
	it "$rule accepts a good tree" "$SOURCE/tools/$rule" "$TREE"
	is "$rule is quiet about it" "$(cat "$OUT" "$ERR")" ""
done

# Layers.
echo '#include "format/json.h"' >>"$TREE/src/base/word.h"
finds "an include that points up" layers '^src/base/word.h:5: "format/json.h": base may include'
good_tree
echo '#include "word.h"' >"$TREE/src/base/other.c"
finds "an include without its folder" layers '^src/base/other.c:1: "word.h": name it from src/ on'
good_tree
echo '#include <json-c/json_object.h>' >"$TREE/src/format/other.c"
finds "a library beside its door" layers '^src/format/other.c:1: .*its door at format/json.c'
good_tree
echo '  #  include <sys/socket.h>' >"$TREE/src/format/other.c"
finds "a system header beside its door" layers '^src/format/other.c:1: .*its door at net;'
good_tree
echo '#include <sys/strange.h>' >"$TREE/src/base/other.c"
finds "an unknown system header" layers '<sys/strange.h> stands nowhere in src/LAYERS'
good_tree
sed -i '/base.word.h/d' "$TREE/src/base/word.c"
finds "own header not first" layers '^src/base/word.c:1: "base/word.h" comes first'
good_tree
printf '#include "base/word.h"\n#include <stdio.h>\n' >"$TREE/src/format/other.c"
finds "a system header after ours" layers '^src/format/other.c:2: <stdio.h> comes before'
good_tree
sed -i 1d "$TREE/src/base/word.h"
finds "a header without its sentence" layers '^src/base/word.h:1: begin with'
good_tree
sed -i /pragma/d "$TREE/src/base/word.h"
finds "a header without its guard" layers '^src/base/word.h:1: #pragma once is missing'
good_tree
printf 'int main(void)\n{\n\treturn 0;\n}\n' >"$TREE/src/base/other.c"
finds "a main() in the wrong file" layers "^src/base/other.c:1: main\\(\\) stands in"
good_tree
mkdir "$TREE/src/util" && echo 'int x;' >"$TREE/src/util/x.c"
finds "a folder that is no layer" layers '^src/util/x.c:1: util/ is no layer'
good_tree
echo 'layer odd unknown' >>"$TREE/src/LAYERS"
exits 2 "a broken table is no quiet pass" "$SOURCE/tools/layers" "$TREE"
like "and it says where" "$(cat "$ERR")" 'LAYERS:7: unknown line'
good_tree
printf '/*\n#include <sys/socket.h>\n*/\n' >"$TREE/src/base/other.c"
it "a comment includes nothing" "$SOURCE/tools/layers" "$TREE"

# Banned calls. A name alone, a member, and a string are no calls.
while read -r call place; do
	good_tree
	write "$TREE/$place" <<-END
		void f(void)
		{
		        $call(1);
		}
	END
	finds "$call() in $place" banned "^$place:3: $call\\(\\)"
done <<'END'
strcpy src/base/other.c
sprintf src/format/other.c
atoi src/cli/other.c
system src/os/other.c
alloca src/base/other.c
signal src/agent/other.c
rand tests/unit/test_other.c
mktemp tests/unit/test_other.c
access src/os/other.c
localtime src/base/time.c
open src/net/other.c
fopen src/base/other.c
malloc src/base/other.c
free src/store/other.c
getenv src/cli/other.c
exit src/cli/other.c
sleep src/server/other.c
time src/assess/other.c
fork src/agent/other.c
printf src/report/other.c
END
good_tree
write "$TREE/src/base/other.c" <<'END'
void f(struct port *port)
{
        port->open(1);
        port.free(1);
        say("strcpy(1)", file_open(1), exit_status(2));
}
END
it "a member, a string and a longer name are no calls" "$SOURCE/tools/banned" "$TREE"
write "$TREE/src/cli/main.c" <<'END'
int main(void)
{
        return getenv("HOME") == 0;
}
END
it "getenv() is main.c's" "$SOURCE/tools/banned" "$TREE"
write "$TREE/src/base/other.c" <<'END'
bool f(void)
{
        return memcmp(given, secret->at, 32) == 0;
}
END
finds "memcmp on a secret" banned '^src/base/other.c:3: compares a secret'
sed -i 's/memcmp(given, secret->at, 32) == 0/strcmp(a, b(c)) == 0 \&\& is_secret(a)/' \
	"$TREE/src/base/other.c"
it "a secret beside it is none" "$SOURCE/tools/banned" "$TREE"

# Limits.
good_tree
awk 'BEGIN {for (i = 0; i <= 600; i++) print "int x" i ";"}' >"$TREE/src/base/other.c"
finds "a long file" limits '^src/base/other.c:1: lines 601, limit 600'
good_tree
awk 'BEGIN {for (i = 0; i < 200; i++) print "int x" i ";"}' >>"$TREE/src/base/word.h"
finds "a long header" limits '^src/base/word.h:1: lines 204, limit 200'
good_tree
function_with 58 '	x++;' >"$TREE/src/base/other.c"
finds "a long function" limits '^src/base/other.c:1: word_do\(\): function 61, limit 60'
function_with 57 '	x++;' >"$TREE/src/base/other.c"
it "60 lines are none" "$SOURCE/tools/limits" "$TREE"
function_with 15 '	if (a) x++;' >"$TREE/src/base/other.c"
finds "a complex function" limits 'word_do\(\): complexity 16, limit 15'
function_with 14 '	if (a) x++;' >"$TREE/src/base/other.c"
it "a complexity of 15 is none" "$SOURCE/tools/limits" "$TREE"
printf 'word(1) void word_do(int a)\n{\n}\n' >"$TREE/src/base/other.c"
finds "what pmccabe misses" limits 'word_do\(\): complexity unknown'
{
	printf 'int word_do(int a)\n{\n\tswitch (a) {\n'
	awk 'BEGIN {for (i = 0; i < 30; i++) print "\tcase " i ": return 1;"}'
	printf '\t}\n\treturn 0;\n}\n'
} >"$TREE/src/base/other.c"
it "a switch counts once" "$SOURCE/tools/limits" "$TREE"
function_with 1 'if (a) for (;;) { while (a) { do { if (a) x++; } while (a); } }' \
	>"$TREE/src/base/other.c"
finds "deep nesting" limits 'word_do\(\): nesting 5, limit 4'
function_with 1 'if (a) b(); else if (c) { d(); } else if (e) for (;;) each(x) { if (f) g(); }' \
	>"$TREE/src/base/other.c"
it "else if does not nest, 4 levels are few enough" "$SOURCE/tools/limits" "$TREE"
echo 'void word_do(int a, int b, int c, int d, int e, int (*f)(int, int), int g) { }' \
	>"$TREE/src/base/other.c"
finds "many parameters" limits 'word_do\(\): parameters 7, limit 6'
printf '\tint x = 1;%85s\n' '/* */' >"$TREE/src/base/other.c"
finds "a long line, tabs 8 wide" limits '^src/base/other.c:1: columns 103, limit 100'
good_tree
for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	echo 'int x;' >"$TREE/src/base/other$number.c"
done
finds "a full folder" limits '^src/base:1: files 17, limit 16'
echo 'files src/base 17 because it is a test' | write "$TREE/tools/limits.allow"
it "an exception with a reason allows it" "$SOURCE/tools/limits" "$TREE"
echo 'files src/base 17' | write "$TREE/tools/limits.allow"
exits 2 "one without is refused" "$SOURCE/tools/limits" "$TREE"
good_tree
echo 'lines src/base/word.c 700 it was long once' | write "$TREE/tools/limits.allow"
finds "an exception that nothing needs" limits '^tools/limits.allow: lines .*word.c is within'

# Words. The bad ones are put together here, so that this file may stand in the tree.
good_tree
for word in "/work""/main/x" "TO""DO: later" "<<<<<<""< HEAD"; do
	echo "$word" >"$TREE/note.txt"
	finds "\"${word%% *}\"" words '^note.txt:1: '
done
echo "net/wo""rk/x" >"$TREE/note.txt"
it "a relative path is no machine's" "$SOURCE/tools/words" "$TREE"
printf 'x \n' >"$TREE/note.txt"
finds "spaces at the end of a line" words '^note.txt:1: spaces'
printf 'x\ny' >"$TREE/note.txt"
finds "a last line without its end" words '^note.txt:2: the last line'
printf 'x\r\n' >"$TREE/note.txt"
finds "a carriage return" words '^note.txt:1: a carriage return'
head -c 1048577 /dev/zero >"$TREE/note.txt"
finds "a large file" words '^note.txt:1: 1048577 bytes'

done_testing
