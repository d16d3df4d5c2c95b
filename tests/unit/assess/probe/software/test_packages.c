#include "assess/probe/probe.h"
#include "unit.h"

#include <string.h>

#include "call.h"

#define LISTS "/var/lib/apt/lists/"
#define STATUS "/var/lib/dpkg/status"

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask_of(const struct call_file *files, const char *probe, const char *subject)
{
	struct gather *gather = call_gather(files, true);
	call = call_of(probe, subject);
	probe_run(gather, &call, &answer);
	return gather;
}

static struct gather *ask(const struct call_file *files)
{
	return ask_of(files, "packages", "*");
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

#define BOTH(name, version) "Package: " name "\nArchitecture: amd64\nVersion: " version "\n"
#define PACKAGE(name, version) BOTH(name, version) "Status: install ok installed\n\n"
#define OFFER(name, version) BOTH(name, version) "Filename: x\n\n"
#define RELEASE LISTS "deb.example_debian_dists_stable_InRelease"
#define STABLE LISTS "deb.example_debian_dists_stable_main_binary-amd64_Packages"

/* clang-format off: one a line */
static const char installed[] = PACKAGE("bash", "5.2-1") PACKAGE("libc6", "2.36-9")
	PACKAGE("own", "1") PACKAGE("back", "2~bpo1") BOTH(
		"gone",
		"1") "Status: deinstall ok config-files\n\n"
		     "Package: kept\nStatus: hold ok installed\nArchitecture: all\nVersion: 1.0\n";

static const char stable[] = OFFER("bash", "5.2-1") OFFER("libc6", "2.36-9+deb12u1")
	OFFER("libc6", "2.36-9") OFFER("libc6", "2.35-1") OFFER("back", "1") OFFER("kept", "1.0")
		OFFER("other", "9");
/* clang-format on */

static const char release[] = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
			      "Origin: Debian\nSuite: stable\nSHA256:\n x\n";

test(lists_packages)
{
	static const struct call_file files[] = {{STATUS, installed}, {NULL, NULL}};
	struct gather *gather = call_gather(files, true);
	call = call_of("packages", "*");
	call.fields = 0;
	probe_run(gather, &call, &answer);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, 6);
	assert_string_equal(shown(0, "name"), "bash");
	assert_string_equal(shown(0, "package"), "bash");
	assert_string_equal(shown(0, "version"), "5.2-1");
	assert_string_equal(shown(0, "arch"), "amd64");
	assert_string_equal(shown(0, "state"), "installed");
	assert_string_equal(shown(0, "installed"), "true");
	assert_string_equal(shown(4, "installed"), "false");
	assert_string_equal(shown(5, "held"), "true");
	gather_free(&gather);
}

test(knows_origins_and_upgrades)
{
	static const struct call_file files[] = {
		{STATUS, installed},
		{RELEASE, release},
		{STABLE, stable},
		{LISTS "bpo_dists_stable-backports_Release",
		 "Origin: Debian Backports\nNotAutomatic: yes\nButAutomaticUpgrades: yes\n"},
		{LISTS "bpo_dists_stable-backports_main_binary-amd64_Packages",
		 OFFER("bash", "6.0~bpo") OFFER("back", "3~bpo1") OFFER("back", "2~bpo1")},
		{LISTS "exp_dists_experimental_Release", "Origin: Exp\nNotAutomatic: yes\n"},
		{LISTS "exp_dists_experimental_main_binary-amd64_Packages", OFFER("own", "7")},
		{LISTS "lock", ""},
		{NULL, NULL}};
	static const struct {
		const char *name, *origin, *upgradable, *candidate;
	} rows[] = {
		{"bash", "Debian", "false", "5.2-1"}, /* at 500, backports at 100 */
		{"libc6", "Debian", "true", "2.36-9+deb12u1"},
		{"own", "", "false", "1"},
		{"back", "Debian Backports", "true", "3~bpo1"},
		{"gone", "", "", ""},
		{"kept", "Debian", "false", "1.0"},
	};
	struct gather *gather = ask(files);
	assert_int_equal(answer.outcome, PROBE_ROWS);
	for (size_t i = 0; i < array_len(rows); i++) {
		assert_string_equal(shown(i, "name"), rows[i].name);
		assert_string_equal(shown(i, "origin"), rows[i].origin);
		assert_string_equal(shown(i, "upgradable"), rows[i].upgradable);
		assert_string_equal(shown(i, "candidate"), rows[i].candidate);
	}
	assert_true(call_depends(&answer, "/var/lib/apt/lists"));
	gather_free(&gather);
	gather = ask_of(files, "package", "libc6");
	assert_string_equal(shown(0, "origin"), "Debian");
	assert_string_equal(shown(0, "upgradable"), "true");
	gather_free(&gather);
}

