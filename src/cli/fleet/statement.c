#include "cli/fleet/statement.h"

#include "base/map.h"
#include "base/mem.h"

#define ROOM 4096 /* of the arena, for a statement's own and its block */

struct statements {
	struct arena *arena;
	struct map *by_check; /* to struct text, in the arena */
};

struct statements *statements_new(void)
{
	struct statements *statements = mem_new(1, sizeof(*statements));
	statements->arena = arena_new(STATEMENTS_MAX);
	statements->by_check = map_new();
	return statements;
}

void statements_free(struct statements **statements)
{
	if (!*statements)
		return;
	map_free(&(*statements)->by_check);
	arena_free(&(*statements)->arena);
	mem_free(statements);
}

static struct text key_of(struct text policy, struct text ref, struct buf *key)
{
	buf_text(key, policy);
	buf_char(key, '\0');
	buf_text(key, ref);
	return buf_view(key);
}

static void add(struct statements *statements, struct text policy, struct text ref,
		struct text statement)
{
	scoped(buf_end) struct buf key = {0};
	struct text name = key_of(policy, ref, &key);
	if (statement.len == 0 || arena_left(statements->arena) < statement.len + ROOM ||
	    map_get(statements->by_check, name))
		return;
	struct text *kept = arena_get(statements->arena, 1, sizeof(*kept));
	*kept = arena_text(statements->arena, statement);
	(void)map_put(statements->by_check, name, kept);
}

void statements_add(struct statements *statements, const struct policies *policies)
{
	for (size_t i = 0; i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];
		for (size_t j = 0; j < policy->check_count; j++)
			add(statements, policy->name, policy->checks[j].ref,
			    policy_statement(policy, &policy->checks[j]));
	}
}

static void add_document(struct statements *statements, const struct json *document)
{
	const struct json *texts = json_get(document, "statements");
	const struct json *checks = json_get(document, "checks");
	for (size_t i = 0; i < json_count(checks); i++) {
		const struct json *check = json_at(checks, i);
		struct text key = json_text(check, "statement"),
			    policy = json_text(check, "policy");
		scoped(buf_end) struct buf name = {0};
		buf_text(&name, key);
		if (key.len == 0)
			continue;
		struct text text = json_text(texts, name.at);
		add(statements, policy.at ? policy : json_text(document, "policy"),
		    json_text(check, "ref"), text.at ? text : key);
	}
}

bool statements_fetch(struct statements *statements, const struct remote *remote, struct err *err)
{
	scoped(json_free) struct json *page = remote_call(remote, "GET", "/api/v1/policies", NULL,
							  err);
	const struct json *documents = json_get(page, "data");
	for (size_t i = 0; i < json_count(documents); i++)
		add_document(statements, json_at(documents, i));
	return page;
}

struct text statements_find(const struct statements *statements, struct text policy,
			    struct text ref)
{
	scoped(buf_end) struct buf key = {0};
	const struct text *found = map_get(statements->by_check, key_of(policy, ref, &key));
	return found ? *found : (struct text){0};
}
