#include <stdio.h>

#include "cli/option.h"
#include "cli/policies.h"
#include "cli/stats.h"
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

/* A list of findings; with what was counted, an object of both. */
static void print_json(const struct policies_set *set, const struct stats *stats)
{
	scoped(buf_end) struct buf out = {0};
	size_t printed = 0;
	buf_cstr(&out, stats ? "{\"findings\":[" : "[");
	for (size_t i = 0; i < set->count; i++) {
		scoped(json_free) struct json *list = file_to_json(&set->files[i]);
		for (size_t j = 0; j < json_count(list); j++) {
			buf_cstr(&out, printed++ > 0 ? ",\n" : "");
			json_write(json_at(list, j), &out);
		}
	}
	buf_char(&out, ']');
	if (stats) {
		scoped(json_free) struct json *json = stats_to_json(stats);
		buf_cstr(&out, ",\n\"stats\":");
		json_write(json, &out);
		buf_char(&out, '}');
	}
	buf_char(&out, '\n');
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

static int run(const struct program *program, int argc, char **argv)
{
	static const char *const formats[] = {"text", "json", NULL};
	const char *format = "text";
	bool with_stats = false;
	const struct option_row rows[] = {
		{"format", 0, "FORMAT",
		 "text on standard error (default), or json on standard output", formats, NULL,
		 &format, NULL},
		{"stats", 0, NULL, "count policies, checks, tests and rules, on standard output",
		 NULL, &with_stats, NULL, NULL},
	};
	int status;
	if (!option_read(&command_lint, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (argc == 0)
		return option_wrong(&command_lint, "name a policy: a file or a folder");
	scoped(policies_set_end) struct policies_set set = {0};
	policies_read(&set, program, argv, (size_t)argc);
	policies_load(&set);
	scoped(stats_end) struct stats stats = {0};
	if (with_stats)
		stats_init(&stats, &set.policies);
	if (text_is(text_of(format), "json")) {
		print_json(&set, with_stats ? &stats : NULL);
		return set.status;
	}
	print_findings(&set);
	scoped(buf_end) struct buf out = {0};
	if (with_stats)
		stats_print(&stats, &out);
	fwrite(out.at ? out.at : "", 1, out.len, stdout);
	return set.status;
}

const struct command command_lint = {
	.name = "lint",
	.usage = "lint POLICY… [OPTION…]",
	.help = "say what is wrong with policies, as FILE:LINE:COLUMN: what; what to do",
	.example = "muster lint system.yaml",
	.run = run,
};
