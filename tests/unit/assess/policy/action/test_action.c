#include <string.h>

#include "assess/engine/engine.h"
#include "assess/engine/fixture.h"
#include "base/buf.h"
#include "unit.h"

#define NOW_US (INT64_C(1794980800) * TIME_SECOND_US)

/* What one action makes of one host. */
struct trial {
	struct arena *arena;
	struct policies policies;
	struct findings findings;
	struct fixture *fixture;
	struct buf items; /* a line each */
};

static struct trial begin(void)
{
	struct trial trial = {.arena = arena_new(POLICY_ARENA_MAX + (1 << 20))};
	trial.findings.arena = trial.arena;
	trial.fixture = fixture_new();
	return trial;
}

static void end(struct trial *trial)
{
	policies_end(&trial->policies);
	fixture_free(&trial->fixture);
	buf_end(&trial->items);
	arena_free(&trial->arena);
}

static void add_file(struct trial *trial, struct fixture_file file)
{
	struct err err = {0};
	assert_true(fixture_add(trial->fixture, &file, &err));
}

static void add(struct trial *trial, const char *path, const char *content)
{
	add_file(trial, (struct fixture_file){
				.path = text_of(path), .content = text_of(content), .mode = 0644});
}

static const char *finding(const struct trial *trial, size_t index)
{
	assert_true(index < trial->findings.count);
	const struct finding *found = &trial->findings.list[index];
	return unit_text("%u:%u: %s%.*s", found->line, found->column,
			 found->warning ? "warning: " : "", TEXT_ARG(found->what));
}

static void load(struct trial *trial, const char *json)
{
	if (!policy_load(text_of(json), trial->arena, &trial->policies, &trial->findings))
		fail_msg("%s\n%s", json, finding(trial, 0));
}

/* name|test's value|location|status|evidence of an item, as a line */
static bool note(void *data, const struct item *item, const struct policy *policy,
		 const struct check *check, struct text explain)
{
	struct buf *out = data;
	(void)policy, (void)check, (void)explain;
	buf_print(out, "%.*s|%.*s|%.*s|%s|", TEXT_ARG(item->check.name),
		  TEXT_ARG(item->check.test_value), TEXT_ARG(item->check.location),
		  status_name(item->status));
	for (size_t i = 0; i < item->evidence_count; i++) {
		buf_print(out, "%s%.*s", i > 0 ? "," : "", TEXT_ARG(item->evidence[i].path));
		if (item->evidence[i].line > 0)
			buf_print(out, ":%d", (int)item->evidence[i].line);
		if (text_starts(item->evidence[i].text, "sha256"))
			buf_cstr(out, "#");
	}
	buf_char(out, '\n');
	return true;
}

static const char *judge(struct trial *trial)
{
	static const struct text os[] = {{"linux", 5}, {"debian", 6}};
	struct gather_config gathering = {.now_us = NOW_US};
	scoped(gather_free) struct gather *gather = fixture_gather(trial->fixture, &gathering);
	struct host_facts facts = {.name = TEXT("web1"), .os = os, .os_count = 2};
	struct engine_config config = {
		.target = TEXT("web1"), .level_max = LEVEL_MAXIMUM, .facts = &facts};
	struct engine_counts counts;
	buf_clear(&trial->items);
	assert_true(engine_run(gather, &trial->policies, &config, note, &trial->items, &counts));
	return trial->items.at ? trial->items.at : "";
}

static const char *frame(const char *module, int syntax, const char *parameters)
{
	return unit_text("{\"name\":\"n\",\"target\":\"linux\",\"threat\":{\"level\":\"low\",\n"
			 "\"type\":\"system\",\"ref\":\"r1\"},\"syntaxversion\":%d,\n"
			 "\"operations\":[{\"module\":\"%s\",\"parameters\":\n%s}]}",
			 syntax, module, parameters);
}

static const char *checker(const char *parameters)
{
	return frame("filechecker", 1, parameters);
}

