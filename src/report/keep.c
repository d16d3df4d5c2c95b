#include "report/keep.h"

#include "base/map.h"

#define ROW_ROOM 8192 /* of the arena, beyond texts: what holds them, and a block's rest */
#define SECTION_ROOM (4u * 1024 * 1024) /* kept free of items: sections count those beyond, too */

void keep_init(struct keep *keep, bool by_host)
{
	*keep = (struct keep){.arena = arena_new(REPORT_KEPT_MAX),
			      .sections = map_new(),
			      .groups = map_new(),
			      .targets = map_new(),
			      .by_host = by_host};
	keep->end = &keep->first;
}

void keep_end(struct keep *keep)
{
	map_free(&keep->sections);
	map_free(&keep->groups);
	map_free(&keep->targets);
	arena_free(&keep->arena);
}

/* -------- copies -------- */

/* The texts of an item and its place, each by its address, so that they are counted and copied
 * alike.
 */
static size_t list_texts(struct item *item, struct report_place *place, struct text **list)
{
	struct text *const texts[] = {
		&item->target,
		&item->link,
		&item->policy.name,
		&item->policy.url,
		&item->check.ref,
		&item->check.name,
		&item->check.description,
		&item->check.location,
		&item->check.test_type,
		&item->check.test_value,
		&item->reason,
		&item->agent,
		&item->action,
		&place->statement,
		&place->rationale,
		&place->remediation,
		&place->explain,
	};
	for (size_t i = 0; i < array_len(texts); i++)
		list[i] = texts[i];
	return array_len(texts);
}
#define TEXTS_MAX 17

static size_t size_of(const struct item *item, const struct report_place *place)
{
	struct item a = *item;
	struct report_place b = *place;
	struct text *texts[TEXTS_MAX];
	size_t count = list_texts(&a, &b, texts), size = 0;
	for (size_t i = 0; i < count; i++)
		size += texts[i]->len + 16;
	for (size_t i = 0; i < item->evidence_count; i++)
		size += sizeof(item->evidence[i]) + item->evidence[i].path.len +
			item->evidence[i].text.len + 32;
	if (item->by)
		size += sizeof(*item->by) + item->by->name.len + item->by->command.len + 48;
	for (size_t i = 0; i < item->tag_count; i++)
		size += sizeof(item->tags[i]) + item->tags[i].key.len + item->tags[i].value.len +
			32;
	for (size_t i = 0; i < place->framework_count; i++)
		size += sizeof(struct tag) + place->frameworks[i].key.len +
			place->frameworks[i].value.len + 32;
	return size;
}

/* An absent text stays absent. */
static struct text copy_text(struct arena *arena, struct text text)
{
	return text.at ? arena_text(arena, text) : text;
}

static const struct tag *copy_tags(struct arena *arena, const struct tag *tags, size_t count)
{
	struct tag *copy = arena_get(arena, count, sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		copy[i] = (struct tag){copy_text(arena, tags[i].key),
				       copy_text(arena, tags[i].value)};
	return copy;
}

static const struct evidence *copy_evidence(struct arena *arena, const struct item *item)
{
	struct evidence *copy = arena_get(arena, item->evidence_count, sizeof(*copy));
	for (size_t i = 0; i < item->evidence_count; i++)
		copy[i] = (struct evidence){.path = copy_text(arena, item->evidence[i].path),
					    .line = item->evidence[i].line,
					    .text = copy_text(arena, item->evidence[i].text)};
	return copy;
}

static struct keep_row *copy_row(struct arena *arena, const struct item *item,
				 const struct report_place *place)
{
	struct text *texts[TEXTS_MAX];
	struct keep_row *row = arena_get(arena, 1, sizeof(*row));
	row->item = *item;
	row->place = *place;
	size_t count = list_texts(&row->item, &row->place, texts);
	for (size_t i = 0; i < count; i++)
		*texts[i] = copy_text(arena, *texts[i]);
	row->item.evidence = copy_evidence(arena, item);
	if (item->by)
		row->item.by = actor_copy(item->by, arena);
	row->item.waiver = NULL; /* its words are in the reason */
	row->item.tags = copy_tags(arena, item->tags, item->tag_count);
	row->place.frameworks = copy_tags(arena, place->frameworks, place->framework_count);
	return row;
}

/* -------- sections and groups -------- */

static void put_part(struct buf *key, struct text part)
{
	buf_print(key, "%zu:", part.len);
	buf_text(key, part);
}

/* NULL: no room is left. */
static struct keep_section *find_section(struct keep *keep, const struct item *item,
					 struct buf *key)
{
	put_part(key, item->policy.name);
	if (keep->by_host)
		put_part(key, item->target);
	struct keep_section *section = map_get(keep->sections, buf_view(key));
	size_t size = item->policy.name.len + item->policy.url.len + item->target.len + ROW_ROOM;
	if (section || arena_left(keep->arena) < size)
		return section;
	section = arena_get(keep->arena, 1, sizeof(*section));
	*section = (struct keep_section){.policy = arena_text(keep->arena, item->policy.name),
					 .url = arena_text(keep->arena, item->policy.url),
					 .target = arena_text(keep->arena, item->target),
					 .at_us = item->at_us};
	section->end = &section->first;
	(void)map_put(keep->sections, buf_view(key), section);
	*keep->end = section;
	keep->end = &section->next;
	return section;
}

static struct keep_group *find_group(struct keep *keep, struct keep_section *section,
				     const struct keep_row *row, struct buf *key)
{
	put_part(key, row->place.statement);
	struct keep_group *group = map_get(keep->groups, buf_view(key));
	if (group)
		return group;
	group = arena_get(keep->arena, 1, sizeof(*group));
	*group = (struct keep_group){.statement = row->place.statement};
	group->end = &group->first;
	(void)map_put(keep->groups, buf_view(key), group);
	*section->end = group;
	section->end = &group->next;
	return group;
}

void keep_add(struct keep *keep, const struct item *item, const struct report_place *place)
{
	scoped(buf_end) struct buf key = {0};
	keep->tally.count[item->policy.level][item->status]++;
	struct keep_section *section = find_section(keep, item, &key);
	if (section)
		section->tally.count[item->policy.level][item->status]++;
	if (!section || arena_left(keep->arena) < size_of(item, place) + ROW_ROOM + SECTION_ROOM) {
		keep->left_out++;
		return;
	}
	struct keep_row *row = copy_row(keep->arena, item, place);
	struct keep_group *group = find_group(keep, section, row, &key);
	*group->end = row;
	group->end = &row->next;
	if (!map_get(keep->targets, row->item.target))
		(void)map_put(keep->targets, row->item.target, row);
}

void keep_put_subject(const struct keep *keep, struct buf *out)
{
	size_t at = 0, count = map_count(keep->targets);
	struct text target;
	void *row;
	if (count > 1)
		buf_print(out, "%zu hosts", count);
	else if (map_next(keep->targets, &at, &target, &row))
		buf_text(out, target);
}
