#include <string.h>

#include "base/map.h"
#include "report/escape.h"
#include "report/form.h"

/* SARIF 2.1.0 (OASIS): one run; a rule for each check, a result for each item. What could not be
 * decided is a result of kind "fail" like what does not comply, because viewers pass over "open";
 * its message and properties.status say which it is. */

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define RULES_ARENA_MAX (64u * 1024 * 1024) /* a number for each of the items that are kept */

struct rule {
	const struct keep_row *row; /* the first of the check */
	int64_t number;
};

struct rules {
	struct map *by_id;
	struct arena *arena;
};

static void end_rules(struct rules *rules)
{
	map_free(&rules->by_id);
	arena_free(&rules->arena);
}

static void put_message(struct json *object, const char *key, struct text text)
{
	struct json *message = json_new_object();
	json_put_text(message, "text", text);
	json_put(object, key, message);
}

static void put_if(struct json *object, const char *key, struct text text)
{
	if (text.len > 0)
		json_put_text(object, key, text);
}

/* -------- rules -------- */

/* "system/sysmediumssh1" */
static void put_rule_id(const struct item *item, struct buf *out)
{
	buf_text(out, item->policy.name);
	buf_char(out, '/');
	buf_text(out, item->check.ref);
}

static const struct rule *find_rule(struct rules *rules, const struct keep_row *row)
{
	scoped(buf_end) struct buf id = {0};
	put_rule_id(&row->item, &id);
	struct rule *rule = map_get(rules->by_id, buf_view(&id));
	if (rule)
		return rule;
	rule = arena_get(rules->arena, 1, sizeof(*rule));
	*rule = (struct rule){row, (int64_t)map_count(rules->by_id)};
	(void)map_put(rules->by_id, buf_view(&id), rule);
	return rule;
}

/* The lower levels are those that everybody must meet. */
static const char *severity(enum level level)
{
	return level == LEVEL_MAXIMUM ? "note" : level == LEVEL_HIGH ? "warning" : "error";
}

static void put_paragraph(struct buf *out, const char *title, struct text text)
{
	if (text.len == 0)
		return;
	buf_print(out, "%s%s", out->len > 0 ? "\n\n" : "", title);
	buf_text(out, text);
}

static void put_help(struct json *rule, const struct keep_row *row)
{
	scoped(buf_end) struct buf help = {0}, frameworks = {0};
	form_put_frameworks(&row->place, &frameworks);
	put_paragraph(&help, "", row->place.statement);
	put_paragraph(&help, "Why it matters: ", row->place.rationale);
	put_paragraph(&help, "How to mend it: ", row->place.remediation);
	put_paragraph(&help, "Frameworks: ", buf_view(&frameworks));
	if (help.len > 0)
		put_message(rule, "help", buf_view(&help));
}

static struct json *rule_tags(const struct keep_row *row)
{
	struct json *tags = json_new_list();
	json_add_text(tags, TEXT("security"));
	json_add_text(tags, text_of(level_name(row->item.policy.level)));
	for (size_t i = 0; i < row->place.framework_count; i++) {
		scoped(buf_end) struct buf tag = {0};
		buf_text(&tag, row->place.frameworks[i].key);
		buf_char(&tag, '/');
		buf_text(&tag, row->place.frameworks[i].value);
		json_add_text(tags, buf_view(&tag));
	}
	return tags;
}

static struct json *rule_json(struct text id, const struct keep_row *row)
{
	const struct item *item = &row->item;
	struct json *rule = json_new_object(), *properties = json_new_object(),
		    *configuration = json_new_object();
	json_put_text(rule, "id", id);
	put_message(rule, "shortDescription",
		    item->check.name.len > 0 ? item->check.name : item->check.ref);
	if (item->check.description.len > 0)
		put_message(rule, "fullDescription", item->check.description);
	put_help(rule, row);
	if (form_is_url(item->policy.url))
		json_put_text(rule, "helpUri", item->policy.url);
	json_put_cstr(configuration, "level", severity(item->policy.level));
	json_put(rule, "defaultConfiguration", configuration);
	json_put(properties, "tags", rule_tags(row));
	json_put_cstr(properties, "level", level_name(item->policy.level));
	json_put_text(properties, "policy", item->policy.name);
	put_if(properties, "statement", row->place.statement);
	json_put(rule, "properties", properties);
	return rule;
}

