#!/bin/sh
# How programs write files while muster watch looks on: editors, installers, rotations, containers'
# configuration; and one that does not stop.
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/root/conf/d" "$T/root/log" "$T/root/maps/..1" "$T/root/usr"
cd "$T/root" || exit 1
echo good >conf/f
echo good >conf/d/g
echo quiet >log/a
echo good >maps/..1/f
ln -s ..1 maps/..data
ln -s ..data/f maps/f
echo good >usr/one
echo bad >usr/two
ln -s ../usr/one conf/choice
ln -s conf/choice choice
write "$T/writers.yaml" <<'END'
policy: writers
checks:
  - { ref: f, level: low, name: a file, test: {
      file: /conf/f, regex: good, mode: { at_most: "0644" } } }
  - { ref: g, level: low, name: in a folder, test: { file: /conf/d/*, regex: good } }
  - { ref: log, level: low, name: logs, test: { files: "", path: /log, content: evil, count: 0 } }
  - { ref: map, level: low, name: a map, test: { file: /maps/f, regex: good } }
  - { ref: choice, level: low, name: by links, test: { file: /choice, regex: good } }
  - { ref: last, level: low, name: a busy one, test: { file: /busy, regex: good } }
END
begin writers --root "$T/root"

# --- one file ---
turns f fail "a shell's redirection" 'echo bad >conf/f'
turns f pass "tee" 'echo good | tee conf/f'
turns f fail "tee -a, to one that has nothing else" ': >conf/f && echo bad | tee -a conf/f'
turns f pass "sed -i" 'sed -i s/bad/good/ conf/f'
turns f fail "sed -i with a backup" 'sed -i.bak s/good/bad/ conf/f'
turns f pass "vi: a swap file, and the file becomes its backup" \
	': >conf/.f.swp && mv conf/f conf/f~ && echo good >conf/f && rm conf/f~ conf/.f.swp'
turns f fail "vi, with backupcopy: written in place" 'cp -p conf/f conf/f~ && echo bad >conf/f'
turns f pass "emacs: a link that leads nowhere is the lock" \
	'ln -s anna@web1.812:1 conf/.#f && echo good >conf/f && rm conf/.#f'
turns f fail "nano: opened, emptied, written piece by piece" \
	'exec 9>conf/f && printf b >&9 && sleep 0.1 && printf ad >&9 && exec 9>&-'
turns f pass "in its middle, by one that keeps it open" \
	'exec 8<>conf/f && printf good | dd of=conf/f conv=notrunc'
turns f fail "which writes later" 'printf bad! >&8 && exec 8>&-'
turns f pass "install" 'echo good >fresh && install -m 644 fresh conf/f'
turns f fail "install with a mode that is too wide" 'install -m 666 fresh conf/f'
turns f pass "chmod" 'chmod g-w,o-w conf/f'
turns f fail "cp over it" 'echo bad >fresh && cp fresh conf/f'
turns f pass "cp --remove-destination" \
	'echo good >fresh && cp --remove-destination fresh conf/f'
turns f fail "dpkg: a conffile is renamed over" 'echo bad >conf/f.dpkg-new &&
	ln conf/f conf/f.dpkg-tmp && mv conf/f.dpkg-new conf/f && rm conf/f.dpkg-tmp'
turns f pass "passwd: under a lock" ': >conf/.lock && echo good >conf/f+ && ln conf/f conf/f- &&
	mv conf/f+ conf/f && rm conf/.lock'
turns f fail "written through a hard link from elsewhere" \
	'ln conf/f usr/hard && echo bad >usr/hard && rm usr/hard'
turns f pass "git checkout: deleted, and made anew" 'rm conf/f && echo good >conf/f'
turns f error "a FIFO in its place" 'mkfifo pipe && mv pipe conf/f'
turns f pass "a link in its place" 'ln -s ../usr/one link && mv -T link conf/f'
turns f fail "emptied" 'truncate -s 0 usr/one'
turns f pass "grown, mostly of nothing" 'truncate -s 10M usr/one && sed -i "1s/^/good\n/" usr/one'

# --- folders ---
turns g fail "a folder is exchanged" \
	'mkdir new && echo bad >new/g && mv conf/d old && mv new conf/d && rm -r old'
turns g pass "deleted, and made again" 'rm -r conf/d && mkdir conf/d && echo good >conf/d/g'
turns g fail "rsync: a hidden file is renamed" \
	'echo bad >conf/d/.h.Xq1 && mv conf/d/.h.Xq1 conf/d/h'
turns g pass "unpacked over it" 'mkdir -p tree/conf/d && echo good >tree/conf/d/h &&
	tar -cf tree.tar -C tree . && tar -xf tree.tar'
turns map fail "a container's map: the link to its data is exchanged" \
	'mkdir maps/..2 && echo bad >maps/..2/f && ln -s ..2 maps/..tmp &&
	mv -T maps/..tmp maps/..data && rm -r maps/..1'
turns map pass "and again" \
	'mkdir maps/..3 && echo good >maps/..3/f && ln -s ..3 maps/..tmp &&
	mv -T maps/..tmp maps/..data'
turns choice fail "alternatives: a link in a chain" 'ln -sf ../usr/two conf/choice'
turns choice pass "what the chain leads to" 'echo good >usr/two'

# --- logs ---
turns log fail "appended to by one that keeps it open" 'exec 7>>log/a && echo evil >&7'
turns log pass "rotated: copied and emptied" 'cp log/a a.1 && truncate -s 0 log/a'
turns log fail "and appended to" 'echo evil >&7'
turns log pass "rotated out of the folder" 'mv log/a a.2 && : >log/a'
turns log fail "rotated within it, where its writer still has it open" \
	'exec 7>>log/a && mv log/a log/a.1 && : >log/a && echo evil >&7 && exec 7>&-'
turns log pass "compressed" 'gzip log/a.1'

# --- one that does not stop ---
# cpu: hundredths of a second that the watch has taken.
cpu()
{
	awk '{ print $14 + $15 }' "/proc/$WATCH/stat"
}
turns last pass "a file that will be busy" 'echo good >busy'
before=$(cpu)
timeout -s INT 3 dd if=/dev/zero of=busy bs=1 count=30000000 conv=notrunc 2>"$T/dd"
turns last pass "written to as fast as may be, it is told in the end" 'echo good >busy'
writes=$(sed -n 's/ bytes.*//p' "$T/dd")
spent=$(($(cpu) - before))
[ "${writes:-30000}" -ge 30000 ] && [ "$spent" -le 60 ]
result $? "of more than 10,000 writes a second, for under a fifth of a processor"
echo "# ${writes:-many} writes in 3 s, $spent hundredths of a second"
ends "of all that nothing is on standard error"
cd /
done_testing
