#include "assess/host/unitlist.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

static const struct probe_param params[] = {
	{.name = "property",
	 .help = "a setting of the unit, as its files have it; it becomes the value",
	 .example = "NoNewPrivileges",
	 .kind = PARAM_TEXT},
};

enum field {
	FIELD_VALUE,
	FIELD_EXISTS,
	FIELD_ENABLED,
	FIELD_MASKED,
	FIELD_STATIC,
	FIELD_ACTIVE,
	FIELD_STATE,
	FIELD_USER,
	FIELD_WANTED_BY,
	FIELD_UNIT,
	FIELD_VALUES,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"value", "the property's last value; without a property, the state", "enabled",
	 .type = VALUE_TEXT, .subject = true},
	{"installed", "whether there is such a unit, masked or not", "true", .type = VALUE_BOOL},
	{"enabled", "whether links in /etc or /run start it", "true", .type = VALUE_BOOL},
	{"masked", "whether nothing can start it", "false", .type = VALUE_BOOL},
	{"static", "whether it is neither enabled nor could be: others start it", "false",
	 .type = VALUE_BOOL},
	{"active", "whether it runs now, or is about to", "true", .type = VALUE_BOOL,
	 .costly = true},
	{"state",
	 "as \"systemctl is-enabled\" says: enabled, disabled, static, indirect, masked, linked, "
	 "generated, transient; -runtime behind some; of an alias, what it stands for",
	 "enabled", .type = VALUE_TEXT},
	{"user", "who it runs as", "root", .type = VALUE_TEXT, .costly = true},
	{"wanted_by", "the units that pull it in, by links in any folder", "multi-user.target",
	 .type = VALUE_LIST},
	{"unit", "its name, where another was an alias", "ssh.service", .type = VALUE_TEXT},
	{"values", "all values of a property that adds up", "AF_UNIX, AF_INET", .type = VALUE_LIST},
};

static bool check(const struct probe_call *call, struct err *err)
{
	const struct probe_setting *property = probe_setting(call, "property");
	struct text rest = call->subject, word = {0};
	bool good = text_word(&rest, &word) && word.len == call->subject.len &&
		    word.len < UNIT_NAME_MAX - 8 && !gather_has_wildcard(word);
	for (size_t i = 0; i < word.len; i++)
		good &= word.at[i] != '/';
	if (!good)
		return err_set(err, ERR_INPUT,
			       "give the name of one unit, as in auditd or ssh.socket");
	if (property && text_trim(property->text).len == 0)
		return err_set(err, ERR_INPUT, "say which property: property: NoNewPrivileges");
	return true;
}

static bool read_active(struct rows *rows, const struct unit *unit, bool *active)
{
	struct text why;
	enum gather_answer answer = unitlist_is_active(rows->gather, unit->name, active, &why);
	if (answer == GATHER_MISSING)
		return answer_skip(rows->gather, rows->answer, why);
	return answer == GATHER_OK || answer_fail(rows->gather, rows->answer, why);
}

static bool read_property(struct rows *rows, const struct unit *unit, struct text key,
			  struct settings *settings)
{
	struct err err = {0};
	return unit_read(rows->gather, unit, NULL, key, settings, &err) ||
	       answer_fail(rows->gather, rows->answer, text_of(err.text));
}

static struct value values_of(struct gather *gather, const struct settings *settings)
{
	struct text *list = arena_get(gather_arena(gather), settings->count, sizeof(*list));
	for (size_t i = 0; i < settings->count; i++)
		list[i] = settings->at[i].value;
	return (struct value){.type = VALUE_LIST, .list = list, .count = settings->count};
}

static void fill(struct value *values, const struct unit *unit)
{
	values[FIELD_EXISTS] = value_bool(unit->exists);
	values[FIELD_ENABLED] = value_bool(unit->enabled);
	values[FIELD_MASKED] = value_bool(unit->masked);
	values[FIELD_STATIC] = value_bool(unit->state && text_is(text_of(unit->state), "static"));
	if (unit->state)
		values[FIELD_STATE] = value_text(VALUE_TEXT, text_of(unit->state));
	values[FIELD_WANTED_BY] = (struct value){
		.type = VALUE_LIST, .list = unit->wanted_by, .count = unit->wanted_count};
	values[FIELD_UNIT] = value_text(VALUE_TEXT, unit->name);
}

static bool fill_user(struct rows *rows, struct value *values, const struct unit *unit)
{
	struct settings user = {0};
	if (!read_property(rows, unit, TEXT("User"), &user))
		return false;
	if (user.count > 0)
		values[FIELD_USER] = value_text(VALUE_TEXT, user.at[user.count - 1].value);
	else if (unit->exists)
		values[FIELD_USER] = value_text(VALUE_TEXT, TEXT("root"));
	return true;
}

static bool add_unit(struct rows *rows, const struct unit *unit)
{
	struct text property = call_text(rows->call, "property");
	struct settings settings = {0};
	bool active = false, ask_active = call_wants(rows->call, FIELD_ACTIVE);
	struct evidence where = {.path = unit->path.at ? unit->path : TEXT("/etc/systemd/system")};
	if ((ask_active && !read_active(rows, unit, &active)) ||
	    (property.at && !read_property(rows, unit, property, &settings)))
		return false;
	const struct setting *last = settings.count ? &settings.at[settings.count - 1] : NULL;
	struct value *values = rows_add(rows, last ? last->where : where);
	if (!values)
		return false;
	fill(values, unit);
	if (ask_active)
		values[FIELD_ACTIVE] = value_bool(active);
	if (!property.at)
		values[FIELD_VALUE] = values[FIELD_STATE];
	else if (last)
		values[FIELD_VALUE] = value_text(VALUE_TEXT, last->value);
	values[FIELD_VALUES] = values_of(rows->gather, &settings);
	return !call_wants(rows->call, FIELD_USER) || fill_user(rows, values, unit);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct err err = {0};
	struct unit unit;
	struct text name;
	if (!unit_has_systemd(gather))
		answer_skip(gather, answer, TEXT("there is no systemd here: no folder of units"));
	else if (!unit_name(gather, call->subject, &name))
		answer_fail(gather, answer, TEXT("that can be no unit's name"));
	else if (!unit_find(gather, name, &unit, &err))
		answer_fail(gather, answer, text_of(err.text));
	else if (add_unit(&rows, &unit))
		rows_give(&rows);
}

const struct probe probe_service = {
	.name = "service",
	.help = "a unit of systemd: enabled, masked, active, and what its files set",
	.subject_help = "its name; without a type it is a service",
	.subject_example = "auditd",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.reads = "unit files, links and drop-ins in /etc, /run, /usr/local/lib, /usr/lib and /lib; "
		 "/run/systemd/units for active",
	.privilege = "none",
	.cost = "some dozen small folders and files",
	.check = check,
	.run = run,
};
