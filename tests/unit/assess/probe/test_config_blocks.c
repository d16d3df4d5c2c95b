#include "assess/probe/probe.h"
#include "unit.h"

#include <string.h>

#include "base/buf.h"

#include "call.h"

#define NGINX "/etc/nginx/nginx.conf"
#define APACHE "/etc/apache2/apache2.conf"

/* What is in the files, what is asked, and what must come out: the values of all rows, with "; "
 * between; "-" is a row without one. */
struct example {
	const char *what;
	struct call_file files[6];
	const char *path, *section, *key, *fallback, *want;
};

static const char *answer_of(const struct example *example, struct probe_answer *answer)
{
	struct err err = {0};
	struct gather *gather = call_gather(example->files, true);
	struct probe_call call = call_of("config", example->path);
	struct buf out = {0};
	call_set(&call, "key", example->key, 0);
	if (example->section)
		call_set(&call, "section", example->section, 0);
	if (example->fallback)
		call_set(&call, "default", example->fallback, 0);
	assert_true(call.probe->check(&call, &err));
	probe_run(gather, &call, answer);
	for (size_t i = 0; i < answer->count; i++) {
		const char *value = call_shown(&call, answer, i, "value");
		buf_print(&out, "%s%s", i > 0 ? "; " : "", *value ? value : "-");
	}
	if (answer->outcome != PROBE_ROWS)
		buf_print(&out, "error: %.*s", TEXT_ARG(answer->reason));
	const char *shown = unit_text("%s", out.at ? out.at : "");
	buf_end(&out);
	gather_free(&gather);
	return shown;
}

static void try_all(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct probe_answer answer;
		const char *got = answer_of(&examples[i], &answer);
		if (strcmp(got, examples[i].want) != 0)
			fail_msg("%s: got %s, wanted %s", examples[i].what, got, examples[i].want);
	}
}

