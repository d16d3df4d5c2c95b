#!/bin/sh
# The agent's processes are read-only by construction: one that is told to write, to connect or to
# execute is killed or refused, with the walls of this kernel and with those of Debian 12's.
# shellcheck disable=SC3043 # dash has local
. "$(dirname "$0")/lib.sh"

PROBE=$BUILD/tools/powers-probe
[ -x "$PROBE" ] || exit 1
! is_sanitized || skip_all "sanitizers make system calls of their own, so there is no seccomp"
F=$T/folder

# tries ROLE ACT: does it in a fresh folder; prints "done", or how it was refused.
tries()
{
	rm -rf "$F"
	mkdir -p "$F/spool"
	echo x >"$F/target"
	echo x >"$F/spool/target"
	chmod 777 "$F" "$F/spool"
	chmod 666 "$F/target" "$F/spool/target"
	"$PROBE" "$1" "$2" "$F" >"$T/said" 2>"$T/why"
	case $? in
	0) echo refused ;;
	1) echo "done" ;;
	159) echo refused ;; # by SIGSYS
	*) cat "$T/why" ;;
	esac
}

# may_not ROLE ACT…: every one of them is refused, and the folder is as it was.
may_not()
{
	local role="$1" act answer

	shift
	for act in "$@"; do
		answer=$(tries "$role" "$act")
		is "$role may not: $act$how" "$answer $(cat "$F/target") $(ls "$F" | tr '\n' ' ')" \
			"refused x spool target "
	done
}

chmod 755 "$T"
"$PROBE" judge read "$T" >/dev/null 2>&1
[ $? != 3 ] || skip_all "this kernel has no walls"

walls()
{
	is "judge may: read$how" "$(tries judge read)" "done"
	is "netprobe may: connect$how" "$(tries netprobe connect)" "done"
	is "link may: write to its spool$how" "$(tries link spool)" "done"
	may_not judge write append create truncate openat2-write openat2-create reopen unlink \
		rename chmod fchmod mkdir symlink mknod socket connect execute fork trace kill \
		mount setuid keyctl io_uring handle memory
	may_not netprobe read write append create truncate openat2-write openat2-create reopen \
		unlink rename chmod fchmod mkdir symlink mknod execute fork trace kill mount \
		setuid keyctl io_uring handle memory
	may_not watch read openat2-read write append create truncate openat2-write openat2-create \
		reopen unlink rename chmod fchmod mkdir symlink mknod socket connect execute fork \
		trace kill mount setuid keyctl io_uring handle memory
	may_not gate read write create openat2-write openat2-create unlink socket connect \
		execute fork trace kill setuid
	is "procreader may: list open files$how" "$(tries procreader list)" "done"
	is "procreader may: see a program$how" "$(tries procreader exe)" "done"
	may_not procreader read openat2-read memory-file memory write append create truncate \
		openat2-write openat2-create reopen unlink rename chmod fchmod mkdir symlink mknod \
		socket connect execute fork trace kill mount setuid keyctl io_uring handle
	may_not rulereader read openat2-read list memory-file write create openat2-write \
		openat2-create unlink socket connect execute fork trace kill mount setuid keyctl \
		io_uring handle memory
	is "runner may: start processes$how" "$(tries runner fork)" "done"
	is "runner may: ask services of this host$how" "$(tries runner local-socket)" "done"
	may_not runner write append create truncate openat2-truncate \
		openat2-write openat2-create reopen unlink \
		rename chmod fchmod mkdir symlink mknod socket packet vsock connect trace mount \
		setuid keyctl io_uring handle memory
	may_not link read write append create truncate openat2-write openat2-create reopen \
		unlink rename chmod mkdir symlink mknod execute fork trace kill mount setuid \
		keyctl io_uring handle memory
}

how=
walls
how=" (Landlock ABI 2)"
export MUSTER_LANDLOCK_ABI=2
walls
done_testing
