#include "assess/policy/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assess/policy/load.h"
#include "base/buf.h"

#define FINDING_TEXT_MAX 1000

struct text policy_statement(const struct policy *policy, const struct check *check)
{
	for (size_t i = 0; i < policy->statement_count; i++)
		if (check->statement.at &&
		    text_is_equal(policy->statements[i].key, check->statement))
			return policy->statements[i].text;
	return check->statement;
}

static void add_finding(struct findings *findings, bool warning, unsigned line, unsigned column,
			const char *text, va_list args) format_like(5, 0);

static void add_finding(struct findings *findings, bool warning, unsigned line, unsigned column,
			const char *text, va_list args)
{
	char what[FINDING_TEXT_MAX];
	vsnprintf(what, sizeof(what), text, args);
	for (char *c = what; *c; c++) /* what a policy holds may hold anything */
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	if (warning)
		findings->warnings++;
	else
		findings->errors++;
	if (findings->count == POLICY_FINDINGS_MAX)
		return;
	findings->list = arena_grow(findings->arena, findings->list, &findings->room,
				    findings->count + 1, sizeof(*findings->list));
	findings->list[findings->count++] = (struct finding){
		.line = line,
		.column = column,
		.warning = warning,
		.what = text_of(arena_cstr(findings->arena, what)),
	};
}

void findings_add(struct findings *findings, bool warning, unsigned line, unsigned column,
		  const char *text, ...)
{
	va_list args;
	va_start(args, text);
	add_finding(findings, warning, line, column, text, args);
	va_end(args);
}

bool load_wrong(struct loader *loader, const struct doc *at, const char *text, ...)
{
	va_list args;
	va_start(args, text);
	add_finding(loader->findings, false, at->line, at->column, text, args);
	va_end(args);
	return false;
}

void load_warn(struct loader *loader, const struct doc *at, const char *text, ...)
{
	va_list args;
	va_start(args, text);
	add_finding(loader->findings, true, at->line, at->column, text, args);
	va_end(args);
}

void load_err(struct loader *loader, const struct err *err)
{
	struct text rest = text_of(err->text), line, column;
	uint64_t row = 1, place = 1;
	struct text whole = rest;
	if (text_next(&rest, ':', &line) && text_to_u64(line, 1, UINT32_MAX, &row) &&
	    text_next(&rest, ':', &column) && text_to_u64(column, 1, UINT32_MAX, &place))
		whole = text_trim(rest);
	findings_add(loader->findings, false, (unsigned)row, (unsigned)place, "%.*s",
		     TEXT_ARG(whole));
}

bool load_text(struct loader *loader, const struct doc *doc, const char *what, struct text *text)
{
	if (doc->kind != DOC_SCALAR)
		return load_wrong(loader, doc, "%s must be a text, not a %s", what,
				  doc->kind == DOC_LIST ? "list" : "map");
	if (text_trim(doc->text).len == 0)
		return load_wrong(loader, doc, "%s is empty; write it, or leave the key out", what);
	*text = doc->text;
	return true;
}

struct regex *load_regex(struct loader *loader, const struct doc *at, struct text pattern,
			 unsigned options)
{
	struct err err = {0};
	struct regex *regex = regex_new(pattern, options, &err);
	if (!regex) {
		load_wrong(loader, at, "regular expression: %s", err.text);
		return NULL;
	}
	struct policies *policies = loader->policies;
	policies->regexes = mem_grow(policies->regexes, &policies->regex_room,
				     policies->regex_count + 1, sizeof(struct regex *));
	policies->regexes[policies->regex_count++] = regex;
	return regex;
}

struct query *load_query(struct loader *loader, const struct doc *at, struct text text,
			 const struct query_schema *schema)
{
	struct err err = {0};
	struct query *query = query_parse(text, schema, &err);
	if (!query) {
		load_wrong(loader, at, "query: %s", err.text);
		return NULL;
	}
	struct policies *policies = loader->policies;
	policies->queries = mem_grow(policies->queries, &policies->query_room,
				     policies->query_count + 1, sizeof(struct query *));
	policies->queries[policies->query_count++] = query;
	return query;
}

struct policy *load_policy(struct loader *loader)
{
	struct policies *policies = loader->policies;
	policies->list = mem_grow(policies->list, &policies->room, policies->count + 1,
				  sizeof(*policies->list));
	return &policies->list[policies->count++];
}

bool load_unknown(struct loader *loader, const struct doc *at, const char *what,
		  const struct near *near, const char *otherwise)
{
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, near->word, 60);
	if (near->best)
		return load_wrong(loader, at, "unknown %s \"%s\"; did you mean \"%s\"?", what,
				  shown.at ? shown.at : "", near->best);
	return load_wrong(loader, at, "unknown %s \"%s\"; %s", what, shown.at ? shown.at : "",
			  otherwise);
}

