#include <stdio.h>

#include "cli/option.h"
#include "cli/policies.h"
#include "format/json.h"

static struct json *file_to_json(const struct policies_file *file)
{
	struct json *list = json_new_list();
	for (size_t i = 0; i < file->findings.count; i++) {
		const struct finding *finding = &file->findings.list[i];
		struct json *entry = json_new_object();
		json_put_cstr(entry, "file", file->path);
		json_put_int(entry, "line", finding->line);
		json_put_int(entry, "column", finding->column);
		json_put_cstr(entry, "severity", finding->warning ? "warning" : "error");
		json_put_text(entry, "message", finding->what);
		json_add(list, entry);
	}
	return list;
}

static void print_json(const struct policies_set *set)
{
	scoped(buf_end) struct buf out = {0};
	size_t printed = 0;
	buf_char(&out, '[');
	for (size_t i = 0; i < set->count; i++) {
		scoped(json_free) struct json *list = file_to_json(&set->files[i]);
		for (size_t j = 0; j < json_count(list); j++) {
			buf_cstr(&out, printed++ > 0 ? ",\n" : "");
			json_write(json_at(list, j), &out);
		}
	}
	buf_cstr(&out, "]\n");
	fwrite(out.at, 1, out.len, stdout);
}

static void print_findings(const struct policies_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct findings *findings = &set->files[i].findings;
		for (size_t j = 0; j < findings->count; j++) {
			const struct finding *finding = &findings->list[j];
			fprintf(stderr, "%s:%u:%u: %s%.*s\n", set->files[i].path, finding->line,
				finding->column, finding->warning ? "warning: " : "",
				TEXT_ARG(finding->what));
		}
		size_t all = findings->errors + findings->warnings;
		if (all > findings->count)
			fprintf(stderr, "%s: %zu more findings; mend these first\n",
				set->files[i].path, all - findings->count);
	}
}

struct stats {
	size_t policies, checks, statements, with_examples, with_when, tests;
	size_t by_level[LEVEL_COUNT];
};

static size_t count_tests(const struct test *test)
{
	size_t count = test->kind == TEST_PROBE;
	for (size_t i = 0; i < test->test_count; i++)
		count += count_tests(test->tests[i]);
	return count;
}

static void count_check(struct stats *stats, const struct check *check)
{
	stats->checks++;
	stats->by_level[check->level]++;
	stats->with_when += check->when != NULL;
	stats->with_examples += check->pass && check->fail && check->pass->count > 0 &&
				check->fail->count > 0;
	stats->tests += count_tests(check->test);
}

static void print_stats(const struct policies_set *set)
{
	struct stats stats = {.policies = set->policies.count};
	for (size_t i = 0; i < set->policies.count; i++) {
		stats.statements += set->policies.list[i].statement_count;
		for (size_t j = 0; j < set->policies.list[i].check_count; j++)
			count_check(&stats, &set->policies.list[i].checks[j]);
	}
	printf("policies    %zu\nstatements  %zu\nchecks      %zu\ntests       %zu\n",
	       stats.policies, stats.statements, stats.checks, stats.tests);
	for (int level = LEVEL_LOW; level < LEVEL_COUNT; level++)
		printf("  %-9s %zu\n", level_name((enum level)level), stats.by_level[level]);
	printf("with when      %zu\nwith examples  %zu\n", stats.with_when, stats.with_examples);
}

static int run(const struct program *program, int argc, char **argv)
{
	static const char *const formats[] = {"text", "json", NULL};
	const char *format = "text";
	bool with_stats = false;
	const struct option_row rows[] = {
		{"format", 0, "FORMAT",
		 "text on standard error (default), or json on standard output", formats, NULL,
		 &format, NULL},
		{"stats", 0, NULL, "count policies, checks and tests, on standard output", NULL,
		 &with_stats, NULL, NULL},
	};
	int status;
	if (!option_read(&command_lint, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (argc == 0)
		return option_wrong(&command_lint, "name a policy: a file or a folder");
	scoped(policies_set_end) struct policies_set set = {0};
	policies_read(&set, program, argv, (size_t)argc);
	policies_load(&set);
	if (text_is(text_of(format), "json"))
		print_json(&set);
	else
		print_findings(&set);
	if (with_stats)
		print_stats(&set);
	return set.status;
}

const struct command command_lint = {
	.name = "lint",
	.usage = "lint POLICY… [OPTION…]",
	.help = "say what is wrong with policies, as FILE:LINE:COLUMN: what; what to do",
	.example = "muster lint system.yaml",
	.run = run,
};
