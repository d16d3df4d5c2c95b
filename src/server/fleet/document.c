#include <string.h>

#include "format/digest.h"
#include "server/fleet/inner.h"

#define ARENA_MAX (256u << 20) /* of one compiled document */

/* --- a document --- */

static struct text place_key(struct text policy, struct text ref, struct buf *key)
{
	buf_clear(key);
	buf_text(key, policy);
	buf_char(key, '\n');
	buf_text(key, ref);
	return buf_view(key);
}

static void add_places(struct document *document, unsigned index)
{
	scoped(buf_end) struct buf key = {0};
	const struct policy *policy = &document->policies.list[index];
	for (size_t i = 0; i < policy->check_count; i++) {
		const struct check *check = &policy->checks[i];
		struct place *place = arena_get(document->arena, 1, sizeof(*place));
		struct text at = place_key(policy->name, check->ref, &key);
		*place = (struct place){policy, check, index, NULL};
		place->next = map_put(document->places, at, place);
		document->check_count++;
	}
}

const struct place *document_place(const struct document *document, struct text policy,
				   struct text ref)
{
	scoped(buf_end) struct buf key = {0};
	return map_get(document->places, place_key(policy, ref, &key));
}

static void put_text(struct json *object, const char *key, struct text text)
{
	json_put_text(object, key, text.at ? text : TEXT(""));
}

static struct json *frameworks_json(const struct check *check)
{
	struct json *frameworks = json_new_object();
	for (size_t i = 0; i < check->framework_count; i++) {
		struct json *ids = json_new_list();
		for (size_t at = 0; at < check->frameworks[i].count; at++)
			json_add_text(ids, check->frameworks[i].ids[at]);
		scoped(mem_free) char *key = mem_copy(check->frameworks[i].key.at,
						      check->frameworks[i].key.len);
		json_put(frameworks, key, ids);
	}
	return frameworks;
}

static struct json *check_json(const struct policy *policy, const struct check *check)
{
	struct json *json = json_new_object();
	put_text(json, "policy", policy->name);
	put_text(json, "ref", check->ref);
	json_put_text(json, "statement",
		      check->statement.len > 0 ? check->statement : (struct text){0});
	json_put_cstr(json, "level", level_name(check->level));
	put_text(json, "name", check->name);
	put_text(json, "description", check->description);
	put_text(json, "rationale", check->rationale);
	put_text(json, "remediation", check->remediation);
	json_put(json, "frameworks", frameworks_json(check));
	return json;
}

static void put_policy(const struct policy *policy, struct json *statements, struct json *checks)
{
	for (size_t i = 0; i < policy->statement_count; i++) {
		const struct statement *statement = &policy->statements[i];
		scoped(mem_free) char *key = mem_copy(statement->key.at, statement->key.len);
		put_text(statements, key, statement->text);
	}
	for (size_t i = 0; i < policy->check_count; i++)
		json_add(checks, check_json(policy, &policy->checks[i]));
}

static struct json *document_json(const struct document *document)
{
	char when[TIME_TEXT_SIZE];
	const struct policy *first = &document->policies.list[0];
	struct json *json = json_new_object(), *statements = json_new_object(),
		    *checks = json_new_list();
	time_put(document->pushed_us, when);
	put_text(json, "name", document->name);
	put_text(json, "policy", first->name);
	put_text(json, "url", first->url);
	put_text(json, "target", first->target_text);
	json_put_int(json, "revision", document->revision);
	json_put_cstr(json, "sha256", document->sha256);
	json_put_cstr(json, "pushed", when);
	put_text(json, "by", document->by);
	for (size_t i = 0; i < document->policies.count; i++)
		put_policy(&document->policies.list[i], statements, checks);
	json_put(json, "statements", statements);
	json_put(json, "checks", checks);
	return json;
}

static struct json *findings_json(const struct findings *findings)
{
	struct json *list = json_new_list();
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->list[i].warning)
			continue;
		struct json *entry = json_new_object();
		json_put_int(entry, "line", findings->list[i].line);
		json_put_int(entry, "column", findings->list[i].column);
		put_text(entry, "detail", findings->list[i].what);
		json_add(list, entry);
	}
	return list;
}

/* The first error in words, for those who show one line. */
static bool tell(struct text name, const struct findings *findings, struct err *err)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!findings->list[i].warning)
			return err_set(err, ERR_INPUT, "%.*s:%u:%u: %.*s", TEXT_ARG(name),
				       findings->list[i].line, findings->list[i].column,
				       TEXT_ARG(findings->list[i].what));
	return err_set(err, ERR_INPUT, "%.*s is no policy", TEXT_ARG(name));
}

static bool compile(struct document *document, struct json **errors, struct err *err)
{
	struct findings findings = {.arena = document->arena};
	if (!policy_load(document->text, document->arena, &document->policies, &findings) ||
	    document->policies.count == 0) {
		if (errors)
			*errors = findings_json(&findings);
		return tell(document->name, &findings, err);
	}
	if (document->policies.count > FLEET_POLICIES_MAX)
		return err_set(err, ERR_LIMIT, "%.*s holds %zu policies; at most %d are taken",
			       TEXT_ARG(document->name), document->policies.count,
			       FLEET_POLICIES_MAX);
	for (unsigned i = 0; i < document->policies.count; i++)
		add_places(document, i);
	return true;
}

struct document *document_new(const struct store_document *kept, struct json **errors,
			      struct err *err)
{
	struct document *document = mem_new(1, sizeof(*document));
	document->holders = 1;
	document->arena = arena_new(ARENA_MAX);
	document->name = arena_text(document->arena, kept->name);
	document->text = arena_text(document->arena, kept->text);
	document->by = arena_text(document->arena, kept->by);
	document->revision = kept->revision;
	document->pushed_us = kept->pushed_us;
	document->places = map_new();
	digest_hex(document->text, document->sha256);
	if (!compile(document, errors, err))
		document_free(&document);
	else
		document->shown = document_json(document);
	return document;
}

void document_free(struct document **document)
{
	if (!*document)
		return;
	policies_end(&(*document)->policies);
	map_free(&(*document)->places);
	json_free(&(*document)->shown);
	arena_free(&(*document)->arena);
	mem_free(document);
}

/* --- what it is for --- */

uint64_t document_matched(const struct document *document, const struct query_record *record)
{
	uint64_t mask = 0;
	int64_t now_us = time_now_us();
	for (size_t i = 0; i < document->policies.count; i++) {
		const struct query *target = document->policies.list[i].target;
		if (!target || query_is_match(target, record, now_us))
			mask |= UINT64_C(1) << i;
	}
	return mask;
}

const struct place *assigned_overlap(const struct assigned *a, const struct assigned *b)
{
	size_t at = 0;
	struct text key;
	void *value;
	while (map_next(a->document->places, &at, &key, &value)) {
		const struct place *same = map_get(b->document->places, key);
		for (; same; same = same->next)
			for (const struct place *place = value; place; place = place->next)
				if (text_is_equal(place->check->part, same->check->part) &&
				    (a->matched >> place->index & 1) &&
				    (b->matched >> same->index & 1))
					return place;
	}
	return NULL;
}
