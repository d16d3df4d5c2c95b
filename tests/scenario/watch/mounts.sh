#!/bin/sh
# Mounts while muster watch looks on: bind mounts, of single files too, the layers of a container,
# moves, unmounts, what is read-only from now on, and a file system that sends no events.

# In namespaces of its own: no mount of here is the machine's, and all end with it.
if [ -z "${MOUNTS_INSIDE:-}" ]; then
	if [ "$(id -u)" != 0 ] || ! unshare -mpf --mount-proc true 2>/dev/null; then
		echo "1..0 # SKIP only root makes mounts, in a namespace of its own"
		exit 0
	fi
	export MOUNTS_INSIDE=yes
	exec unshare -mpf --mount-proc --kill-child --propagation private sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

# unmounts FOLDER: without force. Whoever looks at it just then may keep it for a moment, no longer.
unmounts()
{
	wait_for 3 umount "$1"
}

tmpfs="mount -t tmpfs none"
mkdir -p "$T/root/mnt/deep" "$T/root/other/x/y" "$T/root/to"
cd "$T/root" || exit 1
echo good >mnt/f
echo bad >other/f
echo evil >other/x/y/z
echo good >one
echo bad >source
write "$T/tree.yaml" <<'END'
policy: tree
checks:
  - { ref: f, level: low, name: a file, test: { file: /mnt/f, regex: good } }
  - { ref: evil, level: low, name: a tree, test: {
      files: "", path: /mnt, content: evil, count: 0 } }
  - { ref: to, level: low, name: another place, test: { file: /to/f, exists: true } }
  - { ref: last, level: low, name: a single file, test: { file: /one, regex: good } }
END
begin tree --root "$T/root"

turns f fail "a bind mount over a folder" 'mount --bind other mnt'
turns f pass "what is written at its source" 'echo good >other/f'
turns f fail "and below it" 'echo bad >mnt/f'
turns f pass "unmounted, without force" 'unmounts mnt'
turns evil fail "a bind mount with a tree" 'mount --bind other mnt'
turns evil pass "a file deep in it, by its other name" 'rm other/x/y/z'
turns evil fail "and one that comes" 'mkdir other/n && echo evil >other/n/z'
turns evil pass "unmounted with the tree" 'unmounts mnt'
turns f fail "another file system over a folder" "$tmpfs mnt"
turns f pass "a file in it" 'echo good >mnt/f'
turns f fail "one over that" "$tmpfs mnt"
turns f pass "and away" 'unmounts mnt'
turns to pass "a mount that is moved" 'mount --move mnt to'
turns to fail "what is deleted where it is now" 'rm to/f'
turns to pass "and made again" 'echo >to/f'
turns to fail "unmounted there" 'unmounts to'
turns evil fail "a mount within the tree" "$tmpfs mnt/deep && echo evil >mnt/deep/e"
turns evil pass "unmounted while somebody has a file of it open" \
	'exec 9<mnt/deep/e && umount -l mnt/deep && exec 9<&-'
turns last fail "a bind mount over a single file" 'mount --bind source one'
turns last pass "what is written at its source" 'echo good >source'
turns last fail "and to itself, though another file has the source's name" \
	'echo good >fresh && mv fresh source && echo bad >one'
turns last pass "unmounted" 'unmounts one'

# --- a container's layers ---
mkdir "$T/layers"
$tmpfs "$T/layers"
(cd "$T/layers" && mkdir -p lower/d upper work && echo bad >lower/f && echo evil >lower/d/e)
overlay="mount -t overlay overlay -o lowerdir=$T/layers/lower"
overlay="$overlay,upperdir=$T/layers/upper,workdir=$T/layers/work"
if ! $overlay to 2>/dev/null || ! umount to; then
	skip_test "the layers of a container" "overlayfs can't be mounted here"
