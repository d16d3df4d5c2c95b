#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# commands.sh: what commands print, told natively, is what the programs of this host print; what has
# no native answer is run where that is allowed, and only there.
. "$(dirname "$0")/lib.sh"

NATIVE=$BUILD/tools/native
# the programs' order is that of the disk in some (find, grep -r): those are compared sorted
debian=
[ -r /etc/os-release ] && debian=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)

# same WORD…: the program and the native answer print the same, with the same status
same()
{
	local mine theirs

	if [ "$debian" != bookworm ] || ! command -v "$1" >/dev/null; then
		skip_test "native: $*" "no such program of Debian 12 here"
		return
	fi
	env -i PATH="$PATH" LC_ALL=C "$@" >"$T/theirs" 2>"$T/theirs.err" </dev/null
	theirs=$?
	"$NATIVE" "$@" >"$T/mine" 2>"$T/mine.err" </dev/null
	mine=$?
	if [ "$sorted" ]; then
		sort -o "$T/theirs" "$T/theirs"
		sort -o "$T/mine" "$T/mine"
	fi
	{
		diff "$T/theirs" "$T/mine"
		diff "$T/theirs.err" "$T/mine.err"
		[ $theirs = $mine ] || echo "status $theirs, natively $mine"
	} >"$T/diff" 2>&1
	[ ! -s "$T/diff" ]
	result $? "native: $*" || diag "$T/diff"
}

D=$T/tree
mkdir -p "$D/sub/deep" "$D/empty"
printf 'root:x:0\nbin:y:1\nbin:y:1\n#note\n\nRoot = "a b"\n' >"$D/plain"
printf 'no line end' >"$D/open"
printf 'a\0b\n' >"$D/bytes"
printf 'one\ntwo\n' >"$D/sub/deep/x.conf"
: >"$D/sub/none.conf"
cp "$D/plain" "$D/it's"
cp "$D/plain" "$D/a b"
cp "$D/plain" "$D/new
line"
cp "$D/plain" "$D/$(printf '\303\251')"
ln -s plain "$D/link"
ln -s nowhere "$D/dangling"
chmod 4755 "$D/open"
chmod 1777 "$D/empty"
chmod 2640 "$D/bytes"
chown 4242:4243 "$D/sub/none.conf" 2>/dev/null
touch -d '2019-03-04 05:06:07.123456789' "$D/plain"
mkfifo "$D/fifo"