/* -------- where -------- */

/* Whether it is one file, and not a list or a pattern of them. */
static bool is_path(struct text text)
{
	size_t at;
	for (size_t i = 0; i < text.len; i++)
		if (strchr("*?[", text.at[i]))
			return false;
	return text_starts(text, "/") && !text_find(text, TEXT(", "), &at);
}

static struct json *physical_json(const struct evidence *evidence)
{
	scoped(buf_end) struct buf uri = {0};
	struct json *place = json_new_object(), *artifact = json_new_object();
	escape_file_uri(evidence->path, &uri);
	json_put_text(artifact, "uri", buf_view(&uri));
	json_put(place, "artifactLocation", artifact);
	if (evidence->line > 0 && evidence->line <= INT32_MAX) {
		struct json *region = json_new_object();
		json_put_int(region, "startLine", (int64_t)evidence->line);
		if (evidence->text.len > 0)
			put_message(region, "snippet", evidence->text);
		json_put(place, "region", region);
	}
	return place;
}

static struct json *logical_json(struct text name)
{
	struct json *list = json_new_list(), *place = json_new_object();
	json_put_text(place, "fullyQualifiedName", name);
	json_add(list, place);
	return list;
}

static struct json *location_json(const struct evidence *evidence)
{
	struct json *location = json_new_object();
	if (is_path(evidence->path))
		json_put(location, "physicalLocation", physical_json(evidence));
	else if (evidence->path.len > 0)
		json_put(location, "logicalLocations", logical_json(evidence->path));
	if (evidence->text.len > 0)
		put_message(location, "message", evidence->text);
	return location;
}

/* The first place is the result's own; the others belong to it. */
static void put_locations(struct json *result, const struct item *item)
{
	struct json *locations = json_new_list(), *related = json_new_list();
	struct evidence where = {.path = item->check.location};
	size_t first = 0;
	while (first < item->evidence_count && item->evidence[first].path.len == 0)
		first++;
	if (first < item->evidence_count)
		where = item->evidence[first];
	if (where.path.len == 0)
		where.path = item->target;
	json_add(locations, location_json(&where));
	json_put(result, "locations", locations);
	for (size_t i = 0; i < item->evidence_count; i++)
		if (i != first &&
		    (item->evidence[i].path.len > 0 || item->evidence[i].text.len > 0))
			json_add(related, location_json(&item->evidence[i]));
	if (json_count(related) > 0)
		json_put(result, "relatedLocations", related);
	else
		json_free(&related);
}

/* -------- results -------- */

static void put_verdict(struct json *result, const struct item *item)
{
	const char *kind = "fail", *level = severity(item->policy.level);
	if (item->status == STATUS_PASS)
		kind = "pass";
	if (item->status == STATUS_NOT_APPLICABLE)
		kind = "notApplicable";
	if (strcmp(kind, "fail") != 0)
		level = "none";
	json_put_cstr(result, "kind", kind);
	json_put_cstr(result, "level", level);
	if (item->status == STATUS_WAIVED) {
		struct json *list = json_new_list(), *waiver = json_new_object();
		json_put_cstr(waiver, "kind", "external");
		put_if(waiver, "justification", item->reason);
		json_add(list, waiver);
		json_put(result, "suppressions", list);
	}
}