static const struct example nginx[] = {
	{"each server takes over what http says",
	 {{NGINX, "http {\n server_tokens off;\n server { listen 80; }\n"
		  " server { server_tokens on; }\n}\n"}},
	 NGINX,
	 "http/server",
	 "server_tokens",
	 NULL,
	 "off; on"},
	{"a server without a value",
	 {{NGINX, "http { server { ssl_protocols TLSv1.2 TLSv1.3; } server { } }"}},
	 NGINX,
	 "http/server",
	 "ssl_protocols",
	 NULL,
	 "TLSv1.2, TLSv1.3; -"},
	{"a default instead",
	 {{NGINX, "http { server { server_tokens off; } server { } }"}},
	 NGINX,
	 "http/server",
	 "server_tokens",
	 "on",
	 "off; on"},
	{"no server: what one would take over",
	 {{NGINX, "http { server_tokens off; }"}},
	 NGINX,
	 "http/server",
	 "server_tokens",
	 NULL,
	 "off"},
	{"http alone",
	 {{NGINX, "user x;\nhttp { server_tokens off; server { server_tokens on; } }"}},
	 NGINX,
	 "http",
	 "server_tokens",
	 NULL,
	 "off"},
	{"wherever it is set",
	 {{NGINX,
	   "http { location / { autoindex on; } server { location /a { autoindex off; } } }"}},
	 NGINX,
	 NULL,
	 "autoindex",
	 NULL,
	 "on; off"},
	{"wherever it is set: nowhere",
	 {{NGINX, "http { }"}},
	 NGINX,
	 NULL,
	 "autoindex",
	 "off",
	 "off"},
	{"outside of all blocks",
	 {{NGINX, "user www-data;\n"}},
	 NGINX,
	 NULL,
	 "user",
	 NULL,
	 "www-data"},
	{"includes in place, relative and by glob",
	 {{NGINX, "http { include conf.d/*.conf; include /etc/nginx/sites-enabled/*; }"},
	  {"/etc/nginx/conf.d/tls.conf", "ssl_protocols TLSv1.3;"},
	  {"/etc/nginx/sites-enabled/a",
	   "server { listen 443 ssl; }\nserver { ssl_protocols TLSv1; }"}},
	 NGINX,
	 "http/server",
	 "ssl_protocols",
	 NULL,
	 "TLSv1.3; TLSv1"},
	{"several lines in one block",
	 {{NGINX, "http { server { add_header A 1 always; add_header B \"2 3\"; } }"}},
	 NGINX,
	 "http/server",
	 "add_header",
	 NULL,
	 "A, 1, always, B, 2 3"},
	{"words over lines, quotes and comments",
	 {{NGINX, "http { # server_tokens on;\n\tssl_ciphers\n 'a:b' # c\n ;server{}}"}},
	 NGINX,
	 "http/server",
	 "ssl_ciphers",
	 NULL,
	 "a:b"},
	{"a brace in a variable",
	 {{NGINX, "http { set $a ${b}c; server_tokens off; }"}},
	 NGINX,
	 "http",
	 "server_tokens",
	 NULL,
	 "off"},
	{"an escape",
	 {{NGINX, "http { a \"x\\\"y\" z\\;; }"}},
	 NGINX,
	 "http",
	 "a",
	 NULL,
	 "x\"y, z\\;"},
	{"a hash within a word", {{NGINX, "http { a b#c; }"}}, NGINX, "http", "a", NULL, "b#c"},
	{"names exactly",
	 {{NGINX, "http { Server_Tokens off; }"}},
	 NGINX,
	 "http",
	 "server_tokens",
	 NULL,
	 ""},
	{"Lua is passed over",
	 {{NGINX, "http { init_by_lua_block { local a = { b = 1 }; server_tokens on; } "
		  "server_tokens off; }"}},
	 NGINX,
	 "http",
	 "server_tokens",
	 NULL,
	 "off"},
	{"a block that has no end",
	 {{NGINX, "http {\n a b;\n"}},
	 NGINX,
	 "http",
	 "a",
	 NULL,
	 "error: /etc/nginx/nginx.conf:3: a block has no end: nginx does not start so"},
	{"a brace too many",
	 {{NGINX, "http { } }"}},
	 NGINX,
	 "http",
	 "a",
	 NULL,
	 "error: /etc/nginx/nginx.conf:1: a } closes nothing: nginx does not start so"},
	{"a quote that has no end",
	 {{NGINX, "a 'b;\n"}},
	 NGINX,
	 NULL,
	 "a",
	 NULL,
	 "error: /etc/nginx/nginx.conf:1: a quote has no end: nginx does not start so"},
	{"an include of itself",
	 {{NGINX, "include nginx.conf;"}},
	 NGINX,
	 NULL,
	 "a",
	 NULL,
	 "error: /etc/nginx/nginx.conf:1: /etc/nginx/nginx.conf:1: /etc/nginx/nginx.conf:1: "},
	{"an empty file", {{NGINX, ""}}, NGINX, NULL, "a", NULL, ""},
	{"missing", {{NULL, NULL}}, NGINX, "http/server", "server_tokens", "on", "on"},
};

test(nginx_as_each_block_has_it)
{
	for (size_t i = 0; i < array_len(nginx); i++) {
		struct probe_answer answer;
		const char *got = answer_of(&nginx[i], &answer), *want = nginx[i].want;
		size_t len = strcmp(nginx[i].what, "an include of itself") == 0 ? 60 : SIZE_MAX;
		if (strncmp(got, want, len) != 0)
			fail_msg("%s: got %s, wanted %s", nginx[i].what, got, want);
	}
}