static const char *search(const char *conditions)
{
	return frame("file", 2, unit_text("{\"searches\":{\"s1\":\n%s}}", conditions));
}

/* -------- filechecker -------- */

static void checks(const char *path, const char *method, const char *value, const char *expected)
{
	scoped(end) struct trial trial = begin();
	add(&trial, "/etc/a.conf", "one\ntwo\r\nthree");
	add(&trial, "/etc/.hidden", "secret two\n");
	add(&trial, "/etc/d/deep/b.conf", "deep two\n");
	add(&trial, "/home/jo/.rc", "rc\n");
	add(&trial, "/home/al/.rc", "other\n");
	add_file(&trial, (struct fixture_file){.path = TEXT("/etc/link"),
					       .kind = GATHER_LINK,
					       .content = TEXT("/home/jo/.rc"),
					       .mode = 0777});
	load(&trial, checker(unit_text("{\"%s\":{\"%s\":{\"t\":[\"%s\"]}}}", path, method, value)));
	const char *answer = judge(&trial);
	const char *place = unit_text("|%s|%s\n", path, expected); /* as it was written */
	if (!text_ends(text_of(answer), place))
		fail_msg("%s gives %s", place, answer);
}

test(a_path_is_a_file_a_folder_a_tree_or_a_pattern)
{
	checks("/etc/a.conf", "regex", "^two$", "pass|/etc/a.conf:2");
	checks("/etc/a.conf", "regex", "three$", "pass|/etc/a.conf:3");
	checks("/etc/a.conf", "regex", "^four$", "fail|/etc/a.conf");
	checks("/etc/none", "regex", "x", "fail|");
	checks("/etc/d", "regex", "x", "error|");
	checks("/etc/", "regex", "two", "pass|/etc/.hidden:1,/etc/a.conf:2,/etc/link");
	checks("/etc/", "regex", "^deep", "fail|/etc/.hidden,/etc/a.conf,/etc/link");
	checks("/etc/", "regex", "^rc$", "pass|/etc/link:1,/etc/.hidden,/etc/a.conf");
	checks("/etc/*", "regex", "^deep",
	       "pass|/etc/d/deep/b.conf:1,/etc/.hidden,/etc/a.conf,/etc/link");
	checks("/none/", "regex", "x", "fail|");
	checks("/etc/*.conf", "regex", "^one$", "pass|/etc/a.conf:1");
	checks("/home/*/.rc", "regex", "^other$", "pass|/home/al/.rc:1,/home/jo/.rc");
	checks("/home/*/.rc", "regex", "^none$", "fail|/home/al/.rc,/home/jo/.rc");
	checks("/home/*/", "filename", "^\\\\.rc$", "pass|/home/al/.rc,/home/jo/.rc");
	checks("/et?/[a-c].conf", "regex", "one", "pass|/etc/a.conf:1");
}

test(a_name_or_a_digest_decides)
{
	checks("/etc/a.conf", "filename", "^a\\\\.", "pass|/etc/a.conf");
	checks("/etc/a.conf", "filename", "^b", "fail|/etc/a.conf");
	checks("/etc/d", "filename", "^d$", "fail|/etc/d"); /* a folder is no file */
	checks("/etc/*", "filename", "^b\\\\.conf$", "pass|/etc/d/deep/b.conf");
	checks("/etc/", "filename", "^b\\\\.conf$", "fail|");
	checks("/home/jo/.rc", "md5", "EB42A9B21B6A4BBB0D8B54A7F6B4C1A6", "fail|/home/jo/.rc");
	checks("/home/*", "sha1", "EB42A9B21B6A4BBB0D8B54A7F6B4C1A600000000",
	       "fail|/home/al/.rc,/home/jo/.rc");
}

