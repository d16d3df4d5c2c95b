#include "cli/stats.h"

#include <stdlib.h>

#include "assess/command/native.h"
#include "assess/command/split.h"

#define ARENA_MAX (64u * 1024 * 1024)
#define UNKNOWN_MAX 10000 /* commands that are listed */
#define SPLIT_ARENA_MAX (1024u * 1024)

/* -------- counting -------- */

static size_t count_tests(const struct test *test)
{
	size_t count = test->kind == TEST_PROBE;
	for (size_t i = 0; i < test->test_count; i++)
		count += count_tests(test->tests[i]);
	return count;
}

/* The command that a rule asks for; NULL: none. */
static const struct test *command_of(const struct test *test)
{
	const struct test *found = NULL;
	if (test->kind == TEST_PROBE && text_is(text_of(test->call.probe->name), "command"))
		return test;
	for (size_t i = 0; i < test->test_count && !found; i++)
		found = command_of(test->tests[i]);
	return found;
}

static bool is_native(struct text line)
{
	const struct text *argv;
	size_t argc;
	struct err err = {0};
	scoped(arena_free) struct arena *arena = arena_new(SPLIT_ARENA_MAX);
	return command_split(line, arena, &argv, &argc, &err) && native_knows(argv, argc);
}

static void note_unknown(struct stats *stats, struct text command)
{
	size_t *count = map_get(stats->rules.unknown, command);
	if (!count && map_count(stats->rules.unknown) == UNKNOWN_MAX)
		return;
	if (!count) {
		count = arena_get(stats->arena, 1, sizeof(*count));
		map_put(stats->rules.unknown, command, count);
	}
	++*count;
}

/* The letter of a rule's kind: "not f:/x" is an f. */
static char kind_of(struct text rule)
{
	if (text_starts(rule, "not "))
		rule = text_trim((struct text){rule.at + 4, rule.len - 4});
	if (text_starts(rule, "!"))
		rule = (struct text){rule.at + 1, rule.len - 1};
	return rule.len > 0 ? rule.at[0] : '\0';
}

static void count_rule(struct stats *stats, const struct test *test)
{
	struct stats_rules *rules = &stats->rules;
	const struct test *command = command_of(test);
	char kind = kind_of(test->rule);
	bool native = kind != 'c' || (command && is_native(command->call.subject));
	rules->all++;
	rules->files += kind == 'f';
	rules->folders += kind == 'd';
	rules->processes += kind == 'p';
	rules->commands += kind == 'c';
	rules->native += native;
	if (!native)
		note_unknown(stats, command ? command->call.subject : test->rule);
}

static void count_rules(struct stats *stats, const struct test *test)
{
	if (test && test->rule.at) {
		count_rule(stats, test);
		return;
	}
	for (size_t i = 0; test && i < test->test_count; i++)
		count_rules(stats, test->tests[i]);
}

static void count_check(struct stats *stats, const struct check *check)
{
	stats->checks++;
	stats->by_level[check->level]++;
	stats->with_when += check->when != NULL;
	stats->with_examples += check->pass && check->fail && check->pass->count > 0 &&
				check->fail->count > 0;
	stats->tests += count_tests(check->test);
	count_rules(stats, check->test);
}

void stats_init(struct stats *stats, const struct policies *policies)
{
	*stats = (struct stats){.policies = policies->count, .arena = arena_new(ARENA_MAX)};
	stats->rules.unknown = map_new();
	for (size_t i = 0; i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];
		stats->statements += policy->statement_count;
		count_rules(stats, policy->requirements);
		for (size_t j = 0; j < policy->check_count; j++)
			count_check(stats, &policy->checks[j]);
	}
}

void stats_end(struct stats *stats)
{
	map_free(&stats->rules.unknown);
	arena_free(&stats->arena);
}

/* -------- telling -------- */

struct unknown {
	struct text command;
	size_t count;
};

static int compare_unknown(const void *a, const void *b)
{
	const struct unknown *one = a, *other = b;
	if (one->count != other->count)
		return one->count < other->count ? 1 : -1;
	return text_compare(one->command, other->command);
}