test(what_would_be_chosen_may_be_unknown)
{
	static const struct {
		struct call_file file;
		const char *why;
	} cases[] = {
		{{"/etc/apt/preferences", "Package: /^a/\nPin: release n=x\nPin-Priority: 1\n"},
		 "/etc/apt/preferences"},
		{{"/etc/apt/preferences.d/x", "Package: src:a\nPin: version 1\nPin-Priority: 1\n"},
		 "preferences.d/x"},
		{{"/etc/apt/preferences.d/x.pref", "Package: a\nPin: wish 1\nPin-Priority: 1\n"},
		 "preferences.d/x.pref"},
		{{"/etc/apt/apt.conf.d/x", "APT::Default-Release \"stable\";\n"}, "apt.conf.d/x"},
		{{LISTS "a_Packages.lz4", "x"}, "compressed"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct call_file files[] = {{STATUS, installed},
						  {RELEASE, release},
						  {STABLE, stable},
						  cases[i].file,
						  {NULL, NULL}};
		struct gather *gather = ask_of(files, "package", "bash");
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_non_null(strstr(answer.reason.at, cases[i].why));
		gather_free(&gather);
	}
	static const struct call_file bare[] = {{STATUS, installed}, {NULL, NULL}};
	struct gather *gather = ask_of(bare, "package", "bash");
	assert_int_equal(answer.outcome, PROBE_ERROR);
	assert_non_null(strstr(answer.reason.at, "apt-get update"));
	gather_free(&gather);
	gather = ask_of(bare, "package", "absent");
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_string_equal(shown(0, "upgradable"), "false");
	gather_free(&gather);
}

/* libc6 2.36-9 is installed, and there is +deb12u1; own 1 is in no list. */
test(follows_pins)
{
	static const struct {
		const char *pins, *upgradable;
	} cases[] = {
		{"", "true"},
		{"Package: *\nPin: release o=Ubuntu\nPin-Priority: never\n", "true"},
		{"Package: *\nPin: release o=Debian, a=stable\nPin-Priority: never\n", "false"},
		{"Package: *\nPin: release o=Debian,a=testing\nPin-Priority: -1\n", "true"},
		{"Package: *\nPin: origin deb.example\nPin-Priority: -1\n", "false"},
		{"Package: *\nPin: origin \"other.example\"\nPin-Priority: -1\n", "true"},
		{"Package: *\nPin: release c=main\nPin-Priority: -1\n", "false"},
		{"Package: *\nPin: release stable\nPin-Priority: 50\n", "false"},
		{"Package: *\nPin: release stable\nPin-Priority: 100\n", "true"},
		{"Package: libc6\nPin: version 2.36-9\nPin-Priority: 1001\n", "false"},
		{"Package: libc*\nPin: version 2.36-9+*\nPin-Priority: -5\n", "false"},
		{"Explanation: why\nPackage: bash libc6\nPin: release *\nPin-Priority: -1\n",
		 "false"},
		{"Package: libc6\nPin: version 2.35-1\nPin-Priority: 1001\n", "false"},
		{"Package: *\nPin: version 2.36-9\nPin-Priority: 1001\n", "true"},
		{"# c\nPackage: libc6\nPin: release o=Debian\nPin-Priority: 500\n\n"
		 "Package: *\nPin: release o=Debian\nPin-Priority: -1\n",
		 "true"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		const struct call_file files[] = {{STATUS, installed},
						  {RELEASE, release},
						  {STABLE, stable},
						  {"/etc/apt/preferences.d/x", cases[i].pins},
						  {"/etc/apt/preferences.d/x.bak", "nonsense"},
						  {NULL, NULL}};
		struct gather *gather = ask_of(files, "package", "libc6");
		assert_int_equal(answer.outcome, PROBE_ROWS);
		assert_string_equal(shown(0, "upgradable"), cases[i].upgradable);
		assert_string_equal(shown(0, "origin"), "Debian");
		gather_free(&gather);
	}
}

test(another_database_is_named)
{
	static const struct call_file files[] = {{"/lib/apk/db/installed", "P:bash\n"},
						 {NULL, NULL}};
	static const char *const probes_asked[] = {"package", "packages"};
	for (size_t i = 0; i < array_len(probes_asked); i++) {
		struct gather *gather = ask_of(files, probes_asked[i], "bash");
		assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
		assert_non_null(strstr(answer.reason.at, "/lib/apk/db/installed"));
		gather_free(&gather);
	}
}
