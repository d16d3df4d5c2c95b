#include "model/item.h"

#include <string.h>

#include "format/digest.h"

#define TEXT_FIELD_MAX 16384 /* bytes of any one text of an item */
#define TAGS_MAX 64
#define EVIDENCE_PATH_MAX 4096
#define EVIDENCE_BYTES_TAKEN (ITEM_EVIDENCE_BYTES_MAX + 1024) /* ellipses may follow the cuts */

static void add_counted(struct digest *digest, struct text text)
{
	unsigned char len[8];
	for (size_t i = 0; i < sizeof(len); i++)
		len[i] = (unsigned char)((uint64_t)text.len >> (56 - 8 * i));
	digest_add(digest, len, sizeof(len));
	digest_add(digest, text.at ? text.at : "", text.len);
}

void item_put_id(struct text agent_or_target, struct text policy, struct text ref, struct text part,
		 char out[static ITEM_ID_SIZE])
{
	unsigned char bytes[DIGEST_SIZE_MAX];
	scoped(digest_free) struct digest *digest = digest_new("sha256");
	add_counted(digest, agent_or_target);
	add_counted(digest, policy);
	add_counted(digest, ref);
	add_counted(digest, part);
	digest_get(digest, bytes);
	text_put_hex(bytes, 16, out);
}

/* An absent text of an item is an empty one: dashboards that read the format expect the key. */
static void put_text(struct json *object, const char *key, struct text text)
{
	json_put_text(object, key, text.at ? text : TEXT(""));
}

static struct json *entry_to_json(const struct evidence *evidence, bool *truncated)
{
	struct json *entry = json_new_object();
	if (evidence->path.at)
		*truncated |= json_put_cut(entry, "path", evidence->path, EVIDENCE_PATH_MAX);
	if (evidence->line > 0)
		json_put_int(entry, "line", (int64_t)evidence->line);
	if (evidence->text.at)
		*truncated |= json_put_cut(entry, "text", evidence->text, ITEM_EVIDENCE_TEXT_MAX);
	return entry;
}

/* Bytes that are not UTF-8 grow on the way: what has no room then is left out, so that nobody
 * refuses the item for what stands in a file or is its name. */
static struct json *evidence_to_json(const struct item *item, bool *truncated)
{
	size_t bytes = 0;
	struct json *list = json_new_list();
	for (size_t i = 0; i < item->evidence_count; i++) {
		struct json *entry = entry_to_json(&item->evidence[i], truncated);
		bytes += json_text(entry, "path").len + json_text(entry, "text").len;
		if (bytes > EVIDENCE_BYTES_TAKEN) {
			json_free(&entry);
			*truncated = true;
			break;
		}
		json_add(list, entry);
	}
	return list;
}

static struct json *policy_to_json(const struct item *item)
{
	struct json *policy = json_new_object();
	put_text(policy, "name", item->policy.name);
	json_put_cstr(policy, "level", level_name(item->policy.level));
	put_text(policy, "url", item->policy.url);
	return policy;
}

static struct json *check_to_json(const struct item *item)
{
	struct json *check = json_new_object(), *test = json_new_object();
	put_text(check, "ref", item->check.ref);
	put_text(check, "name", item->check.name);
	put_text(check, "description", item->check.description);
	put_text(check, "location", item->check.location);
	put_text(test, "type", item->check.test_type);
	put_text(test, "value", item->check.test_value);
	json_put(check, "test", test);
	return check;
}