test(every_digest_is_known_by_its_name)
{
	static const struct {
		const char *method, *hex; /* of "abc" */
	} digests[] = {
		{"md5", "900150983CD24FB0D6963F7D28E17F72"},
		{"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			   "8086072ba1e7cc2358baeca134c825a7"},
		{"sha512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
		{"sha3_256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
	};
	for (size_t i = 0; i < array_len(digests); i++)
		for (int folder = 0; folder < 2; folder++) {
			scoped(end) struct trial trial = begin();
			add(&trial, "/a/abc", "abc");
			load(&trial, checker(unit_text("{\"%s\":{\"%s\":{\"t\":[\"%s\"]}}}",
						       folder ? "/a/" : "/a/abc", digests[i].method,
						       digests[i].hex)));
			if (!strstr(judge(&trial), "|pass|/a/abc\n"))
				fail_msg("%s: %s", digests[i].method, trial.items.at);
		}
}

test(there_is_a_check_for_each_value_and_the_same_one_only_once)
{
	scoped(end) struct trial trial = begin();
	add(&trial, "/a", "x\n");
	load(&trial, checker("{\"/a\":{\"regex\":{\"t1\":[\"x\",\"y\",\"x\"],\"t2\":[\"x\"]},"
			     "\"filename\":{\"t1\":[\"a\"]}}}"));
	assert_string_equal(judge(&trial), "t1|x|/a|pass|/a:1\nt1|y|/a|fail|/a\nt2|x|/a|pass|/a:1\n"
					   "t1|a|/a|pass|/a\n");
	assert_int_equal(trial.findings.count, 1);
	assert_string_equal(finding(&trial, 0),
			    "4:31: warning: this stands here twice; the second is left out");
	const struct policy *policy = &trial.policies.list[0];
	for (size_t i = 0; i < policy->check_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(text_is_equal(policy->checks[i].part, policy->checks[j].part));
}

/* -------- file -------- */

static void searches(const char *conditions, const char *expected)
{
	scoped(end) struct trial trial = begin();
	add_file(&trial, (struct fixture_file){.path = TEXT("/d/big"),
					       .content = TEXT("0123456789\nroot\n"),
					       .mode = 04755,
					       .mtime_us = NOW_US - TIME_DAY_US});
	add_file(&trial, (struct fixture_file){.path = TEXT("/d/small"),
					       .content = TEXT("root\n"),
					       .mode = 0640,
					       .mtime_us = NOW_US - 100 * TIME_DAY_US});
	add_file(&trial, (struct fixture_file){.path = TEXT("/d/e/abc"),
					       .content = TEXT("abc"),
					       .mode = 0644,
					       .mtime_us = NOW_US - TIME_DAY_US});
	load(&trial, search(conditions));
	if (strcmp(judge(&trial), expected) != 0)
		fail_msg("%s\n\tgives    %s\texpected %s", conditions, trial.items.at, expected);
}

test(a_search_has_one_check_for_each_condition)
{
	searches("{\"paths\":[\"/d\"],\"names\":[\"^big$\",\"^none$\"],\"contents\":[\"^root$\"]}",
		 "s1|name='^big$'|/d/big|pass|/d/big\n"
		 "s1|name='^none$'|/d|fail|\n"
		 "s1|content='^root$'|/d/big|pass|/d/big:2,/d/small:1,/d/e/abc\n");
	searches("{\"paths\":[\"/d/small\",\"/d/e/\"],\"contents\":[\"nothing\"]}",
		 "s1|content='nothing'|/d/small, /d/e/|fail|/d/small,/d/e/abc\n");
	searches("{\"paths\":[\"/none\",\"/d/*\"],\"names\":[\"abc\"],"
		 "\"options\":{\"matchall\":false}}",
		 "s1|name='abc'|/d/e/abc|pass|/d/e/abc\n");
}

test(with_matchall_one_file_must_fulfil_all)
{
	searches("{\"paths\":[\"/d\"],\"contents\":[\"root\"],\"modes\":[\"^-rw-r-----$\"],"
		 "\"options\":{\"matchall\":true}}",
		 "s1|content='root' and mode='^-rw-r-----$'|/d/small|pass|"
		 "/d/small:1,/d/big,/d/e/abc\n");
	searches("{\"paths\":[\"/d\"],\"names\":[\"^big$\"],\"sizes\":[\"<10\"],"
		 "\"options\":{\"matchall\":true}}",
		 "s1|name='^big$' and size='<10'|/d|fail|/d/big\n");
	searches("{\"paths\":[\"/d\"],\"sizes\":[\">10\"],\"mtimes\":[\"<90d\"],"
		 "\"modes\":[\"^u\"],\"options\":{\"matchall\":true}}",
		 "s1|size='>10' and mode='^u' and mtime='<90d'|/d/big|pass|"
		 "/d/big,/d/e/abc,/d/small\n");
	searches("{\"paths\":[\"/d\"],\"mtimes\":[\">90d\"]}",
		 "s1|mtime='>90d'|/d/small|pass|/d/small,/d/big,/d/e/abc\n");
	searches("{\"paths\":[\"/d\"],\"sizes\":[\"3\"],"
		 "\"md5\":[\"900150983CD24FB0D6963F7D28E17F72\"],"
		 "\"options\":{\"matchall\":true}}",
		 "s1|size='3' and md5='900150983CD24FB0D6963F7D28E17F72'|/d/e/abc|pass|"
		 "/d/e/abc,/d/big,/d/small\n");
}

test(conditions_can_be_turned_around)
{
	searches("{\"paths\":[\"/d\"],\"contents\":[\"!^root$\"]}",
		 "s1|content='!^root$'|/d/e/abc|pass|/d/e/abc,/d/big,/d/small\n");
	searches("{\"paths\":[\"/d\"],\"contents\":[\"root\"],"
		 "\"options\":{\"mismatch\":[\"content\"]}}",
		 "s1|content='root'|/d/e/abc|pass|/d/e/abc,/d/big,/d/small\n");
	searches("{\"paths\":[\"/d/big\"],\"contents\":[\"!root\"],"
		 "\"options\":{\"mismatch\":[\"content\"]}}",
		 "s1|content='!root'|/d/big|pass|/d/big:2\n");
	searches("{\"paths\":[\"/d\"],\"contents\":[\"^root$\",\"!^0\"],"
		 "\"options\":{\"matchall\":true}}",
		 "s1|content='^root$' and content='!^0'|/d/small|pass|"
		 "/d/small:1,/d/big,/d/e/abc\n");
	searches("{\"paths\":[\"/d\"],\"names\":[\"!^big$\",\"b\"],"
		 "\"options\":{\"matchall\":true}}",
		 "s1|name='!^big$' and name='b'|/d/e/abc|pass|/d/e/abc\n");
	searches("{\"paths\":[\"/d\"],\"names\":[\"b\"],\"sizes\":[\">5\"],"
		 "\"options\":{\"matchall\":true,\"mismatch\":[\"size\"]}}",
		 "s1|name='b' and size='>5'|/d/e/abc|pass|/d/e/abc,/d/big\n");
	searches("{\"paths\":[\"/d/e\"],\"md5\":[\"900150983cd24fb0d6963f7d28e17f72\"],"
		 "\"sha1\":[\"a9993e364706816aba3e25717850c26c9cd0d89d\"],"
		 "\"options\":{\"mismatch\":[\"sha1\"]}}",
		 "s1|md5='900150983cd24fb0d6963f7d28e17f72'|/d/e/abc|pass|/d/e/abc\n"
		 "s1|sha1='a9993e364706816aba3e25717850c26c9cd0d89d'|/d/e|fail|/d/e/abc\n");
}

test(macroal_wants_each_line_to_match)
{
	searches("{\"paths\":[\"/d\"],\"contents\":[\"^root$\"],\"options\":{\"macroal\":true}}",
		 "s1|content='^root$'|/d/small|pass|/d/small:1,/d/big,/d/e/abc\n");
	searches("{\"paths\":[\"/d/big\"],\"contents\":[\"^root$\"],"
		 "\"options\":{\"macroal\":true,\"mismatch\":[\"content\"]}}",
		 "s1|content='^root$'|/d/big|pass|/d/big\n");
	searches("{\"paths\":[\"/d/big\"],\"contents\":[\"!^0\"],\"options\":{\"macroal\":true}}",
		 "s1|content='!^0'|/d/big|fail|/d/big\n");
}

test(options_bound_a_search)
{
	searches("{\"paths\":[\"/d\"],\"names\":[\"abc\"],\"options\":{\"maxdepth\":1}}",
		 "s1|name='abc'|/d|fail|\n");
	searches("{\"paths\":[\"/d\"],\"names\":[\"abc\"],\"options\":{\"maxdepth\":2}}",
		 "s1|name='abc'|/d/e/abc|pass|/d/e/abc\n");
	searches("{\"paths\":[\"/d\"],\"names\":[\".\"],"
		 "\"options\":{\"matchlimit\":1,\"maxerrors\":30}}",
		 "s1|name='.'|/d/big|pass|/d/big\n");
}

test(an_unreadable_file_is_an_error_unless_errors_are_allowed)
{
	for (int allowed = 0; allowed < 2; allowed++) {
		scoped(end) struct trial trial = begin();
		add_file(&trial, (struct fixture_file){.path = TEXT("/d/locked"), .denied = true});
		load(&trial, search(unit_text("{\"paths\":[\"/d\"],\"contents\":[\"x\"],"
					      "\"options\":{\"maxerrors\":%d}}",
					      allowed)));
		assert_string_equal(judge(&trial), allowed ? "s1|content='x'|/d|fail|\n"
							   : "s1|content='x'|/d|error|\n");
	}
}

test(returnsha256_shows_the_digest_but_never_of_a_secret_file)
{
	scoped(end) struct trial trial = begin();
	add(&trial, "/etc/abc", "abc");
	add(&trial, "/etc/shadow", "abc");
	load(&trial, search("{\"paths\":[\"/etc\"],\"names\":[\"^(abc|shadow)$\"],"
			    "\"options\":{\"returnsha256\":true}}"));
	assert_string_equal(judge(&trial),
			    "s1|name='^(abc|shadow)$'|/etc/abc|pass|/etc/abc#,/etc/shadow\n");
}

test(a_link_counts_as_the_file_that_it_leads_to)
{
	static const char *const links[][2] = {{"/d/there", "/x/file"},
					       {"/d/nowhere", "/x/none"},
					       {"/d/circle", "circle"},
					       {"/d/folder", "/x"}};
	scoped(end) struct trial trial = begin();
	add(&trial, "/x/file", "abc");
	for (size_t i = 0; i < array_len(links); i++)
		add_file(&trial, (struct fixture_file){.path = text_of(links[i][0]),
						       .kind = GATHER_LINK,
						       .content = text_of(links[i][1])});
	load(&trial, search("{\"paths\":[\"/d\"],\"contents\":[\"^abc$\"]}"));
	assert_string_equal(judge(&trial), "s1|content='^abc$'|/d/there|pass|/d/there:1\n");
}

/* -------- the frame -------- */

test(what_the_mission_names_goes_where_it_says)
{
	scoped(end) struct trial trial = begin();
	load(&trial,
	     "\xef\xbb\xbf" /* as some editors begin a file */
	     "{\"name\":\"compliance check for openssh\",\"target\":\"all\",\"description\":"
	     "{\"url\":\"https://example.org/\"},\"threat\":{\"level\":\"medium\",\"family\":"
	     "\"compliance\",\"type\":\"system\",\"ref\":\"sysmediumssh1\"},\"operations\":"
	     "[{\"module\":\"filechecker\",\"parameters\":{\"/a\":{\"regex\":"
	     "{\"check root login is off\":[\"x\"]}}}}],\"syntaxversion\":1}");
	const struct policy *policy = &trial.policies.list[0];
	const struct check *check = &policy->checks[0];
	assert_null(policy->target);
	assert_true(text_is(policy->name, "system"));
	assert_true(text_is(policy->url, "https://example.org/"));
	assert_int_equal(check->level, LEVEL_MEDIUM);
	assert_true(text_is(check->ref, "sysmediumssh1"));
	assert_true(text_is(check->name, "check root login is off"));
	assert_true(text_is(check->description, "compliance check for openssh"));
	assert_true(text_is(check->test->shown_type, "regex"));
	assert_true(text_is(check->test->shown, "x"));
}

static void refuses(const char *json, const char *says)
{
	scoped(end) struct trial trial = begin();
	assert_false(policy_load(text_of(json), trial.arena, &trial.policies, &trial.findings));
	assert_int_equal(trial.policies.count, 0);
	if (strcmp(finding(&trial, 0), says) != 0)
		fail_msg("%s\n\tsays     %s\n\texpected %s", json, finding(&trial, 0), says);
}

test(says_where_a_checker_is_wrong_and_what_to_do)
{
	refuses(checker("{\"/a\":{\"regex\":{\"t\":[\"(?=x)\"]}}}"),
		"4:22: regular expression: look-ahead at character 1 of \"(?=x)\" is outside RE2's "
		"syntax");
	refuses(checker("{\"/a/\":{\"regex\":{\"t\":[\"a(\"]}}}"),
		"4:23: regular expression: missing closing parenthesis at character 2 of \"a(\"");
	refuses(checker("{\"/a\":{\"regxe\":{\"t\":[\"a\"]}}}"),
		"4:8: unknown method \"regxe\"; did you mean \"regex\"?");
	refuses(checker("{\"a\":{\"regex\":{\"t\":[\"a\"]}}}"),
		"4:2: path \"a\": begin it with /, as in /etc/passwd");
	refuses(checker("{\"/a\":{\"md5\":{\"t\":[\"12\"]}}}"), "4:20: a md5 has 32 hex digits");
	refuses(checker("{\"/a\":{\"md5\":{\"t\":[]}}}"),
		"4:19: a test has a list of values: { \"check root login is off\": "
		"[\"(?i)^permitrootlogin no$\"] }");
	refuses(checker("{}"), "4:1: filechecker has paths: { \"/etc/passwd\": { \"regex\": … } }");
	refuses(frame("filechecker", 2, "{}"),
		"3:25: module \"filechecker\" goes with \"syntaxversion\": 1, not 2");
	refuses(frame("netstat", 2, "{}"),
		"3:25: module \"netstat\" is no check; take the operation out: look at a host's "
		"network with \"muster run\"");
	refuses(frame("flie", 2, "{}"), "3:25: unknown module \"flie\"; did you mean \"file\"?");
	refuses(frame("file", 3, "{}"),
		"2:45: syntaxversion is 1 (module filechecker) or 2 (module file)");
}

test(says_where_a_search_is_wrong_and_what_to_do)
{
	refuses(frame("file", 2, "{\"search\":{}}"),
		"4:1: the module file has \"searches\": { \"label\": { … } }");
	refuses(search("{\"paths\":[\"/a\"],\"names\":[\"a\"],\"regexes\":[\"b\"]}"),
		"5:31: unknown key of a search \"regexes\"; did you mean \"contents\"?");
	refuses(search("{\"names\":[\"a\"]}"),
		"4:14: a search has paths to look in: \"paths\": [\"/etc\"]");
	refuses(search("{\"paths\":[\"/a\"]}"),
		"4:14: the search has no condition; write names, contents, sizes, modes, mtimes or "
		"a digest");
	refuses(search("{\"paths\":[\"/a\"],\"names\":[\"a\"],\"options\":{\"decompress\":true}}"),
		"5:55: decompress: compressed files are not looked into; take it out to search "
		"their bytes as they are");
	refuses(search("{\"paths\":[\"/a\"],\"names\":[\"a\"],\"options\":{\"maxdeth\":1}}"),
		"5:42: unknown key of options \"maxdeth\"; did you mean \"maxdepth\"?");
	refuses(search("{\"paths\":[\"/a\"],\"names\":[\"a\"],\"options\":{\"mismatch\":"
		       "[\"nmae\"]}}"),
		"5:54: unknown kind of condition \"nmae\"; did you mean \"name\"?");
	refuses(search("{\"paths\":[\"/a\"],\"sizes\":[\">1x\"]}"),
		"5:26: a size is bytes, with k, m, g or t behind: \">1g\", \"<10m\" or \"512\"");
	refuses(search("{\"paths\":[\"/a\"],\"mtimes\":[\"90d\"]}"),
		"5:27: an mtime is \"<90d\" (changed within 90 days) or \">5h\" (not within 5 "
		"hours)");
	refuses(search("{\"paths\":[\"/a\"],\"sha2\":[\"12\"]}"),
		"5:25: a sha2 has 64, 96 or 128 hex digits");
	refuses(search("{\"paths\":[\"/a\"],\"contents\":[\"a\\\\1\"]}"),
		"5:29: regular expression: a back reference at character 2 of \"a\\1\" is outside "
		"RE2's syntax");
	refuses(search("{\"paths\":[\"/a\"],\"names\":[\"a\"],\"names\":[\"b\"]}"),
		"5:31: duplicate key \"names\"; it stands in line 5 already");
}

test(an_action_without_a_level_is_no_check)
{
	refuses("{\"name\":\"n\",\"threat\":{\"level\":\n\"alert\",\"type\":\"x\",\"ref\":\"r\"},"
		"\"syntaxversion\":2,\"operations\":[{\"module\":\"file\",\"parameters\":"
		"{\"searches\":{\"s\":{\"paths\":[\"/a\"],\"names\":[\"a\"]}}}}]}",
		"2:1: threat.level \"alert\" is none of low, medium, high, maximum: a search "
		"without a level is an investigation, not a check; give it one, or look once with "
		"\"muster run files\"");
}

/* -------- real actions -------- */

static const struct {
	const char *name;
	size_t checks;    /* 0: it is refused */
	const char *says; /* a part of an error */
} real[] = {
	{"mig/endpoints_with_high_uptime.json", 0, "threat.level \"-\" is none of low"},
	{"mig/example_v2.json", 0, "threat.level \"alert\" is none of low"},
	{"mig/glibc_ubuntu_cve-2015-0235.json", 1, NULL},
	{"mig/linux-backdoor.json", 0, "threat.level \"alert\" is none of low"},
	{"mig/shellshock_iocs.json", 0, "threat.type is missing"},
	{"mig/sshd_backdoor.json", 0, "threat.type is missing"},
	{"mig/suspicious_files.json", 62, NULL},
};

static void load_real(const char *path, size_t checks, const char *says)
{
	scoped(end) struct trial trial = begin();
	size_t len;
	const char *bytes = unit_read_file(path, &len);
	bool loaded = policy_load((struct text){bytes, len}, trial.arena, &trial.policies,
				  &trial.findings);
	if (loaded && trial.policies.list[0].check_count != checks)
		fail_msg("%s: %zu checks", path, trial.policies.list[0].check_count);
	if (loaded != (checks > 0))
		fail_msg("%s: %s", path, loaded ? "it loads" : finding(&trial, 0));
	bool said = loaded;
	for (size_t i = 0; i < trial.findings.count && !said; i++)
		said = !trial.findings.list[i].warning && strstr(finding(&trial, i), says);
	assert_true(said);
}

test(real_actions_load_or_say_why_not)
{
	for (size_t i = 0; i < array_len(real); i++) {
		const char *path = unit_data(real[i].name);
		if (!path)
			skip();
		load_real(path, real[i].checks, real[i].says);
	}
}
