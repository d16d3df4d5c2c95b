#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# What programs see of the API: health, roles, tokens, links, clear refusals.
. "$(dirname "$0")/lib.sh"

start_server || exit 1
JSON='Content-Type: application/json'

# status METHOD PATH [CURL'S OPTIONS…]: the status alone, without a token.
status()
{
	local method="$1" path="$2"

	shift 2
	curl -s -o "$T/body" -w '%{http_code}' --max-time 20 --cacert "$MUSTER_CA" \
		-X "$method" "$@" "$MUSTER_URL$path"
}

# as TOKEN METHOD PATH [CURL'S OPTIONS…]
as()
{
	local token="$1"

	shift
	status "$@" -H "Authorization: Bearer $token"
}

for path in /healthz /readyz /metrics /api/v1/openapi.json; do
	is "$path needs no token" "$(status GET $path)" 200
done
is "hosts need one" "$(status GET /api/v1/hosts)" 401
like "and the answer says so" "$(cat "$T/body")" '"title":"Unauthorized"'
is "a wrong one is refused" "$(as muster_wrong GET /api/v1/hosts)" 401
is "the admin's is good" "$(as "$MUSTER_TOKEN" GET /api/v1/hosts)" 200
is "what isn't there" "$(as "$MUSTER_TOKEN" GET /api/v1/nothing)" 404
is "a method that isn't" "$(as "$MUSTER_TOKEN" PUT /api/v1/hosts)" 405
is "a body that is no JSON" "$(as "$MUSTER_TOKEN" POST /api/v1/tokens -d x)" 415
is "a key that nobody knows" \
	"$(as "$MUSTER_TOKEN" POST /api/v1/requirements -H "$JSON" \
		-d '{"query":"*","levle":"high"}')" 400
like "and the answer says which" "$(cat "$T/body")" \
	'unknown key \\"levle\\"; did you mean \\"level\\"\?'
is "a key that stands twice" \
	"$(as "$MUSTER_TOKEN" POST /api/v1/tokens -H "$JSON" \
		-d '{"name":"x","role":"viewer","role":"admin"}')" 400
like "and the answer says which" "$(cat "$T/body")" 'the key \\"role\\" stands twice'
is "a body of 4 GiB, announced" \
	"$(as "$MUSTER_TOKEN" POST /api/v1/tokens -H "$JSON" \
		-H 'Content-Length: 4294967296' -d '{}')" 413
is "a path that leads out" "$(status GET /../../../etc/passwd --path-as-is)" 400
exits 35 "old TLS is refused" curl -sS --tls-max 1.1 --cacert "$MUSTER_CA" "$MUSTER_URL/healthz"
exits 60 "who does not know the CA is not served" \
	env -u CURL_CA_BUNDLE curl -sS "$MUSTER_URL/healthz"

# Tokens
it "a token for a viewer" "$MUSTER" token create --role viewer --name board
VIEWER=$(cat "$OUT")
like "is one word" "$VIEWER" '^muster_[A-Za-z0-9_-]{43}$'
is "it may look" "$(as "$VIEWER" GET /api/v1/hosts)" 200
is "it may not change" "$(as "$VIEWER" DELETE /api/v1/policies/x)" 403
curl -sN --max-time 20 --cacert "$MUSTER_CA" -H "Authorization: Bearer $VIEWER" \
	"$MUSTER_URL/api/v1/stream" >"$T/viewer" 2>/dev/null &
LISTENER=$!
it "it may listen" wait_for 5 grep -q retry "$T/viewer"
it "tokens are listed" "$MUSTER" token list
like "by name and role" "$(cat "$OUT")" '^board +viewer '
unlike "without the secret" "$(cat "$OUT")" "$VIEWER"
exits 2 "a name is one token's" "$MUSTER" token create --role admin --name board
exits 2 "it is not revoked unasked" "$MUSTER" token revoke board
like "which says what it would do" "$(cat "$ERR")" 'the token "board" ends, .* give --yes'
it "it is revoked" "$MUSTER" token revoke board --yes
it "its stream ends" wait_for 12 has_ended "$LISTENER"
wait "$LISTENER"
is "by the server's word" $? 0
is "and then nobody's" "$(as "$VIEWER" GET /api/v1/hosts)" 401
exits 3 "the command says so, too" env MUSTER_TOKEN="$VIEWER" "$MUSTER" agent list
like "with what to do" "$(cat "$ERR")" '^muster: .*muster login'