struct json *item_to_json(const struct item *item)
{
	char when[TIME_TEXT_SIZE];
	bool truncated = item->truncated;
	struct json *json = json_new_object(), *tags = json_new_object();
	time_put(item->at_us, when);
	put_text(json, "target", item->target);
	json_put_cstr(json, "utctimestamp", when);
	json_put_bool(json, "compliance", status_complies(item->status));
	put_text(json, "link", item->link);
	json_put(json, "policy", policy_to_json(item));
	json_put(json, "check", check_to_json(item));
	json_put_cstr(json, "id", item->id);
	json_put_cstr(json, "status", status_name(item->status));
	put_text(json, "reason", item->reason);
	json_put(json, "evidence", evidence_to_json(item, &truncated));
	if (truncated)
		json_put_bool(json, "truncated", true);
	put_text(json, "agent", item->agent);
	put_text(json, "action", item->action);
	json_put_int(json, "duration_us", item->duration_us);
	for (size_t i = 0; i < item->tag_count; i++) {
		scoped(mem_free) char *key = mem_copy(item->tags[i].key.at, item->tags[i].key.len);
		json_put_text(tags, key, item->tags[i].value);
	}
	json_put(json, "tags", tags);
	if (item->waiver)
		json_put(json, "waiver", waived_to_json(item->waiver));
	if (item->by)
		json_put(json, "by", actor_to_json(item->by));
	return json;
}

/* Reads a text member into *text; an absent one is empty unless it is wanted. */
static bool get_text(const struct json *object, const char *key, bool wanted, struct arena *arena,
		     struct text *text, struct err *err)
{
	const struct json *member = json_get(object, key);
	struct text value = json_as_text(member);
	if (!value.at && (member || wanted))
		return err_set(err, ERR_INPUT, "item: \"%s\" must be a text", key);
	if (value.len > TEXT_FIELD_MAX)
		return err_set(err, ERR_LIMIT, "item: \"%s\" has %zu bytes; at most %d are taken",
			       key, value.len, TEXT_FIELD_MAX);
	*text = arena_text(arena, value);
	return true;
}

static bool get_policy(const struct json *json, struct arena *arena, struct item *item,
		       struct err *err)
{
	const struct json *policy = json_get(json, "policy");
	if (!get_text(policy, "name", true, arena, &item->policy.name, err) ||
	    !get_text(policy, "url", false, arena, &item->policy.url, err))
		return err_add(err, "policy");
	if (!level_read(json_text(policy, "level"), &item->policy.level))
		return err_set(err, ERR_INPUT,
			       "item: \"policy.level\" must be low, medium, high or maximum");
	return true;
}

static bool get_check(const struct json *json, struct arena *arena, struct item *item,
		      struct err *err)
{
	const struct json *check = json_get(json, "check"), *test = json_get(check, "test");
	bool read = get_text(check, "ref", true, arena, &item->check.ref, err) &&
		    get_text(check, "name", true, arena, &item->check.name, err) &&
		    get_text(check, "description", false, arena, &item->check.description, err) &&
		    get_text(check, "location", false, arena, &item->check.location, err) &&
		    get_text(test, "type", false, arena, &item->check.test_type, err) &&
		    get_text(test, "value", false, arena, &item->check.test_value, err);
	return read || err_add(err, "check");
}

static bool get_evidence(const struct json *json, struct arena *arena, struct item *item,
			 struct err *err)
{
	const struct json *list = json_get(json, "evidence");
	size_t count = json_count(list), bytes = 0;
	if (list && json_kind(list) != JSON_LIST)
		return err_set(err, ERR_INPUT, "item: \"evidence\" must be a list");
	if (count > ITEM_EVIDENCE_MAX)
		return err_set(err, ERR_LIMIT,
			       "item: %zu entries of evidence; at most %d are taken", count,
			       ITEM_EVIDENCE_MAX);
	struct evidence *evidence = arena_get(arena, count, sizeof(*evidence));
	for (size_t i = 0; i < count; i++) {
		const struct json *entry = json_at(list, i);
		struct text path = json_text(entry, "path"), text = json_text(entry, "text");
		if (json_kind(entry) != JSON_OBJECT)
			return err_set(err, ERR_INPUT, "item: evidence must be objects");
		if (text.len > ITEM_EVIDENCE_TEXT_MAX + 3) /* an ellipsis may follow the cut */
			return err_set(err, ERR_LIMIT,
				       "item: evidence of %zu bytes; at most %d are taken",
				       text.len, ITEM_EVIDENCE_TEXT_MAX);
		bytes += path.len + text.len;
		evidence[i].path = path.at ? arena_text(arena, path) : path;
		evidence[i].text = text.at ? arena_text(arena, text) : text;
		int64_t line = json_int(entry, "line", 0);
		evidence[i].line = line > 0 ? (uint64_t)line : 0;
	}
	if (bytes > EVIDENCE_BYTES_TAKEN)
		return err_set(err, ERR_LIMIT, "item: %zu bytes of evidence; at most %d are taken",
			       bytes, ITEM_EVIDENCE_BYTES_MAX);
	item->evidence = evidence;
	item->evidence_count = count;
	item->truncated = json_truth(json, "truncated", false);
	return true;
}

