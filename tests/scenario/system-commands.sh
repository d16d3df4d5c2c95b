#!/bin/sh
# What muster says that commands of the system print is what they print: standard output, standard
# error and exit status, of those that are installed here.
# shellcheck disable=SC3043 # local: dash has it
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "commands tell root more than others"
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
ROOT=$T/root

# told LINE [MUSTER'S OPTIONS…]: what muster says, in $T/got, without the line ends behind it.
told()
{
	local line="$1"

	shift
	"$MUSTER" run command "$line" --format json "$@" >"$OUT" 2>"$ERR" || return 1
	jq -rj '.[0] | .stdout, "\n--\n", .stderr, "\n--\n", .exit' "$OUT" >"$T/got"
}

# real COMMAND…: what it prints, likewise; in $T/want.
real()
{
	local status=0

	"$@" >"$T/real.out" 2>"$T/real.err" </dev/null || status=$?
	printf '%s\n--\n%s\n--\n%s' "$(cat "$T/real.out")" "$(tr -d '\r' <"$T/real.err")" \
		"$status" >"$T/want"
}

# agree "what": both are the same.
agree()
{
	tr -d '\r' <"$T/got" >"$T/got.plain"
	cmp -s "$T/got.plain" "$T/want"
	result $? "$1" && return 0
	diff "$T/want" "$T/got.plain" | head -n 20 | sed 's/^/# /'
	return 1
}

# same LINE: as it is installed here, or that it isn't. The line has neither quotes nor patterns.
same()
{
	local program="${1%% *}"

	if ! command -v "$program" >/dev/null; then
		told "$1"
		like "$1: not installed" "$(cat "$ERR")" 'is not installed'
		return
	fi
	# shellcheck disable=SC2086 # its words
	real $1
	told "$1"
	agree "$1"
}

for line in \
	"dpkg -l" "dpkg -l bash no-such-package" "dpkg -s bash" \
	"dpkg-query -s bash nothing-of-this" \
	"dpkg-query -W" "dpkg-query -W bash libc6 nothing-of-this" \
	"systemctl is-enabled cron" "systemctl is-enabled nope" \
	"systemctl is-enabled systemd-journald" \
	"systemctl get-default" "sshd -T" "sshd -T -C user=root" \
	"sshd -T -C user=root,host=a,addr=::1" \
	"findmnt" "findmnt -l" "findmnt -n /" "findmnt --kernel /tmp" "findmnt -kn /dev/shm" \
	"findmnt -P" "findmnt -nlo SOURCE,TARGET" "mount" "mount -t proc" \
	"sysctl net.ipv4.ip_forward" "sysctl -n kernel.ostype nope" "sysctl net.ipv4.conf" \
	"modprobe -n -v cramfs" "modprobe --showconfig" "lsmod" \
	"auditctl -l" "auditctl -s" "augenrules --check" "apparmor_status" "sestatus" \
	"getenforce" \
	"nft list tables" "iptables -L" "ip6tables -L INPUT -v -n" "iptables -S" \
	"ufw status verbose" \
	"ufw status"; do
	same "$line"
done

# settled LINE: the same of what others may change meanwhile: until it prints the same twice.
settled()
{
	local try

	for try in 1 2 3 4 5 6 7 8 9 10; do
		# shellcheck disable=SC2086 # its words
		real $1
		cp "$T/want" "$T/before"
		told "$1"
		# shellcheck disable=SC2086 # its words
		real $1
		cmp -s "$T/before" "$T/want" && cmp -s "$T/got" "$T/want" && break
		sleep 0.$try
	done
	agree "$1"
}

for line in "netstat -lntu" "ss -lntu" "ss -lnu"; do
	if command -v "${line%% *}" >/dev/null; then
		settled "$line"
	else
		skip_test "$line" "it is not installed"
	fi
done

if [ ! -d /run/systemd/system ]; then
	for line in "systemctl is-active cron" "systemctl status cron" "systemctl list-units" \
		"systemctl is-system-running"; do
		same "$line"
	done
fi

# -------- trees --------

# program NAME: it is installed in the tree.
program()
{
	mkdir -p "$ROOT/usr/sbin"
	cp /bin/true "$ROOT/usr/sbin/$1"
}

if command -v dpkg-query >/dev/null; then
	program dpkg-query
	write "$ROOT/var/lib/dpkg/status" <<'END'
Package: foo
Status: deinstall ok config-files
Version: 1
Architecture: amd64
Maintainer: A <a@example.org>
Homepage: http://example.org
Description: a description that is long, longer than a line of eighty characters could ever be
 and more
Conffiles:
 /etc/foo abc

Package: zap
Status: purge ok not-installed
Section: misc

