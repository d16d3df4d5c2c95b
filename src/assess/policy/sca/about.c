#include <string.h>

#include "assess/policy/sca/sca.h"

#define IDS_MAX 1000 /* of one framework */

/* -------- options -------- */

static const char *const level_keys[SCA_LEVELS] = {"none", "1", "2"};

static void read_level(struct sca *sca, const struct doc *key, const struct doc *value)
{
	for (size_t i = 0; i < SCA_LEVELS; i++) {
		if (!text_is(key->text, level_keys[i]))
			continue;
		if (value->kind != DOC_SCALAR || !level_read(value->text, &sca->levels[i]))
			load_wrong(sca->loader, value, "level is low, medium, high or maximum");
		return;
	}
	load_wrong(sca->loader, key, "CIS has the levels 1 and 2; write 1, 2 or none");
}

void about_read_options(struct sca *sca, const struct doc *doc)
{
	const struct doc *levels = doc_get(doc, "levels");
	if (!levels || levels->kind != DOC_MAP || doc->count > 1) {
		load_wrong(sca->loader, doc,
			   "muster has one key: { levels: { 1: medium, 2: high, none: medium } }");
		return;
	}
	for (size_t i = 0; i < levels->count; i++)
		read_level(sca, levels->keys[i], levels->items[i]);
}

/* -------- levels -------- */

/* "1", "L1", "Level 1", "Level 2 - Server": 1 or 2; else 0. */
static unsigned level_in(struct text text)
{
	static const char *const leads[] = {"level", "l", ""};
	text = text_trim(text);
	for (size_t i = 0; i < array_len(leads); i++) {
		size_t len = strlen(leads[i]);
		if (text.len <= len ||
		    !text_is_alike((struct text){text.at, len}, text_of(leads[i])))
			continue;
		struct text rest = text_trim((struct text){text.at + len, text.len - len});
		bool ends = rest.len == 1 || (rest.len > 1 && strchr(" -,.:)", rest.at[1]));
		if (rest.len > 0 && ends && (rest.at[0] == '1' || rest.at[0] == '2'))
			return (unsigned)(rest.at[0] - '0');
	}
	return 0;
}

/* The keys under which policies say it. */
static bool is_level_key(struct text key)
{
	static const char *const keys[] = {"cis_level", "cis_levels", "cis_profile", "level",
					   "levels",    "profile",    "profiles"};
	for (size_t i = 0; i < array_len(keys); i++)
		if (text_is(key, keys[i]))
			return true;
	return false;
}

static void lower(unsigned *level, unsigned found)
{
	if (found > 0 && (*level == 0 || found < *level))
		*level = found;
}

static unsigned level_under(const struct doc *doc)
{
	unsigned level = 0;
	if (doc->kind == DOC_SCALAR)
		return level_in(doc->text);
	for (size_t i = 0; i < doc->count; i++)
		if (doc->items[i]->kind == DOC_SCALAR)
			lower(&level, level_in(doc->items[i]->text));
	return level;
}

/* "(L1) Ensure …", as CIS writes titles. */
static unsigned level_of_title(struct text title)
{
	size_t at;
	static const char *const marks[] = {"(L1)", "(L2)"};
	for (unsigned i = 0; i < array_len(marks); i++)
		if (text_find(title, text_of(marks[i]), &at))
			return i + 1;
	return 0;
}

/* -------- frameworks -------- */

struct about {
	struct sca *sca;
	struct check *check;
	size_t room;
	unsigned level; /* the lowest that is said: it binds the higher, too */
};

static void add(struct about *about, struct text key, const struct text *ids, size_t count)
{
	struct check *check = about->check;
	check->frameworks = arena_grow(about->sca->loader->arena, check->frameworks, &about->room,
				       check->framework_count + 1, sizeof(*check->frameworks));
	check->frameworks[check->framework_count].key = key;
	check->frameworks[check->framework_count].ids = ids;
	check->frameworks[check->framework_count].count = count;
	check->framework_count++;
}

/* A list of numbers, or one; anything else is passed over. */
static void add_ids(struct about *about, struct text key, const struct doc *doc)
{
	size_t all = doc->kind == DOC_LIST ? doc->count : 1, count = 0;
	if (doc->kind == DOC_MAP || all == 0)
		return;
	if (all > IDS_MAX) {
		load_warn(about->sca->loader, doc, "more than %d numbers; the others are left out",
			  IDS_MAX);
		all = IDS_MAX;
	}
	struct text *ids = arena_get(about->sca->loader->arena, all, sizeof(*ids));
	for (size_t i = 0; i < all; i++) {
		const struct doc *id = doc->kind == DOC_LIST ? doc->items[i] : doc;
		if (id->kind == DOC_SCALAR && text_trim(id->text).len > 0)
			ids[count++] = id->text;
	}
	if (count > 0)
		add(about, key, ids, count);
}

static void read_compliance(struct about *about, const struct doc *map)
{
	for (size_t i = 0; map->kind == DOC_MAP && i < map->count; i++) {
		if (is_level_key(map->keys[i]->text))
			lower(&about->level, level_under(map->items[i]));
		add_ids(about, map->keys[i]->text, map->items[i]);
	}
}

/* { tactic: { id: […], name: […] } }, or { tactic: [ID, …] }. */
static void read_mitre(struct about *about, const struct doc *map)
{
	for (size_t i = 0; map && map->kind == DOC_MAP && i < map->count; i++) {
		const struct doc *ids = map->items[i];
		if (ids->kind == DOC_MAP)
			ids = doc_get(ids, "id");
		if (ids)
			add_ids(about,
				text_of(arena_print(about->sca->loader->arena, "mitre_%.*s",
						    TEXT_ARG(map->keys[i]->text))),
				ids);
	}
}

void about_read_compliance(struct sca *sca, const struct doc *doc, struct check *check)
{
	struct about about = {.sca = sca, .check = check};
	const struct doc *compliance = doc_get(doc, "compliance");
	if (compliance && compliance->kind == DOC_LIST) /* as Wazuh 4 has it: maps of one key */
		for (size_t i = 0; i < compliance->count; i++)
			read_compliance(&about, compliance->items[i]);
	else if (compliance)
		read_compliance(&about, compliance);
	read_mitre(&about, doc_get(doc, "mitre"));
	for (size_t i = 0; i < doc->count; i++)
		if (is_level_key(doc->keys[i]->text))
			lower(&about.level, level_under(doc->items[i]));
	if (about.level == 0)
		about.level = level_of_title(check->name);
	check->level = sca->levels[about.level];
}