static bool get_tags(const struct json *json, struct arena *arena, struct item *item,
		     struct err *err)
{
	const struct json *tags = json_get(json, "tags"), *value;
	struct text key;
	void *state = NULL;
	struct tag *list = arena_get(arena, TAGS_MAX, sizeof(*list));
	while (json_next(tags, &state, &key, &value)) {
		struct text text = json_as_text(value);
		if (!text.at || text.len > TEXT_FIELD_MAX || key.len > TEXT_FIELD_MAX)
			return err_set(err, ERR_INPUT, "item: tags must be texts");
		if (item->tag_count == TAGS_MAX)
			return err_set(err, ERR_LIMIT, "item: more than %d tags", TAGS_MAX);
		list[item->tag_count++] = (struct tag){arena_text(arena, key),
						       arena_text(arena, text)};
	}
	item->tags = list;
	return true;
}

static bool get_by(const struct json *json, struct arena *arena, struct item *item, struct err *err)
{
	const struct json *by = json_get(json, "by");
	if (!by)
		return true;
	struct actor *actor = arena_get(arena, 1, sizeof(*actor));
	item->by = actor;
	return actor_from_json(by, arena, actor, err) || err_add(err, "item");
}

static bool get_waiver(const struct json *json, struct arena *arena, struct item *item,
		       struct err *err)
{
	const struct json *member = json_get(json, "waiver");
	if (!member)
		return true;
	if (item->status != STATUS_WAIVED)
		return err_set(err, ERR_INPUT, "item: only one that is waived has a \"waiver\"");
	struct waived *waiver = arena_get(arena, 1, sizeof(*waiver));
	item->waiver = waiver;
	return waived_from_json(member, arena, waiver, err) || err_add(err, "item");
}

static bool get_head(const struct json *json, struct arena *arena, struct item *item,
		     struct err *err)
{
	struct text id = json_text(json, "id");
	unsigned char bytes[16];
	if (json_kind(json) != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "item: it must be an object");
	if (!text_to_bytes(id, bytes, sizeof(bytes)))
		return err_set(err, ERR_INPUT, "item: \"id\" must be 32 hex digits");
	text_put_hex(bytes, sizeof(bytes), item->id);
	if (!time_read(json_text(json, "utctimestamp"), &item->at_us))
		return err_set(err, ERR_INPUT, "item: \"utctimestamp\" must be a time of RFC 3339");
	if (!status_read(json_text(json, "status"), &item->status))
		return err_set(err, ERR_INPUT,
			       "item: \"status\" must be pass, fail, error, "
			       "not_applicable, waived or unknown");
	item->duration_us = json_int(json, "duration_us", 0);
	return get_text(json, "target", true, arena, &item->target, err) &&
	       get_text(json, "link", false, arena, &item->link, err) &&
	       get_text(json, "reason", false, arena, &item->reason, err) &&
	       get_text(json, "agent", false, arena, &item->agent, err) &&
	       get_text(json, "action", false, arena, &item->action, err);
}

bool item_from_json(const struct json *json, struct arena *arena, struct item *item,
		    struct err *err)
{
	struct item read = {0};
	if (!get_head(json, arena, &read, err) || !get_policy(json, arena, &read, err) ||
	    !get_check(json, arena, &read, err) || !get_evidence(json, arena, &read, err) ||
	    !get_tags(json, arena, &read, err) || !get_by(json, arena, &read, err) ||
	    !get_waiver(json, arena, &read, err))
		return false;
	*item = read;
	return true;
}
