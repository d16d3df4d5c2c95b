#include "assess/probe/system/units.h"

static bool fail(struct rows *rows, const struct err *err)
{
	return answer_fail(rows->gather, rows->answer, text_of(err->text));
}

bool units_read(struct rows *rows, const char *type, struct units *units)
{
	struct gather *gather = rows->gather;
	struct unitlist list;
	struct err err = {0};
	if (!unit_has_systemd(gather))
		return answer_skip(gather, rows->answer,
				   TEXT("there is no systemd here: no folder of units"));
	if (!unitlist_read(gather, type, &list, &err))
		return fail(rows, &err);
	*units = (struct units){
		.at = arena_get(gather_arena(gather), list.count, sizeof(*units->at))};
	for (size_t i = 0; i < list.count; i++) {
		struct unit *unit = &units->at[units->count];
		if (!unit_find(gather, list.names[i], unit, &err))
			return fail(rows, &err);
		units->count += text_is_equal(unit->name, unit->asked); /* else: another's alias */
	}
	return true;
}

bool units_read_last(struct rows *rows, const struct unit *unit, const char *key,
		     struct text *value)
{
	struct settings settings = {0};
	struct err err = {0};
	*value = (struct text){0};
	if (!unit_read(rows->gather, unit, NULL, text_of(key), &settings, &err))
		return fail(rows, &err);
	if (settings.count > 0)
		*value = settings.at[settings.count - 1].value;
	return true;
}

bool units_put_active(struct rows *rows, const struct unit *unit, struct value *value)
{
	bool active;
	struct text why;
	enum gather_answer answer = unitlist_is_active(rows->gather, unit->name, &active, &why);
	if (answer == GATHER_MISSING)
		return answer_skip(rows->gather, rows->answer, why);
	if (answer == GATHER_FAILED)
		return answer_fail(rows->gather, rows->answer, why);
	*value = value_bool(active);
	return true;
}

struct text units_short_name(struct text name)
{
	size_t len = name.len;
	while (len > 0 && name.at[len - 1] != '.')
		len--;
	return len > 1 ? (struct text){name.at, len - 1} : name;
}