# Links
it "a link" "$MUSTER" open --print
LINK=$(cat "$OUT")
like "to the dashboard, its secret in the fragment" "$LINK" "^$MUSTER_URL/#login=muster_"
json="{\"secret\":\"${LINK#*#login=}\"}"
is "signs in" "$(status POST /api/v1/login -c "$T/jar" -H "$JSON" -d "$json")" 200
is "once" "$(status POST /api/v1/login -H "$JSON" -d "$json")" 401
is "the cookie is enough to look" "$(status GET /api/v1/whoami -b "$T/jar")" 200
is "not to change from another site" \
	"$(status POST /api/v1/requirements -b "$T/jar" -H "$JSON" \
		-H 'Origin: https://evil.example' -d '{"query":"*","level":"low"}')" 403
is "nor by a form" "$(status POST /api/v1/requirements -b "$T/jar" -d 'query=x')" 415
is "it ends" "$(status POST /api/v1/logout -b "$T/jar" -H "$JSON" -d '{}')" 204
is "with the session" "$(status GET /api/v1/whoami -b "$T/jar")" 401

# A desktop
write "$T/bin/xdg-open" <<END
#!/bin/sh
echo "\$1" >"$T/opened"
END
chmod +x "$T/bin/xdg-open"
it "open, where there is a desktop" env PATH="$T/bin:$PATH" DISPLAY=:7 "$MUSTER" open
it "starts the browser" wait_for 5 grep -q '#login=muster_' "$T/opened"
rm "$T/opened"
it "--print" env PATH="$T/bin:$PATH" DISPLAY=:7 "$MUSTER" open --print
it "never does" [ ! -e "$T/opened" ]

# Where the server is
export HOME="$T/home"
mkdir "$HOME"
printf '%s\n' "$MUSTER_TOKEN" >"$T/token"
it "login" env -u MUSTER_URL -u MUSTER_TOKEN "$MUSTER" login "$MUSTER_URL" --ca "$MUSTER_CA" \
	--token-file "$T/token"
it "then commands find it" env -u MUSTER_URL -u MUSTER_TOKEN -u MUSTER_CA "$MUSTER" agent list
is "it is the user's alone" "$(stat -c %a "$HOME/.config/muster/server.json")" 600
exits 3 "another address gets no stored token" \
	env -u MUSTER_TOKEN MUSTER_URL=https://127.0.0.1:1 "$MUSTER" agent list
exits 3 "nobody there" env MUSTER_URL=https://127.0.0.1:1 "$MUSTER" agent list
like "says what to look at" "$(cat "$ERR")" '^muster: cannot reach https://127.0.0.1:1'
exits 3 "no such CA file" env MUSTER_CA="$T/none.pem" "$MUSTER" agent list
like "is named" "$(cat "$ERR")" 'CA file ".*/none.pem"'
exits 3 "no address" env MUSTER_URL=nonsense "$MUSTER" agent list
exits 3 "nothing known" env -u MUSTER_URL HOME="$T" "$MUSTER" agent list

# A new certificate
kill -HUP "$SERVER"
it "SIGHUP: it goes on" wait_for 5 status GET /healthz
is "for whom it knows" "$(as "$MUSTER_TOKEN" GET /api/v1/hosts)" 200

# The end
curl -sN --cacert "$MUSTER_CA" -H "Authorization: Bearer $MUSTER_TOKEN" \
	"$MUSTER_URL/api/v1/stream" >"$T/stream" 2>"$T/stream.err" &
wait_for 5 grep -q retry "$T/stream"
it "SIGTERM ends it, streams and all" stop "$SERVER"
wait $! 2>/dev/null

done_testing
