#include "cli/fleet/statement.h"

#include "base/map.h"
#include "cli/policies.h"

#define ROOM 4096          /* of the arena, for what is kept of a check beyond its texts */
#define ROOM_TEXT 32       /* for a text beyond its bytes */
#define FRAMEWORKS_MAX 100 /* of one check; those beyond are not shown */
#define PLACE_ARENA_MAX (1u << 20)

struct statements {
	struct arena *arena;
	struct map *by_check; /* to struct report_place, in the arena */
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

static size_t size_of(const struct report_place *place)
{
	size_t size = place->statement.len + place->rationale.len + place->remediation.len;
	for (size_t i = 0; i < place->framework_count; i++)
		size += place->frameworks[i].key.len + place->frameworks[i].value.len +
			sizeof(struct tag) + 2 * ROOM_TEXT;
	return size + ROOM;
}

static struct text copy(struct statements *statements, struct text text)
{
	return arena_text(statements->arena, text);
}

static void add(struct statements *statements, struct text policy, struct text ref,
		const struct report_place *place)
{
	scoped(buf_end) struct buf key = {0};
	struct text name = key_of(policy, ref, &key);
	if (arena_left(statements->arena) < size_of(place) || map_get(statements->by_check, name))
		return;
	struct report_place *kept = arena_get(statements->arena, 1, sizeof(*kept));
	struct tag *frameworks = arena_get(statements->arena, place->framework_count,
					   sizeof(*frameworks));
	for (size_t i = 0; i < place->framework_count; i++)
		frameworks[i] = (struct tag){copy(statements, place->frameworks[i].key),
					     copy(statements, place->frameworks[i].value)};
	*kept = (struct report_place){.statement = copy(statements, place->statement),
				      .rationale = copy(statements, place->rationale),
				      .remediation = copy(statements, place->remediation),
				      .frameworks = frameworks,
				      .framework_count = place->framework_count};
	(void)map_put(statements->by_check, name, kept);
}

void statements_add(struct statements *statements, const struct policies *policies)
{
	for (size_t i = 0; i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];
		for (size_t j = 0; j < policy->check_count; j++) {
			struct report_place place = {0};
			scoped(arena_free) struct arena *arena = arena_new(PLACE_ARENA_MAX);
			policies_put_place(arena, policy, &policy->checks[j], &place);
			add(statements, policy->name, policy->checks[j].ref, &place);
		}
	}
}

/* {"cis-debian12": ["5.1.20"]}; at most FRAMEWORKS_MAX of them. */
static size_t read_frameworks(const struct json *frameworks, struct tag *list)
{
	size_t count = 0;
	void *state = NULL;
	struct text key;
	const struct json *ids;
	while (json_next(frameworks, &state, &key, &ids))
		for (size_t i = 0; i < json_count(ids) && count < FRAMEWORKS_MAX; i++)
			list[count++] = (struct tag){key, json_as_text(json_at(ids, i))};
	return count;
}

static void add_document(struct statements *statements, const struct json *document)
{
	const struct json *texts = json_get(document, "statements");
	const struct json *checks = json_get(document, "checks");
	for (size_t i = 0; i < json_count(checks); i++) {
		const struct json *check = json_at(checks, i);
		struct text key = json_text(check, "statement"),
			    policy = json_text(check, "policy");
		struct tag frameworks[FRAMEWORKS_MAX];
		scoped(buf_end) struct buf name = {0};
		buf_text(&name, key);
		struct text text = json_text(texts, name.at ? name.at : "");
		add(statements, policy.at ? policy : json_text(document, "policy"),
		    json_text(check, "ref"),
		    &(struct report_place){.statement = text.at ? text : key,
					   .rationale = json_text(check, "rationale"),
					   .remediation = json_text(check, "remediation"),
					   .frameworks = frameworks,
					   .framework_count = read_frameworks(
						   json_get(check, "frameworks"), frameworks)});
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

const struct report_place *statements_find(const struct statements *statements, struct text policy,
					   struct text ref)
{
	static const struct report_place nothing;
	scoped(buf_end) struct buf key = {0};
	const struct report_place *found = map_get(statements->by_check, key_of(policy, ref, &key));
	return found ? found : &nothing;
}