/* Whether a line of YAML, at its beginning, has this key. */
static bool has_line(struct text text, const char *key)
{
	struct text line;
	size_t len = strlen(key);
	while (text_next(&text, '\n', &line)) {
		struct text bare = text_trim(line);
		if (line.len > len && text_starts(line, key) && line.at[len] == ':')
			return true;
		if (bare.len > len + 2 && bare.at[0] == '{') /* a policy in flow style */
			return text_find(bare, text_of(key), &(size_t){0});
	}
	return false;
}

/* Whether `policy` is a map: on its line stands nothing, and the next holds a key. */
static bool is_sca(struct text text)
{
	struct text line;
	bool open = false;
	while (text_next(&text, '\n', &line)) {
		struct text bare = text_trim(line), key;
		if (bare.len == 0 || bare.at[0] == '#')
			continue;
		if (open)
			return line.at[0] == ' ' && bare.at[0] != '"' && bare.at[0] != '\'' &&
			       memchr(bare.at, ':', bare.len);
		if (!text_starts(line, "policy:"))
			continue;
		open = text_next(&bare, ':', &key);
		bare = text_trim(bare);
		if (bare.len > 0 && bare.at[0] != '#')
			return bare.at[0] == '{';
	}
	return false;
}

enum policy_format policy_format(struct text text)
{
	struct text start = text_trim(text);
	if (start.len >= 3 && memcmp(start.at, "\xef\xbb\xbf", 3) == 0)
		start = text_trim((struct text){start.at + 3, start.len - 3});
	size_t at;
	if (start.len > 0 && start.at[0] == '{' && text_find(start, TEXT("\"operations\""), &at))
		return POLICY_ACTION;
	if (is_sca(start))
		return POLICY_SCA;
	if (has_line(start, "policy") || has_line(start, "checks") || has_line(start, "statements"))
		return POLICY_MUSTER;
	return POLICY_NONE;
}

static void (*const readers[])(struct loader *loader, struct text text) = {
	[POLICY_MUSTER] = muster_load,
	[POLICY_ACTION] = action_load,
	[POLICY_SCA] = sca_load,
};

static const char no_policy[] =
	"this is no policy: a Muster policy has the keys \"policy\" and \"checks\", "
	"an action has \"operations\"";

static int compare_findings(const void *a, const void *b)
{
	const struct finding *one = a, *other = b;
	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	return (one->column > other->column) - (one->column < other->column);
}

bool policy_load(struct text text, struct arena *arena, struct policies *policies,
		 struct findings *findings)
{
	struct loader loader = {.arena = arena, .findings = findings, .policies = policies};
	size_t before = policies->count, errors = findings->errors;
	enum policy_format format = policy_format(text);
	if (text.len > DOC_BYTES_MAX)
		findings_add(findings, false, 1, 1,
			     "the file has %zu bytes; at most %u are read; split it", text.len,
			     DOC_BYTES_MAX);
	else if (text_trim(text).len > 0 && text_trim(text).at[0] == '{' && format == POLICY_NONE)
		action_load(&loader, text);
	else if (format == POLICY_NONE)
		findings_add(findings, false, 1, 1, "%s", no_policy);
	else
		readers[format](&loader, text);
	if (findings->count > 0)
		qsort(findings->list, findings->count, sizeof(*findings->list), compare_findings);
	if (findings->errors == errors)
		return true;
	policies->count = before;
	return false;
}

struct test *policy_read_test(const struct doc *doc, struct arena *arena, struct policies *policies,
			      struct findings *findings)
{
	struct loader loader = {.arena = arena, .findings = findings, .policies = policies};
	return compile_test(&loader, doc);
}

void policies_end(struct policies *policies)
{
	for (size_t i = 0; i < policies->regex_count; i++)
		regex_free(&policies->regexes[i]);
	for (size_t i = 0; i < policies->query_count; i++)
		query_free(&policies->queries[i]);
	mem_free(&policies->regexes);
	mem_free(&policies->queries);
	mem_free(&policies->list);
	*policies = (struct policies){0};
}

static bool asks(const struct test *test, const struct probe *probe)
{
	if (!test)
		return false;
	for (size_t i = 0; i < test->test_count; i++)
		if (asks(test->tests[i], probe))
			return true;
	return test->call.probe == probe || asks(test->when, probe);
}

static bool policy_asks(const struct policy *policy, const struct probe *probe)
{
	for (size_t i = 0; i < policy->check_count; i++)
		if (asks(policy->checks[i].test, probe) || asks(policy->checks[i].when, probe))
			return true;
	return asks(policy->requirements, probe);
}

void policies_prepare(const struct policies *policies, struct gather *gather)
{
	for (size_t i = 0; probes[i]; i++)
		for (size_t j = 0; probes[i]->prepare && j < policies->count; j++)
			if (policy_asks(&policies->list[j], probes[i])) {
				probes[i]->prepare(gather);
				break;
			}
}