static const struct example apache[] = {
	{"the last of a block wins, in any case",
	 {{APACHE, "ServerTokens Full\nservertokens Prod\n"}},
	 APACHE,
	 NULL,
	 "ServerTokens",
	 NULL,
	 "Prod"},
	{"a comment",
	 {{APACHE, "#ServerTokens Full\n  # ServerTokens OS\n"}},
	 APACHE,
	 NULL,
	 "ServerTokens",
	 "Full",
	 "Full"},
	{"each host takes over what stands outside",
	 {{APACHE, "SSLProtocol -all +TLSv1.3\n<VirtualHost *:443>\nServerName a\n</VirtualHost>\n"
		   "<virtualhost *:443>\nSSLProtocol all\n</virtualhost>\n"}},
	 APACHE,
	 "VirtualHost",
	 "SSLProtocol",
	 NULL,
	 "-all, +TLSv1.3; all"},
	{"wherever it is set, and outside",
	 {{APACHE, "<VirtualHost *>\nTraceEnable off\n</VirtualHost>\n"}},
	 APACHE,
	 NULL,
	 "TraceEnable",
	 "on",
	 "on; off"},
	{"folders take over nothing",
	 {{APACHE, "AllowOverride All\n<Directory />\nRequire all denied\n</Directory>\n"}},
	 APACHE,
	 "Directory",
	 "AllowOverride",
	 NULL,
	 ""},
	{"includes by glob, below the main file's folder",
	 {{APACHE, "IncludeOptional conf-enabled/*.conf\nInclude sites-enabled/\n"},
	  {"/etc/apache2/conf-enabled/security.conf", "ServerTokens Prod\n"},
	  {"/etc/apache2/sites-enabled/a",
	   "<VirtualHost *:80>\nServerTokens OS\n</VirtualHost>\n"}},
	 APACHE,
	 NULL,
	 "ServerTokens",
	 NULL,
	 "Prod; OS"},
	{"modules that are there, and are not",
	 {{APACHE, "LoadModule ssl_module /x/mod_ssl.so\n<IfModule mod_ssl.c>\nA one\n</IfModule>\n"
		   "<IfModule ssl_module>\nB two\n</IfModule>\n<IfModule mod_dav.c>\nA no\n"
		   "<VirtualHost *>\nA no\n</VirtualHost>\n</IfModule>\n"
		   "<IfModule !mod_dav.c>\nC three\n</IfModule>\n"}},
	 APACHE,
	 NULL,
	 "A",
	 NULL,
	 "one"},
	{"a negated module",
	 {{APACHE, "<IfModule !dav_module>\nC three\n</IfModule>\n"}},
	 APACHE,
	 NULL,
	 "C",
	 NULL,
	 "three"},
	{"variables",
	 {{APACHE, "Define tokens Prod\nServerTokens ${tokens}\nDocumentRoot ${ELSE}/x\n"
		   "<IfDefine tokens>\nA yes\n</IfDefine>\n<IfDefine other>\nA no\n</IfDefine>\n"}},
	 APACHE,
	 NULL,
	 "ServerTokens",
	 NULL,
	 "Prod"},
	{"a variable of the environment",
	 {{APACHE, "DocumentRoot ${ELSE}/x\n"}},
	 APACHE,
	 NULL,
	 "DocumentRoot",
	 NULL,
	 "${ELSE}/x"},
	{"a section for a newer version",
	 {{APACHE,
	   "<IfVersion >= 2.5>\nA no\n</IfVersion>\n<IfVersion >= 2.4>\nA yes\n</IfVersion>\n"}},
	 APACHE,
	 NULL,
	 "A",
	 NULL,
	 "yes"},
	{"lines that go on, and quotes",
	 {{APACHE, "A one \\\n  \"two three\" \\\nfour\nB x\n"}},
	 APACHE,
	 NULL,
	 "A",
	 NULL,
	 "one, two three, four"},
	{"lines that add up",
	 {{APACHE,
	   "Header set A 1\nHeader set B 2\n<VirtualHost *>\nHeader set C 3\n</VirtualHost>\n"}},
	 APACHE,
	 "VirtualHost",
	 "Header",
	 NULL,
	 "set, C, 3, set, A, 1, set, B, 2"},
	{"a section that has no end",
	 {{APACHE, "<Directory />\n"}},
	 APACHE,
	 NULL,
	 "A",
	 NULL,
	 "error: /etc/apache2/apache2.conf: a section has no end: "
	 "Apache does not start so"},
	{"one that was not open",
	 {{APACHE, "A b\n</Directory>\n"}},
	 APACHE,
	 NULL,
	 "A",
	 NULL,
	 "error: /etc/apache2/apache2.conf:2: a section is closed that was not open: "
	 "Apache does not "
	 "start so"},
	{"CRLF",
	 {{APACHE, "<VirtualHost *>\r\nA b\r\n</VirtualHost>\r\n"}},
	 APACHE,
	 "VirtualHost",
	 "A",
	 NULL,
	 "b"},
};