sorted=
for format in '%a %#a %04a %A' '%u %U %g %G' '%n|%N|%10n|%-10n|%.3n' '%s %b %B %o %f %i %h' \
	'%d %D %Hd %Ld %r %R %Hr %Lr %t %T' '%x|%y|%z|%w' '%X %Y %Z %W' '%F %%' '%08s|%-8s|'; do
	same stat -c "$format" "$D"/* /dev/null "$D/nope" "$D/plain/x" "$D/sub/"
done
same stat "$D"/* /dev/null
same stat -L "$D/link" "$D/dangling"
same stat --printf '%a\t%n\n' "$D/plain"
same stat -t "$D/plain" /dev/null
for options in -l -la -lA -ld -lL -lR -ln -li -lt -lS -lr -lh -ls -1 -a -R -d -lg -lo; do
	[ "$options" = -lL ] && same ls $options "$D/sub" && continue
	same ls $options "$D"
done
same ls -l "$D"/* /dev/null "$D/nope"
same ls "$D/sub" "$D/plain" "$D/empty"
same cat "$D/plain" "$D/nope" "$D" "$D/it's"
same head -n2 "$D/plain"
same head -3 "$D/plain" "$D/open"
same head -c 5 "$D/plain"
same head -n -2 "$D/plain"
same tail -2 "$D/plain"
same tail -n2 "$D/plain" "$D/nope"
same tail -n +3 "$D/plain"
same tail -c 4 "$D/plain"
same wc "$D/plain" "$D/open"
same wc -l "$D/plain"
same wc
for options in '' -u -r -n -f '-t: -k3 -n' '-t: -k3,3nr' '-u -t: -k1,1'; do
	same sort $options "$D/plain"
done
for options in '' -c -d -u; do
	same uniq $options "$D/plain"
done
for options in '-d: -f1' '-d: -f2- -s' '-c1-3' '-d: -f1 --complement' \
	'-d: -f1,3 --output-delimiter=-'; do
	same cut $options "$D/plain"
done
for options in '' -i -v -w -x -c -l -L -n -q -h -H -s -in -vc '-m1'; do
	same grep $options root "$D/plain" "$D/open"
	same grep $options root "$D/plain"
done
for pattern in '^\(root\|bin\):' 'o\{2\}' '\<bin\>' 'a\.b' '^#*[[:space:]]*$' 'x$' '[^]a-]' \
	'*' '^*' \
	'\(o\)\1' 'a^b' '[\]' '"a'; do
	same grep -n "$pattern" "$D/plain"
done
for pattern in '^(root|bin):' 'o{2}' 'o{,1}t' 'a**' '(^|:)y' '^\s*$' '[[:upper:]]' 'a{' \
	'(o)\1' 'r?o+t*'; do
	same grep -nE "$pattern" "$D/plain"
done
same grep -oP '^\w+(?=:)' "$D/plain"
same grep -F 'a b' "$D/plain"
same grep a "$D/bytes"
same grep -c a "$D/bytes"
same grep -a a "$D/bytes"
same grep -e root -e bin "$D/plain"
same grep root "$D" "$D/nope"
same egrep '^(root|bin)' "$D/plain"
for program in '$3 == 0 { print $1 }' '$1 ~ /^b/ && $3 > 0' '!seen[$0]++' 'END { print NR }' \
	'/root/,/note/' '{ print NF, $NF }' '{ s += $3 } END { print s }' 'NR == 2 { exit 3 }' \
	'{ if ($3 == 1) print "one"; else print "other" }' '{ gsub(/o/, "[&]"); print }' \
	'length($0) > 7' '{ printf "%-6s|%3d\n", $1, $3 }' '{ $2 = "-"; print }' \
	'BEGIN { print 1/3, 2 "x" }'; do
	same awk -F: "$program" "$D/plain"
done
same awk '{ print }' "$D/nope"
same readlink "$D/link" "$D/plain"
same readlink -f "$D/link" "$D/nope" "$D/nope/x"
same realpath "$D/sub/../link"
same basename /usr/lib/x.so .so
same dirname /usr/lib/
same which sh nosuchprogram
same test -f "$D/plain"
same [ -d "$D/plain" -o ! -e "$D/nope" ]
same passwd -S root
same passwd -S nosuchuser
same chage -l root
same useradd -D
same id root
same id -Gn daemon
same groups daemon nosuchuser
same getent passwd root 1 nosuchuser
same getent group
same uname -r
for line in 'cut -f1 -d: /etc/group | sort | uniq -dc | wc -l' 'echo a  "b  c" '"'d \$e'" \
	'A=$(grep -c root /etc/passwd); echo "n=$A"' 'cat /nope 2>/dev/null; echo $?' \
	'cat /nope 2>&1 | grep -c such' 'if [ -e /etc/passwd ]; then echo y; else echo n; fi' \
	'for f in /etc/pass*d; do stat -c %n "$f"; done' 'nosuchprogram | wc -l; echo $?' \
	'head -3 /etc/passwd | while read -r line; do echo "$line" | cut -d: -f1; done' \
	'! grep -q nope /etc/passwd && echo none' '(exit 4); echo $?' 'echo `echo "x y"`' \
	'x="a b"; for i in $x "$x"; do echo "[$i]"; done' 'printf "a\nb\n" | xargs -n1 echo' \
	'command -v ls || command -v nosuch' 'command -v nosuch; echo $?' 'echo "a\tb"' 'exit 3'; do
	same sh -c "$line"
	same bash -c "$line"
done

sorted=yes
same find "$D"
same find "$D/" -type f -name '*.conf'
same find "$D" -perm -4000 -o -perm /1000
same find "$D" ! -type d -a \( -name 'p*' -o -name 'o*' \)
same find "$D" -maxdepth 1 -type l -ls
same find "$D" -mindepth 2 -printf '%p %f %h %P %m %M %s %n %y %d\n'
same find "$D" -path "$D/sub" -prune -o -print
same find "$D" -nouser -o -nogroup
same find "$D" -empty
same find "$D" -newer "$D/plain" -type f
same find "$D" -size +0c -size -30c
same find "$D" -regex '.*/[a-p]*\(n\|k\)'
same find "$D" -type f -exec grep -H root {} +
same find "$D" -type f -name 'pl*' -exec stat -c '%a %n' {} \;
same find "$D" -user nosuchuser
same find "$D/nope" "$D/plain"
same grep -r root "$D/sub" "$D/plain"
same grep -rl one "$D/sub"
same grep -R --include='*.conf' two "$D/sub"