static struct json *properties_json(const struct keep_row *row)
{
	const struct item *item = &row->item;
	char at[TIME_TEXT_SIZE];
	struct json *properties = json_new_object();
	time_put(item->at_us, at);
	json_put_cstr(properties, "status", status_name(item->status));
	json_put_text(properties, "target", item->target);
	json_put_cstr(properties, "utctimestamp", at);
	put_if(properties, "agent", item->agent);
	put_if(properties, "action", item->action);
	put_if(properties, "location", item->check.location);
	put_if(properties, "test", item->check.test_value);
	put_if(properties, "explain", row->place.explain);
	if (item->by)
		json_put(properties, "by", actor_to_json(item->by));
	return properties;
}

static void write_result(struct rules *rules, const struct keep_row *row, struct buf *out)
{
	const struct item *item = &row->item;
	const struct rule *rule = find_rule(rules, row);
	scoped(buf_end) struct buf id = {0}, message = {0};
	scoped(json_free) struct json *result = json_new_object();
	struct json *prints = json_new_object();
	put_rule_id(item, &id);
	json_put_text(result, "ruleId", buf_view(&id));
	json_put_int(result, "ruleIndex", rule->number);
	put_verdict(result, item);
	buf_text(&message, item->check.name.len > 0 ? item->check.name : item->check.ref);
	if (item->status == STATUS_ERROR || item->status == STATUS_UNKNOWN)
		buf_cstr(&message, ": could not be decided");
	if (item->reason.len > 0) {
		buf_cstr(&message, ": ");
		buf_text(&message, item->reason);
	}
	put_message(result, "message", buf_view(&message));
	put_locations(result, item);
	json_put_cstr(prints, "itemId/v1", item->id);
	json_put(result, "partialFingerprints", prints);
	json_put(result, "properties", properties_json(row));
	json_write(result, out);
}

static void write_results(struct rules *rules, const struct keep *keep, struct buf *out)
{
	bool first = true;
	for (const struct keep_section *section = keep->first; section; section = section->next)
		for (const struct keep_group *group = section->first; group; group = group->next)
			for (const struct keep_row *row = group->first; row; row = row->next) {
				buf_cstr(out, first ? "\n" : ",\n");
				write_result(rules, row, out);
				first = false;
			}
}

static void write_rules(const struct rules *rules, struct buf *out)
{
	size_t at = 0;
	struct text id;
	void *value;
	for (bool first = true; map_next(rules->by_id, &at, &id, &value); first = false) {
		scoped(json_free) struct json *json = rule_json(id,
								((const struct rule *)value)->row);
		buf_cstr(out, first ? "\n" : ",\n");
		json_write(json, out);
	}
}

static void write_invocation(const struct keep *keep, struct buf *out)
{
	scoped(json_free) struct json *invocation = json_new_object();
	scoped(buf_end) struct buf subject = {0}, left_out = {0};
	keep_put_subject(keep, &subject);
	form_put_left_out(keep, &left_out);
	json_put_bool(invocation, "executionSuccessful", true);
	if (map_count(keep->targets) == 1)
		json_put_text(invocation, "machine", buf_view(&subject));
	if (left_out.len > 0) {
		struct json *list = json_new_list(), *notice = json_new_object();
		put_message(notice, "message", buf_view(&left_out));
		json_put_cstr(notice, "level", "error");
		json_add(list, notice);
		json_put(invocation, "toolExecutionNotifications", list);
	}
	json_write(invocation, out);
}

void sarif_write(const struct report_config *config, const struct keep *keep, struct buf *out)
{
	scoped(end_rules) struct rules rules = {map_new(), arena_new(RULES_ARENA_MAX)};
	(void)config;
	buf_cstr(out, "{\"$schema\":\"" SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[{\n"
		      "\"invocations\":[");
	write_invocation(keep, out);
	buf_cstr(out, "],\n\"results\":[");
	write_results(&rules, keep, out);
	buf_cstr(out, "],\n\"tool\":{\"driver\":{\"name\":\"Muster\",\"version\":\"" MUSTER_VERSION
		      "\",\"rules\":[");
	write_rules(&rules, out);
	buf_cstr(out, "]}}}]}\n");
}