test(apache_as_each_section_has_it)
{
	try_all(apache, array_len(apache));
}

#define JSON "/etc/docker/daemon.json"
#define YAML "/etc/netplan/a.yaml"

static const struct example documents[] = {
	{"json",
	 {{JSON, "{\"icc\": false, \"log-driver\": \"journald\"}"}},
	 JSON,
	 NULL,
	 "icc",
	 NULL,
	 "false"},
	{"json: a list",
	 {{JSON, "{\"hosts\": [\"fd://\", \"tcp://0.0.0.0:2375\"]}"}},
	 JSON,
	 NULL,
	 "hosts",
	 NULL,
	 "fd://, tcp://0.0.0.0:2375"},
	{"json: below", {{JSON, "{\"a\": {\"b\": {\"c\": 10}}}"}}, JSON, "a/b", "c", NULL, "10"},
	{"json: null is nothing", {{JSON, "{\"icc\": null}"}}, JSON, NULL, "icc", "true", "true"},
	{"json: not there", {{JSON, "{}"}}, JSON, NULL, "icc", "true", "true"},
	{"json: an empty file", {{JSON, " \n"}}, JSON, NULL, "icc", NULL, ""},
	{"json: broken", {{JSON, "{\"icc\": "}}, JSON, NULL, "icc", "true", "error: "},
	{"json: a map",
	 {{JSON, "{\n\"a\": {}}"}},
	 JSON,
	 NULL,
	 "a",
	 NULL,
	 "error: /etc/docker/daemon.json:2: a is a map; name it in section, and a key in it"},
	{"json: a list of maps",
	 {{JSON, "{\"a\": [{}]}"}},
	 JSON,
	 NULL,
	 "a",
	 NULL,
	 "error: /etc/docker/daemon.json: its list holds maps or lists; texts can be compared"},
	{"json: no map at all", {{JSON, "[1]"}}, JSON, "a", "b", NULL, ""},
	{"yaml", {{YAML, "a:\n  b: x\n---\na: {b: y}\n"}}, YAML, "a", "b", NULL, "x"},
	{"yaml: broken", {{YAML, "a: [\n"}}, YAML, "a", "b", "x", "error: "},
	{"missing", {{NULL, NULL}}, JSON, NULL, "icc", NULL, ""},
};

test(documents_by_their_keys)
{
	for (size_t i = 0; i < array_len(documents); i++) {
		struct probe_answer answer;
		const char *got = answer_of(&documents[i], &answer), *want = documents[i].want;
		bool broken = strcmp(want, "error: ") == 0;
		if (broken ? strncmp(got, want, strlen(want)) != 0 : strcmp(got, want) != 0)
			fail_msg("%s: got %s, wanted %s", documents[i].what, got, want);
	}
}

#define POSTGRES "/etc/postgresql/15/main/postgresql.conf"
#define REDIS "/etc/redis/redis.conf"