else
	turns f fail "layers" "$overlay mnt"
	turns f pass "a file of the lower one, copied up to be written" 'echo good >mnt/f'
	turns f fail "renamed" 'chmod 600 mnt/f && chown 1:1 mnt/f && mv mnt/f mnt/g'
	turns f pass "and back" 'mv mnt/g mnt/f'
	turns f fail "what is deleted leaves a whiteout" 'rm mnt/f'
	turns f pass "and comes in its place" 'echo good >mnt/f'
	turns f fail "what a process of the container writes, in its own namespace" \
		"unshare -m sh -c 'mount --bind mnt other && echo bad >other/f'"
	turns evil pass "a folder that hides the one below" 'rm -r mnt/d && mkdir mnt/d'
	turns evil fail "a file in it" 'echo evil >mnt/d/new'
	turns evil pass "which is emptied through a link" 'ln mnt/d/new mnt/hard && : >mnt/hard'
	turns f pass "unmounted" 'unmounts mnt'
fi
ends "of all that nothing is on standard error"
umount "$T/layers"

# --- made elsewhere, and handed on to the watch's own namespace ---
mount --make-rshared /
BY="unshare -m --propagation slave"
cp "$T/tree.yaml" "$T/slave.yaml"
begin slave --root "$T/root"
BY=
turns f fail "a mount that comes from another namespace" "$tmpfs mnt"
turns f pass "and goes there" 'unmounts mnt'
ends "the watch in its own says nothing else"
mount --make-rprivate /

# --- how it is mounted ---
write "$T/live.yaml" <<END
policy: live
checks:
  - { ref: own, level: low, name: its own, test: { mount: $T/root/mnt, separate: true } }
  - { ref: ro, level: low, name: read-only, test: {
      mount: $T/root/mnt, options: { contains: [ro] } } }
  - { ref: last, level: low, name: all, test: { mounts: 'path:*/root/mnt', count: 0 } }
END
begin live
turns own pass "what is mounted here" "$tmpfs mnt"
turns ro pass "read-only from now on" 'mount -o remount,ro mnt'
turns ro fail "and no more" 'mount -o remount,rw,nosuid mnt'
turns last pass "all mounts" 'unmounts mnt'
ends "that is told by the kernel"

# --- a file system that sends no events ---
if [ ! -e /dev/fuse ]; then
	skip_test "a file system that sends no events" "there is no /dev/fuse here"
elif ! rm -r mnt || ! mkdir mnt || ! bindfs "$T/root/other" mnt >"$OUT" 2>&1; then
	skip_test "a file system that sends no events" "bindfs can't mount: $(head -n 1 "$OUT")"
else
	cp "$T/tree.yaml" "$T/fuse.yaml"
	echo good >other/f
	mkdir -p other/n
	: >other/n/z
	begin fuse --root "$T/root"
	WITHIN=3
	like "it is said how many are only looked at, and how often" "$(cat "$T/fuse.err")" \
		"^muster: watch: not told by the kernel: [1-9] on file systems that send no \
events: looked at every 1 s, trees every 60 s$"
	turns f fail "what changes behind it" 'echo bad >other/f'
	turns f pass "what is renamed over there" 'echo good >fresh && mv fresh other/f'
	turns last fail "all else is told by the kernel as ever" 'echo bad >one'
	turns f fail "deleted behind it" 'rm other/f'
	turns f pass "and made again" 'echo good >other/f'
	turns f fail "unmounted while it is looked at" 'unmounts mnt'
	turns f pass "and mounted over what the kernel told" "bindfs '$T/root/other' mnt"
	turns f fail "is looked at again" 'echo bad >other/f'
	stop "$WATCH"

	FAKETIME=$(find /usr/lib /usr/local/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
	if [ -z "$FAKETIME" ] || is_sanitized; then
		skip_test "a tree without events" "libfaketime, for a quicker minute, does not fit"
	else
		cp "$T/tree.yaml" "$T/quick.yaml"
		BY="env LD_PRELOAD=$FAKETIME FAKETIME=+0x20"
		begin quick --root "$T/root"
		turns evil fail "a file deep in a tree, within its minute" 'echo evil >other/n/z'
		turns evil pass "and the next" ': >other/n/z'
		stop "$WATCH"
	fi
	unmounts mnt
fi
cd /
done_testing