# quotes that no shell has taken away
same sh -c "'echo" "x'"
same bash -c '"echo'
same awk -F: "'(\$3" == "0)" "{print}'" "$D/plain"
same awk "'/^x/{print" "\$2}'" "$D/plain"
same grep "'root" "$D/plain"
same stat -c "'%a" "$D/plain"
same sh -c 'nosuchprogram' name word

# what is not understood is not guessed
for line in 'echo $((1 + 1))' 'cat /etc/passwd >'"$D/written" 'case x in x) ;; esac'; do
	exits 200 "not understood: $line" "$NATIVE" sh -c "$line"
done
exits 200 "find deletes nothing" "$NATIVE" find "$D" -delete
exits 200 "awk starts nothing" "$NATIVE" awk 'BEGIN { system("true") }'
exits 200 "a relative path is one of a folder that nobody knows" "$NATIVE" stat relative
it "writes nothing" [ ! -e "$D/written" ]

# below a root: its files, its names
R=$T/root
mkdir -p "$R/etc"
echo 'root:x:0:0::/:/bin/sh' >"$R/etc/passwd"
echo 'alice:x:4242:1::/:/bin/sh' >>"$R/etc/passwd"
ln -s /etc/passwd "$R/etc/alias"
it "answers for a tree" "$NATIVE" --root "$R" stat -Lc '%N %s' /etc/alias
is "as if it were /" "$(cat "$OUT")" "'/etc/alias' $(wc -c <"$R/etc/passwd")"
it "knows the tree's own users" "$NATIVE" --root "$R" id -u alice
is "by number" "$(cat "$OUT")" 4242
exits 202 "a tree does not run" "$NATIVE" --root "$R" hostname

# the root's own time zone, summer and winter
zone=/usr/share/zoneinfo/Europe/Berlin
if [ -r "$zone" ]; then
	cp "$zone" "$R/etc/localtime"
	touch -d 2019-07-01T12:00:00Z "$R/etc/summer"
	touch -d 2019-12-01T12:00:00Z "$R/etc/winter"
	it "knows the zone" "$NATIVE" --root "$R" stat -c %y /etc/summer /etc/winter
	is "as the programs do" "$(cat "$OUT")" \
		"$(TZ=Europe/Berlin stat -c %y "$R/etc/summer" "$R/etc/winter")"
else
	skip_test "knows the zone" "no zones here"
fi

# running
cat >"$T/run.yaml" <<EOF
policy: commands
checks:
  - ref: ran
    level: low
    name: what a program prints
    test:
      command: [/bin/sh, -c, 'echo \$((6 * 7)); echo no >&2; exit 3']
      equals: "42"
      stderr: "no"
      exit: 3
  - ref: environment
    level: low
    name: what it finds
    test: { command: [env], lines: { matches: ., count: 1 } }
  - ref: absent
    level: low
    name: a program that there is not
    test: { command: nosuchprogram -x }
EOF
exits 1 "checks" "$MUSTER" check --format ndjson "$T/run.yaml"
like "runs nothing by itself" "$(cat "$OUT")" \
	'needs the command ."env.", which has no native answer; --allow-commands runs it'
it "runs what it may" "$MUSTER" check --format ndjson --allow-commands "$T/run.yaml"
is "and judges by it" "$(grep -c '"status":"pass"' "$OUT")" 2
like "a program may be absent" "$(cat "$OUT")" 'nosuchprogram is not installed'
exits 1 "checks a tree" "$MUSTER" check --format ndjson --allow-commands --root "$R" "$T/run.yaml"
is "and runs nothing for it" "$(grep -c 'below a root nothing is run' "$OUT")" 3
cat >"$T/long.yaml" <<EOF
policy: commands
checks:
  - { ref: slow, level: low, name: n, test: { command: sleep 60.25, timeout: 1s } }
  - { ref: loud, level: low, name: n, test: { command: "yes" } }
EOF
exits 1 "ends what does not" "$MUSTER" check --format ndjson --allow-commands "$T/long.yaml"
like "by time" "$(cat "$OUT")" '.sleep.. took too long, and was killed'
like "by what it prints" "$(cat "$OUT")" '.yes.. printed more than 1 MiB, and was killed'
exits 1 "leaves no process" pgrep -fx 'sleep 60.25'

done_testing
