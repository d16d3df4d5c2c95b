#!/bin/sh
# What services offer by TLS: by handshakes with good ones, old ones and bad ones.
# shellcheck disable=SC3043 # dash has local
. "$(dirname "$0")/lib.sh"

C=$T/certs
mkdir "$C"
"$BAD" certs "$C" || exit 1
chmod -R a+rX "$T"

# openssl_server NAME OPTIONS…: openssl's own server; $PORT is where it is.
openssl_server()
{
	local name="$1"

	shift
	start "$name" openssl s_server -accept 127.0.0.1:0 -www "$@"
	wait_for 10 grep -q '^ACCEPT' "$T/$name.out" || exit 1
	PORT=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$T/$name.out")
}

# sees FIELD…: what muster sees of localhost:$PORT, as JSON.
sees()
{
	"$MUSTER" run tls "localhost:$PORT" --ca "$C/ca.pem" --format json 2>"$ERR" </dev/null |
		jq -r ".[0] | $1"
}

# --- levels ---
openssl_server modern -cert "$C/ecdsa.pem" -tls1_3
is "TLS 1.3 and ECDSA are modern" "$(sees '.level, (.protocols | join(" "))' | tr '\n' ' ')" \
	"modern TLSv1.3 "
check "tls: 'localhost:$PORT'" "tls: 'localhost:$PORT', at_least: modern" \
	"tls: 'localhost:$PORT', level: { at_most: intermediate }"
is "levels are compared" "$STATUSES" "pass pass fail"
openssl_server intermediate -cert "$C/good.pem" \
	-cipher ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384
is "TLS 1.2 with the right ciphers is intermediate" \
	"$(sees '.level, (.protocols | join(" "))' | tr '\n' ' ')" "intermediate TLSv1.2 TLSv1.3 "
like "its ciphers are all found" "$(sees '.ciphers | sort | join(" ")')" \
	"^DHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-AES128-GCM-SHA256 TLS_AES_128_GCM_SHA256 "
is "so is its finite field" "$(sees .dh_bits)" 2048
check "tls: 'localhost:$PORT', at_least: modern" "tls: 'localhost:$PORT', at_least: intermediate" \
	"tls: 'localhost:$PORT', ciphers: { excludes: [DHE-RSA-AES256-GCM-SHA384] }" \
	"tls: 'localhost:$PORT', protocols: { only: [TLSv1.2, TLSv1.3] }"
is "by policies, too" "$STATUSES" "fail pass fail pass"
like "the evidence says what keeps it from more" \
	"$(jq -r 'select(.check.ref == "c1").evidence[0].text' "$OUT")" "below modern: TLSv1.2"
openssl_server old -cert "$C/good.pem" -cipher 'AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0'
is "TLS 1.0 is old" "$(sees '.level, (.protocols | join(" "))' | tr '\n' ' ')" \
	"old TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 "
openssl_server one -cert "$C/good.pem" -tls1 -cipher 'ALL:@SECLEVEL=0'
is "TLS 1.0 alone with all ciphers meets no level" \
	"$(sees '.level, (.protocols | join(" "))' | tr '\n' ' ')" "null TLSv1 "
check "tls: 'localhost:$PORT'"
is "which is a failure" "$STATUSES" "fail"
like "that says why" "$(reason c1)" "below old: .*CAMELLIA"
openssl_server groups -cert "$C/ecdsa.pem" -groups P-384:X25519
is "its groups are found" "$(sees '.groups | sort | join(" ")')" "X25519 secp384r1"
openssl_server two -cert "$C/good.pem" -dcert "$C/ecdsa.pem" -dkey "$C/ecdsa.pem"
is "two certificates are two rows" \
	"$("$MUSTER" run tls "localhost:$PORT" --format json |
		jq -r '.[]["certificate.key"]' | sort | tr '\n' ' ')" "ecdsa rsa "
openssl_server client -cert "$C/good.pem" -Verify 1 -tls1_2
is "one that wants our certificate is seen all the same" \
	"$(sees '.protocols[0], .["certificate.key"]' | tr '\n' ' ')" "TLSv1.2 rsa "

# --- what OpenSSL can't speak any more ---
serve ssl3 ssl3
is "SSL 3.0" "$(sees '.protocols | join(" ")')" "SSLv3"
serve rc4 rc4
check "tls: 'localhost:$PORT', ciphers: { contains: [RC4-SHA] }"
is "RC4 is found where nothing else is offered" "$STATUSES" "pass"

# --- certificates ---
# holds WHAT CERTIFICATE STATUS MATCHERS: a test of a service with that certificate.
n=0
holds()
{
	n=$((n + 1))
	serve "certificate$n" web "$C/$2.pem"
	check "tls: 'localhost:$PORT', ca: $C/ca.pem, $4"
	is "$1" "$STATUSES" "$3"
}
holds "a good one" good pass 'certificate.trusted: true, certificate.matches: true,
	certificate.key: rsa, certificate.bits: { at_least: 2048 },
	certificate.expires: { at_least: 59d, at_most: 60d }, certificate.self_signed: false,
	certificate.names: { contains: [localhost] }'
check "tls: 'localhost:$PORT', certificate: { key: rsa, expires: { at_least: 30d } }" \
	"tls: 'localhost:$PORT', certificate: { key: rsa, expires: { at_least: 61d } }"
