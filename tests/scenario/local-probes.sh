#!/bin/sh
# local-probes.sh: what files say of accounts, keys, certificates and jobs, below another root.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2317 # "it" and "exits" call it
look()
{
	"$MUSTER" run "$@" --root "$T/root" --format ndjson
}

# shellcheck disable=SC2317
makes_keys()
{
	ssh-keygen -q -t rsa -b 2048 -N "" -C ann -f "$T/root/home/ann/.ssh/id_rsa" &&
		ssh-keygen -q -t ed25519 -N "pass phrase" -C "" \
			-f "$T/root/root/.ssh/id_ed25519" &&
		cp "$T/root/home/ann/.ssh/id_rsa.pub" "$T/root/root/.ssh/authorized_keys"
}

# makes_certificate FILE DAYS
# shellcheck disable=SC2317
makes_certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/key.pem" \
		-out "$1" -days "$2" -subj "/CN=www.example.org" \
		-addext "subjectAltName=DNS:www.example.org,IP:192.0.2.7"
}

write "$T/root/etc/passwd" <<'EOF'
root:x:0:0:root:/root:/bin/bash
ann:x:1000:1000:Ann:/home/ann:/bin/bash
EOF
write "$T/root/etc/sudoers" <<'EOF'
Defaults use_pty
User_Alias ADMINS = ann, %ops
ADMINS ALL=(ALL) NOPASSWD: /usr/bin/apt, !/bin/sh
@includedir /etc/sudoers.d
EOF
write "$T/root/etc/sudoers.d/extra" <<'EOF'
bob ALL=(ALL:ALL) ALL
this is none
EOF
write "$T/root/etc/crontab" <<'EOF'
0 4 * * * root /usr/local/bin/backup --password=correcthorse
EOF
mkdir -p "$T/root/root/.ssh" "$T/root/home/ann/.ssh" "$T/root/etc/ssl/localcerts"

it "rules of sudo, aliases replaced" look sudo_rules 'tags:NOPASSWD and user:ann and negated:false'
like "name the command" "$(cat "$OUT")" '"command":"/usr/bin/apt"'
like "and who else" "$(cat "$OUT")" '"user":\["ann","%ops"\]'
it "what sudo refuses" look sudo_rules 'malformed:true'
like "is told, with its file" "$(cat "$OUT")" '"path":"/etc/sudoers.d/extra","line":"this is none"'
it "jobs of cron" look cron 'user:root and command:*backup*'
unlike "are told without passwords" "$(cat "$OUT")" correcthorse

it "keys are made" makes_keys
it "keys that let in" look sshkeys 'kind:authorized and user:root'
like "have type and size" "$(cat "$OUT")" '"type":"ssh-rsa","bits":2048,'
print=$(ssh-keygen -lf "$T/root/root/.ssh/authorized_keys" | cut -d ' ' -f 2 | tr '+' '.')
like "and ssh-keygen's fingerprint" "$(cat "$OUT")" "\"fingerprint\":\"$print\""
it "private keys" look sshkeys 'kind:private'
is "are told once each" "$(wc -l <"$OUT")" 2
like "one is not encrypted" "$(cat "$OUT")" '"encrypted":false.*/home/ann/.ssh/id_rsa'
like "one is" "$(cat "$OUT")" '"encrypted":true.*/root/.ssh/id_ed25519'
line=$(sed -n 8p "$T/root/home/ann/.ssh/id_rsa")
unlike "and nothing of what is in them" "$(cat "$OUT")" "$(printf %s "$line" | tr '+/' '..')"

it "a certificate is made" makes_certificate "$T/root/etc/ssl/localcerts/www.pem" 10
it "certificates, below a root that has no libcrypto" look certificates 'names:www.example.org'
like "with their keys" "$(cat "$OUT")" '"key_type":"ec","key_size":256,'
write "$T/policy.yaml" <<'EOF'
policy: local
checks:
  - ref: certificates
    level: low
    name: certificates last for a month
    test: { certificates: '*', every: { expires: { at_least: 30d } } }
EOF
exits 1 "a check of them" "$MUSTER" check "$T/policy.yaml" --root "$T/root"
like "says what ends too soon" "$(cat "$OUT")" 'fail .*www.example.org.*below 30 d'
write "$T/none.yaml" <<'EOF'
policy: local
checks:
  - { ref: users, level: low, name: one root, test: { users: 'uid:0', count: 1 } }
EOF
it "a check of something else" env LD_DEBUG=files "$MUSTER" check "$T/none.yaml" --root "$T/root"
unlike "maps no libcrypto" "$(cat "$ERR")" libcrypto

exits 1 "who logged in, where nothing is recorded" look logins
like "does not apply" "$(cat "$ERR")" 'does not apply: logins are not recorded here'

write "$T/fleet.yaml" <<EOF
policy: local
checks:
  - ref: certificates
    level: low
    name: certificates last for a month
    test:
      certificates: '*'
      path: $T/root/etc/ssl/localcerts
      every: { expires: { at_least: 30d } }
EOF
it "a server starts" start_server
it "an agent starts" start_agent web1
it "the agent is there" wait_for 10 sh -c "'$MUSTER' query hosts '*' | grep -q online"
exits 1 "an agent's judge reads certificates, too" "$MUSTER" check -t '*' "$T/fleet.yaml"
like "and says what ends too soon" "$(cat "$OUT")" 'fail .*www.example.org.*below 30 d'

done_testing
