#include "assess/policy/action/target.h"

#include <string.h>

#include "base/buf.h"
#include "query/query.h"
#include "unit.h"

static struct arena *arena;

/* The query that comes out, or what the error says; it is a query of hosts. */
static const char *read(const char *target)
{
	struct err err = {0};
	struct text query;
	arena_free(&arena);
	arena = arena_new(64 << 20);
	if (!target_read(text_of(target), arena, &query, &err)) {
		assert_true(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
		return unit_text("error: %s", err.text);
	}
	scoped(query_free) struct query *parsed = query_parse(query, &query_hosts, &err);
	if (!parsed)
		fail_msg("%s: %.*s: %s", target, TEXT_ARG(query), err.text);
	return unit_text("%.*s", TEXT_ARG(query));
}

static void check(const char *target, const char *expected)
{
	const char *answer = read(target);
	if (strcmp(answer, expected) != 0)
		fail_msg("%s\n\tgives    %s\n\texpected %s", target, answer, expected);
}

static const struct {
	const char *target, *query;
} spoken[] = {
	{"linux", "os:linux"},
	{" Debian ", "os:Debian"},
	{"*", "*"},
	{"all", "*"},
	{"os:debian and tags.role:web", "os:debian and tags.role:web"},
	{"environment->>'os'='linux'", "os:linux"},
	{"environment ->> 'os' = 'linux'", "os:linux"},
	{"agents.environment->>'os'='linux'", "os:linux"},
	{"ENVIRONMENT->>'OS'='linux'", "os:linux"},
	{"os='darwin'", "os:darwin"},
	{"environment->>'os' IN ('linux','darwin') AND mode='daemon'", "os:(linux or darwin)"},
	{"environment->>'os' IN ('linux')", "os:linux"},
	{"environment->>'os' NOT IN ('windows', 'darwin')", "not os:(windows or darwin)"},
	{"environment->>'ident' ILIKE '%ubuntu%'", "os_name:/ubuntu/"},
	{"environment->>'ident' ilike 'ubuntu 12.04%'", "os_name:/^ubuntu 12\\.04/"},
	{"environment->>'ident' LIKE 'Ubuntu%%'", "os_name:/^Ubuntu/"},
	{"environment->>'ident' LIKE '%a%%b_c'", "os_name:/a.*b.c$/"},
	{"environment->>'ident' LIKE 'a/b(c)'", "os_name:/^a\\/b\\(c\\)$/"},
	{"environment->>'ident' LIKE '100\\%%'", "os_name:/^100%/"},
	{"environment->>'ident' LIKE '100\\%'", "os_name:/^100%$/"},
	{"environment->>'ident' = 'Debian GNU/Linux 12'", "os_name:/^Debian GNU\\/Linux 12$/"},
	{"environment->>'ident' LIKE '%'", "os_name:*"},
	{"environment->>'arch'='amd64'", "arch:x86_64"},
	{"environment->>'arch' IN ('386','arm64')", "arch:(i?86 or aarch64)"},
	{"queueloc LIKE 'linux.%'", "os:linux"},
	{"queueloc like 'linux.%%'", "os:linux"},
	{"agents.queueloc like 'linux.%'", "os:linux"},
	{"queueloc LIKE 'linux%'", "os:linux"},
	{"queueloc LIKE 'linux.web%'", "(os:linux and name:web*)"},
	{"NOT queueloc LIKE 'linux.%'", "not os:linux"},
	{"queueloc NOT LIKE 'linux.web%'", "not (os:linux and name:web*)"},
	{"queueloc LIKE 'linux.%' AND environment->>'ident' ILIKE '%ubuntu%'",
	 "os:linux and os_name:/ubuntu/"},
	{"name='web1.example.net'", "name:web1.example.net"},
	{"name='it''s'", "name:\"it's\""},
	{"name='a \"b\" \\c'", "name:\"a \\\"b\\\" \\\\c\""},
	{"name='or'", "name:\"or\""},
	{"name='a*'", "name:\"a*\""},
	{"name=''", "name:\"\""},
	{"name LIKE '%buildbot%'", "name:*buildbot*"},
	{"name LIKE '%%\\.scl3\\.%'", "name:*.scl3.*"},
	{"name LIKE 'web_ *'", "name:web?\\ \\*"},
	{"name LIKE ''", "name:\"\""},
	{"name ~* '^web[0-9]+$'", "name:/^web[0-9]+$/"},
	{"name ~ 'a/b\\/c'", "name:/a\\/b\\/c/"},
	{"name !~* 'db'", "not name:/db/"},
	{"name ~* ''", "name:*"},
	{"name != 'web1'", "not name:web1"},
	{"name <> 'web1'", "not name:web1"},
	{"name NOT ILIKE 'db%'", "not name:db*"},
	{"name IS NOT NULL", "name:*"},
	{"tags->>'operator'='linuxwall'", "tags.operator:linuxwall"},
	{"tags->>'operator' IS NULL", "not tags.operator:*"},
	{"tags->>'a' != 'b'", "tags.a:* and not tags.a:b"},
	{"tags->>'a' != 'b' OR name='c'", "tags.a:* and not tags.a:b or name:c"},
	{"NOT tags->>'a' != 'b'", "not (tags.a:* and not tags.a:b)"},
	{"status='online'", "*"},
	{"status='online' AND name='a'", "name:a"},
	{"name='a' AND status='online'", "name:a"},
	{"status='online' OR name='a'", "*"},
	{"status IN ('online', 'idle')", "*"},
	{"status != 'offline'", "*"},
	{"NOT mode='daemon'", "not *"},
	{"(os='linux' OR os='darwin') AND name='a'", "(os:linux or os:darwin) and name:a"},
	{"os='linux' OR os='darwin' AND name='a'", "os:linux or os:darwin and name:a"},
	{"name='a' AND (os='b' OR os='c')", "name:a and (os:b or os:c)"},
	{"NOT (os='linux' OR os='darwin')", "not (os:linux or os:darwin)"},
	{"NOT NOT os='linux'", "not not os:linux"},
	{"((os='linux'))", "os:linux"},
};

test(becomes_a_host_query)
{
	for (size_t i = 0; i < array_len(spoken); i++)
		check(spoken[i].target, spoken[i].query);
	arena_free(&arena);
}

static const struct {
	const char *target, *says;
} unsaid[] = {
	{"environment->>'init'='systemd' AND os='linux'",
	 "error: column 1: no host says its \"environment.init\"; write os:linux"},
	{"os='linux' AND environment->>'publicip'='192.0.2.1'",
	 "error: column 16: no host says its \"environment.publicip\"; write os:linux and "
	 "ip:192.0.2.1"},
	{"environment->>'addresses' LIKE '%10.1.%'",
	 "error: column 1: no host says its \"environment.addresses\"; write ip:*10.1.*"},
	{"version='b9536d2'", "error: column 1: no host says its \"version\"; write "
			      "agent_version>=0.1"},
	{"status='offline' AND os='linux'",
	 "error: column 1: whoever runs a check is \"online\"; write os:linux"},
	{"mode='checkin'", "error: column 1: every agent runs as a \"daemon\"; write *"},
	{"queueloc='linux.a.b'", "error: column 1: only an OS is read, as in \"queueloc LIKE "
				 "'linux.%'\"; write os:linux"},
	{"heartbeattime > NOW()", "error: column 15: an order of SQL is not read; write a host "
				  "query, such as os:linux and last_seen>now-1d"},
	{"web1.example.net", "error: column 1: \"web1.example.net\" is no OS; for a host of that "
			     "name write name:web1.example.net"},
	{"linux or darwin", "error: column 7: a comparison is expected here; write =, !=, LIKE, "
			    "ILIKE, ~* or IN, or a host query, such as os:linux and name:web*"},
	{"name='web1", "error: column 6: this quote is not closed; put another ' behind it"},
	{"name=web1", "error: column 6: a value in quotes is expected here; write for example "
		      "name='web1'"},
	{"name IN 'a'", "error: column 9: IN wants a list; write IN ('a', 'b')"},
	{"name IN ()", "error: column 10: a value in quotes is expected here; write IN ('a', 'b')"},
	{"name IN ('a'", "error: column 13: the list of IN is not closed; put ) behind it"},
	{"(name='a'", "error: column 1: this parenthesis is not closed; put ) where it ends"},
	{"name='a' name='b'", "error: column 10: AND, OR or the end is expected here; or write a "
			      "host query, such as os:linux and name:web*"},
	{"name='a'; DROP TABLE agents", "error: column 9: this is no word, 'text' or comparison; "
					"write a host query, such as os:linux and name:web*"},
	{"name ~ 'a\\'", "error: column 8: the expression ends with a backslash; escape it with "
			 "another one"},
	{"environment->>os='linux'", "error: column 15: a key in quotes is expected here; write "
				     "for example environment->>'os'"},
	{"name IS 'a'", "error: column 9: NULL is expected here; write IS NULL or IS NOT NULL"},
	{"tags->>'a b'='c'", "error: column 1: no host says its \"tags.a b\"; write *"},
	{"", "error: column 1: a column is expected here; write for example name='web1' or "
	     "environment->>'os'='linux'"},
};

test(shows_the_query_to_write_instead)
{
	for (size_t i = 0; i < array_len(unsaid); i++)
		check(unsaid[i].target, unsaid[i].says);
	arena_free(&arena);
}

static void repeat(struct buf *out, const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_cstr(out, text);
}

test(holds_its_limits)
{
	struct err err = {0};
	struct text query;
	scoped(buf_end) struct buf deep = {0}, many = {0}, nots = {0}, control = {0};
	scoped(arena_free) struct arena *own = arena_new(64 << 20);
	repeat(&deep, "(", TARGET_DEPTH_MAX + 1);
	assert_false(target_read(buf_view(&deep), own, &query, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	repeat(&nots, "NOT ", TARGET_DEPTH_MAX + 1);
	assert_false(target_read(buf_view(&nots), own, &query, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	repeat(&many, "os='a' OR ", TARGET_TERMS_MAX);
	buf_cstr(&many, "os='a'");
	assert_true(many.len < TARGET_LEN_MAX);
	assert_false(target_read(buf_view(&many), own, &query, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	repeat(&many, " ", TARGET_LEN_MAX);
	assert_false(target_read(buf_view(&many), own, &query, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	buf_add(&control, "name='\0'", 8);
	assert_false(target_read(buf_view(&control), own, &query, &err));
	assert_string_equal(err.text, "column 7: a control character; take it out");
}
