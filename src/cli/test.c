#include <stdio.h>

#include "assess/engine/engine.h"
#include "assess/policy/example.h"
#include "cli/option.h"
#include "cli/policies.h"
#include "judge/judge.h"

/* The examples of all policies, and how they came out. */
struct testing {
	const struct policies_file *file;
	const struct policy *policy;
	const struct check *check;
	size_t passed, failed, without;
	enum status status; /* of the last one that ran */
	char reason[ERR_TEXT_SIZE];
};

static bool keep_item(void *data, const struct item *item, const struct policy *policy,
		      const struct check *check, struct text explain)
{
	struct testing *testing = data;
	(void)policy;
	(void)check;
	(void)explain;
	testing->status = item->status;
	snprintf(testing->reason, sizeof(testing->reason), "%.*s", TEXT_ARG(item->reason));
	return true;
}

static void end_gather(struct gather **gather)
{
	gather_free(gather);
}

/* `when` and the target are left out: an example says how the test decides. */
static bool judge_example(struct testing *testing, const struct doc *example, struct err *err)
{
	const struct gather_config config = {.running = true, .now_us = time_now_us()};
	const struct host_facts facts = {.name = TEXT("example")};
	const struct engine_config run = {
		.target = facts.name, .level_max = LEVEL_MAXIMUM, .facts = &facts};
	scoped(fixture_free) struct fixture *fixture = example_fixture(example, config.now_us, err);
	if (!fixture)
		return false;
	scoped(end_gather) struct gather *gather = fixture_gather(fixture, &config);
	struct check check = *testing->check;
	struct policy policy = *testing->policy;
	struct policies policies = {.list = &policy, .count = 1};
	struct engine_counts counts;
	check.when = NULL;
	policy.checks = &check;
	policy.check_count = 1;
	policy.target = NULL;
	return engine_run(gather, &policies, &run, keep_item, testing, &counts);
}

static void try_example(struct testing *testing, const struct doc *example, enum status wanted)
{
	struct err err = {0};
	bool judged = judge_example(testing, example, &err);
	if (judged && testing->status == wanted) {
		testing->passed++;
		return;
	}
	testing->failed++;
	if (judged)
		printf("%s:%u:%u: %.*s must %s here, but is %s: %s\n", testing->file->path, example->line,
		       example->column, TEXT_ARG(testing->check->ref), status_name(wanted),
		       status_name(testing->status), testing->reason);
	else
		printf("%s:%s\n", testing->file->path, err.text);
}

static void try_list(struct testing *testing, const struct doc *list, enum status wanted)
{
	for (size_t i = 0; list && i < list->count; i++)
		try_example(testing, list->items[i], wanted);
}

static bool has_examples(const struct check *check)
{
	return (check->pass && check->pass->count > 0) || (check->fail && check->fail->count > 0);
}

static void try_check(struct testing *testing, bool required)
{
	const struct check *check = testing->check;
	try_list(testing, check->pass, STATUS_PASS);
	try_list(testing, check->fail, STATUS_FAIL);
	if (has_examples(check))
		return;
	testing->without++;
	if (required)
		printf("%s:%u:%u: %.*s has no examples; write one that passes and one that fails\n",
		       testing->file->path, check->line, check->column, TEXT_ARG(check->ref));
}

static void try_file(struct testing *testing, const struct policies_set *set, bool required)
{
	for (size_t i = 0; i < testing->file->count; i++) {
		testing->policy = &set->policies.list[testing->file->first + i];
		for (size_t j = 0; j < testing->policy->check_count; j++) {
			testing->check = &testing->policy->checks[j];
			try_check(testing, required);
		}
	}
}

static int test(const struct program *program, char **names, size_t count, bool required)
{
	scoped(policies_set_end) struct policies_set set = {0};
	struct testing testing = {0};
	struct judge_walls walls;
	struct err err = {0};
	policies_read(&set, program, names, count);
	policies_load(&set);
	policies_say_errors(&set);
	if (set.policies.count == 0)
		return set.status;
	if (!judge_enter("/", &walls, &err))
		return command_fail(&err);
	for (size_t i = 0; i < set.count; i++) {
		testing.file = &set.files[i];
		try_file(&testing, &set, required);
	}
	printf("%zu examples as declared, %zu not, %zu %s without examples\n", testing.passed,
	       testing.failed, testing.without, testing.without == 1 ? "check" : "checks");
	int status = testing.failed > 0 || (required && testing.without > 0) ? 1 : 0;
	return set.status > status ? set.status : status;
}

static int run(const struct program *program, int argc, char **argv)
{
	bool required = false;
	const struct option_row rows[] = {
		{"require-examples", 0, NULL, "checks without examples fail", NULL, &required, NULL, NULL},
	};
	int status;
	if (!option_read(&command_test, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (argc == 0)
		return option_wrong(&command_test, "name a policy: a file or a folder");
	return test(program, argv, (size_t)argc, required);
}

const struct command command_test = {
	.name = "test",
	.usage = "test POLICY… [--require-examples]",
	.help = "run the examples that the checks of policies carry",
	.example = "muster test system.yaml",
	.run = run,
};
