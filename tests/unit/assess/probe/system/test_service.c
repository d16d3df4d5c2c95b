#include "assess/probe/probe.h"
#include "unit.h"

#include <string.h>

#include "call.h"

#define LIB "/usr/lib/systemd/system/"
#define ETC "/etc/systemd/system/"
#define UNIT "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n"

/* A text that begins with "->" is a link to what follows. */
static struct fixture *kept[128]; /* until the program ends */
static size_t kept_count;

static struct gather *gather_of(const struct call_file *files, bool running)
{
	struct err err = {0};
	struct fixture *fixture = fixture_new();
	for (; files->path; files++) {
		bool link = strncmp(files->text, "->", 2) == 0;
		struct fixture_file file = {.path = text_of(files->path),
					    .kind = link ? GATHER_LINK : GATHER_FILE,
					    .content = text_of(files->text + (link ? 2 : 0)),
					    .mode = 0644};
		assert_true(fixture_add(fixture, &file, &err));
	}
	must(kept_count < array_len(kept));
	kept[kept_count++] = fixture;
	return fixture_gather(fixture, &(struct gather_config){.running = running});
}

static struct probe_answer answer;
static struct probe_call call;

static struct gather *ask(const struct call_file *files, bool running, const char *name,
			  const char *property)
{
	struct gather *gather = gather_of(files, running);
	call = call_of("service", name);
	call.fields = running ? UINT64_MAX : ~(UINT64_C(1) << 5); /* active */
	if (property)
		call_set(&call, "property", property, 0);
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(const char *field)
{
	return call_shown(&call, &answer, 0, field);
}

static const struct example {
	const char *what, *name;
	struct call_file files[5];
	const char *state; /* NULL: there is none */
	bool enabled;
} examples[] = {
	{"disabled", "a", {{LIB "a.service", UNIT}}, "disabled", false},
	{"enabled",
	 "a",
	 {{LIB "a.service", UNIT},
	  {ETC "multi-user.target.wants/a.service", "->/usr/lib/systemd/system/a.service"}},
	 "enabled",
	 true},
	{"required",
	 "a.service",
	 {{LIB "a.service", UNIT},
	  {ETC "x.target.requires/a.service", "->/usr/lib/systemd/system/a.service"}},
	 "enabled",
	 true},
	{"until the next start",
	 "a",
	 {{LIB "a.service", UNIT},
	  {"/run/systemd/system/multi-user.target.wants/a.service", "->" LIB "a.service"}},
	 "enabled-runtime",
	 true},
	{"static", "a", {{LIB "a.service", "[Service]\n"}}, "static", false},
	{"static, pulled in by its package",
	 "a",
	 {{LIB "a.service", "[Service]\n"}, {LIB "x.target.wants/a.service", "->../a.service"}},
	 "static",
	 false},
	{"indirect", "a", {{LIB "a.service", "[Install]\nAlso=b.socket\n"}}, "indirect", false},
	{"masked",
	 "a",
	 {{LIB "a.service", UNIT}, {ETC "a.service", "->/dev/null"}},
	 "masked",
	 false},
	{"masked, with a link that is left",
	 "a",
	 {{LIB "a.service", UNIT},
	  {ETC "a.service", "->/dev/null"},
	  {ETC "m.target.wants/a.service", "->" LIB "a.service"}},
	 "masked",
	 false},
	{"masked by an empty file",
	 "a",
	 {{LIB "a.service", UNIT}, {ETC "a.service", ""}},
	 "masked",
	 false},
	{"masked until the next start",
	 "a",
	 {{LIB "a.service", UNIT}, {"/run/systemd/system/a.service", "->/dev/null"}},
	 "masked-runtime",
	 false},
	{"missing", "a", {{LIB "b.service", UNIT}}, NULL, false},
	{"a link to nothing",
	 "a",
	 {{LIB "b.service", UNIT}, {ETC "m.target.wants/a.service", "->" LIB "a.service"}},
	 NULL,
	 false},
	{"by an alias that enabling made",
	 "a",
	 {{LIB "a.service", "[Install]\nAlias=b.service\n"},
	  {ETC "b.service", "->" LIB "a.service"}},
	 "enabled",
	 true},
	{"by its alias",
	 "b",
	 {{LIB "a.service", UNIT},
	  {LIB "b.service", "->a.service"},
	  {ETC "m.target.wants/a.service", "->" LIB "a.service"}},
	 "enabled",
	 true},
	{"an alias that nobody declared",
	 "a",
	 {{LIB "a.service", UNIT}, {ETC "b.service", "->" LIB "a.service"}},
	 "indirect",
	 false},
	{"linked",
	 "a",
	 {{"/opt/a.service", UNIT}, {ETC "a.service", "->/opt/a.service"}},
	 "linked",
	 false},
	{"an instance",
	 "a@1",
	 {{LIB "a@.service", UNIT}, {ETC "m.target.wants/a@1.service", "->" LIB "a@.service"}},
	 "enabled",
	 true},
	{"another instance",
	 "a@2",
	 {{LIB "a@.service", UNIT}, {ETC "m.target.wants/a@1.service", "->" LIB "a@.service"}},
	 "disabled",
	 false},
	{"a template",
	 "a@",
	 {{LIB "a@.service", "[Install]\nWantedBy=m.target\nDefaultInstance=1\n"},
	  {ETC "m.target.wants/a@1.service", "->" LIB "a@.service"}},
	 "enabled",
	 true},
	{"generated",
	 "a",
	 {{"/run/systemd/generator.late/a.service", "[Unit]\n"}, {LIB "x.target", "[Unit]\n"}},
	 "generated",
	 false},
	{"a socket",
	 "a.socket",
	 {{LIB "a.service", UNIT}, {LIB "a.socket", "[Socket]\n"}},
	 "static",
	 false},
	{"a drop-in makes it installable",
	 "a",
	 {{LIB "a.service", "[Service]\n"},
	  {ETC "a.service.d/x.conf", "[Install]\nWantedBy=m.target\n"}},
	 "disabled",
	 false},
};

test(says_what_systemctl_would)
{
	for (size_t i = 0; i < array_len(examples); i++) {
		const struct example *example = &examples[i];
		struct gather *gather = ask(example->files, false, example->name, NULL);
		assert_int_equal(answer.outcome, PROBE_ROWS);
		const char *want = example->state ? example->state : "";
		if (strcmp(shown("state"), want) != 0 ||
		    strcmp(shown("enabled"), example->enabled ? "true" : "false") != 0 ||
		    strcmp(shown("installed"), example->state ? "true" : "false") != 0)
			fail_msg("%s: got %s, enabled %s", example->what, shown("state"),
				 shown("enabled"));
		assert_string_equal(shown("value"), want);
		gather_free(&gather);
	}
}

static const struct property {
	const char *what, *name;
	struct call_file files[4];
	const char *value; /* NULL: not set */
	size_t count;
} properties[] = {
	{"plain", "a", {{LIB "a.service", "[Service]\n  K = v w \n#K=x\n;K=y\n"}}, "v w", 1},
	{"continued", "a", {{LIB "a.service", "[Service]\nK=v \\\n# c\n w\n"}}, "v   w", 1},
	{"adds up", "a", {{LIB "a.service", "[Service]\nK=v\nK=w\n"}}, "w", 2},
	{"an empty one resets", "a", {{LIB "a.service", "[Service]\nK=v\nK=\nK=w\n"}}, "w", 1},
	{"reset to nothing", "a", {{LIB "a.service", "[Service]\nK=v\nK=\n"}}, NULL, 0},
	{"a drop-in comes last",
	 "a",
	 {{LIB "a.service", "[Service]\nK=v\n"},
	  {ETC "a.service.d/x.conf", "[Service]\nK=\nK=w\n"}},
	 "w",
	 1},
	{"drop-ins by name",
	 "a",
	 {{LIB "a.service", "[Service]\n"},
	  {ETC "a.service.d/a.conf", "[Service]\nK=v\n"},
	  {LIB "a.service.d/b.conf", "[Service]\nK=w\n"}},
	 "w",
	 2},
	{"a drop-in masks its namesake",
	 "a",
	 {{LIB "a.service", "[Service]\n"},
	  {ETC "a.service.d/a.conf", "[Service]\n"},
	  {LIB "a.service.d/a.conf", "[Service]\nK=w\n"}},
	 NULL,
	 0},
	{"of all services",
	 "a",
	 {{LIB "a.service", "[Service]\n"}, {ETC "service.d/a.conf", "[Service]\nK=w\n"}},
	 "w",
	 1},
	{"of a prefix",
	 "a-b-c",
	 {{LIB "a-b-c.service", "[Service]\n"}, {ETC "a-b-.service.d/a.conf", "[Service]\nK=w\n"}},
	 "w",
	 1},
	{"of the template",
	 "a@1",
	 {{LIB "a@.service", "[Service]\nK=v\n"}, {ETC "a@.service.d/a.conf", "[Service]\nK=w\n"}},
	 "w",
	 2},
	{"the folder of administrators goes first",
	 "a",
	 {{LIB "a.service", "[Service]\nK=v\n"}, {ETC "a.service", "[Service]\nK=w\n"}},
	 "w",
	 1},
	{"masked",
	 "a",
	 {{LIB "a.service", "[Service]\nK=v\n"}, {ETC "a.service", "->/dev/null"}},
	 NULL,
	 0},
};

test(reads_what_is_set)
{
	for (size_t i = 0; i < array_len(properties); i++) {
		const struct property *it = &properties[i];
		struct gather *gather = ask(it->files, false, it->name, "K");
		assert_int_equal(answer.outcome, PROBE_ROWS);
		if (strcmp(shown("value"), it->value ? it->value : "") != 0 ||
		    call_value(&call, &answer, 0, "values")->count != it->count)
			fail_msg("%s: got %s", it->what, shown("value"));
		gather_free(&gather);
	}
}

test(a_service_runs_as_root_unless_it_says)
{
	static const struct call_file files[] = {{LIB "a.service", "[Service]\nUser=ann\n"},
						 {LIB "b.service", "[Service]\n"},
						 {NULL, NULL}};
	struct gather *gather = ask(files, false, "a", NULL);
	assert_string_equal(shown("user"), "ann");
	gather_free(&gather);
	gather = ask(files, false, "b", NULL);
	assert_string_equal(shown("user"), "root");
	gather_free(&gather);
	gather = ask(files, false, "c", NULL);
	assert_string_equal(shown("user"), "");
	gather_free(&gather);
}

test(knows_what_is_active_where_systemd_runs)
{
	static const struct call_file files[] = {
		{LIB "a.service", UNIT},
		{LIB "b.service", UNIT},
		{"/run/systemd/units/invocation:a.service", "->0123456789abcdef"},
		{"/run/systemd/system/x.target", "[Unit]\n"},
		{NULL, NULL}};
	struct gather *gather = ask(files, true, "a", NULL);
	assert_string_equal(shown("active"), "true");
	assert_true(call_depends(&answer, "/run/systemd/units/invocation:a.service"));
	gather_free(&gather);
	gather = ask(files, true, "b", NULL);
	assert_string_equal(shown("active"), "false");
	gather_free(&gather);
}

test(without_systemd_it_does_not_apply)
{
	static const struct call_file none[] = {{"/etc/passwd", ""}, {NULL, NULL}};
	static const struct call_file still[] = {{LIB "a.service", UNIT}, {NULL, NULL}};
	struct gather *gather = ask(none, true, "a", NULL);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	gather_free(&gather);
	gather = ask(still, true, "a", NULL);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at,
			    "systemd does not run here: /run/systemd/system is missing");
	gather_free(&gather);
}

test(aliases_in_a_circle_are_an_error)
{
	static const struct call_file files[] = {
		{ETC "a.service", "->b.service"}, {ETC "b.service", "->a.service"}, {NULL, NULL}};
	struct gather *gather = ask(files, false, "a", NULL);
	assert_int_equal(answer.outcome, PROBE_ERROR);
	gather_free(&gather);
}

test(refuses_what_is_no_unit)
{
	static const char *const names[] = {"", "a b", "a*", "../a"};
	for (size_t i = 0; i < array_len(names); i++) {
		struct probe_call odd = call_of("service", names[i]);
		struct err err = {0};
		assert_false(odd.probe->check(&odd, &err));
	}
}
