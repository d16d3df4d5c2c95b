#include <stdio.h>

#include "assess/engine/engine.h"
#include "assess/policy/example.h"
#include "assess/policy/mutate.h"
#include "cli/option.h"
#include "cli/policies.h"

#define MUTANTS_ARENA_MAX (256u * 1024 * 1024)

struct testing {
	bool mutate, require;
	int64_t now_us;
	size_t checks, examples, failed, without, mutants, survivors;
	const char *path; /* of the policy at hand */
	bool wrong;       /* an example could not be set up */
};

/* What one check gave for one fixture. */
struct outcome {
	enum status status;
	char reason[ERR_TEXT_SIZE];
};

static bool note(void *data, const struct item *item, const struct policy *policy unused,
		 const struct check *check unused, struct text explain unused)
{
	struct outcome *outcome = data;
	outcome->status = item->status;
	snprintf(outcome->reason, sizeof(outcome->reason), "%.*s", TEXT_ARG(item->reason));
	return true;
}

/* Judges the fixture by this one check, alone. Neither targets nor `when` matter: an example is a
 * host that the check is about. */
static bool judge(const struct testing *testing, const struct policy *policy,
		  const struct check *check, const struct doc *example, struct outcome *outcome,
		  struct err *err)
{
	scoped(fixture_free) struct fixture *fixture = example_fixture(example, testing->now_us,
								       err);
	if (!fixture)
		return false;
	struct policy alone = *policy;
	struct check always = *check;
	always.when = NULL;
	alone.checks = &always;
	alone.check_count = 1;
	alone.target = NULL;
	struct policies policies = {.list = &alone, .count = 1};
	struct host_facts facts = {.name = TEXT("example")};
	struct gather_config host = {.running = true, .now_us = testing->now_us};
	struct engine_config config = {
		.target = facts.name, .level_max = LEVEL_MAXIMUM, .facts = &facts};
	struct engine_counts counts;
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &host);
	return engine_run(gather, &policies, &config, note, outcome, &counts);
}

struct side {
	const struct doc *list;
	enum status wanted;
};

static void say_wrong(struct testing *testing, const struct policy *policy,
		      const struct check *check, const char *text)
{
	testing->wrong = true;
	command_say("cannot set up an example, %s: %.*s/%.*s: %s", testing->path,
		    TEXT_ARG(policy->name), TEXT_ARG(check->ref), text);
}

static void test_side(struct testing *testing, const struct policy *policy,
		      const struct check *check, struct side side)
{
	for (size_t i = 0; side.list && i < side.list->count; i++) {
		struct outcome outcome = {.status = STATUS_UNKNOWN};
		struct err err = {0};
		testing->examples++;
		if (!judge(testing, policy, check, side.list->items[i], &outcome, &err)) {
			say_wrong(testing, policy, check, err.text);
			continue;
		}
		if (outcome.status == side.wanted)
			continue;
		testing->failed++;
		printf("%s:%u: %.*s/%.*s: %s example %zu gives %s: %s\n", testing->path,
		       side.list->items[i]->line, TEXT_ARG(policy->name), TEXT_ARG(check->ref),
		       status_name(side.wanted), i + 1, status_name(outcome.status),
		       outcome.reason);
	}
}

/* Whether some example comes out otherwise than declared. */
static bool is_noticed(const struct testing *testing, const struct policy *policy,
		       const struct check *check, struct side side)
{
	for (size_t i = 0; side.list && i < side.list->count; i++) {
		struct outcome outcome = {.status = STATUS_UNKNOWN};
		struct err err = {0};
		if (judge(testing, policy, check, side.list->items[i], &outcome, &err) &&
		    outcome.status != side.wanted)
			return true;
	}
	return false;
}