Package: hal
status: hold reinstreq half-configured
Version: 1:2-3
Architecture: all
Maintainer: A <a@example.org>
Depends: foo:any (>= 2) | bar, baz
Provides: prov (= 3)
X-Y: 1
Description: short
END
	dpkg=$ROOT/var/lib/dpkg
	mkdir -p "$dpkg/info" "$dpkg/updates" "$dpkg/triggers"
	for line in "-l" "-l foo hal" "-s foo zap hal baz" "-W" "-W bar foo nope" \
		"-W hal:all hal:arm"; do
		# shellcheck disable=SC2086 # its words
		real dpkg-query --admindir="$dpkg" $line
		told "dpkg-query $line" --root "$ROOT"
		agree "dpkg-query $line, in a tree"
	done
	# shellcheck disable=SC2016 # dpkg-query expands them
	format='${db:Status-Abbrev}|${Status}|${Version}|${Conffiles}|${Package;-6}\n'
	real dpkg-query --admindir="$dpkg" -W -f "$format" '*'
	line=$(printf '%s' "$format" | sed 's/\\/\\\\/g')
	told "dpkg-query -W -f \"$line\" \"*\"" --root "$ROOT"
	agree "dpkg-query -W -f FORMAT, in a tree"
fi

if command -v systemctl >/dev/null; then
	program systemctl
	unit=$ROOT/usr/lib/systemd/system
	wants=$ROOT/etc/systemd/system/multi-user.target.wants
	write "$unit/on.service" <<-'END'
		[Service]
		ExecStart=/x
		[Install]
		WantedBy=multi-user.target
		Alias=al.service
	END
	sed /Alias/d "$unit/on.service" >"$unit/off.service"
	cp "$unit/off.service" "$unit/masked.service"
	echo '[Service]' >"$unit/static.service"
	printf '[Install]\nAlso=on.service\n' >"$unit/also.service"
	cp "$unit/off.service" "$unit/in@.service"
	mkdir -p "$wants"
	ln -s /usr/lib/systemd/system/on.service "$wants/on.service"
	ln -s /usr/lib/systemd/system/on.service "$ROOT/etc/systemd/system/al.service"
	ln -s /usr/lib/systemd/system/in@.service "$wants/in@a.service"
	ln -s /dev/null "$ROOT/etc/systemd/system/masked.service"
	for line in on off masked static also al in@a in@b nope "on nope off" "off on" \
		on.socket; do
		# shellcheck disable=SC2086 # its words
		real systemctl --root="$ROOT" is-enabled $line
		told "systemctl is-enabled $line" --root "$ROOT"
		agree "systemctl is-enabled $line, in a tree"
	done
fi

# config WHAT CONNECTION: standard input as sshd's configuration.
config()
{
	write "$ROOT/etc/ssh/sshd_config"
	# shellcheck disable=SC2086 # its words
	real "$SSHD" -T -f "$ROOT/etc/ssh/sshd_config" -h "$T/key" $2
	# the key, and the path, of which sshd knows
	sed -i "s|$ROOT||; /^hostkey /d" "$T/want"
	told "sshd -T $2" --root "$ROOT"
	sed -i '/^hostkey /d' "$T/got"
	agree "sshd -T $2: $1"
}

if SSHD=$(command -v sshd) && ssh-keygen -q -t ed25519 -N '' -f "$T/key"; then
	program sshd
	printf 'root:x:0:0::/root:/bin/sh\nsshd:x:1:1::/:/x\n' | write "$ROOT/etc/passwd"
	printf 'root:x:0:\nadm:x:4:root\n' | write "$ROOT/etc/group"
	config "nothing" "" </dev/null
	config "many words" "" <<'END'
PermitRootLogin prohibit-password
PermitRootLogin no
LoginGraceTime 1m
ClientAliveInterval 2h3m
Ciphers aes256-ctr,aes192-ctr
MACs -hmac-sha1*,umac-64*
KexAlgorithms +diffie-hellman-group14-sha1
PubkeyAcceptedAlgorithms ssh-*
AllowUsers a b
AllowUsers c
AcceptEnv A B
SetEnv X=1
SetEnv Y=2
MaxStartups 10:30:60
LogLevel verbose
RekeyLimit 1G 1h
IPQoS af21 0x10
PermitOpen a:1 b:2
PermitListen 80 localhost:8080
Compression delayed
ForceCommand /bin/echo "a b"  c
Subsystem sftp internal-sftp -f AUTH
Port 22
Port 2222
ListenAddress 192.0.2.1
ListenAddress [::1]:99
END
	for line in "FooBar yes" "PermitRootLogin maybe" "MaxAuthTries x" "Ciphers foo" \
		"X11Forwarding" "X11Forwarding yes no" "Protocol 2" "LogLevel loud"; do
		config "$line" "" <<END
$line
END
	done
	for line in "" "-C user=root" "-C user=root,addr=10.1.1.1,host=a.example" \
		"-C user=bob"; do
		config "blocks" "$line" <<'END'
X11Forwarding no
AllowUsers x
Match User root
	X11Forwarding yes
	AllowUsers a b
Match Group root
	MaxAuthTries 3
Match Address 10.0.0.0/8
	PermitRootLogin yes
Match all
	GatewayPorts yes
END
	done
fi

done_testing
