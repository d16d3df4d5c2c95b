#!/bin/sh
# action.sh: searches that were written for MIG run as checks, and say what they found.
. "$(dirname "$0")/lib.sh"

H=$T/host
mkdir -p "$H/etc/ssh" "$H/etc/yum.repos.d" "$H/home/jo/.ssh" "$H/home/al/.ssh"
printf 'ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 12.04.5 LTS"\n' >"$H/etc/os-release"
printf 'Port 22\n' >"$H/etc/ssh/sshd_config"
printf '[main]\ngpgcheck=1\n' >"$H/etc/yum.conf"
printf '[extra]\ngpgcheck=0\n' >"$H/etc/yum.repos.d/extra.repo"
printf 'ssh-ed25519 AAAA jo\n' >"$H/home/jo/.ssh/authorized_keys"
printf 'ssh-ed25519 AAAA jo\nssh-rsa BBBB stranger\n' >"$H/home/al/.ssh/authorized_keys"
chmod 0640 "$H/etc/yum.conf"
chmod 0644 "$H/etc/yum.repos.d/extra.repo"

# action MODULE SYNTAX TARGET PARAMETERS: writes $T/action.json.
action()
{
	write "$T/action.json" <<EOF
{ "name": "look for what should be there", "target": "$3",
  "threat": { "level": "high", "family": "compliance", "type": "system", "ref": "search1" },
  "operations": [ { "module": "$1", "parameters": $4 } ],
  "syntaxversion": $2 }
EOF
}

# check STATUS "what": judges the tree by it; the items go to $OUT, one a line.
check()
{
	exits "$1" "$2" "$MUSTER" check "$T/action.json" --root "$H" --target server1 \
		--format ndjson
}

# field NAME [N]: a member of the Nth item (default: the first) by the way to it: check.test.type
field()
{
	python3 -c 'import json, sys
item = json.loads(open(sys.argv[1]).read().splitlines()[int(sys.argv[3]) - 1])
for key in sys.argv[2].split("."):
    item = item[int(key) if isinstance(item, list) else key]
print(json.dumps(item) if not isinstance(item, str) else item)' "$OUT" "$1" "${2:-1}"
}

items()
{
	wc -l <"$OUT" | tr -d ' '
}

# ---- syntaxversion 2: one check a label, and one a condition without matchall ----
action file 2 linux '{ "searches": { "gpgcheck": { "paths": [ "/etc" ],
	"names": [ "^yum[.]conf$" ], "contents": [ "^gpgcheck=1$" ], "modes": [ "^-rw-r-----$" ],
	"options": { "matchall": true } } } }'
check 0 "one file fulfils all conditions"
is "there is one item" "$(items)" 1
is "check.name is the label" "$(field check.name)" gpgcheck
is "check.test.type is file" "$(field check.test.type)" file
is "check.test.value has the conditions" "$(field check.test.value)" \
	"name='^yum[.]conf\$' and content='^gpgcheck=1\$' and mode='^-rw-r-----\$'"
is "check.location is the file" "$(field check.location)" /etc/yum.conf
is "evidence is the line" "$(field evidence)" \
	'[{"path": "/etc/yum.conf", "line": 2, "text": "gpgcheck=1"}]'
first=$(field id)
check 0 "again"
is "the id stays" "$(field id)" "$first"

action file 2 linux '{ "searches": { "repos": { "paths": [ "/etc/yum.conf", "/etc/yum.repos.d" ],
	"contents": [ "gpgcheck=1", "nowhere" ] } } }'
check 1 "without matchall each condition is a check"
is "there are two items" "$(items)" 2
is "the first is met" "$(field compliance 1) $(field check.test.value 1)" \
	"true content='gpgcheck=1'"
is "evidence has what matched" "$(field evidence.0 1)" \
	'{"path": "/etc/yum.conf", "line": 2, "text": "gpgcheck=1"}'
is "and what did not" "$(field evidence.1 1)" '{"path": "/etc/yum.repos.d/extra.repo"}'
is "the second is not" "$(field compliance 2) $(field check.location 2)" \
	"false /etc/yum.conf, /etc/yum.repos.d"

# ---- a stranger's key: mismatch finds the file with a line that is not known ----
action file 2 linux '{ "searches": { "keys": { "paths": [ "/home" ],
	"names": [ "^authorized_keys$" ], "contents": [ "AAAA jo$" ],
	"options": { "matchall": true, "macroal": true, "mismatch": [ "content" ] } } } }'
check 0 "a file with a line that is not known is found"
is "it is the right one" "$(field check.location)" /home/al/.ssh/authorized_keys

# ---- syntaxversion 1: paths ----
action filechecker 1 linux '{
	"/home/*/.ssh/": { "regex": { "a stranger has a key": [ "stranger$" ] } },
	"/etc/*": { "filename": { "there is a repository": [ "[.]repo$" ] } },
	"/etc/yum.repos.d/": { "sha256": { "it is the known one":
		[ "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" ] } } }'
check 1 "filechecker's paths are files, folders, trees and patterns"
is "a pattern finds the file" "$(field status 1) $(field evidence.0.path 1)" \
	"pass /home/al/.ssh/authorized_keys"
is "check.location is the path as written" "$(field check.location 1)" '/home/*/.ssh/'
is "a tree is searched" "$(field status 2) $(field check.test.type 2)" "pass filename"
is "a digest that no file has fails" "$(field status 3) $(field check.test.type 3)" "fail sha256"

# ---- targets ----
search='{ "searches": { "s1": { "paths": [ "/etc" ], "names": [ "^yum[.]conf$" ] } } }'
action file 2 "environment->>'ident' ILIKE 'ubuntu 12.04%' AND queueloc LIKE 'linux.%'" "$search"
check 0 "a target in SQL selects this host"
action file 2 "environment->>'os' IN ('windows','darwin') OR name LIKE 'web%'" "$search"
check 1 "another does not"
is "then it does not apply" "$(field status)" not_applicable
action file 2 "os='linux' AND environment->>'publicip'='192.0.2.1'" "$search"
check 2 "what no query says is an error"
like "that shows the query to write" "$(cat "$ERR")" 'write os:linux and ip:192[.]0[.]2[.]1'
action file 2 "os:linux and ip:192.0.2.1" "$search"
check 1 "that query may stand there"

# ---- what is no check ----
action netstat 2 linux '{ "listeningport": [ "631" ] }'
check 2 "another module is an error"
like "it says where, and what to do" "$(cat "$ERR")" \
	'action[.]json:3:31: module "netstat" is no check; take'
sed -i 's/"high"/"alert"/; s/"netstat"/"file"/' "$T/action.json"
check 2 "and so is another level"
like "it says which levels there are" "$(cat "$ERR")" \
	'threat[.]level "alert" is none of low, medium, high, maximum'
action file 2 linux '{ "searches": { "s1": { "paths": [ "/etc" ], "names": [ "(?=a)" ] } } }'
check 2 "an expression beyond RE2 is an error"
like "it says where" "$(cat "$ERR")" 'look-ahead at character 1'

done_testing