static const struct example lines[] = {
	{"PostgreSQL: the last, in any case, with or without =",
	 {{POSTGRES, "ssl = off\nSSL on # now\n"}},
	 POSTGRES,
	 NULL,
	 "ssl",
	 NULL,
	 "on"},
	{"PostgreSQL: quotes",
	 {{POSTGRES, "log_line_prefix = '%m it''s \\'x' # y\n"}},
	 POSTGRES,
	 NULL,
	 "log_line_prefix",
	 NULL,
	 "%m it's 'x"},
	{"PostgreSQL: includes",
	 {{POSTGRES, "include_dir = 'conf.d'\ninclude_if_exists 'none'\ninclude '/etc/pg.conf'\n"},
	  {"/etc/postgresql/15/main/conf.d/a.conf", "ssl = off\nport = 5433\n"},
	  {"/etc/postgresql/15/main/conf.d/a.bak", "port = 1\n"},
	  {"/etc/pg.conf", "ssl = on\n"}},
	 POSTGRES,
	 NULL,
	 "port",
	 NULL,
	 "5433"},
	{"PostgreSQL: what ALTER SYSTEM wrote goes last",
	 {{POSTGRES, "data_directory = '/data'\nssl = on\n"},
	  {"/data/postgresql.auto.conf", "ssl = 'off'\n"}},
	 POSTGRES,
	 NULL,
	 "ssl",
	 NULL,
	 "off"},
	{"PostgreSQL: an include of itself",
	 {{POSTGRES, "include 'postgresql.conf'\n"}},
	 POSTGRES,
	 NULL,
	 "ssl",
	 NULL,
	 "error: "},
	{"all clusters",
	 {{POSTGRES, "ssl = on\n"}, {"/etc/postgresql/13/main/postgresql.conf", "\n"}},
	 "/etc/postgresql/*/*/postgresql.conf",
	 NULL,
	 "ssl",
	 NULL,
	 "-; on"},
	{"no cluster",
	 {{NULL, NULL}},
	 "/etc/postgresql/*/*/postgresql.conf",
	 NULL,
	 "ssl",
	 "off",
	 ""},
	{"MySQL: all groups of the server",
	 {{"/etc/mysql/my.cnf", "[mysqld]\nlocal-infile=1\n!includedir /etc/mysql/conf.d/\n"},
	  {"/etc/mysql/conf.d/a.cnf",
	   "[client]\nlocal_infile=2\n[mariadb-10.11]\nlocal_infile=0\n"}},
	 "/etc/mysql/my.cnf",
	 "mysqld",
	 "local-infile",
	 NULL,
	 "0"},
	{"Redis: the last, in any case",
	 {{REDIS, "bind 0.0.0.0\nBIND 127.0.0.1 -::1\n#bind x\n"}},
	 REDIS,
	 NULL,
	 "bind",
	 NULL,
	 "127.0.0.1 -::1"},
	{"Redis: a hash is no comment",
	 {{REDIS, "masteruser a #b\n"}},
	 REDIS,
	 NULL,
	 "masteruser",
	 NULL,
	 "a #b"},
	{"Redis: includes",
	 {{REDIS, "include /etc/redis/more.conf\n"},
	  {"/etc/redis/more.conf", "protected-mode no\n"}},
	 REDIS,
	 NULL,
	 "protected-mode",
	 NULL,
	 "no"},
	{"Redis: lines that add up",
	 {{REDIS, "rename-command CONFIG \"\"\nrename-command DEBUG x\n"}},
	 REDIS,
	 NULL,
	 "rename-command",
	 NULL,
	 "CONFIG, \"\", DEBUG, x"},
};

test(databases_by_their_own_rules)
{
	for (size_t i = 0; i < array_len(lines); i++) {
		struct probe_answer answer;
		const char *got = answer_of(&lines[i], &answer), *want = lines[i].want;
		bool broken = strcmp(want, "error: ") == 0;
		if (broken ? strncmp(got, want, strlen(want)) != 0 : strcmp(got, want) != 0)
			fail_msg("%s: got %s, wanted %s", lines[i].what, got, want);
	}
}

test(one_tree_serves_all_who_ask_and_tells_each_what_it_depends_on)
{
	static const struct call_file files[] = {{NGINX, "http { include conf.d/*.conf; }"},
						 {"/etc/nginx/conf.d/a.conf", "server_tokens off;"},
						 {NULL, NULL}};
	struct gather *gather = call_gather(files, true);
	for (int i = 0; i < 2; i++) {
		struct probe_answer answer;
		struct probe_call call = call_of("config", NGINX);
		call_set(&call, "key", i ? "server_tokens" : "autoindex", 0);
		probe_run(gather, &call, &answer);
		assert_int_equal(answer.count, i);
		assert_true(call_depends(&answer, NGINX));
		assert_true(call_depends(&answer, "/etc/nginx/conf.d/a.conf"));
		assert_true(call_depends(&answer, "/etc/nginx/conf.d"));
	}
	gather_free(&gather);
}

test(wildcards_stand_in_folders_alone)
{
	struct err err = {0};
	struct probe_call call = call_of("config", "/etc/nginx/conf.d/*.conf");
	call_set(&call, "key", "a", 0);
	assert_false(call.probe->check(&call, &err));
}
