#!/bin/sh
# What the probe config says of sshd_config is what sshd itself makes of it (sshd -T).
# shellcheck disable=SC3043 # local: dash has it
. "$(dirname "$0")/lib.sh"

SSHD=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd) || skip_all "sshd is not installed"
KEYS="permitrootlogin x11forwarding maxauthtries permittty banner maxsessions"
ANN="user=ann,host=x.example,addr=10.0.0.1,laddr=192.0.2.1,lport=22"
ANN_MATCH="{ user: ann, host: x.example, address: 10.0.0.1, localport: '22' }"

# effective FILE KEY [CONNECTION]: the value that sshd takes, by its name of today.
effective()
{
	"$SSHD" -T -f "$1" -h "$T/key" ${3:+-C "$3"} 2>"$ERR" |
		sed -n "s/^$2 //p" | sed 's/^without-password$/prohibit-password/'
}

# agrees "what" CONNECTION MATCH: sshd and muster read $T/sshd_config alike.
agrees()
{
	local key value fallback

	for key in $KEYS; do
		fallback=$(effective "$T/empty" "$key")
		value=$(effective "$T/sshd_config" "$key" "$2")
		write "$T/p.yaml" <<-END
			policy: sshd
			checks:
			  - ref: same
			    level: low
			    name: same
			    test:
			      config: "$T/sshd_config"
			      format: sshd
			      key: $key
			      default: "$fallback"
			      equals: "$value"${3:+
			      match: $3}
		END
		it "$1: $key is $value" "$MUSTER" check "$T/p.yaml"
	done
}

ssh-keygen -q -t ed25519 -N '' -f "$T/key" || skip_all "ssh-keygen makes no key here"
write "$T/empty" </dev/null
"$SSHD" -T -f "$T/empty" -h "$T/key" >"$OUT" 2>"$ERR" ||
	skip_all "sshd does not run here: $(head -n 1 "$ERR")"

write "$T/included" <<'END'
MaxSessions 3
Match User bob
	PermitTTY no
END

write "$T/sshd_config" <<'END'
# PermitRootLogin yes
  permitrootlogin = "no" # never
PermitRootLogin yes
X11FORWARDING=Yes
Banner	"/etc/a b"
MaxAuthTries 3
END
agrees "words" "" ""

write "$T/sshd_config" <<END
Banner /x#y
Include $T/nothing* $T/included
MaxSessions 5
PermitTTY yes
Match all
	MaxAuthTries 4
END
agrees "includes, for ann" "$ANN" "$ANN_MATCH"

write "$T/sshd_config" <<END
MaxSessions 2
X11Forwarding no
Match User *,!ann
	X11Forwarding yes
Match Address 10.0.0.0/8 User=ann
	Include $T/included
	Banner /etc/issue
Match Host *.example LocalPort 23
	MaxAuthTries 1
Match all
	MaxAuthTries 4
	MaxSessions 9
END
agrees "match, for ann" "$ANN" "$ANN_MATCH"

done_testing