/* The most frequent first; the caller's, to be ended by mem_free. */
static struct unknown *list_unknown(const struct stats *stats, size_t *count)
{
	*count = map_count(stats->rules.unknown);
	struct unknown *list = mem_new(*count + 1, sizeof(*list));
	size_t at = 0, i = 0;
	void *value;
	for (; map_next(stats->rules.unknown, &at, &list[i].command, &value); i++)
		list[i].count = *(size_t *)value;
	if (*count > 0)
		qsort(list, *count, sizeof(*list), compare_unknown);
	return list;
}

/* In tenths of a percent. */
static size_t share(size_t part, size_t all)
{
	return all > 0 ? part * 1000 / all : 1000;
}

static void print_rules(const struct stats *stats, struct buf *out)
{
	const struct stats_rules *rules = &stats->rules;
	size_t count, needs = rules->all - rules->native;
	if (rules->all == 0)
		return;
	buf_print(out, "SCA rules   %zu\n  files     %zu\n  folders   %zu\n  processes %zu\n",
		  rules->all, rules->files, rules->folders, rules->processes);
	buf_print(out, "  commands  %zu\n", rules->commands);
	size_t native = share(rules->native, rules->all), rest = share(needs, rules->all);
	buf_print(out, "native                 %zu (%zu.%zu %%)\n", rules->native, native / 10,
		  native % 10);
	buf_print(out, "needs --allow-commands %zu (%zu.%zu %%)\n", needs, rest / 10, rest % 10);
	scoped(mem_free) struct unknown *list = list_unknown(stats, &count);
	for (size_t i = 0; i < count; i++) {
		buf_print(out, "  %4zu  ", list[i].count);
		buf_printable(out, list[i].command, 1000);
		buf_char(out, '\n');
	}
}

void stats_print(const struct stats *stats, struct buf *out)
{
	buf_print(out, "policies    %zu\nstatements  %zu\nchecks      %zu\ntests       %zu\n",
		  stats->policies, stats->statements, stats->checks, stats->tests);
	for (int level = LEVEL_LOW; level < LEVEL_COUNT; level++)
		buf_print(out, "  %-9s %zu\n", level_name((enum level)level),
			  stats->by_level[level]);
	buf_print(out, "with when      %zu\nwith examples  %zu\n", stats->with_when,
		  stats->with_examples);
	print_rules(stats, out);
}

static void put_size(struct json *json, const char *key, size_t number)
{
	json_put_int(json, key, (int64_t)number);
}

static struct json *rules_to_json(const struct stats *stats)
{
	const struct stats_rules *rules = &stats->rules;
	struct json *json = json_new_object(), *commands = json_new_list();
	size_t count;
	put_size(json, "all", rules->all);
	put_size(json, "files", rules->files);
	put_size(json, "folders", rules->folders);
	put_size(json, "processes", rules->processes);
	put_size(json, "commands", rules->commands);
	put_size(json, "native", rules->native);
	put_size(json, "needs_allow_commands", rules->all - rules->native);
	put_size(json, "native_percent", share(rules->native, rules->all) / 10);
	scoped(mem_free) struct unknown *list = list_unknown(stats, &count);
	for (size_t i = 0; i < count; i++) {
		struct json *entry = json_new_object();
		json_put_text(entry, "command", list[i].command);
		put_size(entry, "rules", list[i].count);
		json_add(commands, entry);
	}
	json_put(json, "without_native", commands);
	return json;
}

struct json *stats_to_json(const struct stats *stats)
{
	struct json *json = json_new_object(), *levels = json_new_object();
	put_size(json, "policies", stats->policies);
	put_size(json, "statements", stats->statements);
	put_size(json, "checks", stats->checks);
	put_size(json, "tests", stats->tests);
	for (int level = LEVEL_LOW; level < LEVEL_COUNT; level++)
		put_size(levels, level_name((enum level)level), stats->by_level[level]);
	json_put(json, "levels", levels);
	put_size(json, "with_when", stats->with_when);
	put_size(json, "with_examples", stats->with_examples);
	if (stats->rules.all > 0)
		json_put(json, "sca_rules", rules_to_json(stats));
	return json;
}