static void test_mutants(struct testing *testing, const struct policy *policy,
			 const struct check *check, struct policies *policies)
{
	scoped(arena_free) struct arena *arena = arena_new(MUTANTS_ARENA_MAX);
	struct mutants mutants = {.arena = arena, .policies = policies};
	mutate_test(&mutants, check->test);
	for (size_t i = 0; i < mutants.count; i++) {
		struct check broken = *check;
		broken.test = mutants.list[i].test;
		testing->mutants++;
		if (is_noticed(testing, policy, &broken, (struct side){check->pass, STATUS_PASS}) ||
		    is_noticed(testing, policy, &broken, (struct side){check->fail, STATUS_FAIL}))
			continue;
		testing->survivors++;
		printf("%s:%u: %.*s/%.*s: no example notices: %.*s\n", testing->path, check->line,
		       TEXT_ARG(policy->name), TEXT_ARG(check->ref),
		       TEXT_ARG(mutants.list[i].what));
	}
}

static bool has_examples(const struct check *check)
{
	return check->pass && check->fail && check->pass->count > 0 && check->fail->count > 0;
}

static void test_check(struct testing *testing, const struct policy *policy,
		       const struct check *check, struct policies *policies)
{
	size_t failed = testing->failed;
	testing->checks++;
	test_side(testing, policy, check, (struct side){check->pass, STATUS_PASS});
	test_side(testing, policy, check, (struct side){check->fail, STATUS_FAIL});
	if (!has_examples(check)) {
		testing->without++;
		if (testing->require)
			printf("%s:%u: %.*s/%.*s: it has no %s example\n", testing->path,
			       check->line, TEXT_ARG(policy->name), TEXT_ARG(check->ref),
			       check->pass && check->pass->count > 0 ? "fail" : "pass");
	} else if (testing->mutate && testing->failed == failed) {
		test_mutants(testing, policy, check, policies);
	}
}

static void test_files(struct testing *testing, struct policies_set *set)
{
	struct policies mutants = {0}; /* owns what mutants need */
	for (size_t i = 0; i < set->count; i++) {
		const struct policies_file *file = &set->files[i];
		testing->path = file->path;
		for (size_t j = file->first; j < file->first + file->count; j++)
			for (size_t k = 0; k < set->policies.list[j].check_count; k++)
				test_check(testing, &set->policies.list[j],
					   &set->policies.list[j].checks[k], &mutants);
	}
	policies_end(&mutants);
}

static void print_summary(const struct testing *testing)
{
	printf("%zu check%s, %zu example%s: %zu as declared, %zu not; "
	       "%zu check%s without examples\n",
	       testing->checks, testing->checks == 1 ? "" : "s", testing->examples,
	       testing->examples == 1 ? "" : "s", testing->examples - testing->failed,
	       testing->failed, testing->without, testing->without == 1 ? "" : "s");
	if (testing->mutate)
		printf("%zu mutants: %zu noticed, %zu not\n", testing->mutants,
		       testing->mutants - testing->survivors, testing->survivors);
}

static int run(const struct program *program, int argc, char **argv)
{
	struct testing testing = {.now_us = time_now_us()};
	const struct option_row rows[] = {
		{"mutate", 0, NULL, "break each test on purpose, and say what no example notices",
		 NULL, &testing.mutate, NULL, NULL},
		{"require-examples", 0, NULL, "a check without pass and fail examples fails", NULL,
		 &testing.require, NULL, NULL},
	};
	int status;
	if (!option_read(&command_test, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (argc == 0)
		return option_wrong(&command_test, "name a policy: a file or a folder");
	scoped(policies_set_end) struct policies_set set = {0};
	policies_read(&set, program, argv, (size_t)argc);
	policies_load(&set);
	policies_say_errors(&set);
	test_files(&testing, &set);
	print_summary(&testing);
	bool failed = testing.failed > 0 || testing.survivors > 0 ||
		      (testing.require && testing.without > 0);
	status = testing.wrong ? 2 : failed ? 1 : 0;
	return set.status > status ? set.status : status;
}

const struct command command_test = {
	.name = "test",
	.usage = "test POLICY… [OPTION…]",
	.help = "run every check's examples: do they come out as they are declared?",
	.example = "muster test system.yaml --mutate",
	.run = run,
};