is "its values may stand in a map" "$STATUSES" "pass fail"
check "tls: 'localhost:$PORT', certificate.trusted: true"
is "without its authority" "$STATUSES" "fail"
holds "an expired one" expired fail 'certificate.expires: { at_least: 0s }'
holds "and its trust" expired pass 'certificate.problem: certificate has expired'
holds "one of the future" future pass 'certificate.trusted: false'
holds "one of another name" other fail 'certificate.matches: true'
holds "one that signed itself" own pass \
	'certificate.self_signed: true, certificate.trusted: false'
holds "a weak one" weak pass \
	'certificate.bits: 1024, certificate.signature: ecdsa-with-SHA1'
holds "an absurd one" absurd pass 'certificate.lifetime: { at_least: 290000d }'
serve named web "$C/other.pem"
check "tls: 'localhost:$PORT', server_name: a.example.net, certificate.matches: true" \
	"tls: '127.0.0.1:$PORT', certificate.matches: false"
is "a name may be asked for" "$STATUSES" "pass pass"
check "tls: 'localhost:$PORT', ca: $T/nowhere.pem, certificate.trusted: true" \
	"tls: 'localhost:$PORT', ca: /etc/passwd, certificate.trusted: true"
is "authorities that can't be read are errors" "$STATUSES" "error error"
like "that name the file" "$(reason c1)" "nowhere.pem"

# --- HSTS ---
serve hsts web "$C/good.pem" 'max-age=63072000; includeSubDomains'
PORT_HSTS=$PORT
serve brief web "$C/good.pem" 'max-age="60"'
PORT_BRIEF=$PORT
serve wrong web "$C/good.pem" 'max-age=soon'
PORT_WRONG=$PORT
serve none web "$C/good.pem"
PORT_NONE=$PORT
serve endless endless "$C/good.pem"
PORT_ENDLESS=$PORT
serve mute mute "$C/good.pem"
check "tls: 'localhost:$PORT_HSTS', hsts: { at_least: 730d }" \
	"tls: 'localhost:$PORT_BRIEF', hsts: 60s" \
	"tls: 'localhost:$PORT_WRONG', hsts: { at_least: 1s }" \
	"tls: 'localhost:$PORT_NONE', hsts: { at_least: 1s }" \
	"tls: 'localhost:$PORT_ENDLESS', hsts: { at_least: 1s }" \
	"tls: 'localhost:$PORT', hsts: { at_least: 1s }, timeout: 3s"
is "HSTS" "$STATUSES" "pass pass fail fail error error"
like "a head without an end is cut off" "$(reason c5)" "longer than 16384 bytes"
like "silence has its limit" "$(reason c6)" "does not finish its answer"

# --- services that are none ---
vices=
for vice in hang reset close garbage http half drip alert; do
	serve "$vice" $vice
	vices="$vices $PORT"
done
# shellcheck disable=SC2086 # the ports are words
set -- $vices
before=$(date +%s)
check "tls: 'localhost:$1', timeout: 4s" "tls: 'localhost:$2', timeout: 4s" \
	"tls: 'localhost:$3', timeout: 4s" "tls: 'localhost:$4', timeout: 4s" \
	"tls: 'localhost:$5', timeout: 4s" "tls: 'localhost:$6', timeout: 4s" \
	"tls: 'localhost:$7', timeout: 4s" "tls: 'localhost:$8', timeout: 4s" \
	"tls: 'localhost:1'" "tls: '169.254.169.254:443'" "tls: 'nosuch.invalid'"
took=$(($(date +%s) - before))
is "hangs, resets, ends, talks nonsense, plain HTTP, half of it, drips, refuses, and isn't there" \
	"$STATUSES" "error error error fail fail error error fail not_applicable error error"
[ "$took" -le 10 ]
result $? "all within the time limit ($took s)"
like "a hang names its limit" "$(reason c1)" "no answer within the time limit of 4 s"
like "an end is told" "$(reason c3)" "ends the connection as soon as TLS begins"
like "nonsense is told" "$(reason c4)" "speaks no TLS"
like "HTTP is told" "$(reason c5)" "speaks no TLS: .*(http|version)"
like "nobody there" "$(reason c9)" "no service listens at localhost:1"

# --- STARTTLS ---
for protocol in smtp imap pop3 ftp xmpp ldap postgres mysql; do
	serve "$protocol" starttls "$C/good.pem" $protocol
	check "tls: 'localhost:$PORT', starttls: $protocol, ca: $C/ca.pem,
		certificate.trusted: true"
	is "STARTTLS of $protocol" "$STATUSES" "pass"
done
serve notls starttls "$C/good.pem" smtp
check "tls: 'localhost:$PORT', starttls: imap" "tls: 'localhost:1', starttls: imap"
is "another protocol than it speaks" "$STATUSES" "fail not_applicable"
like "is told" "$(reason c1)" "does not speak imap: it says \"220-mail\""

# --- walls, and what policies may say ---
exits 2 "a protocol that is not known" "$MUSTER" run tls localhost --starttls gopher
exits 2 "a server's name is one" "$MUSTER" run tls localhost --server_name 'a b'
if command -v strace >"$T/.strace" 2>&1; then
	printf 'policy: p\nchecks:\n- {ref: a, level: low, name: n, test: {file: /etc/hosts}}\n' \
		>"$T/plain.yaml"
	it "a check of a file" strace -f -o "$T/trace" "$MUSTER" check "$T/plain.yaml"
	unlike "loads no OpenSSL" "$(cat "$T/trace")" "libssl|libcrypto"
else
	skip_test "a check of a file loads no OpenSSL" "no strace"
fi
done_testing
